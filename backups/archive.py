"""The format of a backup: a tar of the database dump, the media and a manifest with the checksums of both.

The manifest is written at the end, when every checksum is known. So a truncated archive has none.
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
MANIFEST, MANIFEST_DIGEST = "manifest.json", "manifest.sha256"
MEDIA = "media/"
STANDARD_INPUT = Path("-")
DAMAGED = "备份文件损坏了，或者不完整："
# What tarfile, json and the code here raise when they read a damaged archive.
UNREADABLE = (tarfile.TarError, OSError, ValueError, TypeError, KeyError, OverflowError, EOFError, zlib.error)


class BackupError(Exception):
    """A backup can't be made, restored or copied. The message is for the operator, in Chinese."""


class HashingReader:
    """Wraps a file; has the size (bytes) and SHA-256 of what was read from it."""

    def __init__(self, file: IO[bytes]):
        self.file, self.sha256, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        self.sha256.update(content)
        self.size += len(content)
        return content


class Writer:
    """Adds members one by one to a new archive, and at the end the manifest."""

    def __init__(self, file: IO[bytes]):
        self.tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self.members: dict[str, dict] = {}

    def add(self, name: str, file: IO[bytes]) -> None:
        status = os.fstat(file.fileno())
        member = tarfile.TarInfo(name)
        member.size, member.mtime = status.st_size, int(status.st_mtime)
        hashing = HashingReader(file)
        self._put(member, hashing)
        self.members[name] = {"size": hashing.size, "sha256": hashing.sha256.hexdigest()}

    def finish(self, facts: dict) -> None:
        """Write the manifest, with `facts` in it, and close the archive."""
        manifest = {"program": PROGRAM, "format": FORMAT, **facts, "members": self.members}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
        self._add_bytes(MANIFEST, text)
        self._add_bytes(MANIFEST_DIGEST, hashlib.sha256(text).hexdigest().encode())
        self.tar.close()

    def _add_bytes(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        self._put(member, io.BytesIO(content))

    def _put(self, member: tarfile.TarInfo, file) -> None:
        member.mode = 0o600
        self.tar.addfile(member, file)


class Archive:
    """An archive of which the names, the manifest and every checksum have been verified."""

    def __init__(self, tar: tarfile.TarFile):
        self.tar = tar
        self.members = {member.name: member for member in _plain_members(tar)}
        self.manifest = _manifest(tar, self.members)
        self._check_members()

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Where `path` is `-`, read the standard input, by which root can pass a file that the user of the portal can't open.

        Raises BackupError for an archive that is damaged, truncated, or of another program or a newer version.
        """
        if path != STANDARD_INPUT and not path.is_file():
            raise BackupError(f"没有这个文件：{path}")
        try:
            with _readable(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
                archive = cls(tar)
                yield archive
        except tarfile.ReadError as error:
            raise BackupError(f"{DAMAGED}这不是本程序做的备份，或者开头就坏了。") from error

    @property
    def media(self) -> list[str]:
        """The names of the media files, as rows refer to them."""
        return [name.removeprefix(MEDIA) for name in self.manifest["members"] if name.startswith(MEDIA)]

    def extract(self, name: str, target: Path) -> None:
        """Write the member to the new file `target`. Raises FileExistsError."""
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
        listed = self.manifest["members"]
        if listed.keys() != self.members.keys() - {MANIFEST, MANIFEST_DIGEST}:
            raise BackupError(f"{DAMAGED}里面的文件和清单对不上。")
        for name, expected in listed.items():
            sha256 = hashlib.sha256()
            try:
                for content in self._contents(name):
                    sha256.update(content)
            except UNREADABLE as error:
                raise BackupError(f"{DAMAGED}{name} 读不出来。") from error
            if (self.members[name].size, sha256.hexdigest()) != (expected["size"], expected["sha256"]):
                raise BackupError(f"{DAMAGED}{name} 的校验和不对。")


def _readable(path: Path) -> IO[bytes]:
    """Raises BackupError, whose message says what to do, where the file can't be opened or is a pipe, which can't seek."""
    try:
        file = os.fdopen(os.dup(0), "rb") if path == STANDARD_INPUT else path.open("rb")
    except PermissionError as error:
        raise BackupError(
            f"不让这个用户读 {path}：用 root 运行 portal restore，或者写成 restore - < {path}。"
        ) from error
    if not file.seekable():
        file.close()
        raise BackupError("不能从管道恢复：先把备份存成文件，再写 restore - < 文件。")
    return file


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def is_safe(name: str) -> bool:
    """Whether the name can't leave the folder it is extracted to, and has no dot in front, as names of temporary files have."""
    parts = name.split("/")
    return bool(re.fullmatch(r"[^\\\x00-\x1f\x7f]+", name)) and not any(
        part in ("", "..") or part.startswith(".") for part in parts
    )


def _plain_members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members. Raises BackupError for one that is no regular file, has an unsafe name, or is there twice."""
    names = set()
    try:
        for member in tar:
            if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or not is_safe(member.name):
                raise BackupError(f"{DAMAGED}里面有不该有的东西（{member.name!r}），没有解开。")
            if member.name in names:
                raise BackupError(f"{DAMAGED}{member.name} 出现了两次。")
            names.add(member.name)
            yield member
    except UNREADABLE as error:
        raise BackupError(f"{DAMAGED}读到一半就断了。") from error


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    source = tar.extractfile(member)
    if source is None:
        raise BackupError(f"{DAMAGED}{member.name} 不是文件。")
    return source


def _manifest(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> dict:
    if MANIFEST not in members:
        raise BackupError(f"{DAMAGED}没有清单。它不是本程序做的备份，或者没有写完、没有传完。")
    try:
        text = _opened(tar, members[MANIFEST]).read()
        manifest = json.loads(text)
        program, version = manifest["program"], manifest["format"]
        is_intact = _opened(tar, members[MANIFEST_DIGEST]).read() == hashlib.sha256(text).hexdigest().encode()
    except UNREADABLE as error:
        raise BackupError(f"{DAMAGED}清单读不懂。") from error
    if program != PROGRAM:
        raise BackupError(f"这是别的程序（{program}）的备份。")
    if version != FORMAT and is_intact:
        raise BackupError(
            f"这份备份是更新的版本做的（格式 {version}，本程序认识到 {FORMAT}）。请先升级本程序，再恢复。"
        )
    if not is_intact:
        raise BackupError(f"{DAMAGED}清单的校验和不对。")
    return manifest
