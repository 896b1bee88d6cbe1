"""What the desk asks of people: named cases on plain objects, days written as text."""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import pytest

from desk.agenda import (
    Asking,
    DueStatus,
    Promise,
    ReminderItem,
    ReminderKind,
    Subject,
    in_plan_order,
    is_reminder_due,
    most_urgent_first,
    punctuality_record_of,
    reminder_items_of,
    report_due_of,
    reporting_task_of,
    review_items_of,
)
from desk.subjects import ProjectStatus
from projects.progress import Light
from projects.snapshots import load_snapshots
from tasks.models import current_of
from tasks.snapshots import commitments_about, commitments_of, plans_naming, plans_of
from tests.factories import a_plan, a_project, an_adjustment, moment, published
from tests.plain_projects import RULES, day

pytestmark = pytest.mark.one_database

PROMISED_ON = day("2020-03-05")


def days_of(*texts: tuple[str, str]) -> tuple[SimpleNamespace, ...]:
    return tuple(SimpleNamespace(held_on=day(held_on), published_on=day(on)) for held_on, on in texts)


def a_subject(
    last_on: str | None = None,
    as_of: str = "2020-09-10",
    slug: str = "bridge",
    *,
    ends_on: str = "2020-12-31",
    done_on: str = "",
    is_settled: bool = False,
    reports: tuple[tuple[str, str], ...] = (),
    **fields,
) -> Subject:
    """A project that one plan promises and a known department answers for."""
    asking = Asking(PROMISED_ON, day(ends_on), RULES, day(done_on) if done_on else None)
    defaults = {
        "row": SimpleNamespace(address=f"project:{slug}"),
        "title": slug,
        "name": slug,
        "as_of": day(as_of),
        "lead_slugs": ("works",),
        "reports": days_of(*reports),
        "last_on": day(last_on) if last_on else None,
        "askings": (asking,),
        "is_settled": is_settled,
        "is_illustrative": False,
        "promises": (),
        "project": SimpleNamespace(slug=slug),
    }
    return Subject(**(defaults | fields))


TURNS = {
    "reported this month": ("2020-06-30", "2020-07-10", DueStatus.LATER, "2020-07-31"),
    "eight days before": ("2020-06-30", "2020-07-23", DueStatus.LATER, "2020-07-31"),
    "seven days before": ("2020-06-30", "2020-07-24", DueStatus.DUE_SOON, "2020-07-31"),
    "on the last day": ("2020-06-30", "2020-07-31", DueStatus.DUE_SOON, "2020-07-31"),
    "the day after": ("2020-06-30", "2020-08-01", DueStatus.DUE, "2020-07-31"),
    "the last day of grace": ("2020-06-30", "2020-08-10", DueStatus.DUE, "2020-07-31"),
    "grace is over": ("2020-06-30", "2020-08-11", DueStatus.STALE, "2020-07-31"),
    "just promised": (None, "2020-03-05", DueStatus.LATER, "2020-04-10"),
    "eight days before the first": (None, "2020-04-02", DueStatus.LATER, "2020-04-10"),
    "a week before the first": (None, "2020-04-03", DueStatus.DUE_SOON, "2020-04-10"),
    "on the day of the first": (None, "2020-04-10", DueStatus.DUE_SOON, "2020-04-10"),
    "never reported": (None, "2020-04-11", DueStatus.NEVER, "2020-04-10"),
}


@pytest.mark.parametrize(("last_on", "as_of", "need", "due_on"), TURNS.values(), ids=TURNS)
def test_when_a_project_is_to_be_reported(last_on, as_of, need, due_on):
    """docs/rules.md: update-due."""
    due = report_due_of(a_subject(as_of=as_of), last_on and day(last_on))
    assert (due.status, due.due_on) == (need, day(due_on))


ASKED = {
    "on the last day of the plan": (["2020-12-31"], "2020-12-31", True),
    "one interval later": (["2020-12-31"], "2021-01-31", True),
    "the day after that": (["2020-12-31"], "2021-02-01", False),
    "named by the next plan too": (["2020-12-31", "2021-12-31"], "2021-02-01", True),
    "named by no plan": ([], "2020-09-10", False),
}


@pytest.mark.parametrize(("ends_on", "as_of", "is_asked"), ASKED.values(), ids=ASKED)
def test_nobody_is_asked_for_longer_than_one_interval_after_the_plan(ends_on, as_of, is_asked):
    """docs/rules.md: update-due."""
    askings = tuple(Asking(PROMISED_ON, day(last), RULES) for last in ends_on)
    due = report_due_of(a_subject(as_of=as_of, askings=askings), None)
    assert (due.status is not DueStatus.NOT_ASKED, due.due_on is not None) == (is_asked, is_asked)


