"""When plans, their adjustments and the readings of their indicators may be published."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import ForeignKey, Q

from common.as_of import DAY_LIMITS, is_recordable
from ledger.guard import Record
from projects.models import Department, Project, Report
from projects.progress import Rules, uncorrected
from projects.publishing import (
    Expectation,
    Reason,
    about_errors,
    change_errors,
    corrected_chain_errors,
    day_errors,
    document_errors,
    effective_others,
    encoded_terms,
    evidence_errors,
    promise_change_errors,
    publication_errors,
    report_errors,
)
from projects.snapshots import Adjustments, current_term, decoded, terms_of
from tasks.models import (
    Addition,
    Check,
    Commitment,
    Comparator,
    Declared,
    Goal,
    Indicator,
    Measure,
    Pace,
    Plan,
    PlanAdjustment,
    Promised,
    Reading,
    Target,
    Task,
    TaskReport,
    Vote,
    promised_with,
)
from tasks.snapshots import CommitmentSnapshot, commitment_of, rules_of


@publication_errors.register
def _(fact: Plan, day: date) -> Iterator[str]:
    days = fact.starts_on, fact.ends_on, fact.adopted_on
    if not all(map(is_recordable, days)):
        yield Reason(f"“{fact}”：{DAY_LIMITS}", row=fact)
    yield from _promised_errors(promised_with(fact, fact))


@publication_errors.register
def _(fact: Addition, day: date) -> Iterator[str]:
    if not fact.plan.is_published:
        yield Reason("计划还没有公布，直接写进计划就行。", row=fact.plan)
    yield from _promised_errors(promised_with(fact.plan, fact))


def _stray_row_errors(records: Sequence[Record]) -> Iterator[str]:
    """A row may stand below what is public already, or below one that comes with it."""
    for row in (record for record in records if isinstance(record, Promised)):
        for column in (one for one in row._meta.concrete_fields if isinstance(one, ForeignKey)):
            above = getattr(row, column.name) if issubclass(column.related_model, Promised) else None
            if above is not None and not above.is_published and above.addition_id != row.addition_id:
                yield Reason(f"“{row}”：它上面的“{above}”还没有公布，也不在这一次里。", row=row)


def _promised_errors(records: Sequence[Record]) -> Iterator[str]:
    """What keeps these records, which a plan or an addition brings together, from being published."""
    if not any(isinstance(record, (Commitment, Task, Measure, Indicator, Target)) for record in records):
        yield "里面还没有一件承诺、一项任务或一个指标。"
    targeted = {record.commitment_id for record in records if isinstance(record, Target)}
    for record in records:
        match record:
            case Target():
                yield from _target_errors(record)
            case Commitment() if record.pk not in targeted:
                yield Reason(f"“{record}”没有写明办成要看哪些节点。", row=record)
            case Indicator() | Task() | Measure() if not is_recordable(record.due_on):
                yield Reason(f"“{record}”：{DAY_LIMITS}", row=record)
    yield from _stray_row_errors(records)
    yield from _unknown_department_errors(records)


def _target_errors(target: Target) -> Iterator[str]:
    if target.milestone.project_id != target.commitment.project_id:
        text = f"“{target.commitment}”不能用另一个项目的节点“{target.milestone}”。"
        yield Reason(text, row=target.commitment)
    if not all(map(is_recordable, (target.starts_on, target.due_on))):
        yield Reason(f"“{target}”：{DAY_LIMITS}", row=target.commitment)
    yield from _terms_errors(target, {name: getattr(target, name) for name in TERMS})


def _unknown_department_errors(records: Sequence[Record]) -> Iterator[str]:
    naming = [record for record in records if hasattr(record, "leads")]
    slugs = {slug for record in naming for slug in (*record.leads, *getattr(record, "partners", ()))}
    known = set(Department.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    for slug in sorted(slugs - known):
        yield f"没有代号是“{slug}”的部门。"


@publication_errors.register
def _(fact: Reading, day: date) -> Iterator[str]:
    yield from corrected_chain_errors(fact, day, lambda reading: reading.indicator_id, "指标")
    if not type(fact.indicator).objects.published().filter(pk=fact.indicator_id).exists():
        yield Reason("这个指标还没有公布。", row=fact.indicator.plan)
    yield from _early_day_errors(fact)
    others = uncorrected(list(Reading.objects.published().filter(indicator=fact.indicator)))
    for other in others:
        if other.held_on == fact.held_on and other.pk != fact.corrects_id:
            yield Reason(f"{fact.held_on} 已有一条数据；要改它，请用更正。", "held_on", other)


def _early_day_errors(reading: Reading) -> Iterator[str]:
    """Of a day before the promise that lies more than an interval before the plan begins: most likely another year's."""
    plan = reading.indicator.plan
    earliest = plan.starts_on - timedelta(days=rules_of(plan).interval_days)
    if plan.published_on and reading.held_on < min(plan.published_on, earliest):
        text = (
            f"{reading.held_on} 太早了：承诺 {plan.published_on} 公布，从 {plan.starts_on} 算起。请看看年份写对没有。"
        )
        yield Reason(text, "held_on")


