"""The moves of a plan's promises as a table, a row for each field that was moved."""

from collections.abc import Callable, Iterator, Mapping

from common.marks import mark_of
from ledger.models import Entry
from projects.adjustable import KIND_WORDS, MOVES, AdjustableField, Day
from projects.models import DecidedBy, PromiseChange, Redaction
from projects.snapshots import redactions_about
from tasks.changes import subject_of, subjects_of
from tasks.snapshots import PlanSnapshot

HEAD = (
    "改的是什么",
    "改了哪一项",
    "改紧了还是改松了",
    "原来",
    "现在",
    "哪天定的",
    "谁定的",
    "批准文件",
    "文号",
    "文件日期",
    "文件网址",
    "为什么",
    "公布日期",
    "凭证",
)


def moved_adjustments(snapshot: PlanSnapshot) -> list[PromiseChange]:
    """Those that loosened or tightened a promise, in the order of publication."""
    moves = (change for change in snapshot.all_adjustments if change.is_move)
    return sorted(moves, key=lambda change: change.entry_id or 0)


def move_rows(
    snapshot: PlanSnapshot, names: Mapping[str, str], address_of: Callable[[str], str]
) -> list[tuple[object, ...]]:
    """The cells of each row, as `HEAD` names them; `names` are those of departments by slug, `address_of` makes a path whole.

    What the law hides is said to be hidden where its text stood, and empty in the cells that went with it.
    """
    changes = moved_adjustments(snapshot)
    numbers = [change.entry_id for change in changes]
    entries = Entry.objects.defer("payload").in_bulk(numbers)
    gaps = redactions_about(numbers)
    subjects = snapshot.cached(subjects_of)
    rows = []
    for change in changes:
        number: int = change.entry_id  # type: ignore[assignment]  # public
        mark = mark_of(is_illustrative=change.is_illustrative)
        title = f"{mark}{subject_of(change, subjects).title}"
        decision = _decision_cells(change, gaps.get(number, {}), address_of)
        rows += [(title, *moved, *decision, entries[number].voucher) for moved in _moved_cells(change, names)]
    return rows


def _moved_cells(change: PromiseChange, names: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    for field, old, new in change.field_changes():
        kind = change.field_kinds[field.name]
        if kind in MOVES:
            yield field.label, KIND_WORDS[kind], *(_cell(field, value, change, names) for value in (old, new))


def _cell(field: AdjustableField, value: object, change: PromiseChange, names: Mapping[str, str]) -> object:
    """As residents read it; a day as programs do."""
    decoded = field.decode(value)
    if isinstance(field, Day) and decoded is not None:
        return decoded.isoformat()
    return field.resident_text(value, change.promise, names)


def _decision_cells(
    change: PromiseChange, gaps: Mapping[str, Redaction], address_of: Callable[[str], str]
) -> tuple[object, ...]:
    by = "没有写" if change.decided_by == DecidedBy.UNSTATED else change.get_decided_by_display()
    document = _document_cells(change, gaps.get("document"), address_of)
    reason = _text(change.reason, gaps.get("reason"))
    return change.decided_on.isoformat(), by, *document, reason, change.published_on.isoformat()  # type: ignore[union-attr]  # public


def _document_cells(
    change: PromiseChange, gap: Redaction | None, address_of: Callable[[str], str]
) -> tuple[str, str, str, str]:
    if gap:
        return _text("", gap), "", "", ""
    day = change.document_on.isoformat() if change.document_on else ""
    address = change.document_url or (address_of(change.document_file.url) if change.document_file else "")
    return change.document, change.document_number, day, address


def _text(text: str, gap: Redaction | None) -> str:
    return f"此处已依法隐去：{gap.reason}" if gap else text
