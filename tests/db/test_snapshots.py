"""Every answer of the portal as it was before its code was rebuilt: the same bytes, by whatever modules they are made.

It goes when the rebuilding ends. `snapshots.txt` holds a digest of each answer. Where answers differ, write the texts out
before and after the change, and compare:

    SNAPSHOTS_TO=/tmp/before make test ARGS="tests/db/test_snapshots.py"
    diff -r /tmp/before /tmp/after

SNAPSHOTS_WRITE=1 writes `snapshots.txt` anew, to be run in one process.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from html import unescape
from io import BytesIO
from pathlib import Path
from random import Random
from urllib.parse import quote, urljoin

import openpyxl
import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from ledger import chain
from projects.models import Department
from projects.verification import differences
from tasks.loading import load_files
from tests.databases import IS_SQLITE
from tests.db.test_permissions import addresses, doors, rows_of
from tests.db.website.test_past import DAYLESS
from tests.factories import a_reviewer, an_administrator, an_official, moment
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, empty, keep
from tests.public_routes import routes
from tests.small_city import address as admin_address
from tests.small_city import build_city, city_there

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.long]

STORED = Path(__file__).with_name("snapshots.txt")
TODAY = "2026-11-18"
# Before the plan, its day, in spring, in early autumn, on the last day of the year, and after everything.
DAYS = ["2020-02-01", "2020-03-09", "2020-05-20", "2020-09-30", "2020-12-31", TODAY]
FOLLOWED = "2020-09-30"  # whose links with a query are asked too: other orders, filters, words
CITY_DAY, YEAR_DAY = "2020-06-02", "2021-06-02"  # on which people sit at the desk
ASKED = [
    f"/search/?q={quote('道路 小学')}",
    f"/search/?q={quote('没有这样的词')}",
    f"/2020/projects/?q={quote('小学')}",
    f"/2020/compare/?since=2020-03-09&as_of={FOLLOWED}",
    f"/?as_of={TODAY}0",
    "/?as_of=2030-01-01",
    "/2019/",
    "/nothing/",
    "/api/v1/plans/2019",
]
# They tell of the body, which is held itself, and of files on the disk; the policy's parts stand in any order.
UNHELD = {"Content-Length", "Content-Security-Policy", "ETag", "Last-Modified"}
# Names of static files carry a digest of what is in them; styles may be cut into files otherwise.
NORMALISED = {
    re.compile(r"(/static/[\w./-]+)\.[0-9a-f]{12}(\.\w+)"): r"\1\2",
    re.compile(r'\s*<link rel="stylesheet"[^>]*>'): "",
    re.compile(r'(name="csrfmiddlewaretoken" value="|nonce=")[\w+/=]+'): r"\1",
}


# The cities, always with the same salts, so that every hash and every id is held too


@pytest.fixture
def same_salts(monkeypatch):
    monkeypatch.setattr(secrets, "token_hex", lambda n=16: "5a" * n)
    chance = Random(0)  # noqa: S311
    monkeypatch.setattr(secrets, "choice", chance.choice)  # of a file's second name
    monkeypatch.setattr(os, "urandom", chance.randbytes)  # of a promise's code


def load_year() -> None:
    empty()
    load_files([PLAN_FILE])
    load_files([ILLUSTRATIVE_FILE])


@pytest.fixture
def year(db, same_salts):
    with time_machine.travel(moment(TODAY), tick=False) as clock:
        keep("snapshots", load_year)
        yield clock


# Answers


def snapshot_of(response: HttpResponse) -> bytes:
    """Status, headers and body of the answer, without what changes from run to run."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.get("Content-Type", "")
    headers = sorted(f"{name}: {value}" for name, value in response.headers.items() if name not in UNHELD)
    if "openxml" in kind:
        book = openpyxl.load_workbook(BytesIO(body))
        cells = [repr([(cell.value, cell.number_format) for cell in row]) for sheet in book for row in sheet]
        body = "\n".join(cells).encode()
    elif not kind.startswith("image/") and "pdf" not in kind:
        text = body.decode()
        for pattern, replacement in NORMALISED.items():
            text = pattern.sub(replacement, text)
        body = text.encode()
    return "\n".join([str(response.status_code), *headers, "", ""]).encode() + body


def public_addresses(on: str) -> list[str]:
    """With the day; what knows no day is asked once."""
    found = []
    for route in routes():
        if route.name not in DAYLESS:
            found += [f"{address}?as_of={on}" for address in route.addresses()]
        elif on == TODAY:
            found += route.addresses()
    return found


def links_of(pages: dict[str, bytes], within: str) -> list[str]:
    """What the pages ask with a query, on their own day, without the pages themselves."""
    found = set()
    for address, page in pages.items():
        for link in re.findall(r'href="([^"#]*\?[^"#]+)"', page.decode(errors="replace")):
            target = urljoin(address, unescape(link))
            if re.match(within, target) and set(re.findall(r"as_of=([\d-]+)", target)) <= {FOLLOWED}:
                found.add(target)
    return sorted(found - pages.keys())


