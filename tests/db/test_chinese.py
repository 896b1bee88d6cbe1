"""Whoever reads the portal reads Chinese: no word of Django's own English is left on a page of the desk or in an error."""

import ast
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import validators
from django.core.validators import validate_slug
from django.db import models
from django.forms import BaseFormSet, Field, ValidationError
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from desk.admin.versions import DECIDED_ON, EDITED_FROM
from news.models import Article
from projects.models import Department, Project, Report, Source
from tasks.models import Plan
from tests.db.website.test_structure import Outline, faults_of_headings
from tests.factories import a_reviewer, an_administrator, an_editor, an_official
from tests.people_at_work import form_of
from tests.small_city import RIGHT, address, choose, save_person, sign_in, signed_in, with_password

pytestmark = pytest.mark.one_database

CATALOGUE = settings.LOCALE_PATHS[0] / "zh_Hans/LC_MESSAGES/django.po"
SAID = ("alt", "aria-label", "title", "placeholder")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNREAD = {"script", "style", "code", "textarea", "pre"}
# Two words of Latin letters, or one with a capital: what people typed as codes, names and addresses is neither.
ENGLISH = re.compile(r"\b[A-Za-z’']{2,}:? [A-Za-z’']{2,}|\b[A-Z][a-z]{2,}")
HAN = re.compile(r"[\u4e00-\u9fff]")
MOST_ALIKE = 2  # pages of one kind that are opened


