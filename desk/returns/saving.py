"""Saving what a workbook returns of one row, as the form of a report would: under a lock, and only on what was shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import models, transaction

from common.formats import number_text
from common.tokens import clean_token
from desk.filing import unchanged_report, unchanged_task_report
from desk.forms.observations import ReadingForm
from desk.forms.reports import Filing, ReportForm, TaskFiling, TaskReportForm
from desk.returns.drafts import (
    DECLARED,
    FIGURE,
    AnyDraft,
    texts_of,
    version_of_draft,
)
from desk.returns.dry_run import RowChange
from desk.returns.months import LoadedMonth
from desk.returns.shapes import LINE, Field, MonthRow
from ledger.guard import block_publications
from projects.models import DelayReason, Project, Report
from tasks.models import Declared, Indicator, Measure, Reading, Task, TaskReport

ABOUT: dict[str, tuple[type[models.Model], type[Any]]] = {
    "project": (Project, Report),
    "task": (Task, TaskReport),
    "measure": (Measure, TaskReport),
    "indicator": (Indicator, Reading),
}
STALE = "您看的时候，这一行被别人改过，没有写。请再看一遍。"


class NotSaved(Exception):
    """Nothing of the row was written; the text says why, in Chinese."""


@dataclass(frozen=True)
class Watch:
    """What is told of a saved row: `before` is called with a draft that is about to change, `after` with one that was saved."""

    before: Callable[[AnyDraft], None]
    after: Callable[[AnyDraft, bool], None]


def save_row(change: RowChange, loaded: LoadedMonth, *, by: User, watch: Watch) -> AnyDraft:
    """Make or change the draft of the row for the month's day, in a transaction. Raises NotSaved."""
    kind, _dash, key = change.row.key.partition("-")
    about_model, model = ABOUT[kind]
    day = loaded.month.day
    with transaction.atomic():
        block_publications()
        about_model._base_manager.select_for_update(of=("self",)).get(pk=int(key))
        draft = _draft_of(model, kind, int(key), day)
        if version_of_draft(draft) != change.row.version:
            raise NotSaved(STALE)
        if draft is not None:
            watch.before(draft)
        form = _form(change, kind, int(key), draft, loaded)
        if not form.is_valid():
            raise NotSaved(_errors_text(form))
        is_new = draft is None
        if is_new:
            form.instance.drafted_by = by
        saved = form.save()
        if hasattr(form, "save_parts"):
            form.save_parts()
        watch.after(saved, is_new)
    return saved


def _draft_of(model: type[Any], kind: str, key: int, day: date) -> Any:
    """The same one that `drafts.drafts_on` shows."""
    drafts = model.objects.drafts().filter(**{f"{kind}_id": key}, held_on=day, corrects=None)
    found = list(drafts.select_for_update(of=("self",)).order_by("pk"))
    return next((one for one in found if getattr(one, "submitted_at", None)), found[-1] if found else None)


def _form(change: RowChange, kind: str, key: int, draft: Any, loaded: LoadedMonth) -> Any:
    day = loaded.month.day
    if kind == "indicator":
        values = texts_of(draft) | dict(change.values)
        data = {
            "indicator": str(key),
            "held_on": day.isoformat(),
            "value": values.get(FIGURE, ""),
            "note": values.get(Field.TEXT, ""),
        }
        return ReadingForm(data, instance=draft)
    if kind == "project":
        return _project_form(change, draft, loaded, loaded.projects[key])
    answer = loaded.answers[kind, key]
    values = texts_of(draft) | _without_tick(change.values)
    if change.values.get(Field.UNCHANGED):
        if answer.latest_report is None:
            raise NotSaved("还没有公布过数据，第一次要填报。")
        values = texts_of(unchanged_task_report(answer, day))
    declared = {str(one.label): one.value for one in Declared}
    data = _common(values, draft, day) | {"declared": declared.get(values.get(DECLARED, ""), "")}
    return TaskReportForm(data, instance=draft, filing=TaskFiling(answer, None))


def _project_form(change: RowChange, draft: Report | None, loaded: LoadedMonth, project: Any) -> ReportForm:
    investment, day = project.snapshot.investment, loaded.month.day
    more = (
        {name: getattr(draft, name) for name in ("is_over_target_confirmed", "over_investment_reason")} if draft else {}
    )
    values = texts_of(draft, investment) | _without_tick(change.values)
    if change.values.get(Field.UNCHANGED):
        if project.snapshot.latest_report is None:
            raise NotSaved("还没有公布过数据，第一次要填报。")
        report, readings = unchanged_report(project, day)
        values = texts_of(report, investment)
        values |= {f"{LINE}{one.milestone_id}": number_text(one.value) for one in readings}
        more = {name: getattr(report, name) for name in ("is_over_target_confirmed", "over_investment_reason")}
    data = (
        _common(values, draft, day)
        | _inputs(change.row, values)
        | {name: value for name, value in more.items() if value}
    )
    return ReportForm(data, instance=draft, filing=Filing(project, None))


def _without_tick(values: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if name != Field.UNCHANGED}


def _common(values: Mapping[str, str], draft: Any, day: date) -> dict[str, Any]:
    """The inputs that forms of every kind have."""
    delays = {str(one.label): one.value for one in DelayReason}
    return {
        "held_on": day.isoformat(),
        "text": values.get(Field.TEXT, ""),
        "problem": values.get(Field.PROBLEM, ""),
        "next_step": values.get(Field.NEXT_STEP, ""),
        "delay": delays.get(values.get(Field.DELAY, ""), ""),
        "internal_note": draft.internal_note if draft else "",
    }


def _inputs(row: MonthRow, values: Mapping[str, str]) -> dict[str, str]:
    """Of the milestones, and what was spent. A share is sent with its sign, so that 0.85 isn't asked about again."""
    inputs = {"spent": values.get(Field.SPENT, "")}
    for line in row.lines:
        text = values.get(line.field, "")
        inputs[f"value_{line.key}"] = f"{text}%" if text and clean_token(line.unit) == "%" else text
    return inputs


def _errors_text(form: forms.BaseForm) -> str:
    parts = []
    for name, errors in form.errors.as_data().items():
        label = form.fields[name].label if name in form.fields else ""
        texts = " ".join(message for error in errors for message in error.messages)
        parts.append(f"{label}：{texts}" if label else texts)
    return " ".join(parts)