@publication_errors.register
def _(fact: TaskReport, day: date) -> Iterator[str]:
    yield from about_errors(fact, day)
    yield from declaration_errors(fact, fact.evidence.exists())
    yield from evidence_errors(fact)


def declaration_errors(report: TaskReport, has_evidence: bool) -> Iterator[str]:
    """The errors of a report's day and of what it declares. It need not be saved."""
    plan = report.about.plan
    interval = rules_of(plan).interval_days
    yield from day_errors(report, effective_others(report), starts_on=plan.starts_on, interval_days=interval)
    if report.declared == Declared.DONE and not has_evidence:
        yield Reason("说已完成，要附佐证材料（照片、文件或链接）。", "evidence")


@publication_errors.register
def _(fact: Check, day: date) -> Iterator[str]:
    yield from check_errors(fact, day)
    yield from evidence_errors(fact)


def check_errors(fact: Check, day: date) -> Iterator[str]:
    """Without those of its evidence: it need not be saved."""
    yield from corrected_chain_errors(fact, day, lambda check: check.commitment_id, "承诺")
    if not fact.commitment.is_published:
        yield Reason("这件承诺还没有公布。", row=fact.commitment)
        return
    if not fact.corrects:  # what was looked at may be mended, though the promise counts as kept no more
        yield from _unlooked_errors(fact, day)
    for other in uncorrected(list(Check.objects.published().filter(commitment=fact.commitment))):
        if other.held_on == fact.held_on and other.pk != fact.corrects_id:
            yield Reason(f"{fact.held_on} 已经看过一次；要改它，请用更正。", "held_on", other)


def _unlooked_errors(fact: Check, day: date) -> Iterator[str]:
    """Only what was to be finished, was, and stands since can be looked at."""
    snapshot = commitment_of(fact.commitment, day)
    if snapshot.goal != Goal.FINISH or snapshot.state.kept_on is None:
        yield "这件承诺没有办成，办成以后才回头看。"
    elif snapshot.check is None:
        yield "这件承诺做完就过去了，没有东西可以回头看。"
    elif fact.held_on < snapshot.state.kept_on:
        yield Reason(f"{snapshot.state.kept_on} 才办成，不能早于这一天。", "held_on")


@publication_errors.register
def _(fact: Vote, day: date) -> Iterator[str]:
    yield from vote_errors(fact, day)
    yield from evidence_errors(fact)
    if fact.source_id is None and not fact.evidence.exists():
        yield Reason("要写明出处：哪份文件、哪条消息里公布的（名称、文号，有网址或者文件的附上）。", "evidence")


def vote_errors(fact: Vote, day: date) -> Iterator[str]:
    """Without those of where it was read: it need not be saved."""
    yield from corrected_chain_errors(fact, day, lambda vote: vote.commitment_id, "承诺")
    if not fact.commitment.is_published:
        yield Reason("这件承诺还没有公布。", row=fact.commitment)
        return
    promised_on = made_on(fact.commitment)
    if fact.held_on < promised_on:
        yield Reason(f"{fact.held_on} 太早了：这件承诺 {promised_on} 才作出。请看看年份写对没有。", "held_on")
    for other in uncorrected(list(Vote.objects.published().filter(commitment=fact.commitment))):
        if (other.held_on, other.body) == (fact.held_on, fact.body) and other.pk != fact.corrects_id:
            yield Reason(
                f"{fact.held_on} 已有一次{fact.get_body_display()}的测评；要改它，请用更正。", "held_on", other
            )


def made_on(commitment: Commitment) -> date:
    """The day on which a published promise was made: adopted or in the paper with its plan, where that says when, or
    published here."""
    plan = commitment.series.plan
    earlier = () if commitment.addition_id else (plan.adopted_on, plan.source.issued_on if plan.source else None)
    return min(filter(None, (*earlier, commitment.published_on)))


TERMS = ("starts_on", "due_on", "amount", "pace", "steps")


