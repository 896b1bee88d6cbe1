"""Due days as iCalendar feeds, to which phones can subscribe: of a plan, of a project, of what a department answers for."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.publisher import publisher
from common.cache_policy import cached_by, valid_day
from common.calendars import Event, calendar_text
from common.conditional import conditional
from common.formats import UNPUBLISHED, day_text, spaced
from common.lru_cache import LRUCache
from common.marks import mark_of
from common.site_address import site_host, site_url, whole_address
from ledger import chain
from ledger.models import Entry
from projects.snapshots import ProjectSnapshot
from tasks.measures import MeasureStatus
from tasks.snapshots import (
    Answer,
    CommitmentSnapshot,
    IndicatorSnapshot,
    PlanSnapshot,
    TargetSnapshot,
    TaskSnapshot,
)
from tasks.verdicts import verdict_of
from tasks.words import RESIDENT_MEASURES
from website.feeds.subjects import requested_department
from website.pages.plans import published_plan, requested_snapshot
from website.pages.projects import promises_about, requested_project
from website.sentences.history import named_part
from website.sentences.indicators import target_text, value_text
from website.sentences.promises import authority_of, commitment_sentence


def calendars_of(_snapshot: PlanSnapshot) -> LRUCache[str]:
    """The last calendar made of the snapshot, by address and name of the site, which may have several host names and another name tomorrow."""
    return LRUCache(1)


@cached_by(as_of=valid_day)
def deadlines(request: HttpRequest, year: int) -> HttpResponse:
    snapshot = requested_snapshot(request, published_plan(year))
    mark = mark_of(is_illustrative=snapshot.is_illustrative)

    def make_text() -> str:
        return calendar_text(
            name=f"{mark}{spaced(snapshot.short_title)}的期限 · {publisher().site_name}",
            description=f"{_data_day(snapshot.as_of)}，凭证 {snapshot.entry.voucher}",
            stamp=snapshot.entry.at,
            events=events_of(snapshot, request),
        )

    text = snapshot.cached(calendars_of).get((site_url(request), publisher().site_name), make_text)
    return _response(request, text, f"deadlines-{year}.ics", snapshot.entry)


@cached_by(as_of=valid_day)
def project_deadlines(request: HttpRequest, slug: str) -> HttpResponse:
    """Those of one project, from every plan that promises something of it."""
    _plan, project = requested_project(request, slug)
    entry: Entry = chain.head_on(project.as_of)  # type: ignore[assignment]  # what is public has one
    mark = mark_of(is_illustrative=project.is_illustrative)
    text = calendar_text(
        name=f"{mark}{spaced(project.title)}的期限 · {publisher().site_name}",
        description=f"{_data_day(project.as_of)}，凭证 {entry.voucher}",
        stamp=entry.at,
        events=_commitment_events([promise.snapshot for promise in promises_about(project)], request),
    )
    return _response(request, text, f"deadlines-{slug}.ics", entry)


@cached_by(as_of=valid_day)
def department_deadlines(request: HttpRequest, slug: str) -> HttpResponse:
    """Those of what one department answers for in the plan on the front page."""
    department, snapshot, answering = requested_department(request, slug)
    mark = mark_of(is_illustrative=snapshot.is_illustrative)
    text = calendar_text(
        name=f"{mark}{spaced(department.name)}牵头的期限 · {publisher().site_name}",
        description=f"{_data_day(snapshot.as_of)}，凭证 {snapshot.entry.voucher}",
        stamp=snapshot.entry.at,
        events=[
            *_commitment_events(answering.led, request),
            *_indicator_events(answering.indicators, snapshot, request),
        ],
    )
    return _response(request, text, f"deadlines-{slug}.ics", snapshot.entry)


def _response(request: HttpRequest, text: str, filename: str, entry: Entry) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    return conditional(request, response, entry.at)


def events_of(snapshot: PlanSnapshot, request: HttpRequest) -> Iterator[Event]:
    """An event for each target, task, measure and indicator with a due day, unless dropped."""
    yield from _commitment_events(snapshot.commitments, request)
    for task in snapshot.tasks:
        for answer in task.answers:
            if answer.due_on:
                yield _answer_event(answer, answer.due_on, task, snapshot, request)
    yield from _indicator_events(snapshot.indicators, snapshot, request)


def _commitment_events(commitments: Iterable[CommitmentSnapshot], request: HttpRequest) -> Iterator[Event]:
    host = site_host(request)
    for commitment in commitments:
        sentence = f"{_verdict_words(commitment)}。{commitment_sentence(commitment, year=None)}"
        address = whole_address(request, reverse("project", args=[commitment.project.slug]))
        authority = authority_of(commitment)
        for target in commitment.targets:
            if not target.terms.is_dropped:
                yield _target_event(target, commitment.project, sentence, address, host, authority)


def _indicator_events(
    indicators: Iterable[IndicatorSnapshot], plan: PlanSnapshot, request: HttpRequest
) -> Iterator[Event]:
    host = site_host(request)
    for indicator in indicators:
        if indicator.terms.due_on and not indicator.terms.is_dropped:
            yield _indicator_event(indicator, plan, request, host)


def _verdict_words(commitment: CommitmentSnapshot) -> str:
    """The word for the promise, with what stands beside it."""
    verdict = verdict_of(commitment)
    return "，".join([verdict.word, *verdict.beside])


def _target_event(
    target: TargetSnapshot, project: ProjectSnapshot, sentence: str, address: str, host: str, authority: str
) -> Event:
    mark = mark_of(is_illustrative=project.is_illustrative)
    lines = [f"{mark}{sentence}", _data_day(project.as_of)]
    if target.promised.due_on != target.terms.due_on:
        lines.append(f"期限改过：原来 {day_text(target.promised.due_on)} → 现在 {day_text(target.terms.due_on)}")
    if "due_on" in target.inferred:
        lines.append(f"这一天是本站理解：{authority}没有写明哪天办完。")
    return Event(
        uid=f"{target.row.address.partition(':')[2].replace('/', '.')}@{host}",
        on=target.terms.due_on,
        summary=f"{mark}期限：{named_part(project, target.title, ' · ')}",
        description="\n".join([*lines, address]),
        url=address,
        sequence=len(target.adjustments),
    )


def _address(answer: Answer) -> str:
    row: Any = answer.row  # a task or a measure, each of which has one
    return row.address


def _answer_event(answer: Answer, due_on: date, task: TaskSnapshot, plan: PlanSnapshot, request: HttpRequest) -> Event:
    """Of a task, or of one of its measures, by itself."""
    mark = mark_of(is_illustrative=answer.is_illustrative)
    address = whole_address(request, reverse("task", args=[plan.row.year, task.group.code, task.number]))
    status = answer.state.status if answer.state else MeasureStatus.SERVED
    state = "" if status is MeasureStatus.SERVED else f"{RESIDENT_MEASURES[status]}。"
    lines = [f"{mark}{state}{answer.wording}", _data_day(plan.as_of)]
    first = answer.promised["due_on"]
    if first and first != due_on:
        lines.append(f"期限改过：原来 {day_text(first)} → 现在 {day_text(due_on)}")
    if "due_on" in answer.inferred:
        lines.append(f"这一天是本站理解：{plan.row.authority}没有写明哪天办完。")
    return Event(
        uid=f"{_address(answer).replace(':', '-').replace('/', '.')}@{site_host(request)}",
        on=due_on,
        summary=f"{mark}期限：{answer.title}",
        description="\n".join([*filter(None, lines), address]),
        url=address,
        sequence=len(answer.adjustments),
    )


def _indicator_event(indicator: IndicatorSnapshot, plan: PlanSnapshot, request: HttpRequest, host: str) -> Event:
    mark = mark_of(is_illustrative=indicator.is_illustrative)
    address = whole_address(request, reverse("indicators", args=[plan.row.year]))
    latest = UNPUBLISHED if indicator.state.value is None else value_text(indicator)
    lines = [f"{mark}目标 {target_text(indicator)}，最近的数据：{latest}", _data_day(plan.as_of)]
    if indicator.promised.due_on != indicator.terms.due_on:
        lines.append(f"期限改过：原来 {day_text(indicator.promised.due_on)} → 现在 {day_text(indicator.terms.due_on)}")
    if indicator.row.note:
        lines.append(indicator.row.note)
    return Event(
        uid=f"{indicator.row.code}.indicator-{plan.row.year}@{host}",
        on=indicator.terms.due_on,  # type: ignore[arg-type]  # events are made only for indicators with a day
        summary=f"{mark}期限：指标 · {indicator.title}",
        description="\n".join([*lines, f"{address}#{indicator.row.code}"]),
        url=f"{address}#{indicator.row.code}",
        sequence=len(indicator.adjustments),
    )


def _data_day(as_of: date) -> str:
    return f"数据算到 {day_text(as_of)}"
