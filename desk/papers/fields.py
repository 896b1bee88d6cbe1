"""What workbooks say of a promise, each as a field with a name: a day, a number or a text, and how it is written.

The register takes some of them, a sheet for an upper level those that its template names. docs/运维手册.md lists them all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common.exports import DAY, SHARE, TEXT
from common.formats import cut_share, number_text, percent_tenths
from desk.papers.facts import PlanFacts
from desk.papers.paper import Paper
from desk.papers.wording import NOT_FILED, UNPUBLISHED, changes_text, lead_names, office_day, promise_text
from projects.progress import TargetState, execution_of
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import verdict_of

WAN = Decimal(10_000)
MONEY, WHOLE_MONEY, POINTS = "#,##0.00##", "#,##0", "0.0"
NUMBER = "序号"

Value = Callable[[PlanFacts, CommitmentSnapshot], object]


@dataclass(frozen=True)
class Field:
    """`value` gives a cell of facts and a promise; None is written as `missing`."""

    name: str
    number_format: str
    value: Value
    missing: str = ""

    def cell_of(self, facts: PlanFacts, one: CommitmentSnapshot) -> object:
        value = self.value(facts, one)
        return self.missing if value is None else value

    def format_of(self, value: object) -> str:
        """Whole sums without a decimal point behind them."""
        is_whole = self.number_format == MONEY and isinstance(value, Decimal) and value == value.to_integral_value()
        return WHOLE_MONEY if is_whole else self.number_format


def cell_text(value: object, number_format: str) -> str:
    """A cell as it is read."""
    if isinstance(value, Decimal):
        return f"{value * 100:.2f}%" if number_format == SHARE else f"{value.normalize():,f}"
    if isinstance(value, date):
        return office_day(value)
    return " ".join(str("" if value is None else value).split())


def _share(share: Fraction | None) -> Decimal | None:
    return None if share is None else cut_share(share)


def _wan(amount: Decimal | None) -> Decimal | None:
    """In 万元, exactly."""
    return None if amount is None else amount / WAN


def _lag(_facts: PlanFacts, one: CommitmentSnapshot) -> object:
    """docs/rules.md: paper-figures. Negative where it is ahead."""
    planned, actual = one.progress.planned, one.progress.actual
    if planned is None or actual is None:
        return None
    return percent_tenths(planned) - percent_tenths(actual)


def _amounts(_facts: PlanFacts, one: CommitmentSnapshot) -> str | None:
    """`管网改造4.8公里；泵站：已完成`: what was reached of each target; None where nothing was reported."""
    told = [_amount_text(state) for state in one.progress.active]
    return "；".join(told) if any(state.is_reported for state in one.progress.active) else None


def _amount_text(state: TargetState) -> str:
    title, unit = state.snapshot.title, state.snapshot.unit
    if state.value is None:
        return f"{title}：{NOT_FILED}"
    if state.terms.amount == 1 and state.value in (0, 1):
        return f"{title}：{'已完成' if state.value else '未完成'}"
    return f"{title}{number_text(state.value)}{unit}"


def _execution(_facts: PlanFacts, one: CommitmentSnapshot) -> object:
    """Of the whole sum; by whom it is known that it isn't: the city, or the department that didn't say what it paid."""
    project = one.project
    if project.investment is None or project.spent is None:
        return UNPUBLISHED if project.investment is None else NOT_FILED
    return _share(execution_of(project.spent, project.investment))


def _annual_execution(_facts: PlanFacts, one: CommitmentSnapshot) -> object:
    """Of the year's sum. docs/rules.md: money."""
    if one.annual_investment is not None and one.project.spent is None:
        return NOT_FILED
    return _share(one.annual_execution)


def _reported(name: str) -> Value:
    """What the latest report says there."""

    def value(facts: PlanFacts, one: CommitmentSnapshot) -> object:
        report = facts.words.get(one.project.row.pk)
        return getattr(report, name) if report else ""

    return value


def _delay(facts: PlanFacts, one: CommitmentSnapshot) -> object:
    report = facts.words.get(one.project.row.pk)
    return report.get_delay_display() if report and report.delay else ""