def _terms_errors(target: Target, terms: Mapping[str, Any]) -> Iterator[str]:
    """Terms that contradict each other, and interim steps that can't be read."""
    if terms["starts_on"] > terms["due_on"]:
        yield Reason(f"“{target}”：完成时限不能早于开始日期 {terms['starts_on']}。", "due_on", target.commitment)
    if terms["amount"] <= target.from_amount:
        yield Reason(f"“{target}”：目标值要大于起点值。", "amount", target.commitment)
    try:
        steps = target.adjustable["steps"].decode([list(step) for step in terms["steps"]])
    except ValueError as error:
        yield Reason(f"“{target}”：{error}", "steps", target.commitment)
        return
    if steps and terms["pace"] != Pace.STEP:
        yield Reason(f"“{target}”：写了中间的步子，计划进度要选“{Pace.STEP.label}”。", "pace", target.commitment)
    if steps and (steps[-1][0] >= terms["due_on"] or steps[-1][1] > terms["amount"]):
        yield Reason(f"“{target}”：中间的步子要早于完成时限，累计的数不能超过目标值。", "steps", target.commitment)


@publication_errors.register
def _(fact: PlanAdjustment, day: date) -> Iterator[str]:
    yield from plan_change_errors(fact, day)
    yield from document_errors(fact)


def plan_change_errors(fact: PlanAdjustment, day: date) -> Iterator[str]:
    """Those of its document's file apart: it need not be saved."""
    yield from promise_change_errors(fact, day)
    if not any(change_errors(fact)):
        yield from _move_errors(fact, day)


def _move_errors(fact: PlanAdjustment, day: date) -> Iterator[str]:
    """What was reached is neither dropped nor moved any more; the terms of a promise must fit each other afterwards."""
    if commitment := fact.commitment or (fact.target and fact.target.commitment):
        yield from _reached_errors(fact, commitment_of(commitment, day))
    now = encoded_terms(fact.promise) | {name: new for name, (_old, new) in fact.changes.items()}
    if fact.target:
        yield from _terms_errors(fact.target, decoded(fact.target, now) | {"steps": now["steps"]})
    elif fact.indicator:
        yield from _bounds_errors(fact.indicator, decoded(fact.indicator, now))


def _reached_errors(fact: PlanAdjustment, snapshot: CommitmentSnapshot) -> Iterator[str]:
    """Dropping a promise drops each of its targets; another goal concerns all of them together."""
    touched = [one for one in snapshot.progress.active if fact.target_id in (None, one.snapshot.row.pk)]
    is_each = any if fact.target or "dropped" in fact.changes else all
    if fact.is_move and touched and is_each(one.is_reached for one in touched):
        yield "已经达到的，不能再取消或改动。"


def _bounds_errors(indicator: Indicator, terms: Mapping[str, Any]) -> Iterator[str]:
    is_between = indicator.comparator == Comparator.BETWEEN
    if is_between is not (terms["upper"] is not None) or (is_between and terms["upper"] <= terms["target"]):
        yield Reason("“在两个数之间”要有上限，而且大于目标值；别的没有上限。", "upper", indicator.plan)
    if indicator.baseline == terms["target"]:
        yield Reason("目标值不能等于起点值。", "target", indicator.plan)


@publication_errors.register
def _(fact: Report, day: date) -> Iterator[str]:
    yield from report_errors(fact, day, expectation_of(fact.project))


def expectation_of(project: Project) -> Expectation:
    """What all public plans promise of the project, as it is now."""
    commitments = project.commitments.published().select_related("series__plan").prefetch_related("targets")
    concerned = Q(commitment__in=commitments) | Q(target__commitment__in=commitments)
    adjustments = Adjustments.load(PlanAdjustment.objects.published().filter(concerned))
    amounts, starts, named = defaultdict(list), [], set()
    for commitment in commitments:
        is_dropped = current_term(commitment, "dropped", adjustments.of(commitment))
        for target in commitment.targets.all():
            terms = decoded(target, terms_of(target, adjustments.of(target)))
            named.add(target.milestone_id)
            starts.append(terms["starts_on"])
            if not (is_dropped or terms["dropped"]):
                amounts[target.milestone_id].append(terms["amount"])
    return Expectation(
        amounts=amounts,
        dropped=frozenset(named - amounts.keys()),
        starts_on=min(starts, default=None),
        interval_days=max(
            (rules_of(one.series.plan).interval_days for one in commitments), default=Rules().interval_days
        ),
    )
