"""One measure, or one task with leads or a date of its own, on a day: what its department last declared."""

from collections.abc import Iterable
from datetime import date

from tests.oracle.changes import lead_known_on, uncorrected
from tests.oracle.days_and_numbers import PlanRules, day

NO_STATE = {"state": None, "due_unreported": False, "declared": None, "held_on": None, "published_at": None}


def measure_answer(row: dict, projects: Iterable[dict], as_of: date, rules: PlanRules) -> dict:
    """`projects` are the data of those that serve it."""
    reports = [report for report in uncorrected(row["reports"]) if report["declared"]]
    if reports:
        return answer_of_report(row, reports[-1], as_of, rules)
    served_on = last_held_on(projects)
    return {
        "state": "SERVED" if served_on else state_of_silence(row, as_of, rules),
        "due_unreported": is_past_due(row, as_of),
        "declared": None,
        "held_on": served_on,
        "published_at": None,
    }


def task_answer(row: dict, projects: Iterable[dict], as_of: date, rules: PlanRules) -> dict:
    """`projects` are those that serve its measures. A task without leads and date of its own has no state."""
    return measure_answer(row, projects, as_of, rules) if row["leads"] or row["due_on"] else NO_STATE


def answer_of_report(row: dict, report: dict, as_of: date, rules: PlanRules) -> dict:
    return {
        "state": state_of_report(row, report, as_of, rules),
        "due_unreported": False,
        "declared": report["declared"],
        "held_on": report["held_on"],
        "published_at": report["published_at"],
    }


def state_of_report(row: dict, report: dict, as_of: date, rules: PlanRules) -> str:
    if report["declared"] == "DONE":
        return "DONE"
    if is_past_due(row, as_of):
        return "OVERDUE"
    return "STALE" if day(report["held_on"]) + rules.patience < as_of else report["declared"]


def state_of_silence(row: dict, as_of: date, rules: PlanRules) -> str:
    known_on = lead_known_on(row, day(row["promised_on"]))
    return "SILENT" if known_on and as_of > rules.first_report_due(known_on) else "NO_DATA"


def is_past_due(row: dict, as_of: date) -> bool:
    return row["due_on"] is not None and day(row["due_on"]) < as_of


def last_held_on(projects: Iterable[dict]) -> str | None:
    """The held day of the latest report of these projects; a correction without readings withdraws, and is none."""
    return max((report["held_on"] for project in projects for report in standing_reports(project)), default=None)


def standing_reports(project: dict) -> list[dict]:
    read = {reading["report"] for milestone in project["milestones"] for reading in milestone["readings"]}
    return [one for one in uncorrected(project["reports"]) if one["corrects"] is None or one["id"] in read]
