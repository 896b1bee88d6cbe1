"""One commitment on a day: docs/rules.md on sums, lag, light, outcome, checks."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.changes import LOOSENED, MOVES, uncorrected
from tests.oracle.days_and_numbers import PlanRules, day, four, iso, share
from tests.oracle.targets import Target, TargetFigures, figures_of, is_late, is_overdue

CHECKED_AFTER = (timedelta(days=180), timedelta(days=365))


@dataclass(frozen=True)
class Commitment:
    """`kinds` are those of every change of itself and of its targets."""

    goal: str
    targets: tuple[Target, ...]
    kinds: frozenset[str]

    @property
    def active(self) -> list[Target]:
        return [target for target in self.targets if not target.is_dropped]

    @property
    def unreported(self) -> list[Target]:
        return [target for target in self.active if not target.is_reported]

    @property
    def is_cut(self) -> bool:
        return any(target.is_dropped for target in self.targets)

    @property
    def is_adjusted(self) -> bool:
        return bool(self.kinds & MOVES)

    @property
    def is_loosened(self) -> bool:
        return self.is_cut or LOOSENED in self.kinds

    @property
    def is_advanced(self) -> bool:
        """Whether a promise to advance something was kept so far."""
        return self.goal == "ADVANCE" and any(target.is_advanced for target in self.active)


@dataclass(frozen=True)
class CommitmentFigures:
    """`figures` are those of the targets that weren't dropped."""

    figures: tuple[TargetFigures, ...]
    actual: Fraction | None
    planned: Fraction | None
    lag: Fraction | None
    lag_promised: Fraction | None
    light: str
    outcome: str
    kept_on: date | None
    is_late: bool
    is_overdue: bool
    is_all_past_due: bool
    has_ended: bool


def commitment_figures(commitment: Commitment, as_of: date, rules: PlanRules) -> CommitmentFigures:
    active = commitment.active
    figures = [figures_of(target, target.now, as_of, rules) for target in active]
    promised = [figures_of(target, target.promised, as_of, rules) for target in commitment.targets]
    actual, planned, lag = sums(active, figures)
    kept_on = max(one.reached_on for one in figures) if active and all(one.reached_on for one in figures) else None
    overdue = any(is_overdue(*pair) for pair in zip(active, figures, strict=True))
    late = any(is_late(one, target.now) for one, target in zip(figures, active, strict=True))
    return CommitmentFigures(
        figures=tuple(figures),
        actual=actual,
        planned=planned,
        lag=lag,
        lag_promised=sums(commitment.targets, promised)[2],
        light=light_of(commitment, figures, lag, overdue, as_of, rules),
        outcome=outcome_of(commitment, figures, as_of, rules),
        kept_on=kept_on,
        is_late=kept_on is not None and (kept_on > rules.ends_on or late),
        is_overdue=overdue,
        is_all_past_due=bool(active) and all(one.is_past_due for one in figures),
        has_ended=as_of > rules.ends_on,
    )


def sums(targets, figures) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """Actual, planned and lag of targets by weight; what isn't reported adds 0."""
    total = sum(target.weight for target in targets)
    if not total:
        return None, None, None
    weighted = [(target.weight, one) for target, one in zip(targets, figures, strict=True)]
    planned = sum(weight * one.planned for weight, one in weighted) / total
    if all(one.actual is None for one in figures):
        return None, planned, None
    actual = sum(weight * min(one.actual or Fraction(0), Fraction(1)) for weight, one in weighted) / total
    return actual, planned, planned - actual


def light_of(commitment: Commitment, figures, lag, overdue: bool, as_of: date, rules: PlanRules) -> str:
    if not figures:
        return "DROPPED"
    if all(one.reached_on for one in figures):
        return "DONE"
    if lag is None:
        return "UNREPORTED"
    has_ended = as_of > rules.ends_on
    if lag > rules.alarm or all(one.is_past_due for one in figures) or has_ended:
        return "BEHIND" if has_ended and commitment.is_advanced else "FAR_BEHIND"
    if lag >= rules.warning or overdue:
        return "BEHIND"
    return "AHEAD" if lag <= -rules.warning else "ON_PACE"


def outcome_of(commitment: Commitment, figures, as_of: date, rules: PlanRules) -> str:
    if not figures:
        return "DROPPED"
    missing = [one for one in figures if not one.reached_on]
    if not missing:
        return "KEPT"
    if as_of <= rules.ends_on:
        return "OPEN"
    if commitment.is_advanced:
        return "ADVANCED"
    return "UNKNOWN" if all(one.actual is None for one in missing) else "MISSED"


def check_answer(kept_on: date, checks: list[dict], as_of: date) -> dict:
    """Whether what was built is in use, by the uncorrected checks since the promise was kept."""
    held = [one for one in uncorrected(checks) if one["finding"] and day(one["held_on"]) >= kept_on]
    due_on = kept_on + CHECKED_AFTER[len(held)] if len(held) < len(CHECKED_AFTER) else None
    if held:
        return {"state": held[-1]["finding"], "due_on": iso(due_on), "held_on": held[-1]["held_on"]}
    return {"state": "DUE" if as_of >= due_on else "UNCHECKED", "due_on": iso(due_on), "held_on": None}


def commitment_answer(commitment: Commitment, figures: CommitmentFigures) -> dict:
    """What the data for programs shall say of it, verdict, clarity, check and money apart."""
    return {
        "actual": share(figures.actual),
        "planned": share(figures.planned),
        "lag": four(figures.lag),
        "lag_promised": four(figures.lag_promised),
        "light": figures.light,
        "unreported": [target.milestone for target in commitment.unreported],
        "outcome": figures.outcome,
        "kept_on": iso(figures.kept_on),
        "is_late": figures.is_late,
        "is_adjusted": commitment.is_adjusted,
        "is_cut": commitment.is_cut,
    }
