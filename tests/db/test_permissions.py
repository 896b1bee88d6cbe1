"""The whole matrix of the admin: every door that its registry and its addresses make, by role, on own and others' rows.

`permissions.txt` is the law; what the admin does is read off it here. A new door without its line fails.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse

from accounts.audit_log import record
from accounts.models import AuditAction, AuditRecord, SiteSettings
from desk.naming import subject_key
from desk.papers.making import issue
from desk.workbooks import uploads
from ledger.models import Entry
from news.models import Article
from projects.models import Adjustment, Department, Milestone, Project, Redaction, Report, Source
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
    a_measure,
    a_plan,
    a_project,
    a_report,
    a_source,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_article_image,
    an_evidence,
    an_indicator_reading,
    an_outline,
    moment,
    published,
    with_paper,
)
from tests.small_city import City, a_draft, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TABLE_OF_A_COUNTY = settings.BASE_DIR / "tests/fixtures/tables/county-livelihood.xlsx"
TABLE = Path(__file__).with_name("permissions.txt")
ROLES = ("anonymous", "staff", "official", "other_official", "reviewer", "editor", "administrator")
UNSUBMITTED = {"submitted_at": None}
SENT = {"post": "yes", "note": "Why?", "_save": ""}


# Rows: a draft of each kind where it has drafts; `own` is what `official` and whoever drafts that kind work on.


def rows_of(city: City) -> dict[type, dict[str, object]]:
    gate, own = a_project("gate", title="Gate", lead=city.works, milestones=["built"]), city.plan.series.get()
    plan = a_plan(gate, year=2021, drafted_by=city.administrator)
    task = plan.groups.get().tasks.get()
    report = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    an_evidence(report, content=b"%PDF-1")
    waiting = a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    an_evidence(waiting, content=b"%PDF-1")
    measures = measures_of(city)
    return {
        Report: {"own": report, "other": waiting},
        TaskReport: task_reports_of(city, measures),
        Check: {
            "own": a_check_with_a_file(own.commitments.first(), "2020-05-01", by=city.reviewer),
            "other": a_check_with_a_file(own.commitments.first(), "2020-05-02", by=city.second_reviewer),
        },
        Vote: {
            "own": a_vote_with_a_file(own.commitments.first(), "2020-05-01", by=city.reviewer),
            "other": a_vote_with_a_file(own.commitments.first(), "2020-05-02", by=city.second_reviewer),
        },
        Adjustment: {
            "own": with_paper(an_adjustment(city.built, by=city.official, title="Stands", fields=UNSUBMITTED)),
            "other": with_paper(an_adjustment(city.filled, by=city.other_official, title="Full")),
        },
        Project: {"own": city.bridge, "other": city.pool, "draft": gate},
        Milestone: {"own": city.built, "other": city.filled, "draft": gate.milestones.get()},
        Redaction: redactions_of(city),
        Reading: {
            "own": an_indicator_reading(city.indicator, "2020-04-30", 30, by=city.reviewer),
            "other": an_indicator_reading(city.indicator, "2020-03-31", 30, by=city.second_reviewer),
        },
        Department: {"own": city.works, "draft": a_department("fire-office", drafted_by=city.administrator)},
        **words_of(city),
        Source: {"own": city.plan.source, "draft": a_source("leaflet")},
        PlanAdjustment: plan_adjustments_of(city),
        Addition: {"own": an_addition(city.plan, drafted_by=city.administrator)},
        Plan: {"own": city.plan, "draft": plan},
        Task: {"own": city.plan.groups.get().tasks.get(), "draft": task},
        Measure: {"own": measures[0], "draft": task.measures.get()},
        Commitment: {"own": own.commitments.first(), "draft": plan.series.get().commitments.get()},
        Target: {"own": city.to_build, "draft": plan.series.get().commitments.get().targets.get()},
        Contribution: {"own": measures[0].contributions.first(), "draft": task.measures.get().contributions.get()},
        Outline: {"own": an_outline(plan, "one")},
        IssuedPaper: {"own": an_issued_paper(city)},
        Article: articles_of(city),
        SiteSettings: {"own": SiteSettings.objects.create(site_name="Promises")},
        AuditRecord: {"own": record(AuditAction.SIGN_IN, by=city.editor)},
        Entry: {"own": city.bridge.reports.get(source__isnull=False).entry},
        User: {"own": city.editor, "self": None, "super": User.objects.create_superuser("root")},
    }


def words_of(city: City) -> dict[type, dict[str, object]]:
    """By what people find something, and what they looked for in vain."""
    return {
        Aliases: {"own": Aliases.objects.create(project=city.bridge, words="crossing")},
        MissedSearch: {"own": MissedSearch.objects.create(word="ferry", last_on="2020-05-01")},
    }


def an_issued_paper(city: City) -> IssuedPaper:
    head = city.plan.entry
    return issue(PaperKind.BULLETIN, city.plan, head.published_on, head=head, by=city.reviewer)[0]


def plan_adjustments_of(city: City) -> dict[str, object]:
    wording = an_adjustment(city.indicator, by=city.administrator, target="40", fields=UNSUBMITTED)
    return {
        "own": with_paper(an_adjustment(city.to_build, by=city.official, amount="120", fields=UNSUBMITTED)),
        "other": with_paper(an_adjustment(city.to_fill, by=city.other_official, amount="120")),
        "wording": with_paper(wording),
        "waiting": with_paper(an_adjustment(city.plan, by=city.administrator, title="Another")),
    }


def a_check_with_a_file(*about, by: User) -> Check:
    check = a_check(*about, by=by)
    an_evidence(check, content=b"%PDF-1")
    return check


def a_vote_with_a_file(*about, by: User) -> Vote:
    vote = a_vote(*about, by=by, evidence="")
    an_evidence(vote, content=b"%PDF-1")
    return vote


def redactions_of(city: City) -> dict[str, Redaction]:
    hidden = {"field": "text", "reason": "A name."}
    entry = city.bridge.reports.get(source__isnull=False).entry
    public = published(a_report(city.pool, "2020-04-30", {"filled": 4}), on="2020-05-07").entry
    return {
        "own": Redaction.objects.create(target=entry, drafted_by=city.reviewer, **hidden),
        "other": Redaction.objects.create(target=public, drafted_by=city.second_reviewer, **hidden),
    }


def articles_of(city: City) -> dict[str, Article]:
    article = Article.objects.create(title="A", slug="a", body="<p>B</p>", author=city.editor)
    an_article_image(article)
    since_may = {"is_published": True, "published_at": moment("2020-05-01")}
    read = Article.objects.create(title="C", slug="c", body="<p>D</p>", **since_may)
    return {"own": article, "published": read}


def measures_of(city: City) -> list[Measure]:
    """The city's one and another, for which works and parks answer."""
    first = city.plan.groups.get().tasks.get().measures.get()
    addition = an_addition(city.plan)
    second = a_measure(first.task, number=2, leads=["parks-office"], addition=addition)
    published(addition, on="2020-05-07")
    published(an_adjustment(first, leads=["works-office"]), on="2020-05-07")
    return [first, second]


