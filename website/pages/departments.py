"""The pages of departments and of the promises that they lead or take part in."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from common.as_of import asked_day, day_of
from common.cache_policy import cached_by, valid_day, valid_page
from common.paging import shared_page
from projects.models import Department
from projects.snapshots import DepartmentSnapshot, load_departments, redactions_about
from tasks.models import Task
from tasks.snapshots import (
    Answer,
    CommitmentSnapshot,
    IndicatorSnapshot,
    PlanSnapshot,
    TaskSnapshot,
)
from website.pages.plans import Card, before_any_plan, cards_of, front_plan, names_of, plan_context, requested_snapshot
from website.sentences.promises import (
    counter_of,
    department_sentence,
    urgency_of,
)

MOST_LED = 10  # promises of a department in the list of all


@dataclass(frozen=True)
class DepartmentWork:
    """The promises of one department in the plan on the front page. `n_led` counts all that it leads,
    also those not listed, by `counter`; `leads_anything` is of tasks and indicators too."""

    department: DepartmentSnapshot
    led: list[Card]
    partnered: list[Card]
    n_led: int
    counter: str
    sentence: str
    leads_anything: bool

    @property
    def n_left_out(self) -> int:
        return self.n_led - len(self.led)


@dataclass
class Answering:
    """What a department leads, and the promises in which it is a partner. Answers stand behind their task."""

    led: list[CommitmentSnapshot] = field(default_factory=list)
    partnered: list[CommitmentSnapshot] = field(default_factory=list)
    answers: list[tuple[TaskSnapshot, Answer]] = field(default_factory=list)
    indicators: list[IndicatorSnapshot] = field(default_factory=list)

    @property
    def leads_anything(self) -> bool:
        """A promise, a task, a measure or an indicator."""
        return bool(self.led or self.answers or self.indicators)

    @property
    def sentence(self) -> str:
        n_tasks = sum(isinstance(answer.row, Task) for _task, answer in self.answers)
        return department_sentence(
            self.led,
            self.partnered,
            n_tasks=n_tasks,
            n_measures=len(self.answers) - n_tasks,
            n_indicators=len(self.indicators),
        )

    def neediest(self, most: int) -> list[CommitmentSnapshot]:
        """The `most` promises that it leads and that are furthest behind, in the order of the plan."""
        chosen = set(map(id, nsmallest(most, self.led, key=urgency_of)))
        return [snapshot for snapshot in self.led if id(snapshot) in chosen]

    def work(
        self,
        department: DepartmentSnapshot,
        led: Iterable[CommitmentSnapshot],
        partnered: Iterable[CommitmentSnapshot] = (),
    ) -> DepartmentWork:
        """The work with only these promises listed, but all of them counted."""
        return DepartmentWork(
            department,
            cards_of(led),
            cards_of(partnered),
            len(self.led),
            counter_of(self.led),
            self.sentence,
            self.leads_anything,
        )


def answering_of(snapshot: PlanSnapshot) -> dict[str, Answering]:
    """The promises of each department, by its slug."""
    found: dict[str, Answering] = defaultdict(Answering)
    for commitment in snapshot.commitments:
        for lead in commitment.project.leads:
            found[lead.slug].led.append(commitment)
        for slug in {department.slug for department in commitment.project.partners}:
            found[slug].partnered.append(commitment)
    for task in snapshot.tasks:
        for answer in task.answers:
            for slug in answer.lead_slugs:
                found[slug].answers.append((task, answer))
    for indicator in snapshot.indicators:
        for slug in indicator.lead_slugs:
            found[slug].indicators.append(indicator)
    return dict(found)


@cached_by(as_of=valid_day)
def department_list(request: HttpRequest) -> HttpResponse:
    plan = front_plan(request)
    if plan is None:
        return before_any_plan(request, load_departments(asked_day(request) or timezone.localdate()).values())
    snapshot = requested_snapshot(request, plan)
    works, answers = [], snapshot.cached(answering_of)
    for department in load_departments(snapshot.as_of).values():
        answering = answers.get(department.slug, Answering())
        works.append(answering.work(department, answering.neediest(MOST_LED)))
    return render(
        request,
        "projects/department_list.html",
        plan_context(request, snapshot)
        | {"works": works, "is_anybody_known": any(answering.leads_anything for answering in answers.values())},
    )


@cached_by(as_of=valid_day, page=valid_page)
def department(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Department.objects.published(), slug=slug)
    plan = front_plan(request)
    if plan is None:
        day = day_of(request, first=row.published_on, default=timezone.localdate())  # type: ignore[arg-type]  # public
        return before_any_plan(request, [load_departments(day)[slug]])
    snapshot = requested_snapshot(request, plan, since=row.published_on)
    found = load_departments(snapshot.as_of)[slug]
    answering = snapshot.cached(answering_of).get(slug, Answering())
    shared = shared_page(
        request,
        len(answering.led),
        len(answering.partnered),
        len(answering.answers),
        len(answering.indicators),
    )
    return render(
        request,
        "projects/department.html",
        plan_context(request, snapshot)
        | {
            "work": answering.work(found, shared.rows(answering.led), shared.rows(answering.partnered)),
            "answers": shared.rows(answering.answers),
            "indicators": shared.rows(answering.indicators),
            "names": names_of(snapshot),
            "page": shared.page,
            "first": max(row.published_on, snapshot.row.published_on),
            "redactions": redactions_about(change.entry_id for change in found.adjustments),
        },
    )
