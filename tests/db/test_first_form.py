"""A database of the first form: every command and the server refuse it in the same one sentence.

docs/decisions/0034-the-record-second-form.md.
"""

import os
import subprocess
import sys
from contextlib import closing

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.db import connection
from django.test.utils import CaptureQueriesContext

import manage
from backups.content import connection_to, table_names
from backups.failures import database_name
from backups.first_form import TABLE, check_not_first_form, message
from common.data_folder import Unfit
from ledger.guard import Record
from tests.loaded_cities import every_model

pytestmark = pytest.mark.both_databases

# What of the record each command leaves alone is tried with; None where it would write into the code or run the tests.
HARMLESS: dict[str, list[str] | None] = {
    "check": [],
    "collectstatic": ["--no-input", "--dry-run", "--verbosity", "0"],
    "compilemessages": None,
    "diffsettings": [],
    "findstatic": ["css/site.css"],
    "make_error_pages": [],
    "makemessages": None,
    "makemigrations": ["--check", "--dry-run"],
    "sendtestemail": ["somebody@zdgz.example.gov.cn"],
    "startapp": None,
    "startproject": None,
    "test": None,
}


@pytest.fixture
def first_form(db, tmp_path, settings) -> str:
    """The database has the first form's table; gives the sentence."""
    settings.STATIC_ROOT = tmp_path / "static"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id integer)")
    return (
        f"数据库 {database_name(connection)} 里是第一版格式的记录，这一版读不了，也不转换："
        "请换一个空的数据目录（DATA_DIR）或数据库（DATABASE_URL），把资料重新载入。"
    )


def said_by(*arguments: str) -> str:
    """The sentence with which `manage.py` refuses."""
    with pytest.raises(SystemExit) as raised:
        manage.main(["manage.py", *arguments])
    return str(raised.value)


def test_every_command_refuses_it_but_those_that_leave_the_record_alone(first_form):
    before = table_names(connection)
    said = {name: said_by(name) for name in get_commands() if name not in manage.WITHOUT_RECORD}
    assert {"migrate", "prepare", "restore", "backup", "load_record", "verify_ledger", "remind"} <= said.keys()
    assert {name: sentence for name, sentence in said.items() if sentence != first_form} == {}
    assert table_names(connection) == before


def test_a_command_is_refused_whatever_it_is_asked_to_do(first_form):
    assert said_by("migrate", "--verbosity", "0") == first_form
    assert said_by("load_record", "fixtures/plan_2020.json") == first_form
    assert said_by("remind", "--dry-run") == first_form


@pytest.mark.parametrize("name", [name for name, arguments in HARMLESS.items() if arguments is not None])
def test_what_leaves_the_record_alone_still_works(first_form, name):
    with CaptureQueriesContext(connection) as queries:
        manage.main(["manage.py", name, *HARMLESS[name]])
    tables = [model._meta.db_table for model in every_model()]
    assert [query["sql"] for query in queries if any(f'"{table}"' in query["sql"] for table in tables)] == []


def test_each_command_that_is_let_through_is_tried_here():
    assert HARMLESS.keys() == manage.WITHOUT_RECORD
    assert Record.__subclasses__()  # else no table was looked for


@pytest.mark.parametrize("arguments", [("help",), ("help", "migrate"), ("version",)], ids=" ".join)
def test_help_is_given_on_it(first_form, capsys, arguments):
    manage.main(["manage.py", *arguments])
    assert capsys.readouterr().out


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_a_command_tells_its_usage_on_it(first_form, capsys, option):
    with pytest.raises(SystemExit) as raised:
        manage.main(["manage.py", "migrate", option])
    assert raised.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_a_command_that_nobody_knows_is_told_as_such(first_form, capsys):
    with pytest.raises(SystemExit):
        manage.main(["manage.py", "migrat"])
    assert "Unknown command: 'migrat'" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_database_of_this_form_passes():
    check_not_first_form(connection)


@pytest.mark.django_db
def test_one_that_is_not_there_passes_and_is_not_made(tmp_path):
    file = tmp_path / "portal.sqlite3"
    with closing(connection_to({"ENGINE": "django.db.backends.sqlite3", "NAME": file})) as absent:
        check_not_first_form(absent)
    assert not file.exists()


@pytest.mark.django_db
def test_a_damaged_one_passes_as_it_may_be_restored(tmp_path):
    file = tmp_path / "portal.sqlite3"
    file.write_bytes(b"no database" * 100)
    with closing(connection_to({"ENGINE": "django.db.backends.sqlite3", "NAME": file})) as damaged:
        check_not_first_form(damaged)


@pytest.fixture
def first_form_file(db, tmp_path):
    """A file of SQLite of the first form, in a folder of its own."""
    file = tmp_path / "portal.sqlite3"
    with closing(connection_to({"ENGINE": "django.db.backends.sqlite3", "NAME": file})) as old, old.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id integer)")
    return file


def test_a_file_of_the_first_form_is_named(first_form_file):
    with (
        closing(connection_to({"ENGINE": "django.db.backends.sqlite3", "NAME": first_form_file})) as old,
        pytest.raises(Unfit) as raised,
    ):
        check_not_first_form(old)
    assert str(raised.value) == message(f"数据库 {first_form_file} ")


@pytest.mark.parametrize(
    "arguments",
    [("-m", "huozhou_portal.server"), ("-m", "huozhou_portal.server", "--check"), ("manage.py", "migrate")],
    ids=["the server", "the server's check", "a command"],
)
def test_a_process_of_its_own_ends_with_the_sentence(first_form_file, arguments):
    environ = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "s" * 60,
        "PYTHONUTF8": "1",
        "DATA_DIR": str(first_form_file.parent),
        "ALLOWED_HOSTS": "127.0.0.1",
        "PORT": "8219",
    }
    ended = subprocess.run(  # noqa: S603  our own programs
        [sys.executable, *arguments],
        env=environ,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == message(f"数据库 {first_form_file} ") + "\n"
