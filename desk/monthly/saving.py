"""Saves what was typed into one row of the month's sheet as a draft, if the row is still as it was when it was typed into.

Each row by itself: whatever is wrong with one of them, the others are saved.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from desk.filing import ReportedProject, unchanged_report, unchanged_task_report
from desk.forms.monthly import form_of
from desk.monthly.rows import AnyDraft, SheetRow, Stage, reloaded
from ledger.guard import block_publications
from projects.models import MilestoneReading, Report
from projects.publishing import publication_errors
from tasks.models import Reading, TaskReport


class RowError(Exception):
    """The row was not saved."""


class RowInvalid(RowError):
    """What was typed can't be saved. `form` is bound to it; `errors` are the messages by the name of the input."""

    def __init__(self, form: Any):
        super().__init__("；".join(text for texts in form.errors.values() for text in texts))
        self.form = form

    @property
    def errors(self) -> dict[str, list[str]]:
        """Those about the whole row stand under an empty name."""
        return {("" if name == "__all__" else name): list(map(str, texts)) for name, texts in self.form.errors.items()}


class RowChanged(RowError):
    """Somebody saved another draft since. `row` is as it is now, `form` is bound to what was typed, on that draft."""

    def __init__(self, row: SheetRow, form: Any):
        super().__init__("您打开以后有人改过")
        self.row, self.form = row, form


class RowClosed(RowError):
    """Nothing can be typed into it any more: `row.sent` waits for its reviewer or is public, or its draft is another's."""

    def __init__(self, row: SheetRow, by: User):
        super().__init__(closed_text(row, by))
        self.row = row


def may_type(row: SheetRow, by: User) -> bool:
    """Whether the row is open to a person of its department. A reading's draft is its drafter's alone."""
    own = row.draft
    return row.is_open and not (isinstance(own, Reading) and own.drafted_by_id != by.pk)


def closed_text(row: SheetRow, by: User) -> str:
    """Why nothing can be typed; empty where it can."""
    if row.stage is Stage.PUBLISHED:
        return f"{row.day} 的数据已经公布。要改，请起草“更正”。"
    if row.stage is Stage.WAITING:
        return f"{row.day} 的数据已经送审（{row.sent.submission}），等审核。要改，请先撤回。"  # type: ignore[union-attr]  # of a report
    if not may_type(row, by):
        drafter = row.draft.drafted_by if row.draft else None
        name = (drafter.get_full_name() or drafter.get_username()) if drafter else ""
        return f"{row.day} 的数据{name}已经填了，等审核。" if row.draft else "已经办完或者取消，不再填报。"
    return ""


@transaction.atomic
def save_row(
    row: SheetRow,
    data: Mapping[str, str],
    *,
    by: User,
    expected: str,
    prefix: str | None = None,
    files: MultiValueDict | None = None,
) -> AnyDraft:
    """The saved draft of the row, of `by`, a person of its department.

    `data` has the typed texts by the name of their input in `form_of(row)`, all of them: what is missing is empty. With
    UNCHANGED and nothing else the draft says what was published last. `files` become its evidence. `expected` is the version that the row was shown
    with. Raises RowInvalid, RowChanged or RowClosed, and nothing is written.
    """
    now = _locked(row)
    form = form_of(now, data, prefix=prefix, files=files)
    if not may_type(now, by):
        raise RowClosed(now, by)
    if now.version != expected and form.changed_names:
        raise RowChanged(now, form)
    if not form.is_valid():
        raise RowInvalid(form)
    draft = _save_unchanged(now, by) if form.is_ticked else _saved(form, by)
    if files:
        form.attach_to(draft)
    return draft


def _locked(row: SheetRow) -> SheetRow:
    """The row as it is stored now. What it is about is locked until the transaction ends, so that no two people begin a
    draft of one day at once, and its draft, as the form of a single report locks it."""
    block_publications()
    about: Any = type(row.about)
    about.objects.select_for_update(of=("self",), no_key=True).get(pk=row.about.pk)
    subject = {str(row.about._meta.model_name): row.about.pk}
    drafts = row.model._base_manager.select_for_update(of=("self",)).filter(**subject, published_at=None)
    list(drafts.order_by("pk"))
    return reloaded(row)


def _saved(form: Any, by: User) -> AnyDraft:
    draft = form.instance
    if draft.drafted_by is None:
        draft.drafted_by = by
    form.save()
    if hasattr(form, "save_parts"):
        form.save_parts()
    return draft


def _save_unchanged(row: SheetRow, by: User) -> AnyDraft:
    draft: Report | TaskReport
    readings: list[MilestoneReading] = []
    if isinstance(row.known, ReportedProject):
        draft, readings = unchanged_report(row.known, row.day)
    else:
        draft = unchanged_task_report(row.known, row.day)
    draft.drafted_by = by
    draft.save()
    for reading in readings:
        reading.report = draft  # type: ignore[assignment]  # only one of a project has any
        reading.save()
    return draft


def publication_reasons(row: SheetRow) -> Iterator[str]:
    """Why the row's draft could not be submitted now, each with what it is about."""
    if row.draft is not None:
        yield from publication_errors(row.draft, timezone.localdate())
