"""Who opens which door of the admin: every kind of row, every role, every address, whatever is sent."""

import re
from html import unescape
from io import BytesIO
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.forms import BaseFormSet
from django.test import Client
from django.urls import reverse

from accounts.audit_log import record
from accounts.models import AuditAction, AuditRecord, SiteSettings
from common.formsets import MOST_NEW_ROWS
from desk.admin.versions import EDITED_FROM
from desk.papers.making import issue
from ledger.models import Entry
from news.models import Article
from projects.models import Adjustment, Department, Evidence, Milestone, Project, Redaction, Report, Source
from tasks.models import (
    Addition,
    Aliases,
    Check,
    Commitment,
    Contribution,
    IssuedPaper,
    Measure,
    MissedSearch,
    Outline,
    PaperKind,
    Plan,
    PlanAdjustment,
    Reading,
    Target,
    Task,
    TaskReport,
    Vote,
)
from tests.factories import (
    a_check,
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_source,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_evidence,
    an_indicator_reading,
    an_outline,
    published,
)
from tests.loaded_cities import keep
from tests.small_city import LINK, City, a_city, a_draft, address, city_there, filled_in, report_data, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


UNSUBMITTED = {"submitted_at": None}


def a_row_of_each_kind(city: City) -> dict[type, object]:
    """Drafts, where a kind of row has drafts; those of works, by whoever drafts that kind."""
    gate = a_project("gate", title="Gate", lead=city.works)
    built = a_milestone(gate)
    plan = a_plan(gate, year=2021, drafted_by=city.administrator)
    task = plan.groups.get().tasks.get()
    report = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    an_evidence(report, content=b"%PDF-1")
    article = Article.objects.create(title="A", slug="a", body="B", author=city.editor)
    article.projects.add(city.bridge)
    rows = [
        a_source("leaflet"),
        a_department("fire-office", drafted_by=city.administrator),
        gate,
        built,
        plan,
        task,
        task.measures.get(),
        task.measures.get().contributions.get(),
        plan.series.get().commitments.get().targets.get(),
        an_addition(city.plan, drafted_by=city.administrator),
        an_outline(plan, "one"),
        plan.series.get().commitments.get(),
        report,
        a_task_draft(city),
        a_check(a_kept_promise(), "2020-05-01", by=city.reviewer),
        a_vote(city.to_build.commitment, "2020-05-01", by=city.reviewer),
        an_adjustment(city.bridge, by=city.official, place="North", fields=UNSUBMITTED),
        an_adjustment(city.to_build, by=city.official, amount="120", fields=UNSUBMITTED),
        an_indicator_reading(city.indicator, "2020-04-30", 30, by=city.reviewer),
        Redaction.objects.create(
            target=city.bridge.reports.get(source__isnull=False).entry,
            field="text",
            reason="A name.",
            drafted_by=city.reviewer,
        ),
        issue(PaperKind.BULLETIN, city.plan, city.plan.published_on, head=city.plan.entry, by=city.reviewer)[0],
        article,
        Aliases.objects.create(project=city.bridge, words="crossing"),
        MissedSearch.objects.create(word="ferry", last_on="2020-05-01"),
        Entry.objects.first(),
        SiteSettings.objects.create(site_name="Promises"),
        city.editor,
        record(AuditAction.CHANGE, by=city.administrator, about=city.pool, changes=[["Title", "pool", "hush"]]),
    ]
    return {type(row): row for row in rows}


def a_task_draft(city: City) -> TaskReport:
    """Of a measure for which works answer since May."""
    measure = city.plan.groups.get().tasks.get().measures.get()
    published(an_adjustment(measure, leads=["works-office"]), on="2020-05-07")
    draft = a_task_report(measure, "2020-05-31", by=city.official)
    TaskReport.objects.filter(pk=draft.pk).update(submitted_at=None)
    draft.refresh_from_db()
    an_evidence(draft, content=b"%PDF-1")
    return draft


