"""How papers write days, figures, names and changes: as offices do, with no blank between figures and words."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common.formats import number_text, percent_tenths, yuan_text
from projects.adjustable import ChangeKind
from projects.models import DecidedBy, PromiseChange
from projects.progress import Progress, Terms, Total
from projects.snapshots import DepartmentSnapshot
from projects.words import document_text
from tasks.models import Finding
from tasks.snapshots import CommitmentSnapshot, TargetSnapshot

UNPUBLISHED, NOT_FILED, HIDDEN = "未公布", "未填报", "（依法隐去）"
OFFICIAL_KINDS = {
    ChangeKind.FILLED_IN: "补充",
    ChangeKind.LOOSENED: "放宽",
    ChangeKind.TIGHTENED: "收紧",
    ChangeKind.REWORDED: "文字调整",
    ChangeKind.REASSIGNED: "变更",
}
OFFICIAL_FINDINGS = {
    Finding.IN_USE: "在用",
    Finding.NOT_OPENED: "未启用",
    Finding.STOPPED: "停用",
    Finding.DEFECTIVE: "有问题",
}
OFFICIAL_LABELS = {"steps": "阶段目标"}  # of what an adjustment changes, where offices say it otherwise than the forms
_DIGITS = "〇一二三四五六七八九"
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_BLANK = re.compile(r"(?<=[0-9%一-鿿]) (?=[0-9一-鿿])")


def numeral(number: int) -> str:
    """`三`, `十二`, `一百零三`: below 1000."""
    if number < 10:
        return _DIGITS[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{'' if tens == 1 else _DIGITS[tens]}十{_DIGITS[ones] if ones else ''}"
    hundreds, rest = divmod(number, 100)
    if not rest:
        return f"{_DIGITS[hundreds]}百"
    ten = "一" if 10 <= rest < 20 else ""
    return f"{_DIGITS[hundreds]}百{'零' if rest < 10 else ten}{numeral(rest)}"


def office_day(day: date | None) -> str:
    return UNPUBLISHED if day is None else f"{day.year}年{day.month}月{day.day}日"


def office_text(text: str) -> str:
    """Without the blanks that pages set between figures and words, days written out."""
    spelt = _ISO_DAY.sub(lambda found: office_day(date(*map(int, found.groups()))), text)
    return _BLANK.sub("", spelt)


def money_text(amount: Decimal | None) -> str:
    return UNPUBLISHED if amount is None else yuan_text(amount).replace(" ", "")


def total_text(total: Total, counter: str, known: str) -> str:
    """`10.83亿元（10件中6件已公布）`; of one of which nothing is known `未公布`."""
    if not total.known:
        return UNPUBLISHED
    n = total.known + total.unknown
    covered = f"（{n}{counter}中{total.known}{counter}{known}）" if total.unknown else ""
    return f"{money_text(total.amount)}{covered}"


def share_text(share: Fraction | None, missing: str = NOT_FILED) -> str:
    """`70.9%`, `100%`. docs/rules.md: paper-figures."""
    return missing if share is None else f"{number_text(percent_tenths(share))}%"


def rate_text(on_time: int, periods: int) -> str:
    return share_text(Fraction(on_time, periods)) if periods else "—"


def pace_text(progress: Progress) -> str:
    """`序时进度74%，当前进度40.5%，滞后33.5个百分点`: the last is the difference of the two as they are written."""
    told = [f"序时进度{share_text(progress.planned)}", f"当前进度{share_text(progress.actual)}"]
    if progress.planned is not None and progress.actual is not None:
        lag = percent_tenths(progress.planned) - percent_tenths(progress.actual)
        if lag:
            told.append(f"{'滞后' if lag > 0 else '超前'}{number_text(abs(lag))}个百分点")
    return "，".join(told)


def dotted(text: str) -> str:
    """The text as one sentence of a paragraph: its line breaks are kept, it ends in a full stop."""
    text = text.strip()
    return text if not text or text[-1] in "。！？；…" else f"{text}。"


def lead_names(leads: Iterable[DepartmentSnapshot]) -> str:
    return "、".join(one.name for one in leads) or UNPUBLISHED


def slugs_text(slugs: Iterable[str], departments: Mapping[str, DepartmentSnapshot]) -> str:
    return lead_names(departments[slug] for slug in slugs if slug in departments)


def who_text(snapshot: CommitmentSnapshot) -> str:
    """`牵头单位：交通局；配合单位：财政局`"""
    project = snapshot.project
    partners = f"；配合单位：{lead_names(project.partners)}" if project.partners else ""
    return f"牵头单位：{lead_names(project.leads)}{partners}"


def item_name(snapshot: CommitmentSnapshot) -> str:
    """`民生实事第2件：乡村公路`"""
    return f"{snapshot.series.short_title}第{snapshot.number}{snapshot.series.counter}：{snapshot.project.title}"


def target_text(target: TargetSnapshot, terms: Terms) -> str:
    """`管网改造12公里，2026年12月31日前`"""
    return f"{quantity_text(target, terms)}，{office_day(terms.due_on)}前"


def quantity_text(target: TargetSnapshot, terms: Terms) -> str:
    """One of something is the thing itself."""
    is_one = target.unit == "%" or terms.amount == 1
    return target.title if is_one else f"{target.title}{number_text(terms.amount)}{target.unit}"


def promise_text(snapshot: CommitmentSnapshot) -> str:
    """The city's own words, else what its targets say."""
    if snapshot.wording:
        return snapshot.wording
    active = [target for target in snapshot.targets if not target.terms.is_dropped] or list(snapshot.targets)
    return "；".join(target_text(target, target.terms) for target in active)


def change_text(change: PromiseChange, names: Mapping[str, str]) -> str:
    """`完成时限由2026年12月31日调整为2027年6月30日（放宽）；政府决定，2026年9月1日，《…》。原因：…。`"""
    kinds, told = change.field_kinds, []
    for field, old, new in change.field_changes():
        if field.is_final:
            told.append(f"{field.move_text(old, new, kinds[field.name])}（{OFFICIAL_KINDS[kinds[field.name]]}）")
            continue
        before, after = (office_text(field.official_text(value, change.promise, names)) for value in (old, new))
        told.append(
            f"{OFFICIAL_LABELS.get(field.name, field.label)}由{before}调整为{after}（{OFFICIAL_KINDS[kinds[field.name]]}）"
        )
    return f"{'；'.join(told)}。{decision_text(change)}"


def changes_text(snapshot: CommitmentSnapshot, changes: Iterable[PromiseChange], names: Mapping[str, str]) -> str:
    """A sentence of each change; where the promise has several targets, with the name of the one that it concerns."""
    titles = {}
    if len(snapshot.targets) > 1:
        titles = {("target", one.row.pk): one.title for one in snapshot.targets}
        titles |= {("milestone", one.milestone.row.pk): one.title for one in snapshot.targets}
    told = []
    for change in changes:
        title = titles.get((change.promise_field, getattr(change, f"{change.promise_field}_id")))
        told.append(dotted(f"{f'{title}：' if title else ''}{change_text(change, names)}"))
    return "".join(told)


def decision_text(change: PromiseChange) -> str:
    """Who decided it, when, by which paper, and why."""
    is_unstated = change.decided_by == DecidedBy.UNSTATED
    by = "未写明由谁决定" if is_unstated else f"{change.get_decided_by_display()}决定"
    paper = office_text(document_text(change)) if change.document else ""
    told = "，".join(filter(None, (by, office_day(change.decided_on), paper)))
    return f"{told}。原因：{dotted(change.reason or HIDDEN)}"