def one_of_a_shape(links: list[str]) -> Iterable[str]:
    """The first of those that differ in numbers and in the values they ask for."""
    return {re.sub(r"=[^&]*|\d+", "", link): link for link in reversed(links)}.values()


def asked(client: Client, addresses: Iterable[str]) -> dict[str, bytes]:
    return {address: snapshot_of(client.get(address)) for address in addresses}


def asked_anew(client: Client, addresses: Iterable[str]) -> dict[str, bytes]:
    """Whatever opening one of them did is undone, its ids too."""
    found = {}
    for address in addresses:
        with transaction.atomic():
            found |= asked(client, [address])
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [User]):
                cursor.execute(statement)
    return found


def public_snapshots(client: Client, on: str) -> dict[str, bytes]:
    pages = asked(client, public_addresses(on))
    if on == TODAY:
        undated = {address.partition("?")[0] for address in pages if "?" in address}
        pages |= asked(client, [*undated, *ASKED])
    if on == FOLLOWED:
        pages |= asked(client, links_of(pages, "/(?!admin/|display/)"))
    return pages


def desk_snapshots(person: User, addresses: Iterable[str]) -> dict[str, bytes]:
    """What opens to the person of it, and links with a query from there."""
    client = Client()
    client.force_login(person)
    pages = asked_anew(client, addresses)
    pages |= asked_anew(client, one_of_a_shape(links_of(pages, "/admin/(?!.*history/)")))
    return {f"{person}:{address}": page for address, page in pages.items() if page[:3] not in {b"403", b"404"}}


# What is stored: group, address, digest, and behind it the one on PostgreSQL where JSON's keys stand in another order there


def stored() -> dict[tuple[str, str], list[str]]:
    """One or two digests of each answer, by group and address."""
    lines = STORED.read_text().splitlines() if STORED.exists() else []
    return {(group, address): digests for group, address, *digests in map(str.split, lines)}


def held(group: str) -> dict[str, str]:
    """The digest on this database of each answer, by address."""
    return {address: digests[0 if IS_SQLITE else -1] for (name, address), digests in stored().items() if name == group}


def write(group: str, digests: dict[str, str]) -> None:
    """SQLite first."""
    before = stored()
    found = {key: one for key, one in before.items() if key[0] != group}
    for address, digest in digests.items():
        both = [digest] if IS_SQLITE else [before[group, address][0], digest]
        found[group, address] = list(dict.fromkeys(both))
    STORED.write_text("".join(f"{' '.join([*key, *one])}\n" for key, one in sorted(found.items())))


def write_out(folder: Path, snapshots: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for address, snapshot in snapshots.items():
        (folder / quote(address, safe="?=&:")[:200]).write_bytes(snapshot)


def hold(group: str, snapshots: dict[str, bytes]) -> None:
    digests = {address: hashlib.sha256(snapshot).hexdigest()[:16] for address, snapshot in snapshots.items()}
    if "SNAPSHOTS_TO" in os.environ:
        write_out(Path(os.environ["SNAPSHOTS_TO"], group), snapshots)
    if "SNAPSHOTS_WRITE" in os.environ:
        write(group, digests)
    expected = held(group)
    differing = sorted(address for address in expected | digests if expected.get(address) != digests.get(address))
    told = [f"{len(differing)} answers differ; the top of {Path(__file__).name} says how to compare them", *differing]
    assert not differing, "\n".join(told)


# Tests


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize("on", DAYS)
def test_every_public_answer_is_what_it_was(client, on):
    hold(on, public_snapshots(client, on))


@pytest.mark.usefixtures("year")
def test_the_record_is_what_it_was():
    assert list(differences(None)) == []
    hold("record", {"head": chain.head().voucher.encode()})


@pytest.mark.usefixtures("db", "same_salts")
@pytest.mark.parametrize("role", ["official", "reviewer", "administrator", "editor"])
def test_every_door_of_the_desk_shows_what_it_did(role):
    """On rows of each kind, drafts among them. Guides apart, which are compared as texts."""
    with time_machine.travel(moment(CITY_DAY), tick=False):
        empty()
        build_city()
        city = city_there()
        rows, person = rows_of(city), getattr(city, role)
        found = [address for door in doors() for _whose, address in addresses(door, rows, person)]
        pages = desk_snapshots(person, sorted(address for address in found if "/guide/" not in address))
        hold(f"desk-{role}", pages)


def test_the_desk_of_the_year_is_what_it_was(year):
    year.move_to(moment(YEAR_DAY))
    roads = Department.objects.get(slug="transport-bureau")
    pages = {}
    for person in (an_official(roads), a_reviewer(), an_administrator()):
        models = [(model, model.objects.order_by("pk").last()) for model in admin.site._registry]
        found = ["/admin/", *(admin_address(model, view) for model, _row in models for view in ("changelist", "add"))]
        found += [admin_address(row) for _model, row in models if row]
        pages |= desk_snapshots(person, sorted(found))
    hold("desk-year", pages)
