"""When plans, their adjustments and the readings of their indicators may be published."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db.models import Model, Q

from common.as_of import DAY_LIMITS, is_recordable
from projects.access import is_theirs
from projects.models import Department, Milestone
from projects.progress import uncorrected
from projects.publishing import Reason, corrected_chain_errors, promise_change_errors, publication_errors
from tasks.models import CommitmentMilestone, Plan, PlanAdjustment, Reading
from tasks.snapshots import projects_of


@publication_errors.register
def _(fact: Plan, day: date) -> Iterator[str]:
    if not fact.series.filter(commitments__isnull=False).exists():
        yield "计划里还没有一件承诺。"
    links = CommitmentMilestone.objects.filter(commitment__series__plan=fact)
    for link in links.select_related("commitment__project", "milestone"):
        if link.milestone.project_id != link.commitment.project_id:
            text = f"“{link.commitment}”不能用另一个项目的节点“{link.milestone}”。"
            yield Reason(text, row=link.commitment)
    for series in fact.series.all():
        for commitment in series.commitments.filter(links__isnull=True):
            yield Reason(f"“{commitment}”没有写明办成要看哪些节点。", row=commitment)
    yield from _day_errors(fact)
    projects = projects_of(fact)
    answering = Q(led_projects__in=projects) | Q(partnerships__project__in=projects)
    for department in Department.objects.drafts().filter(answering).distinct():
        yield Reason(f"部门“{department}”还没有公布，请先公布它。", row=department)


def _day_errors(plan: Plan) -> Iterator[str]:
    dated: dict[Model, tuple[date | None, ...]] = {plan: (plan.starts_on, plan.ends_on, plan.adopted_on)}
    dated |= {row: (row.starts_on, row.due_on) for row in plan.published_together() if isinstance(row, Milestone)}
    dated |= {indicator: (indicator.due_on,) for indicator in plan.indicators.all()}
    for row, days in dated.items():
        if not all(map(is_recordable, days)):
            yield Reason(f"“{row}”：{DAY_LIMITS}", row=row)


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
    earliest = plan.starts_on - timedelta(days=plan.reporting_days)
    if plan.published_on and reading.held_on < min(plan.published_on, earliest):
        text = (
            f"{reading.held_on} 太早了：承诺 {plan.published_on} 公布，从 {plan.starts_on} 算起。请看看年份写对没有。"
        )
        yield Reason(text, "held_on")


@publication_errors.register
def _(fact: PlanAdjustment, day: date) -> Iterator[str]:
    yield from promise_change_errors(fact, day)


@is_theirs.register
def _(fact: PlanAdjustment, user: User) -> bool:
    """The administrators'."""
    return user.has_perm("tasks.change_planadjustment")
