"""What fails around the program is told in one sentence with the way on; the program's own faults keep their traceback."""

import errno
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from backups.failures import explain
from common.data_folder import Unfit

SAID = {
    "no tables in SQLite": (OperationalError("no such table: ledger_entry"), "先运行 .*manage.py prepare；丢了的恢复备份"),
    "no tables in PostgreSQL": (ProgrammingError('relation "ledger_entry" does not exist'), "丢了的恢复备份"),
    "a damaged file": (DatabaseError("file is not a database"), "损坏了：先停掉网站.*restore --replace"),
    "a damaged page": (DatabaseError("database disk image is malformed"), "损坏了"),
    "a busy one": (OperationalError("database is locked"), "正被别的程序占着"),
    "a full disk": (OperationalError("database or disk is full"), "磁盘满了"),
    "a file of somebody else's": (OperationalError("attempt to write a readonly database"), "打不开或不让写"),
    "a full disk for files": (OSError(errno.ENOSPC, "No space left on device", "/x"), "磁盘满了"),
    "a setting": (ImproperlyConfigured("HTTPS=yess：看不懂，写 on 或 off。"), "^HTTPS=yess：看不懂，写 on 或 off。$"),
    "the folder": (Unfit("磁盘满了。"), "^磁盘满了。$"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_it_means_and_what_to_do(name):
    error, sentence = SAID[name]
    assert re.search(sentence, explain(error))


@pytest.mark.parametrize(
    "error",
    [IntegrityError("UNIQUE constraint failed"), ValueError("x"), KeyError("x"), OSError(errno.EACCES, "x", "/etc")],
)
def test_faults_of_the_program_are_not_explained_away(error):
    assert explain(error) == ""


# As typed


@pytest.fixture
def manage(tmp_path):
    def manage(*arguments: str) -> subprocess.CompletedProcess:
        variables = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "SECRET_KEY": "s" * 60, "PYTHONUTF8": "1"}
        return subprocess.run(  # noqa: S603  our own interpreter on our own files
            [sys.executable, "manage.py", *arguments],
            env=variables | {"DATA_DIR": str(tmp_path)},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return manage


def empty(path: Path) -> None:
    sqlite3.connect(path).close()


DATABASES = {
    "gone, with files beside it": (lambda path: None, "数据库丢了"),
    "empty, with files beside it": (empty, "数据库丢了"),
    "damaged": (lambda path: path.write_bytes(b"no database any more" * 1000), "损坏了"),
    "a folder": (lambda path: path.mkdir(), "打不开或不让写"),
}


@pytest.mark.parametrize("command", ["verify_ledger", "backup", "prepare"])
@pytest.mark.parametrize("name", DATABASES)
def test_a_database_that_is_lost_is_told_in_one_sentence_by_every_command(manage, tmp_path, name, command):
    (tmp_path / "media" / "evidence").mkdir(parents=True)
    (tmp_path / "media" / "evidence" / "a.pdf").write_bytes(b"precious")
    spoil, sentence = DATABASES[name]
    spoil(tmp_path / "portal.sqlite3")
    done = manage(command)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "backups").exists() or not any((tmp_path / "backups").iterdir())