def test_of_two_plans_the_one_in_which_something_is_left_asks():
    kept = Asking(PROMISED_ON, day("2020-12-31"), RULES, day("2020-08-01"))
    still_open = Asking(day("2020-06-01"), day("2020-12-31"), RULES)
    assert a_subject(askings=(kept, still_open)).asking is still_open
    assert a_subject(askings=(kept,)).asking is None


SETTLED = {
    "all promises kept": ([Light.DONE, Light.DONE], True),
    "kept and dropped": ([Light.DONE, Light.DROPPED], True),
    "one still open": ([Light.DONE, Light.ON_PACE], False),
    "missed": ([Light.FAR_BEHIND], False),
    "only advanced": ([Light.BEHIND], False),
    "nothing reported yet": ([Light.UNREPORTED], False),
    "nothing promised": ([], False),
}


@pytest.mark.parametrize(("lights", "expected"), SETTLED.values(), ids=SETTLED)
def test_what_is_kept_or_dropped_asks_for_nothing(lights, expected):
    """docs/rules.md: update-due."""
    promised = [(SimpleNamespace(), SimpleNamespace(progress=SimpleNamespace(light=light))) for light in lights]
    assert ProjectStatus(SimpleNamespace(), promised).is_settled is expected


@dataclass
class Report:
    """One that isn't public: `notes` are the moments at which it was returned."""

    held_on: str
    submitted_at: object = None
    notes: tuple[str, ...] = ()
    code: str = "r1"
    review_notes: SimpleNamespace = field(init=False)
    _meta = SimpleNamespace(model_name="report")

    def __post_init__(self):
        self.held_on = day(self.held_on)
        notes = [SimpleNamespace(at=moment(on, at)) for on, at in (note.split() for note in self.notes)]
        self.review_notes = SimpleNamespace(all=lambda: notes)


def an_errand(last_on: str | None, as_of: str, *reports: Report, slug: str = "bridge", **fields):
    return reporting_task_of(a_subject(last_on, as_of, slug, **fields), reports)


DRAFT = Report("2020-08-31")
RETURNED = Report("2020-08-31", notes=("2020-09-02 09:00",))
RETURNED_AGAIN = Report("2020-08-31", notes=("2020-09-02 09:00", "2020-09-05 00:30"))
SUBMITTED = Report("2020-08-31", submitted_at=moment("2020-09-01"))
SUBMITTED_AGAIN = Report("2020-08-31", submitted_at=moment("2020-09-03"), notes=("2020-09-02 09:00",))
OLD_SUBMITTED = Report("2020-07-01", submitted_at=moment("2020-09-01"))

# The last published data are of 2020-06-30, the day is 2020-09-10: stale, unless something waits for its reviewer.
ERRANDS = {
    "nothing written": ((), DueStatus.STALE, "returned 0, drafts 0, waiting 0"),
    "a draft": ((DRAFT,), DueStatus.STALE, "returned 0, drafts 1, waiting 0"),
    "returned": ((RETURNED,), DueStatus.STALE, "returned 1, drafts 0, waiting 0"),
    "waiting": ((SUBMITTED,), DueStatus.LATER, "returned 0, drafts 0, waiting 1"),
    "returned and sent again": ((SUBMITTED_AGAIN,), DueStatus.LATER, "returned 0, drafts 0, waiting 1"),
    "old data waiting": ((OLD_SUBMITTED,), DueStatus.STALE, "returned 0, drafts 0, waiting 1"),
    "all at once": ((DRAFT, RETURNED, SUBMITTED), DueStatus.LATER, "returned 1, drafts 1, waiting 1"),
}


@pytest.mark.parametrize(("reports", "need", "counts"), ERRANDS.values(), ids=ERRANDS)
def test_what_a_project_asks_of_its_department(reports, need, counts):
    reporting_task = an_errand("2020-06-30", "2020-09-10", *reports)
    assert reporting_task.due_status is need
    parts = (
        ("returned", reporting_task.returned),
        ("drafts", reporting_task.drafts),
        ("waiting", reporting_task.waiting),
    )
    assert ", ".join(f"{name} {len(part)}" for name, part in parts) == counts


