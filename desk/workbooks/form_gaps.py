"""What next year's form leaves to be filled in: what last year's plan said in the city's words, and this year's doesn't yet."""

from datetime import date

from desk.workbooks.form_next_year import name_of_gap, rows_of_next_year
from desk.workbooks.form_rows import FormRow
from desk.workbooks.readings import DraftRow, Gap, WorkbookReading
from tasks.models import Plan


def mark_next_year(reading: WorkbookReading, last: Plan, today: date) -> None:
    """Note in the reading what is still empty of what the plan before says, and which days are only moved on from it."""
    forms = {
        row.identity: row for rows in rows_of_next_year(last, today).sheets.values() for row in rows if row.identity
    }
    for row in reading.rows:
        if form := forms.get(_identity_of(row)):
            _note_gaps(reading, row, form)
            row.carried |= {name for name, day in _moved(form) if _is_still(row, name, day)}


def _note_gaps(reading: WorkbookReading, row: DraftRow, form: FormRow) -> None:
    for key in sorted(form.wanted):
        name = name_of_gap(key)
        if row.values.get(name) in (None, "", []):
            reading.gaps.append(Gap(row.cells.get(name) or row.cell, name))


def _moved(form: FormRow) -> list[tuple[str, str]]:
    """Field and day, as the form gives them."""
    return [(key.partition(".")[2], form.values[key].isoformat()) for key in form.moved]


def _is_still(row: DraftRow, name: str, day: str) -> bool:
    return name in (row.values.get("inferred") or ()) and row.values.get(name) == day


def _identity_of(row: DraftRow) -> tuple[str, ...]:
    """What tells the row from others of its kind in both years."""
    values = row.values
    match row.model.partition(".")[2]:
        case "plan":
            return ("plan",)
        case "commitment":
            return "commitment", values["project"][0]
        case "target":
            return "target", *values["milestone"]
        case "indicator":
            return "indicator", values.get("code", "")
        case "task" | "measure" as part:
            return part, values.get("title", "")
    return ()