def _changes(facts: PlanFacts, one: CommitmentSnapshot) -> str:
    """By which it was moved or dropped, the first first."""
    return changes_text(one, (change for change in one.all_adjustments if change.is_move), facts.names)


def _days(one: CommitmentSnapshot) -> Iterable[date]:
    return (target.terms.starts_on for target in one.targets)


_FIELDS = (
    Field("事项", TEXT, lambda _facts, one: one.project.title),
    Field("承诺系列", TEXT, lambda _facts, one: one.series.title),
    Field("承诺编号", TEXT, lambda _facts, one: one.number),
    Field("年度目标", TEXT, lambda _facts, one: promise_text(one)),
    Field("牵头领导（职务）", TEXT, lambda _facts, one: one.project.post or None, UNPUBLISHED),
    Field("牵头单位", TEXT, lambda _facts, one: lead_names(one.project.leads)),
    Field("配合单位", TEXT, lambda _facts, one: lead_names(one.project.partners) if one.project.partners else ""),
    Field("开始时间", DAY, lambda _facts, one: min(_days(one), default=None)),
    Field("完成时限", DAY, lambda _facts, one: one.progress.due_on),
    Field("最初完成时限", DAY, lambda _facts, one: max((t.promised.due_on for t in one.targets), default=None)),
    Field("序时进度", SHARE, lambda _facts, one: _share(one.progress.planned)),
    Field("累计完成", TEXT, _amounts, NOT_FILED),
    Field("完成率", SHARE, lambda _facts, one: _share(one.progress.actual), NOT_FILED),
    Field("滞后（百分点）", POINTS, _lag),
    Field("状态", TEXT, lambda _facts, one: verdict_of(one).official),
    Field("总投资（万元）", MONEY, lambda _facts, one: _wan(one.project.investment), UNPUBLISHED),
    Field("年度投资（万元）", MONEY, lambda _facts, one: _wan(one.annual_investment), UNPUBLISHED),
    Field("完成投资（万元）", MONEY, lambda _facts, one: _wan(one.project.spent), NOT_FILED),
    Field("总投资完成率", SHARE, _execution, UNPUBLISHED),
    Field("年度投资完成率", SHARE, _annual_execution, UNPUBLISHED),
    Field("资金来源", TEXT, lambda _facts, one: one.project.funding or None, UNPUBLISHED),
    Field("建设地点", TEXT, lambda _facts, one: one.project.place or None, UNPUBLISHED),
    Field("数据日期", DAY, lambda _facts, one: one.progress.held_on),
    Field("进展情况", TEXT, _reported("text")),
    Field("存在问题", TEXT, _reported("problem")),
    Field("滞后原因", TEXT, _delay),
    Field("下一步措施", TEXT, _reported("next_step")),
    Field("是否调整", TEXT, lambda _facts, one: "是" if one.state.is_adjusted else "否"),
    Field("调整情况", TEXT, _changes),
)
FIELDS = {field.name: field for field in _FIELDS}
# Other names of the same.
ALSO = {
    "序时": "序时进度",
    "当前进度": "完成率",
    "投资完成率": "总投资完成率",
    "责任单位": "牵头单位",
    "责任领导": "牵头领导（职务）",
}
# What a sheet says once.
ABOUT_PAPER: dict[str, Callable[[PlanFacts, Paper], str]] = {
    "计划": lambda facts, _paper: facts.snapshot.short_title.replace(" ", ""),
    "数据截至": lambda facts, _paper: office_day(facts.as_of),
    "印发日期": lambda _facts, paper: paper.issue_day,
    "填报单位": lambda _facts, paper: paper.issuer,
    "联系方式": lambda facts, _paper: facts.publisher.contact_line,
    "说明": lambda _facts, paper: paper.notice,
    "凭证": lambda _facts, paper: paper.voucher,
}


def field_named(name: str) -> Field | None:
    """None for the number of the row. Raises KeyError."""
    return None if name == NUMBER else FIELDS[ALSO.get(name, name)]


def is_field(name: str) -> bool:
    return name == NUMBER or ALSO.get(name, name) in FIELDS
