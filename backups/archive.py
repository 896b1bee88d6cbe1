"""The file a backup is kept in: a plain tar of the database, the media and, last of all, a manifest that vouches for both.

The manifest comes last because only then every checksum is known; so an archive that was cut off has none.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

PROGRAM = "huozhou-portal"
FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
MEDIA = "media/"
STANDARD_INPUT = Path("-")
DAMAGED = "备份文件损坏了，或者不完整："
# What tarfile, json and our own reading of them raise over bytes that are not as they were written.
UNREADABLE = (tarfile.TarError, OSError, ValueError, TypeError, KeyError, OverflowError, EOFError, zlib.error)


class Unusable(Exception):
    """The archive can't be made or used; the message says why to the operator."""


class Hashing:
    """A readable file that counts and digests what is read of it."""

    def __init__(self, file: IO[bytes]):
        self.file, self.sha256, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        self.sha256.update(content)
        self.size += len(content)
        return content


class Writer:
    """Members are added one by one; `finish` adds what vouches for them."""

    def __init__(self, file: IO[bytes]):
        self.tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self.members: dict[str, dict] = {}

    def add(self, name: str, file: IO[bytes]) -> None:
        status = os.fstat(file.fileno())
        member = tarfile.TarInfo(name)
        member.size, member.mtime = status.st_size, int(status.st_mtime)
        hashing = Hashing(file)
        self._put(member, hashing)
        self.members[name] = {"size": hashing.size, "sha256": hashing.sha256.hexdigest()}

    def finish(self, known: dict) -> None:
        manifest = {"program": PROGRAM, "format": FORMAT, **known, "members": self.members}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
        self._add_bytes(MANIFEST, text)
        self._add_bytes(SEAL, hashlib.sha256(text).hexdigest().encode())
        self.tar.close()

    def _add_bytes(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        self._put(member, io.BytesIO(content))

    def _put(self, member: tarfile.TarInfo, file) -> None:
        member.mode = 0o600
        self.tar.addfile(member, file)


class Archive:
    """An archive of which every byte that counts has been checked."""

    def __init__(self, tar: tarfile.TarFile):
        self.tar = tar
        self.members = {member.name: member for member in _plain_members(tar)}
        self.manifest = _manifest(tar, self.members)
        self._check_members()

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """`-` is the standard input, a file that this user need not be able to open.

        Raises Unusable for what is damaged, cut off, of another program or of a newer one.
        """
        if path != STANDARD_INPUT and not path.is_file():
            raise Unusable(f"没有这个文件：{path}")
        try:
            with _readable(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
                archive = cls(tar)
                yield archive
        except tarfile.ReadError as error:
            raise Unusable(f"{DAMAGED}这不是本程序做的备份，或者开头就坏了。") from error

    @property
    def media(self) -> list[str]:
        """Names of the files as rows name them."""
        return [name.removeprefix(MEDIA) for name in self.manifest["members"] if name.startswith(MEDIA)]

    def extract(self, name: str, target: Path) -> None:
        """Write the member to a new file of that name, and to no other."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb", opener=_private) as file:
            for content in self._contents(name):
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.utime(target, (self.members[name].mtime,) * 2)

    def _contents(self, name: str) -> Iterator[bytes]:
        source = _opened(self.tar, self.members[name])
        while content := source.read(1 << 20):
            yield content

    def _check_members(self) -> None:
        told = self.manifest["members"]
        if told.keys() != self.members.keys() - {MANIFEST, SEAL}:
            raise Unusable(f"{DAMAGED}里面的文件和清单对不上。")
        for name, known in told.items():
            sha256 = hashlib.sha256()
            try:
                for content in self._contents(name):
                    sha256.update(content)
            except UNREADABLE as error:
                raise Unusable(f"{DAMAGED}{name} 读不出来。") from error
            if (self.members[name].size, sha256.hexdigest()) != (known["size"], known["sha256"]):
                raise Unusable(f"{DAMAGED}{name} 的校验和不对。")


def _readable(path: Path) -> IO[bytes]:
    """Raises Unusable, with the way out, for what can't be read there and back."""
    try:
        file = os.fdopen(os.dup(0), "rb") if path == STANDARD_INPUT else path.open("rb")
    except PermissionError as error:
        raise Unusable(f"不让这个用户读 {path}：用 root 运行 portal restore，或者写成 restore - < {path}。") from error
    if not file.seekable():
        file.close()
        raise Unusable("不能从管道恢复：先把备份存成文件，再写 restore - < 文件。")
    return file


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def is_safe(name: str) -> bool:
    """Whether the name stays below the folder it is unpacked in, and is none of ours for temporary things."""
    parts = name.split("/")
    return bool(re.fullmatch(r"[^\\\x00-\x1f\x7f]+", name)) and not any(
        part in ("", "..") or part.startswith(".") for part in parts
    )


def _plain_members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Each member once, plain files with harmless names only."""
    names = set()
    try:
        for member in tar:
            if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or not is_safe(member.name):
                raise Unusable(f"{DAMAGED}里面有不该有的东西（{member.name!r}），没有解开。")
            if member.name in names:
                raise Unusable(f"{DAMAGED}{member.name} 出现了两次。")
            names.add(member.name)
            yield member
    except UNREADABLE as error:
        raise Unusable(f"{DAMAGED}读到一半就断了。") from error


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    source = tar.extractfile(member)
    if source is None:
        raise Unusable(f"{DAMAGED}{member.name} 不是文件。")
    return source


def _manifest(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> dict:
    if MANIFEST not in members:
        raise Unusable(f"{DAMAGED}没有清单。它不是本程序做的备份，或者没有写完、没有传完。")
    try:
        text = _opened(tar, members[MANIFEST]).read()
        manifest = json.loads(text)
        program, version = manifest["program"], manifest["format"]
        is_sealed = _opened(tar, members[SEAL]).read() == hashlib.sha256(text).hexdigest().encode()
    except UNREADABLE as error:
        raise Unusable(f"{DAMAGED}清单读不懂。") from error
    if program != PROGRAM:
        raise Unusable(f"这是别的程序（{program}）的备份。")
    if version != FORMAT and is_sealed:
        raise Unusable(f"这份备份是更新的版本做的（格式 {version}，本程序认识到 {FORMAT}）。请先升级本程序，再恢复。")
    if not is_sealed:
        raise Unusable(f"{DAMAGED}清单的校验和不对。")
    return manifest