def a_kept_promise() -> Commitment:
    """Of the year before."""
    lamps = a_project("lamps", milestones=["lit"])
    published(a_plan(lamps, year=2019), on="2020-05-07")
    published(a_report(lamps, "2019-12-20", {"lit": 100}, evidence="Record"), on="2020-05-07")
    return lamps.commitments.get()


# Roles by doors; the whole matrix is in test_permissions. A draft is offered for publication to whoever may publish it and didn't draft it.

WRITE = "list add view change delete history"
READ = "list view history"
PUBLISH = "list view history publish"
DOORS = {
    Report: {"official": WRITE, "other_official": "list add", "reviewer": "list", "second_reviewer": "list",
             "administrator": "list"},
    TaskReport: {"official": WRITE, "other_official": "list add", "reviewer": "list", "second_reviewer": "list",
                 "administrator": "list"},
    Adjustment: {"official": WRITE, "other_official": "list add", "reviewer": "list", "second_reviewer": "list",
                 "administrator": "list add"},
    Redaction: {"reviewer": f"{PUBLISH} add", "second_reviewer": f"{READ} add", "administrator": READ},
    Reading: {"official": "list add", "other_official": "list add", "reviewer": WRITE,
              "second_reviewer": f"{PUBLISH} add", "administrator": READ},
    PlanAdjustment: {"official": WRITE, "other_official": "list add", "reviewer": "list", "second_reviewer": "list",
                     "administrator": "list add"},
    Check: {"reviewer": WRITE, "second_reviewer": f"{PUBLISH} add", "administrator": READ},
    Vote: {"reviewer": WRITE, "second_reviewer": f"{PUBLISH} add", "administrator": READ},
    Addition: {"reviewer": PUBLISH, "second_reviewer": PUBLISH, "administrator": WRITE},
    Department: {"reviewer": PUBLISH, "second_reviewer": PUBLISH, "administrator": WRITE},
    Plan: {"reviewer": PUBLISH, "second_reviewer": PUBLISH, "administrator": WRITE},
    Project: {"official": READ, "other_official": "list", "reviewer": READ, "second_reviewer": READ,
              "administrator": WRITE, "editor": "list"},
    Milestone: {"official": READ, "other_official": "list", "reviewer": READ, "second_reviewer": READ,
                "administrator": WRITE},
    Task: {"reviewer": READ, "second_reviewer": READ, "administrator": WRITE, "editor": "list"},
    Measure: {"reviewer": READ, "second_reviewer": READ, "administrator": WRITE},
    Contribution: {"reviewer": READ, "second_reviewer": READ, "administrator": WRITE},
    Target: {"reviewer": READ, "second_reviewer": READ, "administrator": WRITE},
    Outline: {"reviewer": READ, "second_reviewer": READ, "administrator": WRITE},
    Commitment: {"reviewer": READ, "second_reviewer": READ, "administrator": WRITE},
    Source: {"reviewer": f"{READ} add", "second_reviewer": f"{READ} add", "administrator": WRITE,
             "editor": f"{READ} add"},
    IssuedPaper: {"reviewer": READ, "second_reviewer": READ, "administrator": READ},
    Article: {"editor": WRITE},
    Aliases: {"editor": WRITE, "administrator": WRITE},
    MissedSearch: {"editor": f"{READ} delete", "administrator": f"{READ} delete"},
    Entry: {"reviewer": READ, "second_reviewer": READ, "administrator": READ},
    User: {"administrator": "list add view change history"},
    SiteSettings: {"administrator": "list view change history"},
    AuditRecord: {"administrator": READ},
}  # fmt: skip
NOBODY = ("staff", "anonymous")
PEOPLE = ("official", "other_official", "reviewer", "second_reviewer", "administrator", "editor", *NOBODY)


def first_person(model: type, door: str) -> str:
    return next(person for person, doors in DOORS[model].items() if door in doors.split())


def client_of(city: City, person: str) -> Client:
    if person == "anonymous":
        return Client()
    return signed_in(User.objects.create_user("staff", is_staff=True) if person == "staff" else getattr(city, person))


