"""Backups taken while people work, and brought back: whole, proved, or not at all."""

import io
import json
import re
import stat
import subprocess
import tarfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections

from backups import dump, media, postgresql, sqlite
from backups.archive import MANIFEST, MANIFEST_DIGEST, Archive, BackupError
from backups.backends import current_backend
from backups.content import digests_of_tables
from huozhou_portal.management.commands import restore as restoring
from ledger.models import Entry
from projects.models import Evidence, Report
from projects.verification import differences
from tests.factories import a_redaction, a_report, an_evidence, published
from tests.faults.installation import IS_POSTGRES, rounds
from tests.faults.saving import a_busy_desk, at_work, lost, wrong_papers
from tests.small_city import a_city, a_draft

pytestmark = pytest.mark.one_database


@pytest.fixture
def city(portal):
    """With one public report that has a paper, one draft that has another, and somebody signed in."""
    city = a_city()
    report = a_report(city.bridge, "2020-05-31", {"built": 55})
    an_evidence(report, title="Minutes", content=b"%PDF public")
    published(report, on="2020-06-02")
    an_evidence(a_draft(city.bridge, "2020-06-30", {"built": 60}, by=city.official), content=b"%PDF draft")
    Session.objects.create(session_key="somebody", session_data="x", expire_date="2099-01-01T00:00Z")
    return city


@pytest.fixture
def archive(city, tmp_path) -> Path:
    return backed_up(tmp_path / "a.tar")


def backed_up(path: Path) -> Path:
    call_command("backup", str(path), verbosity=0)
    return path


def manifest_of(path: Path) -> dict:
    with Archive.opened(path) as opened:
        return opened.manifest


def files() -> dict[str, str]:
    folder = media.media_folder()
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in found}


def everything() -> tuple[dict, dict]:
    """Digests of all that a portal holds."""
    return digests_of_tables(connections["default"]), files()


# While people work


@pytest.mark.parametrize("n", range(rounds(1, most=5)))
def test_what_was_acknowledged_before_a_backup_is_there_after_a_fire(portal, tmp_path, n):
    city, path = a_city(), tmp_path / "a.tar"
    with portal.serving() as server, at_work(a_busy_desk(server.url, city)) as saving:
        saving.wait_for(8)
        before = list(saving.acknowledged)
        done = portal.manage("backup", path)
        saving.wait_for(4)
    assert done.returncode == 0, done.stderr
    head = manifest_of(path)["head"]
    entries = list(Entry.objects.filter(seq__lte=head["seq"]).values())
    portal.wipe()
    done = portal.manage("restore", path)
    assert done.returncode == 0, done.stderr
    assert f"凭证 {head['seq']}:{head['hash']}" in done.stdout
    assert lost(before) == []
    assert wrong_papers() == []
    assert list(Entry.objects.order_by("seq").values()) == entries
    assert list(differences()) == []
    again = manifest_of(backed_up(tmp_path / "again.tar"))
    assert again["tables"] == manifest_of(path)["tables"]
    assert media_in(again) == media_in(manifest_of(path))
    assert {name.removeprefix("media/"): one["sha256"] for name, one in media_in(again).items()} == files()


def media_in(manifest: dict) -> dict:
    return {name: known for name, known in manifest["members"].items() if name.startswith("media/")}


# What is in it


def test_it_comes_back_as_it_was(portal, city, archive, capsys):
    before = everything()
    portal.wipe()
    call_command("restore", str(archive))
    assert everything() == before
    assert not Session.objects.exists()
    assert "恢复好了，大家要重新登录。台账核对通过：5 条" in capsys.readouterr().out
    assert {path.name for path in portal.data.iterdir()} == {"media", "static"}


def test_nobody_is_signed_in_and_nothing_hidden_is_left_in_it(portal, city, tmp_path):
    if not IS_POSTGRES:  # as SQLite is built in most places: what is deleted stays in the file
        connection.cursor().execute("PRAGMA secure_delete = OFF")
    report = published(a_report(city.pool, "2020-06-30", text="Somebody's number is 0000-999. " * 60), on="2020-07-02")
    published(a_redaction(report, "text"), on="2020-07-03")
    content = content_of(backed_up(tmp_path / "a.tar"), tmp_path)
    assert b"The bridge" in content
    assert b"0000-999" not in content
    assert b"somebody" not in content


