"""Cities that many tests begin with: made once in a run, then put back from a file.

Publishing takes seconds, putting rows back milliseconds. The rows, the ledger among them, are the same in every test.
"""

import hashlib
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.test import override_settings

from tasks.loading import load_files
from tasks.models import Plan
from tests.databases import PREPARED, one_at_a_time

FIXTURES = settings.BASE_DIR / "fixtures"
PLAN_FILE = FIXTURES / "plan_2020.json"
ILLUSTRATIVE_FILE = FIXTURES / "illustrative_2020.json"
NEXT_YEAR_FILE = FIXTURES / "illustrative_2021.json"
RECORD = ("ledger", "projects", "tasks", "news")
APPS = ("auth", "huozhou_portal", *RECORD)
FILLED_BY_MIGRATIONS = {"auth.Permission", "auth.Group", "auth.Group_permissions"}
MOST_PARAMETERS = 900  # of one statement, which every SQLite allows


class Table(NamedTuple):
    """The rows of a table as the database gave them, with the head of the statement that puts them back."""

    insert: str
    rows: list[tuple]


class Kept(NamedTuple):
    """What `fill` left in the tables, and the rows that it named: the model's label and the key of each."""

    tables: list[Table]
    named: dict[str, tuple[str, Any]]


_kept: dict[str, Kept] = {}


def put(*files: Path) -> None:
    """Fill the empty database with what `load_files` makes of the first file, and then of the others together.

    History is loaded in its own order, and that of the illustrative years is one.
    """

    def fill() -> None:
        if files[1:]:
            put(files[0])
        load_files(files[1:] or files)

    keep("+".join(map(str, files)), fill)


def keep(name: str, fill: Callable[[], SimpleNamespace | None]) -> SimpleNamespace:
    """Fill the empty database and the store of files as `fill` does, which always makes the same under that name.

    Returns the rows that `fill` names, as the database holds them.
    """
    place = PREPARED / hashlib.sha256(name.encode()).hexdigest()[:16]
    with transaction.atomic():
        if name not in _kept:
            _kept[name] = _made(place, fill)
        _copy(_kept[name].tables)
    if place.is_dir():
        shutil.copytree(place, settings.MEDIA_ROOT, dirs_exist_ok=True)  # a test may have taken a file away for good
    rows = {key: apps.get_model(label)._base_manager.get(pk=pk) for key, (label, pk) in _kept[name].named.items()}
    return SimpleNamespace(**rows)


def _made(place: Path, fill: Callable[[], SimpleNamespace | None]) -> Kept:
    """By whichever worker is the first to ask. Its own database is as empty afterwards as that of the others."""
    with one_at_a_time(place.name):
        file = place.with_suffix(".pickle")
        if not file.exists():
            with transaction.atomic(), override_settings(MEDIA_ROOT=place):
                empty()  # the test that asks first may have made people already, who are no part of it
                rows = vars(fill() or SimpleNamespace())
                named = {key: (row._meta.label, row.pk) for key, row in rows.items()}
                file.write_bytes(pickle.dumps(Kept([_read(model) for model in every_model()], named)))
                transaction.set_rollback(True)
        return pickle.loads(file.read_bytes())  # noqa: S301  our own


def empty() -> None:
    """Take away every row of a test that is not over yet; ids begin with 1 again."""
    counted = [{"table": m._meta.db_table, "column": m._meta.pk.column} for m in every_model()]
    with connection.cursor() as cursor:
        for model in every_model():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), counted):
            cursor.execute(statement)


def every_model() -> list[type[models.Model]]:
    found = [model for name in APPS for model in apps.get_app_config(name).get_models(include_auto_created=True)]
    return [model for model in found if model._meta.label not in FILLED_BY_MIGRATIONS]


def _read(model: type[models.Model]) -> Table:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  our own table
        columns = ", ".join(connection.ops.quote_name(column[0]) for column in cursor.description)
        return Table(f"INSERT INTO {table} ({columns}) VALUES ", cursor.fetchall())  # noqa: S608


def _copy(tables: list[Table]) -> None:
    """By plain SQL, past the guard and everything else that takes its time; foreign keys are checked at the end."""
    with connection.cursor() as cursor:
        for insert, rows in tables:
            for some in _portions(rows):
                places = f"({', '.join(['%s'] * len(some[0]))})"
                cursor.execute(insert + ", ".join([places] * len(some)), [value for row in some for value in row])
        for statement in connection.ops.sequence_reset_sql(no_style(), every_model()):
            cursor.execute(statement)


def _portions(rows: list[tuple]) -> list[list[tuple]]:
    n = MOST_PARAMETERS // len(rows[0]) if rows else 1
    return [rows[start : start + n] for start in range(0, len(rows), n)]


@pytest.fixture
def plan_2020(db) -> Plan:
    """The published plan of 2020 and nothing else."""
    put(PLAN_FILE)
    return Plan.objects.get(year=2020)


@pytest.fixture
def illustrative_2020(db) -> Plan:
    """The plan of 2020 with the illustrative year on top."""
    put(PLAN_FILE, ILLUSTRATIVE_FILE)
    return Plan.objects.get(year=2020)


@pytest.fixture
def illustrative_years(db) -> tuple[Plan, Plan]:
    """The plan of 2020 with the illustrative year on top, and the illustrative plan of 2021, which carries promises over."""
    put(PLAN_FILE, ILLUSTRATIVE_FILE, NEXT_YEAR_FILE)
    return Plan.objects.get(year=2020), Plan.objects.get(year=2021)
