"""What was shown of a past day never changes: the same bytes before and after everything that is published later."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import unified_diff
from hashlib import sha256
from io import BytesIO
from itertools import islice

import openpyxl
import pytest
import time_machine

from ledger.models import Entry
from news.models import Article
from projects.models import Department, Milestone, Project, Report
from tasks.models import Commitment, Indicator, Measure, Plan, Reading, Series, Target, Task, TaskGroup
from tests.factories import (
    a_check,
    a_commitment,
    a_correction,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_task,
    a_task_correction,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    moment,
    published,
)
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, empty, put
from tests.public_routes import routes

pytestmark = pytest.mark.one_database

# The last entry of the illustrative year is of 28 May 2021.
DAYS = ["2020-03-05", "2020-09-30", "2021-01-01", "2021-06-01"]
TODAY, LATER = "2021-06-02", "2021-07-01"
# They show an act, a story or a file, and no day.
DAYLESS = {
    "entry",
    "news:list",
    "news:month",
    "news:article",
    "front-tasks",
    "front-projects",
    "search",
    "record-feed",
    "project-feed",
    "news-feed",
    "plan-qr",
    "department-feed",
    "sitemap",
    "robots",
    "favicon",
    "manifest",
    "security-txt",
    "qr-code",
    "voucher-qr",
    "accessibility",
    "site-map",
    "display",
    "verification-script",
    "about",
    "styleguide",
    "healthz",
    "readyz",
    "evidence-file",
    "cover",
    "article-picture",
    "article-attachment",
    "api:plans",
}


def shown(client, on: str) -> dict[str, str]:
    """The `<main>` of every page of the day, and every answer and file, by address."""
    addresses = [a for route in routes() if route.name not in DAYLESS for a in route.addresses()]
    return {address: content_of(client.get(address, {"as_of": on})) for address in addresses}


def content_of(response) -> str:
    """A refusal is its status alone: it names the last day that may be asked for."""
    if response.status_code != 200:
        return str(response.status_code)
    if "spreadsheet" in response["Content-Type"]:  # which notes the moment at which it was written
        return str(list(openpyxl.load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True)))
    if response["Content-Type"].startswith("image/"):
        return sha256(response.content).hexdigest()
    text = response.content.decode()
    return text[text.index("<main") : text.index("</main>")] if "<main" in text else text


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    found = []
    for address, old in before.items():
        lines = unified_diff(old.splitlines(), after[address].splitlines(), address, lineterm="", n=0)
        found += islice(lines, 12)
    return found


def tell_more() -> None:
    """One of everything that can be published after the illustrative year, a plan of the next year with it."""
    roads = Project.objects.get(slug="city-roads")
    report = Report.objects.published().filter(project=roads, corrected_by=None).order_by("held_on")[2]
    lines = {line.milestone.code: line.value for line in report.readings.select_related("milestone")}
    _publish(a_correction(report, lines, spent=report.spent, text="Said better."))
    hospital = Project.objects.get(slug="new-hospital")
    _publish(a_report(hospital, "2021-06-30", {}, text="News of the hospital.", problem="Rain.", spent=10**8))
    _publish(an_indicator_reading(Indicator.objects.get(code="green-coverage"), "2021-05-31", 37))
    reading = Reading.objects.published().filter(corrected_by=None, indicator__code="good-air-days").first()
    _publish(
        an_indicator_reading(
            reading.indicator, reading.held_on.isoformat(), 290, corrects=reading, correction_reason="Counted wrong."
        )
    )
    for promise, changes in _changes(roads):
        _publish(an_adjustment(promise, **changes))
    _say_and_look()
    _add_to_the_year(roads)
    _plan_next_year(roads)
    article = Article.objects.create(
        slug="later", title="Later", body="Later.", is_published=True, published_at=moment(LATER)
    )
    article.projects.set(Project.objects.all())
    article.tasks.set(Task.objects.all())


def _changes(roads: Project):
    """(promise, new values)."""
    plan = Plan.objects.get(year=2020)
    task = Task.objects.get(group__code="major", number=3)
    yield roads, {"title": "New roads", "short_title": "Roads", "place": "Elsewhere", "investment": 10**8}
    yield roads, {"leads": ["health-bureau"]}
    yield Milestone.objects.filter(project=roads).first(), {"title": "A road"}
    yield Target.objects.filter(commitment__goal="ADVANCE").first(), {"due_on": "2021-12-31", "amount": "12"}
    yield Department.objects.get(slug="transport-bureau"), {"phone": "0000-7", "name": "Office of roads"}
    yield plan, {"title": "Plan", "short_title": "Short", "guideline": "Otherwise."}
    yield task, {"title": "Task"}
    yield TaskGroup.objects.get(plan=plan, code="major"), {"title": "Group"}
    yield Measure.objects.filter(task=task).first(), {"title": "Measure"}
    yield Series.objects.get(plan=plan, code="livelihood"), {"title": "Series"}
    yield Indicator.objects.get(code="green-coverage"), {"title": "Green", "target": "40", "due_on": "2024-12-31"}
    commitments = Commitment.objects.filter(series__plan=plan, series__code="livelihood")
    yield commitments.get(number=4), {"goal": "ADVANCE", "annual_investment": 10**7}
    yield commitments.get(number=5), {"dropped": True}


def _say_and_look() -> None:
    """Reports of measures, one of them withdrawn, a check of what was kept, and what deputies said of it."""
    silent, told = (Measure.objects.get(task__group__code="area", task__number=8, number=n) for n in (3, 2))
    _publish(a_task_report(silent, "2021-05-31", "DONE", evidence="Acceptance record"))
    _publish(a_task_correction(told.reports.published().filter(corrected_by=None).latest("held_on")))
    kept = Commitment.objects.get(series__plan__year=2020, series__code="livelihood", number=8)
    _publish(a_check(kept, "2021-06-25", "NOT_OPENED"))
    _publish(a_vote(kept, "2021-06-25"))


def _add_to_the_year(shared: Project) -> None:
    addition = an_addition(Plan.objects.get(year=2020))
    bridge = a_milestone(shared, "bridge")
    a_commitment(addition.plan, shared, bridge, series="late", addition=addition)
    group = TaskGroup.objects.create(
        plan=addition.plan, code="late", number=9, title="Late works", noun="work", addition=addition
    )
    task = Task.objects.create(group=group, number=1, title="Late work", addition=addition)
    Measure.objects.create(task=task, number=1, title="Late measure", addition=addition)
    an_indicator(addition.plan, "late", addition=addition)
    _publish(addition)


def _plan_next_year(shared: Project) -> None:
    """It runs since January, promises more of a project of 2020, and brings a project and a department of its own."""
    office = a_department("parks-office")
    _publish(office)
    a_milestone(shared, "lighting")
    park = a_project("park", milestones=["lawn"], lead=office)
    plan = a_plan(shared, park, year=2021)
    a_measure(a_task(plan, 2), shared)
    an_indicator(plan)
    _publish(plan)


def _publish(fact) -> None:
    published(fact, LATER)


@pytest.mark.usefixtures("illustrative_2020")
def test_past_days_stay_as_they_were(client):
    """docs/rules.md: as-of."""
    with time_machine.travel(moment(TODAY), tick=False):
        before = {on: shown(client, on) for on in DAYS}
    n_entries = Entry.objects.count()
    tell_more()
    assert Entry.objects.count() > n_entries + 15
    assert [line for on in DAYS for line in differences(before[on], shown(client, on))] == []


@pytest.mark.usefixtures("illustrative_2020")
def test_what_is_published_later_is_shown_on_later_days(client):
    """Or else the test above would prove nothing."""
    before = shown(client, "2021-06-30")
    tell_more()
    after = shown(client, LATER)
    alike = {address for address, old in before.items() if after[address] == old}
    over = {address for address in alike if re.fullmatch(r"/2020/\d\d/", address)}  # a month has its own last day
    assert not alike - over - {"/ledger/", "/api/v1/ledger"}


@pytest.mark.usefixtures("plan_2020")
def test_an_illustrative_year_marks_no_day_before_it(client):
    before = shown(client, "2020-03-08")
    n_entries = Entry.objects.count()
    empty()
    put(PLAN_FILE, ILLUSTRATIVE_FILE)  # on top of the very plan that stood there
    assert Entry.objects.count() > n_entries
    assert differences(before, shown(client, "2020-03-08")) == []


def test_an_addition_is_named_from_its_day_on(illustrative_2020, client):
    """docs/rules.md: addition."""
    addition = illustrative_2020.additions.get()
    eve = addition.published_on - timedelta(1)
    brought = [
        row.title for row in addition.published_together() if isinstance(row, Series | TaskGroup | Task | Measure)
    ]
    assert len(brought) >= 4
    assert named(brought, shown(client, str(eve))) == set()
    assert named(brought, shown(client, str(addition.published_on))) == set(brought)


def named(titles: Iterable[str], answers: Mapping[str, str]) -> set[str]:
    """Those of the titles that an answer names."""
    return {title for title in titles if any(title in text for text in answers.values())}
