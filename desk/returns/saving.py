"""Saving what a workbook returns: each row as the month's page saves it, with its form, its lock and its version."""

import logging
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import DataError, IntegrityError, transaction

from common.tokens import clean_token
from desk.forms.monthly import form_of
from desk.monthly.rows import DECLARED, VALUE, AnyDraft, SheetRow
from desk.monthly.saving import RowChanged, RowError, RowInvalid, SavedRow, TypedRow, save_rows
from desk.returns.drafts import texts_of
from desk.returns.dry_run import FormCheck, RowChange
from desk.returns.months import LoadedMonth
from desk.returns.shapes import LINE, Field, MonthRow
from ledger.chain import PublicationError
from ledger.guard import PublishedRowError
from projects.models import DelayReason, Report
from tasks.models import Declared, Reading

logger = logging.getLogger(__name__)

REFUSED = "数据库没有收下这一行，没有写。请在填报的页面上填这一行。"
STALE = "您看的时候，这一行被别人改过，没有写。请再看一遍。"


class NotSaved(Exception):
    """Nothing of the row was written; the text says why, in Chinese."""


@dataclass(frozen=True)
class Watch:
    """What is told of saved rows: `before` is called with the drafts that are about to change, `after` with all that were
    saved, and whether each of them is new."""

    before: Callable[[Sequence[AnyDraft]], None]
    after: Callable[[Sequence[AnyDraft], Sequence[bool]], None]


def save_change(change: RowChange, loaded: LoadedMonth, *, by: User, watch: Watch) -> AnyDraft:
    """Make or change the draft of the row, in a transaction. Raises NotSaved."""
    (saved,) = save_changes([change], loaded, by=by, watch=watch)
    if isinstance(saved, NotSaved):
        raise saved
    return saved


def save_changes(
    changes: Sequence[RowChange], loaded: LoadedMonth, *, by: User, watch: Watch
) -> list[AnyDraft | NotSaved]:
    """The drafts of the rows, in their order: what can't be saved stays out with its reason, and the others are there.

    In one transaction, and in few more queries for a hundred rows than for one. Where the database refuses that, in one for
    each row, so that only those stay out that it refuses.
    """
    try:
        return _saved(changes, loaded, by, watch)
    except (PublicationError, PublishedRowError, IntegrityError, DataError) as refused:
        if len(changes) > 1:
            return [saved for one in changes for saved in save_changes([one], loaded, by=by, watch=watch)]
        if isinstance(refused, PublicationError):
            return [NotSaved(" ".join(map(str, refused.messages)))]
        if isinstance(refused, PublishedRowError):
            return [NotSaved(str(refused))]
        logger.exception("A returned row was refused by the database.")
        return [NotSaved(REFUSED)]


@transaction.atomic
def _saved(changes: Sequence[RowChange], loaded: LoadedMonth, by: User, watch: Watch) -> list[AnyDraft | NotSaved]:
    rows = [(change, loaded.rows[change.row.key]) for change in changes]
    typed = [TypedRow(row, typed_texts(change.row, change.values, row), change.row.version) for change, row in rows]
    found = save_rows(typed, by=by, before=watch.before)
    saved = [one for one in found if isinstance(one, SavedRow)]
    watch.after([one.draft for one in saved], [one.is_new for one in saved])
    return [one.draft if isinstance(one, SavedRow) else NotSaved(_reason(one)) for one in found]


def _reason(error: RowError) -> str:
    match error:
        case RowChanged():
            return STALE
        case RowInvalid():
            return _errors_text(error)
    return str(error)


def form_errors_of(loaded: LoadedMonth) -> FormCheck:
    """What the forms of the month's rows would refuse. The drafts that were loaded stay as they are."""

    def errors(month_row: MonthRow, values: Mapping[str, str]) -> list[tuple[str, str]]:
        row = loaded.rows[month_row.key]
        form = form_of(replace(row, draft=copy(row.draft)), typed_texts(month_row, values, row))
        whole = str(Field.UNCHANGED) if values.get(Field.UNCHANGED) else ""
        return [
            (whole if name == NON_FIELD_ERRORS else _field_of(name, month_row), str(text))
            for name, texts in form.errors.items()
            for text in texts
        ]

    return errors


def _field_of(name: str, row: MonthRow) -> str:
    """Of an input of a row's form; "" where the sheet has no such column."""
    if any(line.key == name for line in row.lines):
        return f"{LINE}{name}"
    field = Field.TEXT.value if name == "note" else name
    return field if field in row.fields else ""


def typed_texts(month_row: MonthRow, changes: Mapping[str, str], row: SheetRow) -> dict[str, str]:
    """By the name of their input in the form of the row, what it would hold had the workbook's cells been typed into it.

    `changes` are texts by field.
    """
    draft, values = row.draft, texts_of(row.draft, row.investment) | dict(changes)
    if isinstance(draft, Reading) or row.model is Reading:
        return {VALUE: values.get(f"{LINE}{VALUE}", ""), "note": values.get(Field.TEXT, "")}
    delays = {str(one.label): str(one.value) for one in DelayReason}
    typed = {
        "text": values.get(Field.TEXT, ""),
        "problem": values.get(Field.PROBLEM, ""),
        "next_step": values.get(Field.NEXT_STEP, ""),
        "delay": delays.get(values.get(Field.DELAY, ""), ""),
    }
    if changes.get(Field.UNCHANGED):
        typed[str(Field.UNCHANGED)] = "on"
    if row.model is Report:
        return typed | _figures(month_row, values) | _confirmations(draft)
    declared = {str(one.label): str(one.value) for one in Declared}
    return typed | {DECLARED: declared.get(values.get(f"{LINE}{DECLARED}", ""), "")}


def _figures(row: MonthRow, values: Mapping[str, str]) -> dict[str, str]:
    """Of the milestones, and what was spent. A share is sent with its sign, so that 0.85 isn't asked about again."""
    inputs = {str(Field.SPENT): values.get(Field.SPENT, "")}
    for line in row.lines:
        text = values.get(line.field, "")
        inputs[line.key] = f"{text}%" if text and clean_token(line.unit) == "%" else text
    return inputs


def _confirmations(draft: Any) -> dict[str, str]:
    """What only the page of a report asks stays as it is."""
    if draft is None:
        return {}
    ticked = {"is_over_target_confirmed": "on"} if draft.is_over_target_confirmed else {}
    return {"over_investment_reason": draft.over_investment_reason, **ticked}


def _errors_text(invalid: RowInvalid) -> str:
    fields = invalid.form.fields
    parts = [
        f"{fields[name].label}：{' '.join(texts)}" if name in fields else " ".join(texts)
        for name, texts in invalid.errors.items()
    ]
    return " ".join(parts)
