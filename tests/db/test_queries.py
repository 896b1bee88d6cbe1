"""Every page and answer asks the same number of queries, with one row of each kind and with three."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from accounts.publisher import publisher
from common import lru_cache
from ledger.models import Entry, EntryKind
from news.models import Article
from tasks.models import Measure, Plan, Target
from tests.factories import (
    a_check,
    a_commitment,
    a_correction,
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_series,
    a_source,
    a_task,
    a_task_correction,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_evidence,
    an_indicator,
    an_indicator_reading,
    an_outline,
    moment,
    published,
)
from tests.public_routes import routes

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAY, CARD_DAY = "2020-12-01", "2020-12-31"
# Of each address those of the first visit, and those of the next, which finds what was computed for the first.
QUERIES = {
    "/": (41, 8),
    f"/?as_of={DAY}": (36, 7),
    "/2020/": (41, 8),
    f"/2020/?as_of={DAY}": (36, 7),
    f"/2020/tasks/?as_of={DAY}": (34, 5),
    f"/2020/tasks/works-1/?as_of={DAY}": (36, 7),
    f"/2020/projects/?as_of={DAY}": (31, 4),
    f"/2020/projects/?as_of={DAY}&sort=-spent&light=BEHIND": (31, 4),
    f"/2020/projects.csv?as_of={DAY}": (30, 3),
    f"/2020/projects.xlsx?as_of={DAY}": (30, 3),
    f"/2020/indicators/?as_of={DAY}": (34, 5),
    "/projects/project-1/": (27, 23),
    f"/projects/project-1/?as_of={DAY}": (22, 22),
    f"/projects/project-1/mismatch/?as_of={DAY}": (16, 12),
    f"/projects/project-1/mismatch/?as_of={DAY}&what=idle": (22, 18),
    "/projects/project-1/record.atom": (29, 29),
    f"/projects/project-1/deadlines.ics?as_of={DAY}": (21, 17),
    "/departments/": (38, 7),
    f"/departments/?as_of={DAY}": (33, 6),
    f"/departments/office-1/?as_of={DAY}": (37, 8),
    "/ledger/": (13, 12),
    f"/ledger/?as_of={DAY}": (14, 13),
    "/ledger/?kind=report": (13, 12),
    "/ledger/?project=project-1": (14, 13),
    "/ledger/report/": (14, 13),
    "/ledger/adjustment/": (14, 13),
    "/ledger/plan/": (13, 12),
    "/ledger/vote/": (14, 13),
    "/ledger/1/qr.png": (1, 1),
    "/news/": (5, 5),
    "/news/article-1/": (55, 24),
    "/news/2020/12/": (6, 6),
    "/news/?task=2020-works-1": (6, 6),
    "/search/?q=project": (65, 16),
    "/feeds/record.atom": (29, 29),
    "/feeds/news.atom": (2, 2),
    f"/2020/deadlines.ics?as_of={DAY}": (30, 3),
    "/departments/office-1/record.atom": (66, 35),
    f"/departments/office-1/deadlines.ics?as_of={DAY}": (33, 6),
    f"/projects/project-1/poster/?as_of={DAY}": (24, 20),
    "/projects/project-1/qr.png": (1, 1),
    "/sitemap.xml": (13, 13),
    "/robots.txt": (0, 0),
    "/favicon.ico": (0, 0),
    "/manifest.webmanifest": (0, 0),
    "/about/": (6, 6),
    "/api/v1/plans": (1, 1),
    "/api/v1/plans/2020": (35, 4),
    f"/api/v1/plans/2020?as_of={DAY}": (35, 4),
    "/api/v1/projects": (13, 13),
    f"/api/v1/projects?as_of={DAY}": (13, 13),
    "/api/v1/projects/project-1": (19, 15),
    f"/api/v1/projects/project-1?as_of={DAY}": (19, 15),
    "/api/v1/ledger": (3, 3),
    f"/api/v1/ledger?as_of={DAY}": (3, 3),
    f"/2020/changes/?as_of={DAY}": (34, 7),
    f"/2020/poster/?as_of={DAY}": (31, 4),
    "/2020/qr.png": (1, 1),
    "/2020/11/": (59, 6),
    f"/2020/card.png?as_of={CARD_DAY}": (33, 5),
    f"/2020/promises/kept-1/card.png?as_of={CARD_DAY}": (33, 5),
    f"/2020/changes.csv?as_of={DAY}": (34, 5),
    f"/2020/compare/?from=2020-04-01&to={DAY}": (69, 11),
    "/2020/review/": (38, 7),
    "/map/": (8, 8),
    "/accessibility/": (2, 2),
    "/verify.py": (0, 0),
    "/healthz": (0, 0),
    "/readyz": (3, 3),
}
# Led elsewhere, shown to staff alone, or read from files whose number no page knows.
UNCOUNTED = {
    *("display", "front-tasks", "front-projects", "styleguide"),
    *("evidence-file", "cover", "article-picture", "article-attachment", "security-txt"),
}


def fill(n: int) -> None:
    """A record with `n` of everything, and `n` of everything in each of them."""
    source = a_source()
    offices = [a_department(f"office-{i}") for i in range(1, n + 1)]
    parts = [f"part-{i}" for i in range(1, n + 1)]
    projects = [
        a_project(f"project-{i}", milestones=parts, lead=offices[0], partners=offices, investment=10**6)
        for i in range(1, n + 1)
    ]
    for office in [a_department("office-0"), *offices]:
        published(office, "2020-03-01")
    for i in range(n):
        plan = a_plan(*projects, year=2020 + i)
        _widen(plan, projects, n)
        published(plan, f"2020-03-{5 + i:02}")
    plan = projects[0].commitments.get(series__plan__year=2020, series__code="pledges").series.plan
    for one in Plan.objects.all():
        for i in range(1, n + 1):
            _add(one, projects, i)
    for project in projects:
        _report(project, parts, n)
    for task in plan.groups.get().tasks.all():
        _say(task, n)
        for measure in task.measures.all():
            _say(measure, n)
    for promise in _kept(plan, n):
        for i in range(1, n + 1):
            published(a_check(promise, f"2020-11-{i:02}"), DAY)
            _vote(promise, f"2020-11-{i:02}")
    for indicator in plan.indicators.all():
        _read(indicator, n)
    for promise, field, values in _changes(plan, projects, offices):
        for value in values[:n]:
            published(an_adjustment(promise, **{field: value}), DAY)
    published(an_indicator_reading(plan.indicators.first(), "2020-05-01", 5), DAY)  # among the last entries, too
    for i in range(1, n + 1):
        article = Article.objects.create(
            slug=f"article-{i}", title="News", body="News.", source=source, is_published=True, published_at=moment(DAY)
        )
        article.projects.set(projects)
        article.tasks.set(plan.groups.get().tasks.all())


def _widen(plan, projects, n: int) -> None:
    """More series, tasks, measures, outlines and indicators than `a_plan` has."""
    for i in range(2, n + 1):
        a_series(plan, f"series-{i}")
        for project in projects:
            a_commitment(plan, project, *project.milestones.all(), series=f"series-{i}")
        a_measure(a_task(plan, i), *projects)
    for i in range(1, n + 1):
        kept = a_project(f"kept-{plan.year}-{i}", milestones=["whole"])
        a_commitment(plan, kept, *kept.milestones.all(), series="kept")
    for i in range(1, n + 1):
        an_outline(plan, *["point"] * n, code=f"outline-{i}")
        an_indicator(plan, f"indicator-{i}")


def _add(plan, projects, number: int) -> None:
    """An addition with a task, a measure and a list of its own."""
    addition = an_addition(plan)
    task = a_task(plan, 50 + number, addition=addition)
    Measure.objects.create(task=task, number=1, title="Added", addition=addition)
    for project in projects:
        a_commitment(plan, project, *project.milestones.all(), series=f"added-{number}", addition=addition)
    published(addition, "2020-06-15")


def _say(about, n: int) -> None:
    """Reports with evidence of a task or a measure, each of them corrected."""
    for i in range(1, n + 1):
        report = a_task_report(about, f"2020-04-{i:02}")
        correction = a_task_correction(report, "UNDER_WAY")
        for told in (report, correction):
            for _ in range(n):
                an_evidence(told)
            published(told, DAY)


def _kept(plan, n: int):
    """The promises of the list that is kept: what was built may be looked at."""
    for commitment in plan.series.get(code="kept").commitments.all():
        report = a_report(commitment.project, "2020-05-01", {"whole": 100}, evidence="Acceptance record")
        published(report, DAY)
        yield commitment


def _vote(promise, held_on: str) -> None:
    """One that is corrected."""
    vote = published(a_vote(promise, held_on), DAY)
    published(a_vote(promise, held_on, corrects=vote, correction_reason="Counted again."), DAY)


def _report(project, parts: list[str], n: int) -> None:
    """Reports with evidence and a hidden problem, each of them corrected."""
    for i in range(1, n + 1):
        report = a_report(project, f"2020-04-{i:02}", dict.fromkeys(parts, i), spent=i, problem="A name.")
        for _ in range(n):
            an_evidence(report)
        published(report, DAY)
        published(a_redaction(report, "problem"), DAY)
        correction = a_correction(report, dict.fromkeys(parts, i), spent=i)
        for _ in range(n):
            an_evidence(correction)
        published(correction, DAY)


def _read(indicator, n: int) -> None:
    for i in range(1, n + 1):
        reading = published(an_indicator_reading(indicator, f"2020-04-{i:02}", i), DAY)
        correction = an_indicator_reading(
            indicator, f"2020-04-{i:02}", i + 10, corrects=reading, correction_reason="Counted wrong."
        )
        published(correction, DAY)


def _changes(plan, projects, offices):
    """(promise, field, new values)."""
    days, titles = ["2021-01-10", "2021-01-20", "2021-01-30"], ["One", "Two", "Three"]
    yield plan, "title", titles
    for group in plan.groups.all():
        yield group, "title", titles
        for task in group.tasks.all():
            yield task, "title", titles
            yield from ((measure, "title", titles) for measure in task.measures.all())
    for series in plan.series.all():
        yield series, "title", titles
        yield from ((commitment, "annual_investment", [1, 2, 3]) for commitment in series.commitments.all())
    yield from ((indicator, "due_on", days) for indicator in plan.indicators.all())
    yield from ((office, "phone", ["0000-1", "0000-2", "0000-3"]) for office in offices)
    for project in projects:
        yield project, "investment", [10**7, 10**8, 10**9]
        yield project, "partners", [["office-0"], [offices[0].slug], ["office-0"]]
        yield from ((target, "due_on", days) for target in plan_targets(plan, project))


def plan_targets(plan, project):
    return Target.objects.filter(commitment__series__plan=plan, commitment__project=project).exclude(
        commitment__series__code="kept"
    )


def address_of(row: str) -> str:
    """Of a kind of entries in place of a number, the last one is meant."""
    folder, _, kind = row.strip("/").partition("/")
    if folder == "ledger" and kind in EntryKind.values:
        return f"/ledger/{Entry.objects.filter(kind=kind).order_by('seq').last().seq}/"
    return row


@pytest.mark.parametrize("n", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(client, n):
    fill(n)
    asked = {}
    for row in QUERIES:
        address = address_of(row)
        lru_cache.clear()
        publisher()  # which every process that shows pages has in memory: its one query is counted with its page of the desk
        asked[row] = (count_of(client, address), count_of(client, address))
    assert {row: found for row, found in asked.items() if found != QUERIES[row]} == {}


def count_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


def test_every_route_is_counted():
    addresses = {row.partition("?")[0] for row in QUERIES} - {f"/ledger/{kind}/" for kind in EntryKind.values}
    counted = {resolve(address).view_name for address in addresses} | {"entry"}
    assert {route.name for route in routes()} - counted - UNCOUNTED == set()