def test_every_kind_of_row_in_the_admin_has_its_line():
    assert set(admin.site._registry) == DOORS.keys()


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("person", PEOPLE)
def test_nothing_is_written_through_a_closed_door(city, person):
    client, rows = client_of(city, person), a_row_of_each_kind(city)

    def state():
        return {model: list(model.objects.order_by("pk").values()) for model in rows}

    before = state()
    for model, row in rows.items():
        doors = DOORS[model].get(person, "")
        if "add" not in doors:
            assert client.post(address(model, "add"), {"_save": ""}).status_code in {302, 403}
        if "change" not in doors:
            assert client.post(address(row), {"_save": ""}).status_code in {302, 403}
        if "delete" not in doors:
            assert client.post(address(row, "delete"), {"post": "yes"}).status_code in {302, 403}
        if "publish" not in doors:
            for act in ("publish", "return"):
                published_at = address(row).replace("change/", f"{act}/")
                assert client.post(published_at, {"note": "Why?"}).status_code in {302, 403, 404}
    assert state() == before


@pytest.mark.parametrize("person", NOBODY)
def test_who_has_no_role_sees_an_empty_desk(city, person):
    a_row_of_each_kind(city)
    page = client_of(city, person).get("/admin/", follow=True).content.decode()
    assert "/admin/projects/" not in page
    assert "/admin/news/" not in page


@pytest.mark.parametrize("person", [person for person in PEOPLE if person not in NOBODY])
def test_the_desk_leads_to_no_closed_door(city, person):
    """One page of each kind; on it every link to a page of the desk of a kind that wasn't opened yet."""
    client = client_of(city, person)
    a_row_of_each_kind(city)
    opened, waiting = {}, ["/admin/", *map(address, own_facts(city, person))]
    while waiting:
        door = waiting.pop()
        kind = re.sub(r"/\d+/", "/1/", door)
        if kind in opened:
            continue
        response = client.get(door)
        opened[kind] = response.status_code
        if response.streaming or "text/html" not in response.headers["Content-Type"]:
            continue
        links = re.findall(r"""<a\b[^>]* href=["']?([^"'#> ]+)""", response.content.decode())
        waiting += [urljoin(door, unescape(link).partition("?")[0]) for link in links if not link.startswith("http")]
        waiting = [door for door in waiting if door.startswith("/admin/")]
    assert not {kind: status for kind, status in opened.items() if status not in (200, 302)}
    assert len(opened) > 20


def own_facts(city: City, person: str) -> list:
    """Public facts with what they cite, which lists of the desk don't show to everybody on their first page."""
    return [*Adjustment.objects.filter(source__isnull=False)] if person == "official" else []


# Another department's work. Whatever is of parks says pool, filled or hush.

SECRET = re.compile("pool|filled|hush", re.IGNORECASE)


@pytest.fixture
def hushed():
    """Work of parks at every stage, and what parks alone know of."""
    keep("work of parks", _work_of_parks)
    return city_there()


def _work_of_parks() -> None:
    city = a_city()
    known = a_report(city.pool, "2020-04-30", {"filled": 20}, text="Hush, known.")
    an_evidence(known, title="Hush, seen", content=b"%PDF-1")
    published(known, on="2020-05-06")
    drafts = [
        a_draft(city.pool, "2020-05-31", {"filled": 30}, by=city.other_official, text="Hush, a draft."),
        a_draft(city.pool, "2020-06-30", by=city.other_official, text="Hush, returned."),
        a_report(city.pool, "2020-07-31", by=city.other_official, text="Hush, submitted."),
    ]
    drafts[1].review_notes.create(text="Hush, a note.", by=city.reviewer)
    for draft in drafts:
        an_evidence(draft, title="Hush, shown", content=b"%PDF-1")
    hall = a_project("hush-hall", title="Hush hall", lead=city.parks)
    a_milestone(hall, "hush", title="Hush")
    an_adjustment(city.pool, by=city.other_official, place="Hush lane", fields={"reason": "Hush"})
    an_adjustment(city.filled, by=city.other_official, title="Hush", fields={"reason": "Hush"})
    parks = signed_in(city.other_official)
    parks.post(address(drafts[0]), {**report_data(city), "text": "Hush, changed.", "_save": ""})  # for its history


