"""Saves what was typed into one row of the month's sheet as a draft, if the row is still as it was when it was typed into.

Each row by itself: whatever is wrong with one of them, the others are saved.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from desk.filing import ReportedProject, unchanged_report, unchanged_task_report
from desk.forms.monthly import form_of
from desk.monthly.rows import CONTENTS, DRAFTED, About, AnyDraft, SheetRow, Stage, reloaded
from ledger.guard import block_publications
from projects.models import MilestoneReading
from projects.publishing import publication_errors
from tasks.models import Reading


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


@dataclass(frozen=True)
class TypedRow:
    """A row as it was shown, and what was typed into it.

    `data` has the typed texts by the name of their input in `form_of(row)`, all of them: what is missing is empty. With
    UNCHANGED and nothing else the draft says what was published last. `files` become its evidence. `expected` is the version
    that the row was shown with.
    """

    row: SheetRow
    data: Mapping[str, str]
    expected: str
    prefix: str | None = None
    files: MultiValueDict | None = None


@dataclass(frozen=True)
class SavedRow:
    draft: AnyDraft
    is_new: bool


def save_row(typed: TypedRow, *, by: User) -> AnyDraft:
    """The saved draft of the row, of `by`, a person of its department. Raises RowInvalid, RowChanged or RowClosed, and
    nothing is written."""
    (saved,) = save_rows([typed], by=by)
    if isinstance(saved, RowError):
        raise saved
    return saved.draft


def _nothing(_drafts: Sequence[AnyDraft]) -> None:
    """Is told to nobody."""


@transaction.atomic
def save_rows(
    typed: Sequence[TypedRow], *, by: User, before: Callable[[Sequence[AnyDraft]], None] = _nothing
) -> list[SavedRow | RowError]:
    """What became of each row, in their order; those with an error stay out and the others are saved together.

    In one transaction and in few more queries for a hundred rows than for one. `before` is told which drafts change, once
    nobody else can change them.
    """
    now = _locked([one.row for one in typed])
    checked = [_checked(row, one, by) for row, one in zip(now, typed, strict=True)]
    good = [one for one in checked if isinstance(one, _Checked)]
    stored = {id(one) for one in good if one.draft.pk is not None}
    before([one.draft for one in good if id(one) in stored])
    _write(good)
    for one, row in zip(checked, typed, strict=True):
        if row.files and isinstance(one, _Checked):
            one.form.attach_to(one.draft)
    return [one if isinstance(one, RowError) else SavedRow(one.draft, is_new=id(one) not in stored) for one in checked]


def _locked(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """The rows as they are stored now. What they are about is locked until the transaction ends, so that no two people begin
    a draft of one day at once, and their drafts, as the form of a single report locks them: by kind and by key, so that
    of two people who lock many neither waits for the other."""
    block_publications()
    abouts: dict[type[About], list[int]] = {kind: [] for kind in DRAFTED}
    for row in rows:
        abouts[type(row.about)].append(row.about.pk)
    asked = [(kind, sorted(keys)) for kind, keys in abouts.items() if keys]
    for kind, keys in asked:
        about: Any = kind
        _locks(about.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys))
    for kind, keys in asked:
        drafts: Any = DRAFTED[kind]._base_manager.select_for_update(of=("self",))
        _locks(drafts.filter(**{f"{kind._meta.model_name}__in": keys}, published_at=None))
    return reloaded(rows)


def _locks(rows: QuerySet) -> None:
    list(rows.order_by("pk").only("pk"))


@dataclass(frozen=True)
class _Checked:
    """A draft that can be written, with its readings of milestones; None where it has none of them."""

    form: Any
    draft: AnyDraft
    readings: Sequence[MilestoneReading] | None


def _checked(now: SheetRow, typed: TypedRow, by: User) -> _Checked | RowError:
    form = form_of(now, typed.data, prefix=typed.prefix, files=typed.files)
    if not may_type(now, by):
        return RowClosed(now, by)
    if now.version != typed.expected and form.changed_names:
        return RowChanged(now, form)
    if not form.is_valid():
        return RowInvalid(form)
    draft, readings = _unchanged(now) if form.is_ticked else _typed(form)
    if draft.drafted_by_id is None:
        draft.drafted_by = by
    return _Checked(form, draft, readings)


def _typed(form: Any) -> tuple[AnyDraft, Sequence[MilestoneReading] | None]:
    return form.instance, form.readings() if hasattr(form, "readings") else None


def _unchanged(row: SheetRow) -> tuple[AnyDraft, Sequence[MilestoneReading] | None]:
    if isinstance(row.known, ReportedProject):
        return unchanged_report(row.known, row.day)
    return unchanged_task_report(row.known, row.day), None


def _write(checked: Sequence[_Checked]) -> None:
    """The drafts, and after them their readings, which need the keys of those that are new."""
    of_milestones = [_changed_readings(one) for one in checked if one.readings is not None]
    for model, names in CONTENTS.items():
        rows: Any = model.objects  # type: ignore[attr-defined]  # guarded
        own = [one.draft for one in checked if type(one.draft) is model]
        stored = [draft for draft in own if draft.pk is not None]
        rows.bulk_create([draft for draft in own if draft.pk is None])
        rows.bulk_update(stored, [*names, "drafted_by"])
    if dropped := [key for one in of_milestones for key in one.dropped]:
        MilestoneReading.objects.filter(pk__in=dropped).delete()
    MilestoneReading.objects.bulk_create([reading for one in of_milestones for reading in one.new])
    MilestoneReading.objects.bulk_update([reading for one in of_milestones for reading in one.changed], ["value"])


@dataclass(frozen=True)
class _Readings:
    """What is to be written of those of one report. `dropped` are keys."""

    new: Sequence[MilestoneReading]
    changed: Sequence[MilestoneReading]
    dropped: Sequence[int]


def _changed_readings(checked: _Checked) -> _Readings:
    draft, wanted = checked.draft, checked.readings or ()
    stored = {one.milestone_id: one for one in draft.readings.all()} if draft.pk is not None else {}  # type: ignore[union-attr,misc]  # of a project
    changed = []
    for reading in wanted:
        own = stored.get(reading.milestone_id)
        if own and own.value != reading.value:
            own.value = reading.value
            changed.append(own)
    named = {reading.milestone_id for reading in wanted}
    return _Readings(
        new=[reading for reading in wanted if reading.milestone_id not in stored],
        changed=changed,
        dropped=[one.pk for key, one in stored.items() if key not in named],
    )


def publication_reasons(row: SheetRow) -> Iterator[str]:
    """Why the row's draft could not be submitted now, each with what it is about."""
    if row.draft is not None:
        yield from publication_errors(row.draft, timezone.localdate())
