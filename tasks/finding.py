"""Names by which things are found: aliases as words, and pinyin, stored when a name is saved."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models

from common.spelling import spell
from projects.models import Adjustment, Department, Milestone, Project, PromiseChange
from tasks.models import Aliases, Indicator, Measure, PlanAdjustment, SpelledName, Task

NAMES: dict[type[models.Model], tuple[str, ...]] = {
    Project: ("title", "short_title", "box_name", "place"),
    Milestone: ("title",),
    Department: ("name",),
    Task: ("title",),
    Measure: ("title",),
    Indicator: ("title",),
    Aliases: ("words",),
}
CHANGED = ("title", "short_title", "box_name", "place", "name")
AT_ONCE = 500
_BETWEEN = re.compile(r"[\s、，,；;/|]+")


def parts_of(words: str) -> list[str]:
    """The single aliases of a line of them."""
    return [part for part in _BETWEEN.split(words) if part]


def names_of(row: models.Model) -> Iterator[str]:
    """The names that a row gives to something: none where it names nothing."""
    if isinstance(row, PromiseChange):
        yield from _changed_names(row.changes)
    for column in NAMES.get(type(row), ()):
        value = getattr(row, column)
        yield from parts_of(value) if isinstance(row, Aliases) else filter(None, [value])


def _changed_names(changes: dict[str, Any]) -> Iterator[str]:
    for name in CHANGED:
        _old, new = changes.get(name, (None, None))
        if isinstance(new, str) and new:
            yield new


def all_names() -> Iterator[str]:
    """Every name in the database, of drafts too."""
    for model, columns in NAMES.items():
        for values in model._default_manager.order_by().values_list(*columns):
            for value in values:
                yield from parts_of(value) if model is Aliases else filter(None, [value])
    for change in (Adjustment, PlanAdjustment):
        named = change.objects.filter(changes__has_any_keys=CHANGED).order_by()
        for changes in named.values_list("changes", flat=True):
            yield from _changed_names(changes)


def store_spellings(names: Iterable[str]) -> int:
    """Spell the names that aren't spelled yet. Returns how many these were; 0 where the library failed."""
    missing: list[str] = []
    wanted = list(dict.fromkeys(names))
    for some in (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)):
        known = set(SpelledName.objects.filter(text__in=some).values_list("text", flat=True))
        missing += [name for name in some if name not in known]
    rows = [SpelledName(text=text, syllables=syllables) for text, syllables in spell(missing).items()]
    SpelledName.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(rows)
