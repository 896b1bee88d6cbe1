"""Targets as the rules see them, without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

from projects.adjustable import ChangeKind
from projects.progress import Progress, Rules, Terms, progress_of
from tasks.progress import commitment_state_of

RULES = Rules()


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass(frozen=True)
class Reading:
    held_on: date
    value: Decimal


@dataclass(frozen=True)
class Target:
    weight: Decimal
    from_amount: Decimal
    promised: Terms
    terms: Terms
    readings: Sequence[Reading]


def target(
    *readings: tuple[str, str | int],
    amount: str | int = 100,
    from_amount: str | int = 0,
    starts_on: str = "2020-01-01",
    due_on: str = "2020-12-31",
    pace: str = "LINEAR",
    steps: Sequence[tuple[str, str | int]] = (),
    weight: str | int = 1,
) -> Target:
    """What is due at the end of the year; each reading is its held day and its value, each step its day and amount."""
    terms = Terms(
        day(starts_on), day(due_on), Decimal(amount), pace, tuple((day(on), Decimal(much)) for on, much in steps)
    )
    known = [Reading(day(held_on), Decimal(value)) for held_on, value in readings]
    return Target(Decimal(weight), Decimal(from_amount), terms, terms, known)


def adjusted(
    promised: Target, *, due_on: str | None = None, amount: str | int | None = None, dropped: bool = False
) -> Target:
    """The same target under new terms; what was first promised stays beside them."""
    terms = replace(
        promised.terms,
        due_on=day(due_on) if due_on else promised.terms.due_on,
        amount=Decimal(amount) if amount else promised.terms.amount,
        is_dropped=dropped or promised.terms.is_dropped,
    )
    return replace(promised, terms=terms)


def progress_on(as_of: str, *targets: Target, goal: str = "FINISH", ends_on: str = "2020-12-31") -> Progress:
    return progress_of(targets, day(as_of), RULES, goal=goal, ends_on=day(ends_on))


def to_4(number: Fraction | None) -> str | None:
    """Half-up to four decimals, as the worked examples write it."""
    if number is None:
        return None
    sign = "-" if number < 0 else ""
    scaled = str(int(abs(number) * 10_000 + Fraction(1, 2))).zfill(5)
    return f"{sign}{scaled[:-4]}.{scaled[-4:]}"


# What pictures and sentences want of a part beyond that: who it is, what it is counted in, and when it became public.


def part(
    of: Target,
    key: int = 1,
    title: str = "经二路",
    promised_on: str = "2020-03-05",
    unit: str = "%",
    noun: str = "",
    verb: str = "建成",
    begun: str = "动工",
    inferred: Sequence[str] = (),
) -> SimpleNamespace:
    """What a commitment promised of the milestone with that key and words."""
    row = SimpleNamespace(pk=key, published_on=day(promised_on), inferred=list(inferred), due_on=of.promised.due_on)
    milestone = SimpleNamespace(
        row=SimpleNamespace(pk=key, unit=unit, is_counted=unit not in ("%", "次"), verb=verb, begun=begun),
        title=title,
        noun=noun,
        adjustments=(),
    )
    named = SimpleNamespace(row=row, milestone=milestone, title=title, unit=unit, inferred=frozenset(inferred))
    return SimpleNamespace(**vars(of), **vars(named), adjustments=())


def progress(*parts: SimpleNamespace, as_of: str = "2020-09-30") -> Progress:
    return progress_of(parts, day(as_of), RULES, goal="FINISH", ends_on=day("2020-12-31"))


LEAD = SimpleNamespace(slug="works", name="住建局")
PLAN = SimpleNamespace(year=2020, authority="市里", ends_on=day("2020-12-31"))
SERIES = SimpleNamespace(counter="件", noun="实事", short_title="十件实事", plan=PLAN)


def promise(
    *parts: SimpleNamespace,
    as_of: str = "2020-09-30",
    goal: str = "FINISH",
    lead: SimpleNamespace | None = LEAD,
    series: SimpleNamespace = SERIES,
    title: str = "城市道路",
    number: int = 1,
    counter: str = "",
    kinds: Sequence[ChangeKind] = (),
    adjustments: Sequence = (),
    wording: str = "",
    project_on: str = "2020-03-05",
) -> SimpleNamespace:
    """A commitment of 2020, promised on 5 March, as sentences and pictures see it; every reading is public three days later."""
    state = commitment_state_of(
        SimpleNamespace(pk=number), parts, goal=goal, ends_on=PLAN.ends_on, as_of=day(as_of), rules=RULES, kinds=kinds
    )
    held = max((reading.held_on for one in parts for reading in one.readings), default=None)
    latest = SimpleNamespace(held_on=held, published_on=held + timedelta(days=3)) if held else None
    project = SimpleNamespace(
        row=SimpleNamespace(part_counter=counter, published_on=day(project_on)),
        title=title,
        name=title,
        as_of=day(as_of),
        lead=lead,
        leads=(lead,) if lead else (),
        lead_known_on=day("2020-03-05"),
        partners=(),
        latest_report=latest,
        investment=None,
    )
    return SimpleNamespace(
        row=SimpleNamespace(goal=goal, wording=wording),
        number=number,
        series=series,
        project=project,
        goal=goal,
        targets=parts,
        rules=RULES,
        promised_on=day("2020-03-05"),
        ends_on=PLAN.ends_on,
        annual_investment=None,
        wording=wording,
        check=None,
        state=state,
        progress=state.progress,
        has_ended=state.has_ended,
        all_adjustments=adjustments,
    )


def report(held_on: str, *values: int, corrected_on: str = "", is_withdrawal: bool = False) -> SimpleNamespace:
    """A report known on the day; its values are those of the parts with the keys 1, 2, …"""
    return SimpleNamespace(
        report=SimpleNamespace(held_on=day(held_on), published_on=day(held_on) + timedelta(days=5)),
        readings=[SimpleNamespace(milestone_id=key, value=Decimal(value)) for key, value in enumerate(values, 1)],
        corrected_by=SimpleNamespace(published_on=day(corrected_on)) if corrected_on else None,
        is_withdrawal=is_withdrawal,
    )


def change(published_on: str) -> SimpleNamespace:
    return SimpleNamespace(published_on=day(published_on))
