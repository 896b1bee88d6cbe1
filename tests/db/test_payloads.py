"""Markup in every text that people write stays text: on every public address, at the desk, in feeds, files and mail."""

import csv
import json
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User
from django.core.management import call_command
from django.forms import CharField, EmailField, URLField
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditRecord
from common.exports import FORMULA_STARTS
from common.form_fields import LineField, TextField
from desk.admin.versions import EDITED_FROM
from desk.supervision.lists import LISTINGS
from news.models import Article
from projects.models import Adjustment, Redaction, Report
from tasks.models import Contribution, PaperKind, Plan, PlanAdjustment, Reading, Target
from tests.db.desk.test_admin_doors import DOORS, a_row_of_each_kind, first_person
from tests.db.news.test_payloads import Harm
from tests.harmful_city import HERE, WRITTEN, a_harmful_city, pieces_for, written_fields
from tests.harmful_markup import pieces
from tests.public_routes import routes
from tests.small_city import City, a_city, address, filled_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SITE = "https://city.example"  # where the installation of these tests says that it is
NAME = re.compile(r"[a-z@_][\w:.-]*", re.IGNORECASE)  # of an attribute of ours


class Page(Harm):
    """What a page holds that isn't ours, and whether it ends as ours do: markup may also swallow what follows."""

    ours = re.compile(rf"\.\./password/$|{re.escape(HERE)}|{re.escape(SITE)}/|{Harm.ours.pattern}")

    def __init__(self, page: str):
        self.is_whole = False
        super().__init__(page)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        self.found += [name for name, _value in attrs if not NAME.fullmatch(name)]

    def handle_endtag(self, tag):
        self.is_whole = tag == "html"

    def handle_comment(self, data):
        if not re.fullmatch(r"[\w ]*", data):
            self.found.append(f"<!--{data}")


def refuse_harm(response, asked: str) -> None:
    """Whatever kind of answer it is."""
    kind = response.get("Content-Type", "")
    content = response.getvalue() if response.streaming else response.content
    if "html" in kind and content:
        page = Page(content.decode())
        assert not page.found, (asked, page.found[:5])
        assert page.is_whole, asked
        for data in page.data:
            assert "<" not in data
            json.loads(data)
    elif "openxml" in kind:
        cells = [cell for row in load_workbook(BytesIO(content)).active for cell in row]
        assert not [cell.value for cell in cells if cell.data_type == "f"], asked
        refuse_formulas([cell.value for cell in cells], asked)
    elif "csv" in kind:
        refuse_formulas([cell for row in csv.reader(StringIO(content.decode("utf-8-sig"))) for cell in row], asked)
    elif "xml" in kind:
        refuse_harm_in_xml(content, asked)
    elif "json" in kind:
        json.loads(content)
        assert response["X-Content-Type-Options"] == "nosniff"
    elif "calendar" in kind:
        lines = content.decode().split("\r\n")
        assert all(re.match(r" |[A-Z][A-Z-]*[;:]|$", line) for line in lines), asked
        assert not [line for line in lines if re.search("[\n\r\x00-\x08]", line)], asked


def refuse_formulas(cells: list, asked: str) -> None:
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith(FORMULA_STARTS)], asked


def refuse_harm_in_xml(content: bytes, asked: str) -> None:
    for part in ElementTree.fromstring(content).iter():  # noqa: S314  written by ourselves
        assert "}" in part.tag, asked
        if part.get("type") == "html":
            assert not Page(part.text or "").found, asked
        assert Page.ours.match(part.get("href", "")), asked


@pytest.fixture
def city(tmp_path):
    return a_harmful_city(tmp_path)


def refuse_gaps() -> None:
    """A text in which it doesn't stand yet: the field is new."""
    for model in WRITTEN:
        for field in written_fields(model):
            held = set(model.objects.values_list(field.name, flat=True))
            assert held.issuperset(pieces_for(field)), str(field)


def in_turn(n: int, pages: list[str], request) -> list[str]:
    """Of the pages of the n-th row every third, so that each kind meets a third of the rows; with `--everything` all."""
    return pages if request.config.option.everything else pages[n % N_TURNS :: N_TURNS]


def public_addresses(request) -> Iterator[str]:
    """All but those of plans besides the first, which are there for their short titles: of these each has its turn."""
    year, *years = Plan.objects.published().order_by("year").values_list("year", flat=True)
    for route in routes():
        if route.parts != ("year",):
            yield from route.addresses()
    of_plans = [route for route in routes() if route.parts == ("year",)]
    yield from (route.template.format(year=year) for route in of_plans)
    for n, other in enumerate(years):
        yield from in_turn(n, [route.template.format(year=other) for route in of_plans], request)


@pytest.mark.long
def test_no_public_address_holds_it(client, city, request):
    refuse_gaps()
    for asked in public_addresses(request):
        response = client.get(asked)
        assert response.status_code in {200, 302, 400}, asked
        refuse_harm(response, asked)
    for article in Article.objects.withdrawn():
        refuse_harm(client.get(article.get_absolute_url()), article.slug)


# With the most characters that are looked at.
ASKED = {
    "/search/?q={}": 50,
    "/2020/projects/?q={}": 50,
    "/2020/projects/?{}={}": 200,
    "/ledger/?noted={}&project={}": 200,
    "/2020/compare/?as_of={}&since={}": 200,
    "/{}/": 200,
}


@pytest.mark.parametrize(("asked", "room"), ASKED.items())
def test_no_question_brings_it_into_a_page(client, plan_2020, asked, room):
    for text in pieces(room):
        response = client.get(asked.replace("{}", quote(text)))
        assert response.status_code in {200, 302, 400, 404}, text
        refuse_harm(response, text)


