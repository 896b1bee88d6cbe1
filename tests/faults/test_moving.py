"""From SQLite to PostgreSQL: every row, to the byte of the ledger, or nothing."""

import json
import re
import shutil
from pathlib import Path

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import override_settings

from accounts.models import AuditAction, AuditRecord
from backups import copy_database
from backups.content import connected_to, connection_to, is_empty
from backups.copy_database import every_model
from huozhou_portal.management.commands import move_to
from ledger.chain import hashed_bytes
from ledger.models import Entry
from projects.models import Department, MilestoneReading, Project, Report, ReviewNote
from projects.verification import differences
from tasks.loading import load_files
from tests.databases import MIGRATED, PREPARED, TEMPLATE, one_at_a_time
from tests.factories import a_reviewer, an_official
from tests.faults.installation import Portal
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE
from tests.small_city import a_draft, address, signed_in

pytestmark = pytest.mark.both_databases

ODD = "\u2028 桥 🌉 \\ \" '' %s \t\r\n\x7f e\u0301"


@pytest.fixture(scope="module")
def illustrative(tmp_path_factory, django_db_setup, django_db_blocker) -> tuple[dict, Path]:
    """A SQLite database with the illustrative year, drafts, and values that are hard to write down; and its files.

    Made once in a run; each worker has a copy.
    """
    made, place = PREPARED / "moving", tmp_path_factory.mktemp("moving")
    with one_at_a_time("moving"), django_db_blocker.unblock():
        if not made.exists():
            fill(place / "filled")
            shutil.move(place / "filled", made)
    folder = shutil.copytree(made, place / "portal", symlinks=True)
    return database_in(folder), folder / "media"


def database_in(folder: Path) -> dict:
    portal = Portal(folder, f"sqlite:///{folder}/portal.sqlite3")
    return {**portal.database, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}


def fill(folder: Path) -> None:
    database = database_in(folder)
    migrated = PREPARED.parent / "sqlite" / f"{TEMPLATE}.sqlite3"  # there if the tests ran on SQLite before
    if (migrated.parent / MIGRATED.name).exists():
        shutil.copyfile(migrated, database["NAME"])
    with connected_to(connection_to(database)), override_settings(MEDIA_ROOT=folder / "media"):
        call_command("migrate", interactive=False, verbosity=0)
        load_files([PLAN_FILE, ILLUSTRATIVE_FILE])  # not from memory, where rows are as PostgreSQL tells them
        project = Project.objects.first()
        official = an_official(Department.objects.first())
        draft = a_draft(project, "2020-12-30", by=official, spent=999_999_999_999_999, text=ODD)
        MilestoneReading.objects.create(report=draft, milestone=project.milestones.first(), value="0.0001")
        ReviewNote.objects.create(report=draft, text="Again.", by=a_reviewer())
        odd = [[1, -(2**62), 0.1, True, None, ODD, {"b": [], "a": {"": ""}}]]
        AuditRecord.objects.create(kind=AuditAction.CHANGE, changes=odd, address="2001:db8::1", note=ODD)
        signed_in(official)
        connection.close()


@pytest.fixture(scope="module")
def before(illustrative, django_db_blocker) -> dict[str, list]:
    """What the source holds, which no move may change."""
    with django_db_blocker.unblock():
        source = connection_to(illustrative[0])
        told = told_by(source)
        source.close()
    return told


@pytest.fixture
def source(illustrative, settings, db):
    """The portal on SQLite is the one in use."""
    database, settings.MEDIA_ROOT = illustrative
    with connected_to(connection_to(database)):
        yield connections["default"]
        connection.close()


@pytest.fixture
def target(install, cluster):
    """A migrated database that nothing is in."""
    portal = install()
    found = connection_to(portal.database)
    found.url = portal.database_url
    yield found
    found.close()


def told_by(one) -> dict[str, list]:
    """Every row as Django's own fixtures tell it."""
    with connected_to(one):
        rows = {model._meta.label: model._base_manager.order_by("pk") for model in every_model()}
        return {label: json.loads(serializers.serialize("json", found)) for label, found in rows.items()}


def entries_of(one) -> list[bytes]:
    with connected_to(one):
        return [hashed_bytes(entry) + entry.hash.encode() for entry in Entry.objects.order_by("seq")]