def content_of(path: Path, tmp_path: Path) -> bytes:
    """Of the database in it, as plain bytes."""
    packed = tmp_path / current_backend().MEMBER
    with Archive.opened(path) as opened:
        opened.extract(packed.name, packed)
    if IS_POSTGRES:
        return postgresql._run("pg_restore", "--file=-", str(packed)).stdout
    return sqlite.gzip.decompress(packed.read_bytes())


def test_what_is_hidden_while_it_is_taken_is_not_in_it(portal, city, tmp_path, monkeypatch):
    report = Report.objects.get(held_on="2020-05-31")
    paper = report.evidence.get().file

    @contextmanager
    def hidden_behind(folder):
        with snapshot(folder) as taken:
            yield taken
        if not Entry.objects.filter(kind="redaction").exists():
            published(a_redaction(report, "evidence/1"), on="2020-07-03")
            paper.storage.delete(paper.name)  # as the redaction does once it is committed

    snapshot = current_backend().snapshot
    monkeypatch.setattr(current_backend(), "snapshot", hidden_behind)
    manifest = manifest_of(backed_up(tmp_path / "a.tar"))
    assert manifest["missing"] == []
    assert len(media_in(manifest)) == 1
    portal.wipe()
    call_command("restore", str(tmp_path / "a.tar"), verbosity=0)
    assert not Evidence.objects.get(report=report).file


def test_a_file_that_goes_while_files_are_read_starts_it_again(portal, city, tmp_path, monkeypatch):
    draft, reads = Evidence.objects.get(report__held_on="2020-06-30"), []

    def add_media(writer, name):
        if not reads:
            draft.delete()
            draft.file.storage.delete(draft.file.name)
        reads.append(name)
        return add(writer, name)

    add = dump._add_media
    monkeypatch.setattr(dump, "_add_media", add_media)
    manifest = manifest_of(backed_up(tmp_path / "a.tar"))
    assert manifest["missing"] == []
    assert len(media_in(manifest)) == 1


def test_a_file_that_was_lost_long_ago_is_told_and_does_not_keep_the_rest_from_being_saved(city, tmp_path):
    name = Evidence.objects.get(report__held_on="2020-05-31").file.name
    (media.media_folder() / name).unlink()
    with pytest.raises(CommandError, match=re.escape(f"有 1 个文件早就不见了，备份里也没有：{name}")) as raised:
        backed_up(tmp_path / "a.tar")
    assert raised.value.returncode == 2
    assert manifest_of(tmp_path / "a.tar")["missing"] == [name]


# Where it lies


def test_it_is_private_has_a_date_and_the_old_ones_go(portal, city, capsys):
    folder = portal.data / "backups"
    folder.mkdir()
    old = ["huozhou-20200101-000000.tar", "huozhou-20200102-000000.tar", "huozhou-20200103-000000.tar"]
    for name in [*old, "huozhou-mine.tar", "notes.txt"]:
        (folder / name).write_text("x")
    call_command("backup", keep=2)
    names = {path.name for path in folder.iterdir()}
    (new,) = names - {*old, "huozhou-mine.tar", "notes.txt"}
    assert names == {new, old[2], "huozhou-mine.tar", "notes.txt"}
    assert re.fullmatch(r"huozhou-\d{8}-\d{6}\.tar", new)
    assert stat.S_IMODE((folder / new).stat().st_mode) == 0o600
    assert capsys.readouterr().out.count("删掉了旧的备份") == 2


FUTURE = ["huozhou-20980101-000000.tar", "huozhou-20990101-000000.tar"]


