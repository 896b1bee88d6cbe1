"""What the data say beside what they should: one sentence for each difference."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tests.oracle.changes import changes_of, first_promised, inferred_on, kinds_of
from tests.oracle.days_and_numbers import day, number, shanghai_day


def differences(place: str, row: dict, expected: dict[str, Any]) -> Iterator[str]:
    """By the names in `expected`; others in `row` are not looked at."""
    for name, value in expected.items():
        if name not in row:
            yield f"{place}.{name}: expected {shown(value)}, found nothing"
        elif isinstance(value, dict) and not isinstance(value, Counter) and isinstance(row[name], dict):
            yield from differences(f"{place}.{name}", row[name], value)
        elif not is_same(row[name], value):
            yield f"{place}.{name}: expected {shown(value)}, found {row[name]!r}"


def is_same(found: Any, expected: Any) -> bool:
    """Sets stand for lists in any order, counters for counts that may leave out a 0, fractions for exact numbers."""
    match expected:
        case Counter():
            return isinstance(found, dict) and {key: n for key, n in found.items() if n} == dict(expected)
        case frozenset():
            return isinstance(found, list) and sorted(found) == sorted(expected)
        case Fraction():
            return is_number(found) and number(found) == expected
        case bool() | None:
            return found is expected
        case int() | float():
            return is_number(found) and found == expected
    return found == expected


def is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def shown(value: Any) -> str:
    match value:
        case Fraction():
            return str(float(value))
        case Counter():
            return repr(dict(value))
        case frozenset():
            return repr(sorted(value))
    return repr(value)


def faults_of_terms(place: str, row: dict, *, is_dropped_above: bool = False) -> Iterator[str]:
    """Of any promise: what its adjustments leave in force, what was first promised, and the kinds of change."""
    changes = changes_of(row["adjustments"])
    last = {change.field: change.new for change in changes}
    expected = {field: value for field, value in last.items() if field in row}
    if "dropped" in row:
        expected["dropped"] = is_dropped_above or bool(last.get("dropped"))
    if "promised" in row:
        expected["promised"] = {f: first_promised(row, f) for f in row["promised"] if f != "inferred"}
    if "inferred" in row:
        expected["inferred"] = inferred_on(row)
    yield from differences(place, row, expected)
    yield from faults_of_chain(place, changes)
    for adjustment in row["adjustments"]:
        kinds = kinds_of(row)[adjustment["id"]]
        yield from differences(f"{place} adjustment {adjustment['id']}", adjustment, {"kinds": kinds})
        yield from (f"{place}: {name} was never allowed to change" for name, kind in kinds.items() if kind is None)
        yield from (
            f"{place} adjustment {adjustment['id']}.kinds: {name} didn't change"
            for name in adjustment.get("kinds", {}).keys() - kinds.keys()
        )


def faults_of_chain(place: str, changes: list) -> Iterator[str]:
    """Each change of a field begins with what the one before left."""
    before: dict[str, Any] = {}
    for change in changes:
        if change.field in before and before[change.field] != change.old:
            yield f"{place}.{change.field}: expected a change of {before[change.field]!r}, found one of {change.old!r}"
        before[change.field] = change.new


def faults_of_days(place: str, found: Any, as_of: str) -> Iterator[str]:
    """Nothing of later days is listed, at whatever depth."""
    if isinstance(found, list):
        for at, one in enumerate(found):
            yield from faults_of_days(f"{place}[{at}]", one, as_of)
    elif isinstance(found, dict):
        if found.get("published_at") and shanghai_day(found["published_at"]) > day(as_of):
            yield f"{place}.published_at: expected by {as_of}, found {found['published_at']!r}"
        if found.get("promised_on") and found["promised_on"] > as_of:
            yield f"{place}.promised_on: expected by {as_of}, found {found['promised_on']!r}"
        for name, one in found.items():
            yield from faults_of_days(f"{place}.{name}", one, as_of)
