"""How the departments of a plan stand, one beside the other: in how many columns, by which count, in which rank."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desk.agenda import PunctualityRecord, due_periods
from desk.papers.facts import PlanFacts
from desk.papers.paper import Table
from desk.papers.wording import UNPUBLISHED, rate_text
from projects.progress import Light
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.verdicts import verdict_of

# The columns, of which each promise is counted in one; those that begin with 其中 count again some of the one before them.
DONE, EARLY, LATE, CHANGED = "已完成", "其中提前", "其中逾期", "其中调整"
AHEAD, ON_PACE, BEHIND, FAR_BEHIND, OVERDUE = "超序时", "按序时", "滞后", "严重滞后", "逾期"
UNREPORTED, DROPPED, ADVANCED, MISSED = "未填报", "已取消", "有推进", "未完成"
RUNNING = (DONE, EARLY, AHEAD, ON_PACE, BEHIND, FAR_BEHIND, OVERDUE, UNREPORTED, DROPPED)
ENDED = (DONE, LATE, CHANGED, ADVANCED, MISSED, UNREPORTED, DROPPED)
# What a department should not have, by which it is compared with the month before.
WANTING = (BEHIND, FAR_BEHIND, OVERDUE, UNREPORTED, MISSED)


def column_of(snapshot: CommitmentSnapshot) -> str:
    """The one column in which the promise is counted, by its official word."""
    if snapshot.state.light is Light.DONE:
        return DONE
    word = verdict_of(snapshot).official
    if word.startswith(UNREPORTED):
        return UNREPORTED
    if word in (*RUNNING, *ENDED):
        return word
    return MISSED if snapshot.has_ended else ON_PACE  # 未开工: after the plan's end, or before its day


def _beside(snapshot: CommitmentSnapshot) -> list[str]:
    """The columns that count it again."""
    state = snapshot.state
    if state.light is not Light.DONE:
        return []
    due_on, kept_on = snapshot.progress.due_on, state.kept_on
    is_early = due_on is not None and kept_on is not None and kept_on < due_on
    told = ((EARLY, is_early), (LATE, state.is_late), (CHANGED, state.is_loosened and not state.is_late))
    return [column for column, holds in told if holds]


def columns_of(snapshot: PlanSnapshot) -> tuple[str, ...]:
    return ENDED if snapshot.has_ended else RUNNING


def counts_of(commitments: Iterable[CommitmentSnapshot]) -> Counter[str]:
    return Counter(column for one in commitments for column in (column_of(one), *_beside(one)))


@dataclass(frozen=True)
class DepartmentRow:
    """What one department leads; `rank` is None without a period in which a report was due."""

    name: str
    commitments: tuple[CommitmentSnapshot, ...]
    counts: Mapping[str, int]
    record: PunctualityRecord | None
    rank: int | None
    wanting_before: int

    @property
    def wanting(self) -> int:
        return sum(self.counts[column] for column in WANTING)

    @property
    def change_text(self) -> str:
        more = self.wanting - self.wanting_before
        return "持平" if not more else f"{'增' if more > 0 else '减'}{abs(more)}"


def department_rows_of(facts: PlanFacts) -> list[DepartmentRow]:
    """In the order of their ranks, then of the plan; what nobody leads comes last."""
    now, before = _led(facts.snapshot), _led(facts.before)
    slugs = list(dict.fromkeys([*(slug for slug in now if slug), *facts.records]))
    records = facts.records
    ranks = ranks_of({slug: records[slug] for slug in slugs if slug in records})
    found = [
        _row(facts.names.get(slug, slug), now.get(slug, []), before.get(slug, []), records.get(slug), ranks.get(slug))
        for slug in slugs
    ]
    found.sort(key=lambda one: one.rank or len(slugs) + 1)
    nobodys = now.get("", [])
    return [*found, *([_row(UNPUBLISHED, nobodys, before.get("", []), None, None)] if nobodys else [])]


def _row(
    name: str,
    commitments: Sequence[CommitmentSnapshot],
    before: Sequence[CommitmentSnapshot],
    record: PunctualityRecord | None,
    rank: int | None,
) -> DepartmentRow:
    earlier = counts_of(before)
    wanting = sum(earlier[column] for column in WANTING)
    return DepartmentRow(name, tuple(commitments), counts_of(commitments), record, rank, wanting)


def _led(snapshot: PlanSnapshot) -> dict[str, list[CommitmentSnapshot]]:
    """The promises by the slug of each of their leads; "" for those that nobody is known to lead."""
    found: dict[str, list[CommitmentSnapshot]] = {}
    for one in snapshot.commitments:
        for slug in [lead.slug for lead in one.project.leads] or [""]:
            found.setdefault(slug, []).append(one)
    return found


def ranks_of(records: Mapping[str, PunctualityRecord]) -> dict[str, int]:
    """By on-time rate, the highest first; equal rates share a rank and the next one is left out."""
    rates = {slug: one.on_time / one.periods for slug, one in records.items() if one.periods}
    return {slug: 1 + sum(other > rate for other in rates.values()) for slug, rate in rates.items()}


def departments_table(facts: PlanFacts, rows: Sequence[DepartmentRow]) -> Table:
    """A row for each department, then the whole, in which each promise counts once."""
    columns = columns_of(facts.snapshot)
    lines = [
        (
            one.name,
            *_counted(one.counts, len(one.commitments), columns),
            *_rate(one.record),
            _rank(one),
            _change(facts, one),
        )
        for one in rows
    ]
    whole = _row("合计", facts.snapshot.commitments, facts.before.commitments, None, None)
    counted = _counted(whole.counts, len(whole.commitments), columns)
    lines.append((whole.name, *counted, overall_rate(facts), "—", _change(facts, whole)))
    widths = (30, 10, *(10 for _column in columns), 12, 9, 11)
    return Table(("牵头单位", "件数", *columns, "按时率", "排名", "与上月比"), tuple(lines), widths)


def _change(facts: PlanFacts, row: DepartmentRow) -> str:
    return row.change_text if facts.has_before else "—"


def _counted(counts: Mapping[str, int], n: int, columns: Sequence[str]) -> tuple[str, ...]:
    return (str(n), *(str(counts[column]) for column in columns))


def _rate(record: PunctualityRecord | None) -> tuple[str]:
    return (rate_text(record.on_time, record.periods) if record else "—",)


def _rank(one: DepartmentRow) -> str:
    return str(one.rank) if one.rank else "—"


def overall_record(facts: PlanFacts) -> tuple[int, int]:
    """Of all that departments answer for, each once: in how many periods on time, and how many periods."""
    periods = [due for subject in facts.subjects if subject.lead_slugs for due in due_periods(subject)]
    return sum(due.is_on_time for due in periods), len(periods)


def overall_rate(facts: PlanFacts) -> str:
    return rate_text(*overall_record(facts))