def test_names_from_the_future_push_nothing_out(portal, city, capsys):
    """Given while the clock was wrong. The one just made stays, and as many of the past as were asked for."""
    folder = portal.data / "backups"
    folder.mkdir()
    old = ["huozhou-20200101-000000.tar", "huozhou-20200102-000000.tar"]
    for name in [*old, *FUTURE]:
        (folder / name).write_text("x")
    call_command("backup", keep=2)
    (new,) = {path.name for path in folder.iterdir()} - {*old, *FUTURE}
    assert {path.name for path in folder.iterdir()} == {new, old[1], *FUTURE}
    assert f"名字比刚做的还晚，没有算也没有删：{'、'.join(FUTURE)}。" in capsys.readouterr().out


def test_a_clock_that_went_back_deletes_nothing(portal, city):
    folder = portal.data / "backups"
    folder.mkdir()
    (folder / FUTURE[0]).write_text("x")
    call_command("backup", keep=1)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("there.tar", {}, "已经有这个文件了"),
        ("nowhere/a.tar", {}, "没有这个目录"),
        ("a.tar", {"keep": 2}, "只能和目录一起用"),
        ("", {"keep": 0}, "要写 1 或更大的数"),
    ],
)
def test_it_takes_the_place_of_nothing(city, tmp_path, target, options, said):
    (tmp_path / "there.tar").write_text("precious")
    with pytest.raises(CommandError, match=said):
        call_command("backup", str(tmp_path / target), **options)
    assert (tmp_path / "there.tar").read_text() == "precious"
    assert not (tmp_path / "a.tar").exists()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), DatabaseError("gone"), KeyboardInterrupt()])
def test_one_that_is_not_finished_leaves_nothing(city, tmp_path, monkeypatch, error):
    def fail(*_):
        raise error

    (tmp_path / "target").mkdir()
    monkeypatch.setattr(dump.Writer, "finish", fail)
    with pytest.raises((CommandError, KeyboardInterrupt)):
        call_command("backup", str(tmp_path / "target"))
    assert list((tmp_path / "target").iterdir()) == []


def test_there_is_nothing_to_back_up_in_an_empty_database_or_a_damaged_one(portal, city, tmp_path):
    damage(portal)
    with pytest.raises(CommandError, match="没有做成备份"):
        backed_up(tmp_path / "a.tar")
    portal.wipe()
    with pytest.raises(CommandError, match="没有什么可备份"):
        backed_up(tmp_path / "a.tar")
    assert not [path.name for path in tmp_path.iterdir() if "a.tar" in path.name]


def test_a_file_that_appears_meanwhile_stays(city, tmp_path, monkeypatch):
    def add_media(writer, name):
        (tmp_path / "a.tar").write_text("precious")
        return add(writer, name)

    add = dump._add_media
    monkeypatch.setattr(dump, "_add_media", add_media)
    with pytest.raises(CommandError, match="已经有这个文件了，没有覆盖"):
        backed_up(tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_text() == "precious"


def test_a_program_that_is_missing_is_named_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"没有 pg_dump。.*apt-get install postgresql-client-15"):
        postgresql.program("pg_dump", 15)


@pytest.mark.parametrize(("major", "found"), [(13, 14), (14, 14), (15, 16), (16, 16)])
def test_the_program_is_at_least_as_new_as_the_server(monkeypatch, tmp_path, major, found):
    for version in (14, 16, 17):
        (tmp_path / f"{version}/bin").mkdir(parents=True)
        (tmp_path / f"{version}/bin/pg_dump").touch()
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    assert postgresql.program("pg_dump", major) == str(tmp_path / f"{found}/bin/pg_dump")


# From where


def test_the_newest_of_a_folder_comes_back(portal, city, archive, tmp_path, capsys):
    before, folder = everything(), tmp_path / "own"
    folder.mkdir()
    for name in ("huozhou-20200101-000000.tar", *FUTURE):
        (folder / name).write_bytes(b"another")
    archive.rename(folder / "huozhou-20200102-000000.tar")
    portal.wipe()
    call_command("restore", str(folder))
    assert everything() == before
    assert f"恢复最新的一份：{folder}/huozhou-20200102-000000.tar" in capsys.readouterr().out


def test_a_folder_without_one_is_refused(portal, city, tmp_path):
    (tmp_path / "own").mkdir()
    with pytest.raises(CommandError, match="里没有自动起名的备份"):
        call_command("restore", str(tmp_path / "own"))


