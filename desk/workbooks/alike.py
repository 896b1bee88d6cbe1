"""Which items of a table were read alike, so that one press can confirm all of a kind: what was understood, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desk.workbooks.readings import DraftRow, WorkbookReading
from desk.workbooks.telling import ItemText

FEWEST = 2  # items that make a kind
ROUTINE = {"milestone", "weight", "pace", "starts_on", "steps"}
GOALS = {
    "FINISH": "没有写办到哪一步，按要办成算",
    "START": "说的是动工，按要开工算",
    "ADVANCE": "说的是推进，按要推进算",
}
AS_WRITTEN, ONE_BY_ONE = "都是原话，不用勾", "各有各的读法，逐项看"


@dataclass(frozen=True)
class ItemGroup:
    """Items of one kind in the table's order. `is_alike`: one press confirms them all, `is_open`: they ask to be confirmed."""

    key: str
    label: str
    items: tuple[ItemText, ...]
    is_alike: bool = False
    is_open: bool = True


def groups_of(reading: WorkbookReading, items: Sequence[ItemText]) -> list[ItemGroup]:
    """First what is alike, in the order of its first item, then what is like nothing else, then what needs no word."""
    by_kind: dict[tuple[str, ...], list[ItemText]] = {}
    for one in items:
        kind = traits_of([reading.rows[position] for position in one.item.positions], reading.ends_on)
        by_kind.setdefault(kind if one.is_inferred else (), []).append(one)
    written = by_kind.pop((), [])
    alike = {kind: own for kind, own in by_kind.items() if len(own) >= FEWEST}
    single = [one for kind, own in by_kind.items() if kind not in alike for one in own]
    groups = [
        ItemGroup(str(n), "；".join(kind), tuple(own), is_alike=True) for n, (kind, own) in enumerate(alike.items())
    ]
    if single:
        groups.append(ItemGroup("single", ONE_BY_ONE, tuple(sorted(single, key=lambda one: int(one.key)))))
    if written:
        groups.append(ItemGroup("written", AS_WRITTEN, tuple(written), is_open=False))
    return groups


def traits_of(rows: Sequence[DraftRow], ends_on: str) -> tuple[str, ...]:
    """What of an item's rows is the portal's reading, each kind once, in one order."""
    found = [
        trait for row in rows for name in row.values.get("inferred") or () for trait in _traits(row, name, ends_on)
    ]
    return tuple(sorted(set(found), key=lambda trait: (trait == _ROUTINE, trait)))


_ROUTINE = "开始、进度和权重照常规算"


def _traits(row: DraftRow, name: str, ends_on: str) -> Iterator[str]:
    if name in ROUTINE:
        yield _ROUTINE
    elif name in row.carried:
        yield "去年说了哪一天，今年的日子是照去年顺延的"
    elif name == "due_on":
        is_end = row.values.get("due_on") == ends_on
        yield "没有写明哪一天，按这一年的最后一天算" if is_end else "日子不是原话，是推出来的"
    elif name == "goal":
        yield GOALS[row.values["goal"]]
    elif name == "comparator":
        yield "没有写不低于还是不超过，按不低于算"
    elif name in ("amount", "target"):
        yield "没有写数，按办没办到算" if _is_of_one(row) else "数是推出来的"
    else:
        yield "别的几栏不是原话，是推出来的"


def _is_of_one(row: DraftRow) -> bool:
    return row.model == "tasks.target" and row.values.get("amount") in ("1", "100")