class Words(HTMLParser):
    """What a page says: its texts, and the words of its pictures, fields and buttons."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.texts += [given[name] for name in SAID if given.get(name)]
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.texts.append(given["value"])
        if tag == "a":
            self.links.append(given.get("href") or "")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if not UNREAD & set(self.open):
            self.texts.append(" ".join(data.split()))


def words_of(page: str) -> Words:
    words = Words()
    words.feed(page)
    return words


def english_in(page: str) -> set[str]:
    return {text for text in words_of(page).texts if ENGLISH.search(text) and not HAN.search(text)}


def is_of_the_desk(link: str) -> bool:
    return link.startswith("/admin/") and not link.startswith(("/admin/logout/", "/admin/jsi18n/"))


def pages_of(client):
    """Every kind of page that leads on from the desk, each opened at most MOST_ALIKE times."""
    todo, seen, alike = ["/admin/"], set(), {}
    while todo:
        place = todo.pop(0)
        kind = re.sub(r"[0-9]+|\?.*", "", place)
        if place in seen or alike.get(kind, 0) == MOST_ALIKE:
            continue
        seen.add(place)
        alike[kind] = alike.get(kind, 0) + 1
        response = client.get(place)
        if response["Content-Type"].startswith("text/html") and response.status_code == 200:
            page = response.content.decode()
            yield place, page
            todo += [link for link in words_of(page).links if is_of_the_desk(link)]


@pytest.fixture
def people(illustrative_2020) -> dict[str, User]:
    return {
        "official": an_official(Department.objects.get(slug="construction-bureau")),
        "reviewer": a_reviewer(),
        "administrator": an_administrator(),
        "editor": an_editor(),
    }


@pytest.mark.parametrize("role", ["official", "reviewer", "administrator", "editor"])
def test_every_page_of_the_desk_is_chinese_and_well_built(people, role):
    found = {}
    for place, page in pages_of(signed_in(people[role])):
        faults = [*english_in(page), *faults_of_headings(Outline(page)), *faults_of_trail(page)]
        if faults:
            found[place] = faults
    assert found == {}


TRAIL = re.compile(r'<nav aria-label="当前位置">\s*<div class="breadcrumbs">(.*?)</div>', re.S)


def faults_of_trail(page: str) -> list[str]:
    """Each step but the last leads to its page; the first page, a window of its own and a paper have no trail."""
    found = TRAIL.search(page)
    if not found:
        has_none = ("dashboard", "popup", "审签单</h1>", 'class="paper-bar"')
        return [] if any(mark in page for mark in has_none) else ["no trail"]
    *above, here = found[1].split("&rsaquo;")
    return [" ".join(step.split()) for step in above if "<a " not in step] + ([here] if "<a " in here else [])


NONSENSE = "坏的 值"
KEPT = {"csrfmiddlewaretoken", EDITED_FROM, DECIDED_ON}
FORMS = [
    ("administrator", address(Project, "add")),
    ("administrator", address(Department, "add")),
    ("administrator", address(Source, "add")),
    ("administrator", address(User, "add")),
    ("administrator", "/admin/tasks/plan/add/"),
    ("administrator", "/admin/tasks/commitment/add/"),
    ("administrator", "/admin/tasks/outline/add/"),
    ("reviewer", "/admin/tasks/reading/add/"),
    ("official", "report"),
    ("editor", address(Article, "add")),
]


@pytest.mark.parametrize(("role", "place"), FORMS, ids=lambda value: value)
def test_no_error_of_a_form_speaks_english(people, role, place):
    client = signed_in(people[role])
    if place == "report":
        place = address(Report, "add", f"?project={Project.objects.get(slug='city-roads').pk}")
    sent = form_of(client.get(place).content.decode())
    is_kept = KEPT.union(name for name in sent if name.endswith("_FORMS"))
    page = client.post(place, {name: values if name in is_kept else NONSENSE for name, values in sent.items()})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert english_in(page.content.decode()) == set()
    blank = client.post(place, {name: values if name in is_kept else "" for name, values in sent.items()})
    assert english_in(blank.content.decode()) == set()


SHORT = "密码太短：至少要 10 个字符。"


def test_a_short_password_is_refused_in_chinese(people):
    person = with_password(people["reviewer"])
    client = signed_in(person)
    page = choose(client, RIGHT, "kx7!").content.decode()
    assert SHORT in page
    assert english_in(page) == set()


def test_a_wrong_password_is_refused_in_chinese(people):
    page = sign_in("reviewer", "not this one").content.decode()
    assert english_in(page) == set()
    assert "errornote" in page


def test_a_person_has_the_same_two_words_in_lists_forms_and_errors(people):
    client = signed_in(people["administrator"])
    for page in (client.get(address(User, "changelist")), client.get(address(people["editor"]))):
        text = page.content.decode()
        assert "姓名" in text
        assert "电子邮箱" in text
        assert not re.search("名字|电子邮件地址", text)
    refused = save_person(client, people["editor"], email="x")
    assert "请写完整的电子邮箱" in refused.content.decode()


def test_a_wrong_code_is_told_what_it_may_hold():
    for wrong in ("城市道路", "city roads", "city/roads"):
        with pytest.raises(ValidationError) as refused:
            validate_slug(wrong)
        assert "例如 city-roads" in refused.value.messages[0]


def test_every_code_says_so_at_its_field(people):
    client = signed_in(people["administrator"])
    for model, name in ((Project, "slug"), (Department, "slug"), (Source, "key")):
        page = client.post(address(model, "add"), {name: "城市 道路"})
        assert "例如 city-roads" in page.context["adminform"].form.errors[name][0], model


# What only a programmer understands.
OF_PROGRAMS = re.compile("变量|该值|的值|字段|具有|URL|null|有效|字符数|表单", re.I)


class Anything(dict):
    """What may stand in any message."""

    def __missing__(self, name):
        return 2


def kinds_below(kind: type):
    yield kind
    for below in kind.__subclasses__():
        yield from kinds_below(below)


def messages_of_django():
    """Every refusal of a form field, of a column, of a set of forms and of a validator."""
    for kind in (*kinds_below(Field), *kinds_below(models.Field), BaseFormSet):
        if "postgres" not in kind.__module__:  # columns that the record doesn't have
            yield from vars(kind).get("default_error_messages", {}).values()
    yield from validators.DecimalValidator.messages.values()
    yield from (getattr(one, "message", None) for one in vars(validators).values() if isinstance(one, type))
    for names in (["year"], ["year", "title"]):
        yield Plan().unique_error_message(Plan, names).messages[0]
    yield models.UniqueConstraint.default_violation_error_message


def test_no_refusal_speaks_as_programmers_do():
    told = {str(message % Anything()) for message in messages_of_django() if isinstance(message, str | Promise)}
    assert len(told) > 30
    assert {message for message in told if OF_PROGRAMS.search(message)} == set()


def test_yes_and_no_are_said_and_not_only_drawn(people):
    client = signed_in(people["administrator"])
    page = client.get(address(User, "changelist")).content.decode()
    assert re.search(r'<td class="field-active_word">是', page)
    own = client.get(address(people["administrator"])).content.decode()
    assert re.search(r'<label>有效[^<]*</label>\s*<div class="readonly">是</div>', own)


def entries_of(catalogue: str):
    """The pairs of a catalogue: what Django says and what is read; the head is left out."""
    for block in catalogue.split("\n\n")[1:]:
        pairs = dict(re.findall(r'^(msgid|msgstr(?:\[0\])?) ((?:".*"\n?)+)', block, re.M))
        texts = ["".join(ast.literal_eval(line) for line in text.split("\n") if line) for text in pairs.values()]
        if texts:
            yield texts[0], texts[-1]


def test_the_catalogue_is_compiled_as_it_is_written():
    entries = list(entries_of(CATALOGUE.read_text(encoding="utf-8")))
    assert len(entries) > 5
    for said, read in entries:
        assert gettext(said) == read, f"msgfmt has to be run: {said}"


def test_accounts_are_spoken_of_in_one_way(people):
    client = signed_in(people["administrator"])
    assert "按角色" in client.get(address(User, "changelist")).content.decode()
    people["official"].set_password(RIGHT)
    people["official"].save()
    page = client.get(reverse("admin:auth_user_change", args=[people["official"].pk])).content.decode()
    assert "重设密码" in page
    assert "重置" not in page