# The desk

ROLES = ("official", "reviewer", "second_reviewer", "administrator", "editor")
N_ROWS = 4  # of each kind and stage
N_TURNS = 3


def shown(model: type) -> list:
    """Drafts and what is public, the last first."""
    rows = model.objects.order_by("-pk")
    if not hasattr(rows, "drafts"):
        return list(rows[: 2 * N_ROWS])
    return [*rows.drafts()[: 3 * N_ROWS], *rows.published()[:N_ROWS]]


def pages_of(model: type, listed: int, request) -> Iterator[str]:
    """The lists, the form of each row, and in turn what else there is about a row."""
    yield from (address(model, "changelist", f"?p={n}") for n in range(1, listed // 50 + 2))
    yield from (address(model, "changelist", f"?q={quote(text)}") for text in ("<b>", "window", pieces(200)[-1]))
    doors = [door for door in admin.site._registry[model].urls if door.name and "object_id" in str(door.pattern)]
    for n, row in enumerate(shown(model)):
        pages = [reverse(f"admin:{door.name}", kwargs=dict.fromkeys(door.pattern.converters, row.pk)) for door in doors]
        form = address(row)
        yield form
        yield from in_turn(n, [page for page in pages if page != form], request)


def asked_at_the_desk(city: City, request) -> Iterator[tuple[str, str]]:
    """(role, address)"""
    yield from ((role, "/admin/") for role in ROLES)
    for model, doors in DOORS.items():
        roles = [role for role in ROLES if "view" in doors.get(role, "")]
        writing = [role for role in ROLES if "change" in doors.get(role, "")]
        for role in {roles[0], *writing[:1]}:
            yield from ((role, asked) for asked in pages_of(model, model.objects.count(), request))
    report = Report.objects.published().filter(corrected_by=None, project=city.bridge).get()
    asked = [address(Report, "add", query) for query in ("", f"?project={city.bridge.pk}", f"?corrects={report.pk}")]
    asked += [address(Adjustment, "add", f"?promise=project:{city.bridge.pk}"), address(Adjustment, "add")]
    yield from (("official", page) for page in asked)
    asked = [address(PlanAdjustment, "add"), address(PlanAdjustment, "add", f"?promise=plan:{city.plan.pk}")]
    yield from (("administrator", page) for page in (*asked, address(AuditRecord, "export")))
    hiding = [address(Redaction, "add", f"?entry={report.entry_id}{field}") for field in ("", "&field=text")]
    lists = [f"{reverse('admin:supervision')}?list={name}&since=2020-03-05&whole=1" for name in LISTINGS]
    asked = [*hiding, address(Reading, "add"), *lists]
    asked += [reverse("admin:papers"), *(f"{reverse('admin:paper')}?kind={kind}" for kind in PaperKind)]
    yield from (("reviewer", page) for page in asked)


@pytest.mark.long
def test_no_page_of_the_desk_holds_it(city, request, settings, mailoutbox):
    settings.EMAIL_URL, settings.SITE_URL = "smtp://mail.example", SITE
    clients = {role: signed_in(getattr(city, role)) for role in ROLES}
    for role, asked in asked_at_the_desk(city, request):
        response = clients[role].get(asked)
        assert response.status_code in {200, 302, 403, 404, 405}, asked
        refuse_harm(response, f"{role} {asked}")
    User.objects.update(email="somebody@example.org")
    call_command("remind")
    assert mailoutbox
    for mail in mailoutbox:
        assert mail.content_subtype == "plain"
        assert not getattr(mail, "alternatives", None)
        assert "\n" not in mail.subject


# Sent as people send it

N_SENT = 3  # times, each with another of the texts that a field has room for
TYPED = (CharField, TextField, LineField)
CHECKED = (EmailField, URLField, UsernameField)  # which refuse it, in words beside what was typed


def typed(page, n: int) -> dict[str, str]:
    """The page's form filled in, with markup in each text that somebody can type."""
    sent = filled_in(page)
    inlines = [form for inline in page.context["inline_admin_formsets"] for form in inline.formset.initial_forms]
    for form in (page.context["adminform"].form, *inlines):
        for name, field in form.fields.items():
            if type(field) in TYPED or (n % 2 and isinstance(field, CHECKED)):
                texts = pieces(field.max_length)
                sent[form.add_prefix(name)] = texts[n * len(texts) // N_SENT]
    return sent


# But for those without a text.
FORMS = [
    model
    for model, doors in DOORS.items()
    if model not in {Contribution, Target} and any("change" in opened for opened in doors.values())
]


@pytest.mark.parametrize("model", FORMS, ids=lambda model: model.__name__)
def test_no_form_gives_it_back(model):
    city = a_city()
    row = a_row_of_each_kind(city)[model]
    client = signed_in(getattr(city, first_person(model, "change")))
    n_taken = 0
    for n in range(N_SENT):
        page = client.get(address(row))
        refuse_harm(page, f"before {n}")
        asked = {"HTTP_USER_AGENT": pieces(200)[n]}
        sent = {**typed(page, n), "_save": ""}
        response = client.post(address(row), {**sent, EDITED_FROM: "0" * 32}, **asked)
        assert response.status_code == 409
        refuse_harm(response, f"another's version {n}")
        response = client.post(address(row), sent, **asked)
        refuse_harm(response, f"sent {n}")
        n_taken += response.status_code == 302
    for page in (address(row), address(row, "history"), address(model, "changelist")):
        refuse_harm(client.get(page), page)
    refuse_harm(signed_in(city.administrator).get(address(AuditRecord, "changelist")), "trail")
    assert n_taken
