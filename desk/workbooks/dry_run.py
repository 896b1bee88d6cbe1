"""What a table would do to the draft of a plan, all of it told before anything is written."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from common.model_fields import column_of
from common.spelling import spell
from desk.workbooks.county import county_reading
from desk.workbooks.form_gaps import mark_next_year
from desk.workbooks.form_reading import is_form, read_form
from desk.workbooks.known import known_for, public_plan_of
from desk.workbooks.opening import opened
from desk.workbooks.places import site_place
from desk.workbooks.readings import DraftRow, Note, Problem, WorkbookReading
from desk.workbooks.sheets import Workbook
from desk.workbooks.uploads import Upload
from projects.models import InferredField
from tasks.drafting import NotDrafted, RowChange, changes_of, draft_rows
from tasks.finding import all_names, store_spellings
from tasks.models import Addition, Plan, Promised

MOST_ITEMS = 600


@dataclass(frozen=True)
class CellChange:
    """A value that is in the draft already and would become another."""

    cell: str
    label: str
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class DryRun:
    """`seen` changes with everything that is shown: who writes the draft has seen this and nothing else."""

    reading: WorkbookReading
    problems: tuple[Problem, ...]
    changes: tuple[CellChange, ...]
    n_new: int

    @property
    def seen(self) -> str:
        shown: list[Any] = [[row.model, row.values] for row in self.reading.rows]
        shown += [[doubt.cell, doubt.question] for doubt in self.reading.doubts]
        shown += [[change.label, change.name, change.old] for change in self.changes]
        return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:32]


def reading_of(upload: Upload) -> WorkbookReading:
    """Raises Unreadable and NoTable."""
    workbook = opened(upload.content)
    is_ours = is_form(workbook)
    reading = read_form(workbook) if is_ours else _county_reading(workbook, upload.year)
    year = year_of(reading)
    if is_ours and year is not None and (last := public_plan_of(year - 1)):
        mark_next_year(reading, last, timezone.localdate())
    plan = public_plan_of(year) if year is not None and not is_ours else None  # our own form says so at its cell
    if plan and upload.reason:
        make_added(reading, plan, upload)
    elif plan:
        text = f"{year} 年的计划已经公布。这张表是追加的，就换一张表再传，写上为什么追加；要改公布过的，用“调整”。"
        reading.problems.insert(0, Problem("", text))
        reading.public_year = year
    elif upload.reason and not is_ours:
        reading.notes.insert(0, Note("", "这一年的计划还没有公布，写的“为什么追加”用不上。"))
    if len(reading.items) > MOST_ITEMS:
        reading.problems.insert(
            0, Problem("", f"一张表最多 {MOST_ITEMS} 项，这里有 {len(reading.items)} 项。请分开传。")
        )
    return reading


def make_added(reading: WorkbookReading, plan: Plan, upload: Upload) -> None:
    """Make the rows those of an addition to the plan: of its draft with the same title, where there is one."""
    (first,) = reading.of("tasks.plan")
    title = f"{plan.year} 年追加的{next((row.values['title'] for row in reading.of('tasks.series')), '任务')}"
    draft = Addition.objects.drafts().filter(plan=plan, title=title).first()
    code = draft.code if draft else upload.token
    first.model, first.label = "tasks.addition", "追加的承诺"
    first.values = {"code": code, "plan": [plan.year], "title": title, "reason": upload.reason}
    n_series = plan.series.published().count()
    for row in reading.rows:
        if issubclass(apps.get_model(row.model), Promised):
            row.values["addition"] = [code]
        if row.model == "tasks.series":
            n_series += 1
            row.values["number"] = n_series


def _county_reading(workbook: Workbook, year: int | None) -> WorkbookReading:
    site = site_place()
    reading = county_reading(workbook, year=year, known=known_for(year), spell=spell, site=site)
    said = year_of(reading)
    if year is None and said is not None:  # now that it is known, what there is of that year
        reading = county_reading(workbook, year=said, known=known_for(said), spell=spell, site=site)
    return reading


def year_of(reading: WorkbookReading) -> int | None:
    """Of the plan that it makes."""
    return next((row.values["year"] for row in reading.of("tasks.plan")), None)


def dry_run(reading: WorkbookReading, *, by: User) -> DryRun:
    """As the table stands, with no doubt answered otherwise."""
    problems = list(reading.problems)
    done: list[RowChange] = []
    if not problems:
        try:
            done = changes_of(list(map(as_fixture, reading.rows)), by=by)
        except NotDrafted as refused:
            problems += problems_of(refused, reading.rows)
    changes = [change for one in done for change in _cell_changes(one, reading.rows[one.position])]
    return DryRun(reading, tuple(problems), tuple(changes), sum(one.is_new for one in done))


def write_draft(
    reading: WorkbookReading,
    *,
    answers: Sequence[int],
    confirmed: Collection[int],
    defaults: Mapping[str, str],
    by: User,
) -> tuple[Plan | Addition, list[RowChange]]:
    """Make or change the draft of the plan, or of the addition to one, all or nothing. Raises NotDrafted."""
    rows = reading.answered(answers, confirmed, defaults)
    with transaction.atomic():
        done = draft_rows(list(map(as_fixture, rows)), by=by)
        transaction.on_commit(partial(_spell), robust=True)
    made = {rows[one.position].model: one.pk for one in done}
    if "tasks.addition" in made:
        return Addition.objects.select_related("plan").get(pk=made["tasks.addition"]), done
    return Plan.objects.get(pk=made["tasks.plan"]), done


def _spell() -> None:
    store_spellings(all_names())


def as_fixture(row: DraftRow) -> dict[str, Any]:
    return {"model": row.model, "fields": row.values}


def problems_of(refused: NotDrafted, rows: Sequence[DraftRow]) -> list[Problem]:
    told = []
    for error in refused.errors:
        row = rows[error.position]
        label = _label(row.model, error.field)
        text = f"{row.label}{f'的{label}' if label else ''}：{error.text}"
        told.append(Problem(row.cells.get(error.field) or row.cell, text))
    return told


def _cell_changes(change: RowChange, row: DraftRow) -> list[CellChange]:
    return [
        CellChange(
            row.cells.get(name) or row.cell,
            row.label,
            _label(row.model, name),
            *(_in_words(row.model, name, value) or _text(value) for value in values),
        )
        for name, values in change.changes.items()
    ]


def _in_words(model: str, name: str, value: Any) -> str:
    """The word of a choice, the labels of the fields that are inferred; empty of what is neither."""
    column = column_of(apps.get_model(model), name)
    if isinstance(column, InferredField):
        return column.display_text(value)
    return str(dict(column.flatchoices).get(value, "")) if column.choices and isinstance(value, str) else ""


def _label(model: str, name: str) -> str:
    if not name:
        return ""
    return str(column_of(apps.get_model(model), name).verbose_name)


def _text(value: Any) -> str:
    match value:
        case None | "" | []:
            return "空"
        case list():
            return "、".join(" ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
    return str(value)
