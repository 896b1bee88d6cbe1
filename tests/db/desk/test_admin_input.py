"""Whatever is sent to the admin, in an address or a form: it is taken or refused, and nothing falls."""

import re
from urllib.parse import quote

import pytest
from django import forms
from django.contrib.auth.models import User

from common.form_fields import TextField
from news.models import Article
from projects.models import Redaction, Report
from tests import databases
from tests.db.desk.test_admin_doors import DOORS, a_row_of_each_kind, first_person
from tests.factories import an_evidence
from tests.small_city import a_draft, address, draw_nothing, filled_in, report_data, signed_in, version_on

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LONG = "9" * 40
# What a form reads of its address, or may fall over; lists read these and more.
BAD_FORM_QUERIES = [
    "%00=1", "_changelist_filters=%00", "_changelist_filters=%2500%26", "_to_field=x", "_to_field=", "_to_field=id&_popup=1",
    "_popup=x", "nothing=1", "%ED%A0%80=%ED%A0%80", "a=1;b=2", "&&&=&", "q=%00", f"p={LONG}", "pk=x", f"pk={LONG}", "held_on=x",
    "stage=%00", "stage=x&stage=y", "state=x", f"project={LONG}", "project=%C2%B2", "corrects=x", f"corrects={LONG * 110}",
    "promise=project:", f"promise=project:{LONG * 110}", "promise=project:%C2%B2", "promise=:", f"entry={LONG}",
]  # fmt: skip
BAD_LIST_QUERIES = [
    "q=" + "a+" * 1500, "q=" + "%22" * 900, "p=-1", "p=0", "p=x", "o=999", "o=-999.x.--1", "o=%00", f"o={LONG}", "e=1",
    "all=", "all=1&p=2", "nothing__regex=1", f"id__exact={LONG}", f"id__in={LONG},x", "id__gt=x", "pk__regex=%5B",
    "text__regex=%28a%2B%29%2B%24", "title__iregex=%28", "reason__regex=%5B", "username__regex=%5B",
    f"held_on__year={LONG}", "held_on__year=0", "held_on__month=13", "held_on__day=x", "decided_on__year=x",
    "decided_on__year=2020&decided_on__month=2&decided_on__day=31", "published_on__year=-1", "issued_on__gte=x",
    "published_at__year=10000", "published_on__isnull=x", f"project__id__exact={LONG}", "project__id__exact=x",
    "project__isnull=x", "group__plan__id__exact=x", f"groups__id__exact={LONG}", "is_active__exact=x", "kind__exact=%01",
    "_facets=True", "page=x", f"page={LONG}",
]  # fmt: skip
BAD_QUERIES = [*BAD_FORM_QUERIES, *BAD_LIST_QUERIES]


# What the pages of most models read of an address, or one of them; the rest is looked up among the fields of the model.
READ = {"q", "p", "o", "e", "all", "id", "pk", "_facets", "promise", "entry", "corrects"}


def share(model: type, queries: list[str]) -> list[str]:
    """Those that the pages of the model read or that name a field of it; of the others, which they don't know, every third."""
    known = READ | {field.name for field in model._meta.get_fields()}
    turn = list(DOORS).index(model) % 3
    return [
        query for n, query in enumerate(queries) if n % 3 == turn or re.match("[a-z]*(_[a-z]+)*", query)[0] in known
    ]


@pytest.mark.parametrize("model", DOORS, ids=lambda model: model.__name__)
def test_no_address_makes_the_admin_fall(city, request, model):
    """With `--everything` each query is asked of each model."""
    row = a_row_of_each_kind(city)[model]
    client = signed_in(getattr(city, first_person(model, "view")))
    pages = {
        address(model, "changelist"): BAD_QUERIES,
        address(model, "add"): BAD_FORM_QUERIES,
        address(row): BAD_FORM_QUERIES[:9],
    }
    for page, queries in pages.items():
        for query in queries if request.config.option.everything else share(model, queries):
            status = client.get(f"{page}?{query}").status_code
            assert status in {200, 302, 400, 403, 404}, (page, query[:60], status)


@pytest.mark.parametrize("key", ["%00", "x", "0", "-1", LONG, LONG * 110, "1/2", "_5F"])
def test_no_key_makes_the_admin_fall(city, key):
    client = signed_in(User.objects.create_superuser("root"))
    for model in DOORS:
        for view in ("change", "delete", "history"):
            page = address(Report(pk=1), view).replace(
                "projects/report", f"{model._meta.app_label}/{model._meta.model_name}"
            )
            assert client.get(page.replace("/1/", f"/{key}/")).status_code in {302, 403, 404}, page
    for door in ("report/{}/evidence/1/", "report/1/evidence/{}/", "report/{}/publish/", "report/{}/return/"):
        for send in (client.get, client.post):
            assert send(f"/admin/projects/{door.format(key)}").status_code in {302, 404, 405}, door
    assert client.get(f"/admin/news/article/{key}/cover/").status_code in {302, 404}


@pytest.mark.parametrize("query", ["", "?app_label=%00", "?app_label=x&model_name=y&field_name=z"])
def test_no_question_makes_the_suggestions_fall(city, query):
    assert signed_in(city.editor).get(f"/admin/autocomplete/{query}").status_code in {400, 403}


@pytest.mark.parametrize(
    "asked", [{"term": "a " * 1500}, {"term": "\x00"}, {"page": LONG}, {"page": "-1"}, {"term": "%_'"}]
)
@pytest.mark.parametrize("field", ["tasks", "projects"])
def test_no_term_makes_the_suggestions_fall(city, field, asked):
    asked = {"app_label": "news", "model_name": "article", "field_name": field, "term": "", **asked}
    assert signed_in(city.editor).get("/admin/autocomplete/", asked).status_code in {200, 400, 404}