def task_reports_of(city: City, measures: list[Measure]) -> dict[str, TaskReport]:
    own = a_task_report(measures[0], "2020-05-31", by=city.official)
    TaskReport.objects.filter(pk=own.pk).update(submitted_at=None)
    own.refresh_from_db()
    waiting = a_task_report(measures[1], "2020-05-31", by=city.other_official)
    for report in (own, waiting):
        an_evidence(report, content=b"%PDF-1")
    return {"own": own, "other": waiting}


# Doors


@dataclass(frozen=True)
class Door:
    name: str
    model: type | None
    asks: tuple[str, ...]


def doors() -> Iterator[Door]:
    """One for each named address of the admin, as it is resolved."""
    models = {pattern.name: model for model, page in admin.site._registry.items() for pattern in patterns(page.urls)}
    for pattern in patterns(admin.site.get_urls()):
        yield Door(pattern.name, models.get(pattern.name), tuple(pattern.pattern.regex.groupindex))


def patterns(found) -> Iterator[URLPattern]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        elif pattern.name:  # Django's ways from old addresses to new ones, and to a page that is missing, have none
            yield pattern


def addresses(door: Door, rows: dict, person) -> Iterator[tuple[str, str]]:
    """(whose row, address) of the door."""
    if not set(door.asks) & {"object_id", "id"}:
        given = {"app_label": "projects", "slug": "official", "token": token_of(person)}
        if "key" in door.asks:
            for whose in ("own", "other"):
                about = rows[door.model][whose].about
                key = about.pk if isinstance(about, Project) else subject_key(about)
                yield whose, reverse(f"admin:{door.name}", args=[key])
        else:
            yield "", reverse(f"admin:{door.name}", kwargs={name: given[name] for name in door.asks})
        return
    for whose, row in rows[door.model].items():
        found = person if whose == "self" else row
        if found is not None:
            given = {name: found.pk if name in ("object_id", "id") else 1 for name in door.asks}
            yield whose, reverse(f"admin:{door.name}", kwargs=given)


def token_of(person: User | None) -> str:
    """Of a table that the person sent, whether or not it could be sent at the desk."""
    return uploads.keep(TABLE_OF_A_COUNTY.read_bytes(), "plan.xlsx", None, by=person) if person else "0" * 32


def is_open(response) -> bool:
    """Neither refused nor sent to sign in, nor told that there is no such row. 409 is said of a form that one may send."""
    if response.status_code == 302:
        is_missing = any("不存在" in str(message) for message in get_messages(response.wsgi_request))
        return not (response["Location"].startswith("/admin/login/") or is_missing)
    return response.status_code in {200, 409}


