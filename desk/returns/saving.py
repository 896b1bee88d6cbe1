"""Saving what a workbook returns of one row: as the month's page saves it, with its forms, its lock and its version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from common.tokens import clean_token
from desk.monthly.rows import DECLARED, VALUE, AnyDraft, SheetRow
from desk.monthly.saving import RowChanged, RowError, RowInvalid, save_row
from desk.returns.drafts import texts_of
from desk.returns.dry_run import RowChange
from desk.returns.months import LoadedMonth
from desk.returns.shapes import LINE, Field, MonthRow
from ledger.chain import PublicationError
from ledger.guard import block_publications
from projects.models import DelayReason, Report
from tasks.models import Declared, Reading

STALE = "您看的时候，这一行被别人改过，没有写。请再看一遍。"


class NotSaved(Exception):
    """Nothing of the row was written; the text says why, in Chinese."""


@dataclass(frozen=True)
class Watch:
    """What is told of a saved row: `before` is called with a draft that is about to change, `after` with one that was saved."""

    before: Callable[[AnyDraft], None]
    after: Callable[[AnyDraft, bool], None]


def save_change(change: RowChange, loaded: LoadedMonth, *, by: User, watch: Watch) -> AnyDraft:
    """Make or change the draft of the row, in a transaction. Raises NotSaved."""
    row = loaded.rows[change.row.key]
    try:
        with transaction.atomic():
            block_publications()
            before = row.draft if row.draft and row.model.objects.filter(pk=row.draft.pk).exists() else None
            if before:
                watch.before(before)
            saved = save_row(row, typed_texts(change, row), by=by, expected=change.row.version)
            watch.after(saved, before is None or before.pk != saved.pk)
    except RowChanged as changed:
        raise NotSaved(STALE) from changed
    except RowInvalid as invalid:
        raise NotSaved(_errors_text(invalid)) from invalid
    except RowError as refused:
        raise NotSaved(str(refused)) from refused
    except PublicationError as refused:
        raise NotSaved(" ".join(map(str, refused.messages))) from refused
    return saved


def typed_texts(change: RowChange, row: SheetRow) -> dict[str, str]:
    """By the name of their input in the form of the row, what it would hold had the workbook's cells been typed into it."""
    draft, values = row.draft, texts_of(row.draft, row.investment) | dict(change.values)
    if isinstance(draft, Reading) or row.model is Reading:
        return {VALUE: values.get(f"{LINE}{VALUE}", ""), "note": values.get(Field.TEXT, "")}
    delays = {str(one.label): str(one.value) for one in DelayReason}
    typed = {
        "text": values.get(Field.TEXT, ""),
        "problem": values.get(Field.PROBLEM, ""),
        "next_step": values.get(Field.NEXT_STEP, ""),
        "delay": delays.get(values.get(Field.DELAY, ""), ""),
    }
    if change.values.get(Field.UNCHANGED):
        typed[str(Field.UNCHANGED)] = "on"
    if row.model is Report:
        return typed | _figures(change.row, values) | _confirmations(draft)
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
