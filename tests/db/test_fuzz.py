"""Requests made by chance: the same few hundred in every run, and by `make fuzz` as many others as one likes."""

import logging
import os
import re
from functools import partial
from urllib.parse import quote_plus

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as chance
from hypothesis import strategies as st

from news.models import Article
from projects.models import Project, Report
from tests import fuzzing
from tests.db.desk.test_admin_input import BAD_QUERIES
from tests.db.test_permissions import ROLES, addresses, doors, rows_of, table
from tests.factories import (
    a_correction,
    a_redaction,
    a_report,
    an_adjustment,
    an_article_image,
    an_evidence,
    an_indicator_reading,
    moment,
    published,
)
from tests.fuzzing import CSRF, Asked, Fuzz, as_sent, check, queries
from tests.nasty_input import NASTY
from tests.people_at_work import form_of
from tests.public_routes import routes

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SEED = os.environ.get("FUZZ_SEED", "")
N = int(os.environ.get("FUZZ_REQUESTS", 300)) // 2  # half of them to the public pages, half to the desk


def by_chance(test):
    """Runs it N times: with chance of its own where there is a seed, else always the same."""
    options = chance(
        max_examples=N,
        derandomize=not SEED,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    return options(seed(int(SEED))(test) if SEED else test)


@pytest.fixture
def fuzz():
    made = Fuzz()
    logging.disable()  # each refusal has its line; what falls is raised here
    yield made
    logging.disable(logging.NOTSET)
    print(f"SEED={SEED or 'none'}: {made.told()}")


# The public pages


@pytest.fixture
def shown(city, settings):
    """A small city with something to see at every address."""
    settings.SECURITY_CONTACT = ["mailto:security@city.example"]
    report = a_report(city.bridge, "2020-06-30", {"built": 50}, text="Named.")
    an_evidence(report, content=b"%PDF-1")
    published(report, on="2020-07-01")
    published(a_redaction(report, "text"), on="2020-07-02")
    published(a_correction(report, {"built": 45}), on="2020-08-01")
    published(an_adjustment(city.built.targets.get(), amount="120"), on="2020-09-01")
    published(an_indicator_reading(city.indicator, "2020-06-30", 30), on="2020-09-02")
    told = {"title": "A", "slug": "a", "body": "<p>B</p>", "published_at": moment("2020-05-01"), "is_published": True}
    paper = {"attachment": ContentFile(b"%PDF-1", name="paper.pdf"), "attachment_title": "E"}
    article = Article.objects.create(
        **told, **paper, cover=ContentFile(b"a", name="cover.jpg"), cover_alt="C", cover_credit="D"
    )
    an_article_image(article)


def test_nothing_asked_by_chance_breaks_a_page(shown, fuzz):
    names = fuzzing.names_of_parameters()
    known = {route: route.addresses() for route in routes()}
    assert all(known.values()), known
    good = st.sampled_from(list(known)).flatmap(lambda route: st.sampled_from(known[route]))

    @st.composite
    def bent(draw) -> str:
        route = draw(st.sampled_from(list(known)))
        return route.template.format(**{part: draw(fuzzing.parts) for part in route.parts})

    targets = st.tuples(good | good | good | bent() | fuzzing.paths, queries(names)).map("?".join)

    @by_chance
    @given(method=fuzzing.methods, target=targets, headers=fuzzing.odd_headers, body=st.binary(max_size=50))
    def ask(method, target, headers, body):
        asked = Asked(method, as_sent(target), headers, body if method == "POST" else b"")
        check(asked, fuzz.ask(asked))

    ask()
    assert fuzz.statuses.total() >= N


# The desk

COUNTS = ("", "x", "-1", "0", "1", "20", "41", "1000", "1000000000", "9" * 400, *NASTY.values())
FILES = {
    "nothing": b"",
    "text": b"x",
    "a PDF": b"%PDF-1.7\n%%EOF",
    "half a JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\xff" * 30,
    "half a PNG": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\x00\x00\x00",
    "half a WebP": b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    "a zip": b"PK\x03\x04" + b"\x00" * 40,
}
FILE_NAMES = ("x.jpg", "x.pdf", "", "..", "../../x.jpg", "x" * 300 + ".jpg", 'x\\";y.png', "长.jpg", "x.jpg;.exe")
FILE_INPUTS = re.compile(r'<input type="file" name="([^"]+)"')
BOUNDARY = "x-x-x"

pairs_of = partial(st.tuples, st.sampled_from(["_save", "_continue", "_submit", "action", "post", "next", "x"]))
added = st.lists(pairs_of(fuzzing.values), max_size=3)


def seldom(strategy: st.SearchStrategy, usual: object) -> st.SearchStrategy:
    return st.integers(0, 3).flatmap(lambda turn: strategy if turn == 3 else st.just(usual))


@st.composite
def forged(draw, form: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a form sends, some of it left out, exchanged, repeated, and its counts made up."""
    places = st.lists(st.integers(0, max(len(form) - 1, 0)), max_size=3)
    left_out = draw(st.just([]) | places)
    fields = [pair for at, pair in enumerate(form) if at not in left_out]
    for at in draw(places):
        if at < len(fields):
            name = fields[at][0]
            fields[at] = name, draw(st.sampled_from(COUNTS) if name.endswith("_FORMS") else fuzzing.values)
    if draw(st.integers(0, 6)) == 6:
        fields += multiplied(fields, draw(st.sampled_from([20, 60, 300])))
    return fields + draw(added)


def multiplied(fields: list[tuple[str, str]], n: int) -> list[tuple[str, str]]:
    """So many rows of each inline, every one like its first; the last count of a name is the one that is read."""
    inlines = {name.removesuffix("-TOTAL_FORMS") for name, _value in fields if name.endswith("-TOTAL_FORMS")}
    rows = [(name, value) for name, value in fields if re.match(r"\w+-0-", name)]
    copies = [(name.replace("-0-", f"-{at}-", 1), value) for at in range(n) for name, value in rows]
    return [*copies[:2500], *((f"{inline}-TOTAL_FORMS", str(n)) for inline in inlines)]


@st.composite
def sent(draw, fields: list[tuple[str, str]], files: list[str]) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Headers and body: as a browser sends them, or broken off, or as something else."""
    kind = draw(st.sampled_from(["urlencoded"] * 3 + ["multipart"] * 5 + ["json", "garbage", "broken off"]))
    if kind == "urlencoded":
        body = "&".join(f"{quote_plus(name)}={value}" for name, value in fields).encode("latin-1", "replace")
        return (("CONTENT_TYPE", "application/x-www-form-urlencoded"),), body
    if kind in ("json", "garbage"):
        return (("CONTENT_TYPE", draw(fuzzing.oddities)),), draw(st.binary(max_size=200))
    body = b"".join(_part(f'name="{name}"', value.encode("utf-8", "replace")) for name, value in fields)
    for name in files if draw(st.booleans()) else []:
        told = f'name="{name}"; filename="{draw(st.sampled_from(FILE_NAMES))}"'
        body += _part(told, draw(st.sampled_from(list(FILES.values())) | st.binary(max_size=300)))
    body += f"--{BOUNDARY}--\r\n".encode()
    if kind == "broken off":
        body = body[: draw(st.integers(0, len(body)))]
    return (("CONTENT_TYPE", f"multipart/form-data; boundary={BOUNDARY}"),), body


def _part(told: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {told}\r\n\r\n".encode() + content + b"\r\n"


class Desk:
    """Everybody's way in, and the forms that each page shows them, looked at once."""

    def __init__(self, city):
        self.rows = rows_of(city)
        staff = User.objects.create_user("staff", is_staff=True)
        self.people = {role: getattr(city, role, staff) for role in ROLES if role != "anonymous"}
        self.cookies = {role: self._cookie(person) for role, person in self.people.items()}
        self.people["anonymous"], self.cookies["anonymous"] = self.people["staff"], f"csrftoken={CSRF}"
        self.doors = {role: self._addresses(role, person) for role, person in self.people.items()}
        self.forms: dict[tuple[str, str], tuple[list[tuple[str, str]], list[str]]] = {}

    def _cookie(self, person) -> str:
        client = Client()
        client.force_login(person)
        return f"csrftoken={CSRF}; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def _addresses(self, role: str, person) -> list[str]:
        """Of every door; of those that open to the role six times."""
        opened = {name for name, cells in table().items() if role in cells}
        found = [
            address
            for door in doors()
            for _whose, address in addresses(door, self.rows, person)
            for _again in range(6 if door.name in opened else 1)
        ]
        about = [f"?project={self.rows[Project]['own'].pk}", f"?corrects={self.rows[Report]['own'].pk}"]
        return [*found, *(f"/admin/projects/report/add/{one}" for one in about * 6)]

    def form_at(self, fuzz: Fuzz, role: str, address: str) -> tuple[list[tuple[str, str]], list[str]]:
        """(name, value) of the page's fields, and the names of its inputs for files."""
        if (role, address) not in self.forms:
            body = fuzz.ask(Asked("GET", address.encode(), (("HTTP_COOKIE", self.cookies[role]),))).body
            page = body.decode(errors="replace")  # a file has no fields
            fields = [(name, value) for name, values in form_of(page).items() for value in values]
            self.forms[role, address] = fields, FILE_INPUTS.findall(page)
        return self.forms[role, address]


@pytest.fixture
def desk(city):
    return Desk(city)


def test_nothing_sent_by_chance_breaks_the_desk(desk, fuzz):
    names = fuzzing.names_of_parameters()
    asked_of_lists = fuzzing.queries(names) | st.sampled_from(BAD_QUERIES)

    @by_chance
    @given(data=st.data())
    def ask(data):
        draw = data.draw
        role = draw(st.sampled_from(sorted(desk.doors)))
        address = draw(st.sampled_from(desk.doors[role]))
        key = draw(seldom(fuzzing.parts, ""))
        target = re.sub(r"/\d+/", lambda _found: f"/{key}/", address, count=1) if key else address
        query = draw(seldom(asked_of_lists, ""))
        target += f"{'&' if '?' in target else '?'}{query}" if query else ""
        headers, body = draw(seldom(fuzzing.odd_headers, ())), b""
        method = draw(st.sampled_from(["GET"] * 2 + ["POST"] * 6 + ["HEAD", "PUT"]))
        if method == "POST":
            fields, files = desk.form_at(fuzz, role, address)
            told, body = draw(sent(draw(forged(fields)), files))
            headers = (*told, ("HTTP_X_CSRFTOKEN", CSRF), *headers)
        asked = Asked(method, as_sent(target), (("HTTP_COOKIE", desk.cookies[role]), *headers), body)
        answer = fuzz.ask(asked)
        is_done = method == "POST" and answer.status == 302 and role != "anonymous"
        check(asked, answer, may_change=is_done)

    ask()
    assert fuzz.statuses.total() >= N