def doors_of(model: type) -> list[str]:
    """Every address of the model's admin, for every row."""
    found = []
    for pattern in admin.site._registry[model].urls:
        asked = re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern))
        if pattern.name is None:  # Django's own way from an old address to a new one
            continue
        keys = model.objects.values_list("pk", flat=True) if asked else [None]
        values = [{name: key if name in ("object_id", "id") else 1 for name in asked} for key in keys]
        found += [reverse(f"admin:{pattern.name}", kwargs=kwargs) for kwargs in values]
    return found


def text_of(response) -> str:
    """What a page says; of a Word file what its parts hold."""
    if response.streaming:
        return ""
    if not response.content.startswith(b"PK"):
        return response.content.decode()
    parts = ZipFile(BytesIO(response.content))
    return "".join(parts.read(name).decode(errors="ignore") for name in parts.namelist())


def test_an_official_meets_nothing_of_another_department(hushed):
    client = signed_in(hushed.official)
    for model in DOORS:
        for door in doors_of(model):
            response = client.get(door)
            assert response.status_code in {200, 302, 403, 404, 405}, door
            assert not SECRET.search(text_of(response)), door
    for page in ("/admin/", "/admin/projects/", "/admin/password_change/", "/admin/jsi18n/"):
        assert not SECRET.search(client.get(page).content.decode()), page


def test_an_official_reads_no_file_of_another_department(hushed):
    client = signed_in(hushed.official)
    for evidence in Evidence.objects.filter(report__project=hushed.pool):
        assert client.get(address(evidence.report).replace("change/", "evidence/1/")).status_code == 404
        is_public = evidence.report.is_published
        assert client.get(f"/media/{evidence.file.name}").status_code == (200 if is_public else 404)


@pytest.mark.parametrize("about", ["project", "corrects", "promise"])
def test_an_official_begins_nothing_about_another_department(hushed, about):
    client, before = signed_in(hushed.official), (Report.objects.count(), Adjustment.objects.count())
    queries = {
        "project": [(Report, f"?project={row.pk}") for row in Project.objects.exclude(slug="bridge")],
        "corrects": [(Report, f"?corrects={row.pk}") for row in Report.objects.filter(project=hushed.pool)],
        "promise": [
            (Adjustment, f"?promise={row._meta.model_name}:{row.pk}")
            for row in (hushed.pool, hushed.filled, hushed.works, hushed.parks, Project.objects.get(slug="hush-hall"))
        ],
    }[about]
    for model, query in queries:
        assert client.get(address(model, "add", query)).status_code == 404, query
        sent = {
            **report_data(hushed),
            "decided_on": "2020-05-01",
            "decided_by": "UNSTATED",
            "reason": "A.",
            "document": "A",
            "new_place": "A",
        }
        assert client.post(address(model, "add", query), {**sent, "_save": ""}).status_code == 404, query
    assert (Report.objects.count(), Adjustment.objects.count()) == before


def forged(city: City, foreign: Report) -> dict:
    """What no form of works offers: another project, its lines and its evidence."""
    evidence = foreign.evidence.get()
    return {
        "project": foreign.project_id, "corrects": foreign.pk, "drafted_by": city.other_official.pk,
        "published_at": "2020-05-05", "submitted_at": "2020-05-05", "entry": 1, "code": "forged", "id": foreign.pk,
        f"value_{city.filled.pk}": "99", "readings-0-milestone": city.filled.pk, "readings-0-value": "99",
        **LINK, "evidence-0-id": evidence.pk, "evidence-0-report": foreign.pk, "evidence-__prefix__-report": foreign.pk,
        "evidence-__prefix__-id": evidence.pk,
    }  # fmt: skip