def test_a_file_that_only_root_can_open_comes_back_by_the_standard_input(portal, city, archive):
    before = everything()
    portal.wipe()
    with archive.open("rb") as file:
        done = portal.manage("restore", "-", stdin=file)
    assert done.returncode == 0, done.stderr
    assert everything() == before


def test_a_pipe_is_refused(portal):
    done = portal.manage("restore", "-", stdin=subprocess.PIPE)
    assert done.returncode == 1
    assert "不能从管道恢复" in done.stderr


# What is not brought back


def rewritten(archive: Path, path: Path, **changed) -> Path:
    """The archive with another manifest, sealed again: by somebody who knows how."""
    with tarfile.open(archive) as old, tarfile.open(path, "w") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == MANIFEST:
                content = sealed = json.dumps({**json.loads(content), **changed}).encode()
            elif member.name == MANIFEST_DIGEST:
                content = sha256(sealed).hexdigest().encode()
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return path


OTHER = "sqlite" if IS_POSTGRES else "postgresql"
UNFIT = {
    "of another program": ({"program": "other"}, "这是别的程序（other）的备份"),
    "of a newer format": ({"format": 2}, "这份备份是更新的版本做的（格式 2，本程序认识到 1）。请先升级本程序"),
    "with newer migrations": (
        {"migrations": {"news": ["0001_initial", "9999_later"]}},
        "这份备份是更新的版本做的（news.9999_later）",
    ),
    "of the first form": (
        {"tables": {"projects_partnership": []}},
        "第一版格式的记录，这一版读不了，也不转换：请换一个空的数据目录",
    ),
    "of the other database": (
        {"vendor": OTHER},
        "恢复到 SQLite，再用 manage.py move_to" if IS_POSTGRES else "DATABASE_URL",
    ),
    "with other tables": ({"tables": {}}, "恢复出来的表和备份时的不一样"),
    "that goes on further": ({"head": {"seq": 9, "hash": "0" * 64}}, "台账核对不通过"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_archive_that_does_not_fit_is_refused(portal, city, archive, tmp_path, name):
    changed, said = UNFIT[name]
    path, before = rewritten(archive, tmp_path / "b.tar", **changed), everything()
    with pytest.raises(CommandError, match=re.escape(said)) as raised:
        call_command("restore", str(path), replace=True)
    assert "现在的数据没有动" in str(raised.value)
    assert everything() == before


def test_a_portal_in_use_is_not_replaced_unasked(city, archive):
    before = everything()
    with pytest.raises(CommandError, match="请加上 --replace"):
        call_command("restore", str(archive))
    assert everything() == before


def test_a_database_without_tables_is_told_by_the_code_with_which_the_process_ends(portal, tmp_path):
    """deploy/install goes on at 3 and at nothing else."""
    portal.wipe()
    done = portal.manage("backup", str(tmp_path / "a.tar"))
    assert done.returncode == 3
    assert "没有什么可备份" in done.stderr
    assert "3) manage prepare --data $begun" in (settings.BASE_DIR / "deploy" / "install").read_text()


def test_files_alone_are_not_replaced_unasked(portal, city, archive):
    portal.wipe()
    media.media_folder().mkdir()
    (media.media_folder() / "a.pdf").write_text("precious")
    with pytest.raises(CommandError, match="请加上 --replace"):
        call_command("restore", str(archive))
    assert set(files()) == {"a.pdf"}


def test_a_record_that_was_tampered_with_comes_back_only_if_insisted_on(portal, city, tmp_path, capsys):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_report SET text = 'Otherwise.' WHERE held_on = '2020-05-31'")
    archive = backed_up(tmp_path / "a.tar")
    portal.wipe()
    with pytest.raises(CommandError, match="台账核对不通过（见上）"):
        call_command("restore", str(archive))
    assert connection.introspection.table_names() == []
    call_command("restore", str(archive), despite_faults=True)
    assert "台账核对没有通过" in capsys.readouterr().out
    assert Report.objects.get(held_on="2020-05-31").text == "Otherwise."


# Failing half-way


def fail(*_, **__):
    raise OSError(28, "No space left on device")


HALF_WAY = {
    "while files are unpacked": lambda patch: patch.setattr(Archive, "extract", fail),
    "while tables are compared": lambda patch: patch.setattr(restoring, "digests_of_tables", fail),
    "while it is migrated": lambda patch: patch.setattr(restoring, "call_command", fail),
    "while it is verified": lambda patch: patch.setattr(restoring, "differences", fail),
    "before it is put in place": lambda patch: patch.setattr(current_backend(), "promote", fail),
    "among the files": lambda patch: patch.setattr(media.filecmp, "cmp", fail),
    "at the last file": lambda patch: fail_behind(patch, media.FileSwap, "promote"),
}


def fail_behind(patch, owner, name: str) -> None:
    act = getattr(owner, name)
    patch.setattr(owner, name, lambda *given, **named: (act(*given, **named), fail()))


@pytest.mark.parametrize("name", HALF_WAY)
def test_a_restore_that_fails_half_way_has_changed_nothing(portal, city, archive, monkeypatch, name):
    Report.objects.filter(published_on=None).update(text="Later.")
    for path in media.media_folder().rglob("*.pdf"):
        path.write_bytes(b"Otherwise.")
    before, around = everything(), sorted(path.name for path in portal.data.iterdir())
    with monkeypatch.context() as patch:
        HALF_WAY[name](patch)
        with pytest.raises(CommandError, match="没有恢复，现在的数据没有动。磁盘满了"):
            call_command("restore", str(archive), replace=True)
    assert everything() == before
    assert sorted(path.name for path in portal.data.iterdir()) == around
    assert schemas() == ["public"]


def schemas() -> list[str]:
    if not IS_POSTGRES:
        return ["public"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def test_what_is_replaced_stays_beside_it(portal, city, archive, capsys):
    before = everything()
    Report.objects.filter(published_on=None).update(text="Later.")
    draft = Evidence.objects.get(report__held_on="2020-06-30")
    (media.media_folder() / draft.file.name).write_bytes(b"Damaged.")
    (media.media_folder() / "evidence/later.pdf").write_bytes(b"Later.")
    call_command("restore", str(archive), replace=True)
    told = re.findall("确认没有用了再删：(.*)", capsys.readouterr().out)
    assert len(told) == 2
    kept = Path(told[1])
    assert {path.read_bytes() for path in kept.rglob("*.pdf")} == {b"Damaged.", b"Later."}
    tables, found = everything()
    assert tables == before[0]
    assert {name: one for name, one in found.items() if not name.startswith(".before")} == before[1]
    assert old_text(told[0]) == "Later."


def old_text(where: str) -> str:
    asked = "SELECT text FROM {}projects_report WHERE published_on IS NULL"
    if IS_POSTGRES:
        with connection.cursor() as cursor:
            cursor.execute(asked.format(f"{where.split()[-1]}."))
            return cursor.fetchone()[0]
    with sqlite.closing(sqlite.sqlite3.connect(where)) as old:
        return old.execute(asked.format("")).fetchone()[0]


def test_a_damaged_database_is_put_aside_and_not_thrown_away(portal, city, archive, capsys):
    before = everything()
    damage(portal)
    call_command("restore", str(archive), replace=True)
    assert everything() == before
    assert "确认没有用了再删" in capsys.readouterr().out


def damage(portal) -> None:
    """So that it can't be read."""
    if IS_POSTGRES:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry RENAME TO ledger_lost")
        return
    connection.close()
    Path(portal.database["NAME"]).write_bytes(b"no database any more" * 1000)


def test_an_older_archive_is_migrated(portal, city, tmp_path):
    report = Report.objects.get(held_on="2020-05-31").entry.hash
    call_command("migrate", "admin", "0002", verbosity=0)  # no room of ours has a second migration yet
    archive = backed_up(tmp_path / "a.tar")
    assert "0003_logentry_add_action_flag_choices" not in manifest_of(archive)["migrations"]["admin"]
    portal.wipe()
    call_command("restore", str(archive), verbosity=0)
    assert Report.objects.get(held_on="2020-05-31").entry.hash == report
    assert list(differences()) == []
