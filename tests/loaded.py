"""Rows as tests want them, the two fixtures above all: published once per process, afterwards copied from memory.

Publishing takes seconds, the copy milliseconds. The rows, the ledger among them, are the same in every test of a run.
"""

import os
import shutil
from collections.abc import Callable, Hashable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.management.color import no_style
from django.db import connection, models, transaction

from huozhou_portal.storage import MediaStorage
from tasks.loading import load_files
from tasks.models import Plan

FIXTURES = settings.BASE_DIR / "fixtures"
PLAN_FILE = FIXTURES / "plan_2020.json"
ILLUSTRATIVE_FILE = FIXTURES / "illustrative_2020.json"
APPS = ("ledger", "projects", "tasks", "news")
MOST_PARAMETERS = 900  # of one statement, which every SQLite allows


class Table(NamedTuple):
    """The rows of a table as the database gave them, with the head of the statement that puts them back."""

    insert: str
    rows: list[tuple]


_tables: dict[Hashable, list[Table]] = {}


def put(*files) -> None:
    """Fill the empty database with what `load_files` makes of the files."""
    if keep(files, partial(load_files, files)):
        # An earlier test may have taken a file away for good.
        shutil.copytree(_media(), settings.MEDIA_ROOT, dirs_exist_ok=True)


def keep(name: Hashable, fill: Callable[[], object]) -> bool:
    """Fill the empty database as `fill` does, which always makes the same. Whether the rows came from memory."""
    with transaction.atomic():
        is_kept = name in _tables
        if is_kept:
            _copy(_tables[name])
        else:
            fill()
            _tables[name] = [_read(model) for model in every_model()]
    return is_kept


def every_model() -> list[type[models.Model]]:
    return [model for name in APPS for model in apps.get_app_config(name).get_models(include_auto_created=True)]


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


@cache
def _media() -> Path:
    """The fixtures' files as loading stores them, with the renditions of pictures."""
    kept = Path(os.environ["TEST_DATA_DIR"], "loaded", os.environ.get("PYTEST_XDIST_WORKER", "only"))
    storage = MediaStorage(location=kept)
    for file in (FIXTURES / "media").rglob("*.jpg"):
        with file.open("rb") as content:
            storage.save(file.relative_to(FIXTURES / "media").as_posix(), File(content))
    return kept


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