BAD_VALUES = ["\x00", LONG, "-1", "0001-01-01", "1e999999", "NaN", "x" * 3000]


CHANGED = [model for model, doors in DOORS.items() if any("change" in rights.split() for rights in doors.values())]


@pytest.mark.parametrize("value", BAD_VALUES)
@pytest.mark.parametrize("name", ["reason", "also"])
def test_no_value_makes_hiding_fall(city, name, value):
    entry = city.bridge.reports.get(source__isnull=False).entry
    hiding = address(Redaction, "add", f"?entry={entry.pk}&field=text")
    assert signed_in(city.reviewer).post(hiding, {"reason": "A name.", name: value}).status_code in {200, 302}
    for asked in (f"?entry={value}", f"?entry={entry.pk}&field={value}"):
        answer = signed_in(city.reviewer).get(address(Redaction, "add"), QUERY_STRING=quote(asked[1:], safe="=&"))
        assert answer.status_code in {400, 404}


# Fields whose bad values in BAD_ALONE come to no database as anything but a text that both hold, or not at all.
SAME_ON_BOTH = (TextField, forms.BooleanField, forms.FileField, forms.DateField, forms.TimeField)
BAD_ALONE = ["-1", LONG]


def fields_of(page) -> dict[str, forms.Field]:
    """By the names of their inputs, of the forms on the page."""
    inlines = [inline.formset for inline in page.context["inline_admin_formsets"]]
    shown = [page.context["adminform"].form, *(form for formset in inlines for form in formset.forms)]
    return {field.html_name: field.field for form in shown for field in form}


@pytest.mark.parametrize("model", CHANGED, ids=lambda model: model.__name__)
def test_no_value_makes_a_form_fall(city, request, monkeypatch, model):
    """In all of a form's fields at once, then in one after the other: that page was drawn before and isn't again.

    On PostgreSQL the latter only of numbers, keys and whatever else could be another there, with `--everything` of each.
    """
    row = a_row_of_each_kind(city)[model]
    client = signed_in(getattr(city, first_person(model, "change")))
    page = client.get(address(row))
    good, fields = filled_in(page), fields_of(page)
    assert client.post(address(row), {**good, "_save": ""}).status_code == 302
    version = version_on(client.get(address(row)))
    names = [name for name in good if not re.search(r"_FORMS$|__prefix__|-[1-9]\d*-", name)]
    bad = [dict.fromkeys(names, value) for value in BAD_VALUES]
    alone = enumerate(names)
    if not (databases.IS_SQLITE or request.config.option.everything):
        alone = [(n, name) for n, name in alone if not isinstance(fields.get(name), SAME_ON_BOTH)]
    bad += [{name: BAD_ALONE[n % 2]} for n, name in alone]
    for values in bad:
        with monkeypatch.context() as patch:
            if len(values) == 1:
                draw_nothing(patch)
            status = client.post(address(row), {**good, **version, **values, "_save": ""}).status_code
        assert status in {200, 302, 400}, (values, status)
        if status == 302:
            version = version_on(client.get(address(row)))


@pytest.mark.parametrize(
    ("happened_on", "published_at", "is_refused"),
    [
        ("", "0001-01-01 00:00", True),
        ("", "0001-01-01 07:59", True),
        ("", "1948-12-31 23:59", True),
        ("", "9999-12-31 23:59:59", True),
        ("", "2099-12-31 23:59:59", False),
        ("0001-01-01", "2020-01-01 00:00", True),
        ("0999-12-31", "2020-01-01 00:00", True),
        ("9999-12-31", "2020-01-01 00:00", True),
        ("1949-10-01", "2020-01-01 00:00", False),
    ],
)
def test_no_day_makes_the_news_fall(city, client, happened_on, published_at, is_refused):
    article = Article.objects.create(title="A", slug="a", body="B", author=city.editor)
    editor, (day, time) = signed_in(city.editor), published_at.split()
    sent = filled_in(editor.get(address(article))) | {"is_published": "on", "happened_on": happened_on}
    response = editor.post(address(article), sent | {"published_at_0": day, "published_at_1": time})
    assert (response.status_code == 200) == is_refused
    for page in (address(Article, "changelist"), address(article)):
        assert editor.get(page).status_code == 200
    for page in ("/", "/news/", "/feeds/news.atom", "/sitemap.xml"):
        assert client.get(page).status_code == 200, page


def test_what_went_in_another_window_can_be_deleted_again(city):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    an_evidence(draft, content=b"%PDF-1")
    official = signed_in(city.official)
    sent = filled_in(official.get(address(draft))) | {"evidence-0-DELETE": "on", "_save": ""}
    for _window in (1, 2):
        assert official.post(address(draft), sent).status_code == 302
    assert not draft.evidence.exists()


@pytest.mark.parametrize("value", ["", "x", "-1", "30", "\x00", None])
@pytest.mark.parametrize("count", ["TOTAL_FORMS", "INITIAL_FORMS"])
def test_no_count_makes_a_form_fall(city, count, value):
    official, before = signed_in(city.official), Report.objects.count()
    sent = {**report_data(city), f"evidence-{count}": value, "_submit": ""}
    sent = {name: content for name, content in sent.items() if content is not None}
    response = official.post(address(Report, "add", f"?project={city.bridge.pk}"), sent)
    assert response.status_code in {200, 302}
    assert (response.status_code == 302) == (Report.objects.count() > before)