def tried(client: Client, send) -> bool:
    """Whether the door opens; whatever it did is undone."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        response = send(client)
        opened = is_open(response)
        if response.streaming:
            list(response.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return opened


# The matrix as it is


def matrix_of(role: str, city: City) -> dict[str, str]:
    """By line of the table, what the role may: r reads, w may send; for inlines view, add, change, delete."""
    rows = rows_of(city)
    people = {"anonymous": lambda: None, "staff": lambda: User.objects.create_user("staff", is_staff=True)}
    person = people[role]() if role in people else getattr(city, role)
    client = Client()
    if person is not None:
        client.force_login(person)
    found = {door.name: told(rights_at(client, door, rows, person)) for door in doors()}
    found |= {f"{name} as new": rights for name, rights in copies(client, rows)}
    found |= {f"autocomplete {name}": rights for name, rights in suggestions(client)}
    found |= dict(inlines(person, rows))
    return {name: rights for name, rights in found.items() if rights}


def rights_at(client: Client, door: Door, rows: dict, person: User | None) -> dict[str, str]:
    return {
        whose: "r" * tried(client, methodcaller("get", address))
        + "w" * tried(client, methodcaller("post", address, SENT))
        for whose, address in addresses(door, rows, person)
    }


def told(rights: dict[str, str]) -> str:
    """Of a door, what is open; nothing where all is closed."""
    return " ".join(f"{whose}:{letters}" if whose else letters for whose, letters in rights.items() if letters)


def copies(client: Client, rows: dict) -> Iterator[tuple[str, str]]:
    for model, kept in rows.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}_change"
        send = methodcaller("post", reverse(f"admin:{name}", args=[kept["own"].pk]), {"_saveasnew": ""})
        yield name, "w" * tried(client, send)


def suggestions(client: Client) -> Iterator[tuple[str, str]]:
    """Every foreign key and many-to-many of every model in the admin or shown in one, whether it suggests or not."""
    pages, address = admin.site._registry, reverse("admin:autocomplete")
    shown = set(pages) | {inline.model for page in pages.values() for inline in page.inlines}
    for model in sorted(shown, key=lambda model: model._meta.label):
        for field in (*model._meta.fields, *model._meta.many_to_many):
            if field.is_relation and field.related_model in pages:
                asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
                send = methodcaller("get", address, {**asked, "field_name": field.name, "term": ""})
                yield f"{model._meta.label_lower}.{field.name}", "r" * tried(client, send)


def inlines(person: User | None, rows: dict) -> Iterator[tuple[str, str]]:
    if person is None:
        return
    request = RequestFactory().get("/admin/")
    request.user = person
    for model, page in admin.site._registry.items():
        for inline in (made(model, admin.site) for made in page.inlines):
            cells = {}
            for whose, row in rows[model].items():
                asked = person if whose == "self" else row
                may = (inline.has_view_permission, inline.has_add_permission, inline.has_change_permission)
                letters = zip("vacd", (*may, inline.has_delete_permission), strict=True)
                cells[whose] = "".join(letter for letter, may in letters if may(request, asked))
            yield f"{model._meta.label_lower} > {type(inline).__name__}", told(cells)


# The table as it should be


def table() -> dict[str, dict[str, str]]:
    """Line by line: the door, two or more blanks, and each role that it opens to with its rights, after semicolons."""
    found = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _gap, cells = line.partition("  ")
            found[name] = dict(cell.strip().split(" ", 1) for cell in cells.split(";") if cell.strip())
    return found


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("role", ROLES)
def test_each_door_opens_to_whom_the_table_says(city, role):
    assert matrix_of(role, city) == {name: cells[role] for name, cells in table().items() if role in cells}


def test_every_door_has_its_line():
    assert {door.name for door in doors()} <= table().keys()


# What forms offer to choose from


def offered(page) -> Iterator[tuple[str, list[str]]]:
    """Names of the rows that each field of the page's forms lets one choose."""
    context = page.context_data if hasattr(page, "context_data") else page.context
    if not context or "adminform" not in context:
        return
    made = [
        context["adminform"].form,
        *(form for one in context["inline_admin_formsets"] for form in one.formset.forms),
    ]
    for form in made:
        for name, field in form.fields.items():
            if isinstance(field, forms.ModelChoiceField) and not field.widget.is_hidden:
                yield name, [str(row) for row in field.queryset]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("role", ["official", "other_official", "editor"])
def test_no_form_offers_what_belongs_to_others(city, role):
    """Officials choose among their own, editors among what is public."""
    rows, client = rows_of(city), signed_in(getattr(city, role))
    foreign = {"official": "pool|filled|gate", "other_official": "bridge|built|gate", "editor": "gate"}[role].split("|")
    for door in doors():
        for _whose, address in addresses(door, rows, getattr(city, role)):
            for name, choices in offered(client.get(address)):
                told = " ".join(choices).lower()
                assert not [word for word in foreign if word in told], (door.name, name)