@pytest.mark.parametrize("n_initial", ["0", "1", "5"])
@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_forged_report_stays_with_its_own_project(hushed, n_initial, is_deleted):
    client = signed_in(hushed.official)
    draft = a_draft(hushed.bridge, "2020-05-31", by=hushed.official)
    for foreign in Report.objects.filter(project=hushed.pool):
        before = (
            list(Report.objects.filter(project=hushed.pool).values()),
            list(Evidence.objects.filter(report__project=hushed.pool).values()),
        )
        sent = report_data(hushed, **forged(hushed, foreign), _save="") | {"evidence-INITIAL_FORMS": n_initial}
        sent |= {"evidence-0-DELETE": "on"} if is_deleted else {}
        for page in (address(draft), address(Report, "add", f"?project={hushed.bridge.pk}")):
            assert client.post(page, sent).status_code in {200, 302}
        after = (
            list(Report.objects.filter(project=hushed.pool).values()),
            list(Evidence.objects.filter(report__project=hushed.pool).values()),
        )
        assert after == before
    for report in Report.objects.drafts().filter(project=hushed.bridge):
        assert (report.drafted_by, report.corrects, report.submitted_at) == (hushed.official, None, None)
        assert not report.readings.exclude(milestone__project=hushed.bridge).exists()


def test_a_forged_adjustment_stays_with_its_own_promise(hushed):
    client = signed_in(hushed.official)
    sent = {
        "decided_on": "2020-05-01",
        "decided_by": "UNSTATED",
        "reason": "A.",
        "document": "A",
        "new_title": "Other",
        "_save": "",
    }
    sent |= {"project": hushed.pool.pk, "milestone": hushed.filled.pk, "department": hushed.works.pk}
    sent |= {"drafted_by": hushed.other_official.pk, "changes": '{"lead": [null, "works-office"]}'}
    draft = an_adjustment(hushed.built, by=hushed.official, title="Else", fields=UNSUBMITTED)
    foreign = f"?promise=milestone:{hushed.filled.pk}"
    for page in (
        address(draft, query=foreign),
        address(Adjustment, "add", f"?promise=milestone:{hushed.built.pk}"),
    ):
        assert client.post(page, sent).status_code == 302
    for own in Adjustment.objects.filter(drafted_by=hushed.official, changes__has_key="title"):
        assert (own.milestone, own.project, own.department) == (hushed.built, None, None)
        assert own.changes == {"title": ["Built", "Other"]}


@pytest.mark.parametrize(
    "query",
    [
        "project__slug__startswith=pool",
        "project__title__contains=pool",
        "project__lead__slug=parks-office",
        "project__reports__text__startswith=Hush",
        "drafted_by__password__startswith=md5",
        "drafted_by__is_superuser=0",
        "review_notes__text__contains=Hush",
        "evidence__title__contains=Hush",
        "readings__value__gt=1",
        "corrects__text__contains=Hush",
        "entry__hash__startswith=0",
        "source__title__contains=G",
    ],
)
def test_no_filter_looks_behind_a_row(hushed, query):
    client = signed_in(hushed.official)
    for model in (Report, Adjustment, Milestone, Project):
        response = client.get(address(model, "changelist", f"?{query}"))
        assert (response.status_code, response.get("Location", "")[-4:]) in {(400, ""), (302, "?e=1")}, model


@pytest.mark.parametrize("query", ["project__id__exact={pool}", "q=hush", "q=pool", "held_on__year=2020", "o=-1.2", ""])
def test_lists_filter_ones_own_rows_only(hushed, query):
    client = signed_in(hushed.official)
    for model in (Report, Adjustment, Milestone, Project):
        response = client.get(address(model, "changelist", f"?{query.format(pool=hushed.pool.pk)}"))
        rows = response.context["cl"].result_list if response.status_code == 200 else ()
        assert not [row for row in rows if SECRET.search(f"{row}{getattr(row, 'text', '')}")], model
        assert response.status_code == 200 or query.split("=")[0] not in ("q", "o", ""), model


