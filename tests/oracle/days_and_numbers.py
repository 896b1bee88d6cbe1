"""Days, moments and numbers as the data for programs write them, and the rules of a plan that are counted in them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
DAYS_A_MONTH = 31


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def iso(on: date | None) -> str | None:
    return on.isoformat() if on else None


def shanghai_day(moment: str) -> date:
    """The day in Shanghai of a moment in UTC."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(SHANGHAI).date()


def number(found) -> Fraction | None:
    """A number of the data, exactly as it is written there."""
    return None if found is None else Fraction(str(found))


def four(exact: Fraction | None) -> float | None:
    """Four decimals, half away from zero."""
    if exact is None:
        return None
    scaled = int(abs(exact) * 10000 + Fraction(1, 2))
    return (scaled if exact >= 0 else -scaled) / 10000


def share(exact: Fraction | None) -> float | None:
    """The same, but what is unfinished is at most 0.9999 and what has begun at least 0.0001."""
    rounded = four(exact)
    return min(max(rounded, 0.0001), 0.9999) if exact is not None and 0 < exact < 1 else rounded


def ratio(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    """None where either is unknown, or the whole is 0."""
    return part / whole if part is not None and whole else None


@dataclass(frozen=True)
class PlanRules:
    """A plan's period, how often it asks, and its thresholds of lag as fractions of 1."""

    starts_on: date
    ends_on: date
    months: int
    grace: timedelta
    warning: Fraction
    alarm: Fraction

    @classmethod
    def of(cls, plan: dict) -> "PlanRules":
        """From the `plan` of a plan's data."""
        return cls(
            starts_on=day(plan["starts_on"]),
            ends_on=day(plan["ends_on"]),
            months=plan["reporting_months"],
            grace=timedelta(days=plan["grace_days"]),
            warning=number(plan["lag_warning"]),
            alarm=number(plan["lag_alarm"]),
        )

    @property
    def patience(self) -> timedelta:
        """For how long nothing need be reported: interval and grace."""
        return timedelta(days=DAYS_A_MONTH * self.months) + self.grace

    def period_end(self, on: date) -> date:
        """The last day of the reporting period with that day; what is before the plan belongs to its first period."""
        begin = self.starts_on
        passed = max((on.year - begin.year) * 12 + on.month - begin.month, 0)
        months = begin.month - 1 + passed - passed % self.months + self.months
        return date(begin.year + months // 12, months % 12 + 1, 1) - ONE_DAY

    def first_report_due(self, asked_on: date) -> date:
        """The last day on which nobody is late who was asked for the first time on `asked_on`."""
        return min(asked_on + self.patience, self.period_end(asked_on) + self.grace)
