"""The file a backup is kept in: whatever was done to its bytes, it is refused or holds what was put in it."""

import hashlib
import io
import random
import tarfile
from pathlib import Path

import pytest

from backups.archive import Archive, BackupError, Writer

CONTENTS = {
    "database.dump": b"rows " * 4000,
    "media/evidence/a.pdf": b"%PDF" + bytes(range(256)) * 9,
    "media/covers/桥.jpg": b"",
}


@pytest.fixture
def archive(tmp_path) -> Path:
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        writer = Writer(file)
        for n, (name, content) in enumerate(CONTENTS.items()):
            (tmp_path / str(n)).write_bytes(content)
            with (tmp_path / str(n)).open("rb") as member:
                writer.add(name, member)
        writer.finish({"vendor": "sqlite"})
    return path


def contents_of(path: Path) -> dict[str, bytes] | None:
    """What is in it; None where it is refused."""
    try:
        with Archive.opened(path) as opened:
            return {name: b"".join(opened._contents(name)) for name in opened.manifest["members"]}
    except BackupError:
        return None


def test_it_gives_back_what_was_put_in(archive, tmp_path):
    assert contents_of(archive) == CONTENTS
    with Archive.opened(archive) as opened:
        assert set(opened.media) == {"evidence/a.pdf", "covers/桥.jpg"}
        opened.extract("media/evidence/a.pdf", tmp_path / "out/a.pdf")
        with pytest.raises(FileExistsError):
            opened.extract("media/evidence/a.pdf", tmp_path / "out/a.pdf")
    assert (tmp_path / "out/a.pdf").read_bytes() == CONTENTS["media/evidence/a.pdf"]


def test_a_changed_byte_is_found_or_does_not_count(archive, tmp_path):
    whole, spoilt, n_refused = archive.read_bytes(), tmp_path / "b.tar", 0
    chosen = random.Random(5)  # noqa: S311
    for place in chosen.sample(range(len(whole)), 400):
        spoilt.write_bytes(whole[:place] + bytes([whole[place] ^ chosen.randrange(1, 256)]) + whole[place + 1 :])
        found = contents_of(spoilt)
        assert found in (None, CONTENTS), place
        n_refused += found is None
    assert n_refused > 200


def test_one_that_was_cut_off_is_refused_unless_all_is_there(archive, tmp_path):
    whole, cut = archive.read_bytes(), tmp_path / "b.tar"
    end = whole.rindex(b"manifest.sha256") + 512 + 64
    for length in [*range(0, end, 509), end - 1]:
        cut.write_bytes(whole[:length])
        assert contents_of(cut) is None, length


def member(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, to
    return found


SMUGGLED = {
    "out of the folder": member("media/../../etc/passwd"),
    "an absolute path": member("/etc/passwd"),
    "a hidden file": member("media/.restoring/a"),
    "a link": member("media/a.jpg", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": member("media/a.jpg", tarfile.LNKTYPE, "database.dump"),
    "a device": member("media/a.jpg", tarfile.CHRTYPE),
    "a folder": member("media/a", tarfile.DIRTYPE),
    "a name twice": member("media/evidence/a.pdf"),
    "a name of Windows": member("media/..\\a.jpg"),
    "what the manifest does not know": member("media/a.jpg"),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_nothing_can_be_smuggled_in(tmp_path, name):
    """Not even by somebody who writes a manifest that vouches for it."""
    one, path = SMUGGLED[name], tmp_path / "a.tar"
    with path.open("wb") as file:
        writer = Writer(file)
        writer._add_bytes("media/evidence/a.pdf", b"")
        writer.tar.addfile(one, io.BytesIO())
        names = {"media/evidence/a.pdf"} | ({one.name} if name != "what the manifest does not know" else set())
        writer.members = {name: {"size": 0, "sha256": hashlib.sha256().hexdigest()} for name in names}
        writer.finish({"vendor": "sqlite"})
    assert contents_of(path) is None


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 10240, b"PK\x03\x04" + b"x" * 2000, b"SQLite format 3\0" * 100])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.tar").write_bytes(content)
    assert contents_of(tmp_path / "a.tar") is None


def test_a_file_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(BackupError, match="没有这个文件"), Archive.opened(tmp_path / "none.tar"):
        pass


def test_what_vouches_for_the_manifest_is_its_plain_digest(archive):
    with tarfile.open(archive) as tar:
        text, seal = (tar.extractfile(name).read() for name in ("manifest.json", "manifest.sha256"))
    assert hashlib.sha256(text).hexdigest() == seal.decode()