def test_what_is_settled_has_no_day_even_when_nothing_was_ever_reported():
    reporting_task = an_errand(None, "2020-09-10", is_settled=True)
    assert (reporting_task.due_status, reporting_task.due.due_on) == (DueStatus.SETTLED, None)


def test_one_goes_on_with_what_came_back_before_what_was_begun():
    assert an_errand("2020-06-30", "2020-09-10", DRAFT, RETURNED, SUBMITTED).open_draft is RETURNED
    assert an_errand("2020-06-30", "2020-09-10", SUBMITTED, DRAFT).open_draft is DRAFT
    assert an_errand("2020-06-30", "2020-09-10", SUBMITTED).open_draft is None


def test_the_most_urgent_comes_first():
    cases = {
        "soon": "2020-08-15",
        "stale": "2020-07-20",
        "due": "2020-08-05",
        "later": "2020-09-09",
        "staler": "2020-07-01",
    }
    reporting_tasks = [an_errand(last_on, "2020-09-10", slug=slug) for slug, last_on in cases.items()]
    reporting_tasks += [
        an_errand(None, "2020-09-10", slug="never"),
        an_errand(None, "2020-09-10", is_settled=True),
    ]
    ordered = [reporting_task.subject.project.slug for reporting_task in most_urgent_first(reporting_tasks)]
    assert ordered == ["never", "staler", "stale", "due", "soon", "later", "bridge"]


# What people are reminded of

MATTERS = {
    "later": ("2020-09-01", (), []),
    "soon": ("2020-08-15", (), ["DUE project:bridge 2020-09-15"]),
    "due": ("2020-08-05", (), ["DUE project:bridge 2020-09-05"]),
    "stale": ("2020-06-30", (), ["STALE project:bridge 2020-07-31"]),
    "never": (None, (), ["STALE project:bridge 2020-04-10"]),
    "returned": ("2020-09-01", (RETURNED,), ["RETURNED report:r1 2020-09-02"]),
    "returned again, after midnight": ("2020-09-01", (RETURNED_AGAIN,), ["RETURNED report:r1 2020-09-05"]),
    "stale and returned": (
        "2020-06-30", (RETURNED,), ["RETURNED report:r1 2020-09-02", "STALE project:bridge 2020-07-31"]
    ),
    "a draft is not a matter": ("2020-09-01", (DRAFT,), []),
    "waiting is the reviewer's": ("2020-06-30", (SUBMITTED,), []),
}  # fmt: skip


@pytest.mark.parametrize(("last_on", "reports", "keys"), MATTERS.values(), ids=MATTERS)
def test_what_a_department_is_reminded_of(last_on, reports, keys):
    reporting_task = an_errand(last_on, "2020-09-10", *reports)
    assert [matter.key for matter in reminder_items_of(reporting_task)] == keys


@pytest.mark.parametrize(
    ("now", "keys"),
    [
        pytest.param(moment("2020-09-04", "12:00"), [], id="three days to the minute"),
        pytest.param(moment("2020-09-04", "12:01"), ["WAITING report:r1 2020-09-01"], id="longer"),
    ],
)
def test_a_reviewer_is_reminded_of_what_has_waited_for_more_than_three_days(now, keys):
    assert [matter.key for matter in review_items_of([SUBMITTED], now)] == keys


def test_a_matter_of_the_next_month_is_another():
    july, august = (ReminderItem(ReminderKind.DUE, "project:bridge", day(on)) for on in ("2020-07-31", "2020-08-31"))
    assert july.key != august.key


TOLD = {
    "never told": ([], "2020-09-01", True),
    "today already": (["2020-09-01"], "2020-09-01", False),
    "a day later": (["2020-09-01"], "2020-09-02", True),
    "two days later, told after one": (["2020-09-01", "2020-09-02"], "2020-09-03", False),
    "six days later": (["2020-09-01", "2020-09-02"], "2020-09-07", False),
    "seven days later": (["2020-09-01", "2020-09-02"], "2020-09-08", True),
    "eight days later, the seventh was missed": (["2020-09-01", "2020-09-02"], "2020-09-09", True),
    "nine days later, made good on the eighth": (["2020-09-01", "2020-09-02", "2020-09-09"], "2020-09-10", False),
    "thirty days later": (["2020-09-01", "2020-09-02", "2020-09-08"], "2020-10-01", True),
    "thirty-one days later": (["2020-09-01", "2020-09-02", "2020-09-08", "2020-10-01"], "2020-10-02", False),
    "a year later": (["2020-09-01", "2020-09-02", "2020-09-08", "2020-10-01"], "2021-09-01", False),
    "all missed but the first": (["2020-09-01"], "2020-12-01", True),
    "in any order": (["2020-09-02", "2020-09-01"], "2020-09-03", False),
}