@pytest.mark.parametrize("query", ["_to_field=drafted_by", "_to_field=code", "_to_field=password", "_popup=1"])
def test_a_popup_tells_no_other_field(hushed, query):
    client = signed_in(hushed.official)
    for model in (Report, Project, Adjustment):
        for page in (address(model, "changelist", f"?{query}"), address(model.objects.first(), "delete", f"?{query}")):
            response = client.get(page)
            assert response.status_code in {200, 302, 400, 403}
            assert not SECRET.search(response.content.decode())


def test_a_row_is_never_saved_as_another(hushed):
    draft = a_draft(hushed.bridge, "2020-05-31", by=hushed.official)
    n_reports = Report.objects.count()
    for key in ("_save", "_submit"):
        sent = report_data(hushed, _saveasnew="", **{key: ""})
        assert signed_in(hushed.official).post(address(draft), sent).status_code == 403
    assert Report.objects.count() == n_reports


def found_by_autocomplete(client: Client) -> tuple[set[int], str]:
    """The statuses and all that is found when every field of every model is asked for."""
    statuses, said = set(), ""
    for model in apps.get_models():
        for field in model._meta.get_fields(include_hidden=True):
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "term": ""}
            response = client.get("/admin/autocomplete/", {**asked, "field_name": field.name})
            statuses.add(response.status_code)
            said += response.content.decode() if response.status_code == 200 else ""
    return statuses, said.encode().decode("unicode_escape")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("person", "unseen"),
    [("official", SECRET), ("editor", re.compile("Hush")), ("staff", re.compile(".")), ("anonymous", re.compile("."))],
)
def test_suggestions_keep_to_what_one_may_see(hushed, person, unseen):
    statuses, said = found_by_autocomplete(client_of(hushed, person))
    assert statuses <= {200, 302, 403}
    assert not unseen.search(said)


def test_an_editor_meets_no_draft_of_the_record(hushed):
    a_plan(Project.objects.get(slug="hush-hall"), year=2021, title="Hush plan")
    Task.objects.drafts().update(title="Hush task")
    Measure.objects.drafts().update(title="Hush measure")
    client = signed_in(hushed.editor)
    for model in DOORS:
        for door in doors_of(model):
            response = client.get(door)
            assert response.status_code in {200, 302, 403, 404, 405}, door
            assert not re.search("Hush", response.content.decode()), door


WITH_INLINES = [model for model in DOORS if admin.site._registry[model].inlines]


MOST_ROWS = 10  # that a row of the city has of one kind


def counted(function, calls: list):
    def count(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)

    return count


@pytest.mark.parametrize("is_older", [False, True])
@pytest.mark.parametrize("model", WITH_INLINES, ids=lambda model: model.__name__)
def test_a_forged_count_builds_few_forms(city, monkeypatch, model, is_older):
    """Nor does it where the form is said to come from an older version, and is laid on top of what stands."""
    row = a_row_of_each_kind(city)[model]
    client = signed_in(getattr(city, first_person(model, "change")))
    good = filled_in(client.get(address(row)))
    forged = {name: "1000000000000" for name in good if name.endswith("-TOTAL_FORMS")}
    built = []
    monkeypatch.setattr(BaseFormSet, "_construct_form", counted(BaseFormSet._construct_form, built))
    page = client.post(address(row), {**good, **forged, **({EDITED_FROM: "x"} if is_older else {}), "_save": ""})
    # What is sent and, on top of an older version, what stands: each with all the new rows that it may have.
    assert 0 < len(built) <= 2 * (MOST_NEW_ROWS + MOST_ROWS) * len(forged)
    if page.status_code == 200:
        formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
        assert max(len(formset.forms) - formset.initial_form_count() for formset in formsets) <= MOST_NEW_ROWS
        assert "一次最多新加 40 行" in page.content.decode()
    assert (page.status_code == 200) or is_older