def test_every_row_is_there_as_it_was(source, before, target, capsys):
    call_command("move_to", target.url)
    assert told_by(target) == told_by(source) == before
    assert entries_of(target) == entries_of(source)
    last = entries_of(source)[-1][-64:].decode()
    assert re.search(
        rf"搬好了：\d+ 行，每张表两边一样。台账核对通过：\d+ 条，凭证 \d+:{last}。", capsys.readouterr().out
    )
    with connected_to(target):
        assert list(differences()) == []


def test_the_portal_goes_on_behind_the_last_number(source, target):
    call_command("move_to", target.url, verbosity=0)
    n = max(Report.objects.values_list("pk", flat=True))
    project = Report.objects.first().project_id
    with connected_to(target):
        assert Report.objects.create(project_id=project, held_on="2021-01-01", text="On.").pk == n + 1


def test_people_stay_signed_in(source, target):
    call_command("move_to", target.url, verbosity=0)
    with connected_to(target):
        person = Report.objects.exclude(drafted_by=None).first().drafted_by
        assert signed_in(person).get(address(Report, "changelist")).status_code in (200, 403)


def an_orphan(source):
    with source.cursor() as cursor:
        cursor.execute("UPDATE projects_reviewnote SET report_id = 99999")


def a_nul(source):
    with source.cursor() as cursor:
        cursor.execute("UPDATE projects_reviewnote SET text = 'a' || char(0) || 'b'")


def a_text_too_long(source):
    with source.cursor() as cursor:
        cursor.execute("UPDATE projects_evidence SET title = %s", ["x" * 201])


SPOILT = {
    "a row that points nowhere": (an_orphan, "projects_reviewnote"),
    # Our own cleaner leaves it out on the way.
    "a text that PostgreSQL doesn't take": (a_nul, "projects_reviewnote 两边不一样"),
    "a text that is too long": (a_text_too_long, "character varying"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_the_target_can_not_hold_leaves_it_empty(source, target, monkeypatch, name):
    spoil, said = SPOILT[name]
    with source.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
    monkeypatch.setattr(move_to.Command, "_copy", spoilt_first(spoil, source))
    with pytest.raises(CommandError, match=said):
        call_command("move_to", target.url)
    assert is_empty(target)


def spoilt_first(spoil, source):
    """Within the transaction that the move holds on the source, which is rolled back with it."""
    copy = move_to.Command._copy

    def act(self, one, other):
        spoil(source)
        copy(self, one, other)

    return act


def test_it_refuses_a_target_that_holds_something(source, before, target):
    call_command("move_to", target.url, verbosity=0)
    with pytest.raises(CommandError, match="目标数据库里已经有内容了"):
        call_command("move_to", target.url)
    assert told_by(target) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////tmp/other.sqlite3", "目标要是 PostgreSQL"),
        ("x", "目标要是 PostgreSQL"),
        ("postgres://a:b@127.0.0.1:1/none", "没有搬，目标数据库里没有留下一行数据"),
    ],
)
def test_it_refuses_what_is_no_postgresql(source, url, said):
    with pytest.raises(CommandError, match=said):
        call_command("move_to", url)


def test_a_database_without_tables_is_given_them(source, before, cluster, install):
    portal = install()
    portal.wipe()
    call_command("move_to", portal.database_url, verbosity=0)
    assert told_by(connection_to(portal.database)) == before


def test_it_refuses_another_version(source, target):
    with connected_to(target):
        call_command("migrate", "admin", "0002", verbosity=0)
    with pytest.raises(CommandError, match="两边的数据表不是同一个版本"):
        call_command("move_to", target.url)


# Failing half-way


def failing_at(n: int, act):
    """Does as `act` does until the n-th time."""
    done = []

    def counted(*given):
        done.append(1)
        if len(done) == n:
            raise OSError("half-way")
        return act(*given)

    return counted


HALF_WAY = {
    "at the first table": (copy_database, "_copy_rows", 1),
    "in the middle": (copy_database, "_copy_rows", 20),
    "at the last table": (copy_database, "_copy_rows", len(every_model())),
    "while tables are compared": (copy_database, "digest_of", 9),
    "while the ledger is verified": (move_to, "differences", 1),
    "at the last question": (move_to, "n_rows", 1),
}


@pytest.mark.parametrize("name", HALF_WAY)
def test_a_move_that_fails_half_way_leaves_nothing(source, before, target, monkeypatch, name):
    module, what, n = HALF_WAY[name]
    with monkeypatch.context() as patch:
        patch.setattr(module, what, failing_at(n, getattr(module, what)))
        with pytest.raises(OSError, match="half-way"):
            call_command("move_to", target.url)
    assert is_empty(target)
    assert told_by(source) == before