@pytest.mark.parametrize(("reminded_on", "today", "expected"), TOLD.values(), ids=TOLD)
def test_when_one_is_told_again(reminded_on, today, expected):
    assert is_reminder_due([day(text) for text in reminded_on], day(today)) is expected


def test_run_every_day_for_a_year_one_matter_is_told_four_times():
    today, told = day("2020-09-01"), []
    for after in range(366):
        if is_reminder_due(told, today + timedelta(days=after)):
            told.append(today + timedelta(days=after))
    assert [(on - today).days for on in told] == [0, 1, 7, 30]


# How punctual a department is


def a_led_project(slug: str, *reports: tuple[str, str], done_on: str = "", as_of: str = "2020-06-11") -> Subject:
    return a_subject(None, as_of, slug, reports=reports, done_on=done_on)


ON_TIME = [("2020-03-31", "2020-04-10"), ("2020-04-30", "2020-05-08")]
RECORDS = {
    "nothing led": ([], (0, 0), None),
    "before the first month counts": ([a_led_project("a", as_of="2020-04-10")], (0, 0), None),
    "two of three": ([a_led_project("a", *ON_TIME)], (2, 3), ("2020-05-01", ["a"])),
    "two projects": (
        [a_led_project("a", *ON_TIME), a_led_project("b")], (2, 6), ("2020-05-01", ["a", "b"])
    ),
    "done in April": ([a_led_project("a", *ON_TIME, done_on="2020-04-20")], (2, 2), None),
    "dropped in April": ([a_led_project("a", done_on="2020-04-20")], (0, 2), ("2020-04-01", ["a"])),
}  # fmt: skip


@pytest.mark.parametrize(("subjects", "counts", "missing"), RECORDS.values(), ids=RECORDS)
def test_how_punctual_a_department_is(subjects, counts, missing):
    """docs/rules.md: punctuality."""
    record = punctuality_record_of(subjects)
    assert (record.on_time, record.periods) == counts
    last = max(record.missing.items(), default=None, key=lambda pair: pair[0])
    assert (last and (last[0].first.isoformat(), [one.project.slug for one in last[1]])) == missing


def test_no_period_after_the_plan_counts():
    """docs/rules.md: punctuality."""
    assert punctuality_record_of([a_subject(None, "2021-06-11")]).periods == 10


# What many projects are loaded with is what one would be


@pytest.mark.django_db
def test_the_plan_and_the_promises_of_many_projects_are_those_of_each():
    bridge, pool, gate = (a_project(slug, milestones=("built",)) for slug in ("bridge", "pool", "gate"))
    published(a_plan(bridge, pool), on="2020-03-05")
    published(a_plan(bridge, gate, year=2021), on="2021-02-01")
    published(an_adjustment(bridge.commitments.first(), goal="START"), on="2021-03-01")
    published(a_plan(bridge, year=2022, starts_on="2021-07-01", ends_on="2022-06-30"), on="2021-06-01")
    a_plan(pool, year=2023)
    projects = (bridge, pool, gate)
    for text in ("2020-03-05", "2020-12-31", "2021-01-31", "2021-06-15", "2021-08-01", "2022-01-01", "2023-05-05"):
        today = day(text)
        plans, snapshots = plans_of(projects, today), load_snapshots(type(bridge).objects.all(), today)
        promises = commitments_of(snapshots.values(), today)
        for project in projects:
            assert plans.get(project.pk) == current_of(plans_naming(project), today), text
            alone = commitments_about(snapshots[project.pk]) if project.pk in snapshots else []
            assert promises.get(project.pk, []) == alone, text


# In the plan's order


def test_promises_come_as_the_plan_counts_them():
    places = {"b": [(1, 2)], "d": [], "a": [(2, 1)], "c": [(1, 1), (2, 5)]}
    reporting_tasks = [
        an_errand(None, "2020-09-10", slug=slug, promises=tuple(Promise("", place, None, "", "") for place in own))
        for slug, own in places.items()
    ]
    measure = an_errand(None, "2020-09-10", slug="e", project=None, promises=(Promise("", (), None, "", ""),))
    in_order = in_plan_order([measure, *reporting_tasks])
    assert [one.subject.title for one in in_order] == ["c", "b", "a", "d", "e"]
