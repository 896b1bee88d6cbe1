"""What an operator's programs of `deploy/` do with files: tried on copies, as no test may touch the machine's own."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

DEPLOY = settings.BASE_DIR / "deploy"
EARLIER, NOW = "server_name zdgz.example.gov.cn; # 1\n", "server_name zdgz.example.gov.cn; # 2\n"
NAME = "zdgz.huozhou.test"


def run(*command: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False, **options)  # noqa: S603  our own scripts


class Placing:
    """A file of nginx's that one version after the other puts in its place."""

    def __init__(self, folder: Path):
        self.source, self.place = folder / "site.conf", folder / "nginx" / "site.conf"
        self.record, self.earlier = folder / "installed.sha256", folder / "earlier.conf"
        self.new = self.place.with_name("site.conf.new")

    def __call__(self, content: str) -> str:
        """What it says."""
        self.source.write_text(content)
        done = run(DEPLOY / "place", self.source, self.place, NAME, self.record, self.earlier)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def is_recorded(self) -> bool:
        return self.record.read_text() == f"{hashlib.sha256(self.place.read_bytes()).hexdigest()}  {self.place}\n"


@pytest.fixture
def place(tmp_path) -> Placing:
    return Placing(tmp_path)


def filled(content: str) -> str:
    return content.replace("zdgz.example.gov.cn", NAME)


def test_a_file_that_nobody_touched_is_replaced_by_an_upgrade(place):
    assert place(EARLIER) == ""
    assert place.place.read_text() == filled(EARLIER)
    assert place.is_recorded
    assert place(NOW) == ""
    assert place.place.read_text() == filled(NOW)
    assert place.is_recorded
    assert not place.new.exists()


def test_a_file_that_somebody_changed_stays_and_the_new_one_lies_beside_it(place):
    place(EARLIER)
    place.place.write_text("our own")
    assert f"您改过 {place.place}，没有动它；这一版的放在 {place.new}" in place(NOW)
    assert (place.place.read_text(), place.new.read_text()) == ("our own", filled(NOW))
    place.place.write_text(filled(NOW))  # taken over by hand
    assert place(NOW) == ""
    assert place.is_recorded
    assert not place.new.exists()


def test_a_file_without_a_record_is_known_by_the_version_before(place):
    place.place.parent.mkdir()
    place.place.write_text(filled(EARLIER))
    place.earlier.write_text(EARLIER)
    place(NOW)
    assert place.place.read_text() == filled(NOW)


def test_a_file_of_unknown_origin_stays(place):
    place.place.parent.mkdir()
    place.place.write_text("somebody's")
    place(NOW)
    assert place.place.read_text() == "somebody's"


# portal ‹命令›


@pytest.fixture
def portal(tmp_path):
    """The command, on a program that says what it was told and what it was given to read."""
    (tmp_path / "manage.py").write_text("import sys; print(sys.argv[1:]); '-' in sys.argv and print(sys.stdin.read())")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to("/usr/bin/env")
    script = (DEPLOY / "portal").read_text().replace("/opt/huozhou-portal/current", str(tmp_path))
    script = script.replace("runuser -u huozhou-portal -- env", "env").replace(".venv/bin/python", "python3")
    (tmp_path / "portal").write_text(script)

    def portal(*arguments: object) -> str:
        done = run("sh", tmp_path / "portal", *arguments, cwd=tmp_path, env={"PATH": os.environ["PATH"]})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return portal


def test_root_opens_the_file_that_is_restored(portal, tmp_path):
    (tmp_path / "own copy.tar").write_text("precious")
    assert portal("restore", "--replace", tmp_path / "own copy.tar") == "['restore', '-', '--replace']\nprecious\n"
    assert portal("restore", "own copy.tar", "--replace") == "['restore', '-', '--replace']\nprecious\n"


def test_the_newest_of_a_folder_is_restored_and_none_from_the_future(portal, tmp_path):
    (tmp_path / "own").mkdir()
    for name in ("20200101-023000", "20200102-023000", "20990101-000000"):
        (tmp_path / "own" / f"huozhou-{name}.tar").write_text(name)
    (tmp_path / "own" / "huozhou-z.tar").write_text("another")
    told = portal("restore", f"{tmp_path}/own/", "--replace")
    assert told == (
        f"恢复最新的一份：{tmp_path}/own/huozhou-20200102-023000.tar\n['restore', '-', '--replace']\n20200102-023000\n"
    )


def test_what_is_no_file_is_left_to_the_program_to_refuse(portal):
    assert "'/nowhere.tar'" in portal("restore", "--replace", "/nowhere.tar")
    assert portal("restore") == "['restore']\n"


def test_other_commands_go_through_as_they_are(portal):
    assert portal("backup", "/mnt/备份 盘", "--keep", "3") == "['backup', '/mnt/备份 盘', '--keep', '3']\n"
    assert portal("help", "backup") == "['help', 'backup']\n"


def test_help_lists_what_an_operator_needs_and_every_command_of_it_is_there(portal):
    told = portal("help")
    assert portal() == told
    named = re.findall(r"^  ([a-z_]+) ", told, re.M)
    assert {"verify_ledger", "backup", "restore", "changepassword", "sendtestemail", "axes_reset"} <= set(named)
    assert set(named) <= get_commands().keys()


# The manual


MANUAL = (settings.BASE_DIR / "docs" / "运维手册.md").read_text()


def test_every_command_of_the_manual_is_there():
    named = set(re.findall(r"\bportal ([a-z_]+)", MANUAL))
    assert len(named) > 8
    assert named - {"help"} <= get_commands().keys()


# What deploy/install does with the database


STEP = re.search(r"^status=3.*?^esac$", (DEPLOY / "install").read_text(), re.M | re.S)[0]


@pytest.mark.parametrize(
    ("before", "option", "backup", "prepared"),
    [
        ("", "plan", "", "prepare --data plan"),
        ("", "empty", "", "prepare --data empty"),
        ("/opt/1", "plan", "0", "prepare"),
        ("/opt/1", "empty", "0", "prepare"),
        ("/opt/1", "plan", "3", "prepare --data plan"),
        ("/opt/1", "empty", "3", "prepare --data empty"),
        ("/opt/1", "plan", "1", None),
    ],
)
def test_only_a_database_without_anything_is_begun_as_the_installer_was_asked(before, option, backup, prepared):
    manage = f'manage() {{ echo "$*"; [ "$1" != backup ] || return {backup or 0}; }}'
    done = run("bash", "-euc", f"data=/data release=/r/2 before={before} begun={option}\n{manage}\n{STEP}\necho done")
    lines = done.stdout.splitlines()
    assert ("backup /data/backups/before-2.tar" in lines) == bool(before)
    if prepared is None:
        assert (done.returncode, lines[1:]) == (1, [])
    else:
        assert (done.returncode, lines[-2:]) == (0, [prepared, "done"])
    assert ("已经装过了：--empty 只管第一次安装，数据照旧。" in lines) == (backup == "0" and option == "empty")
