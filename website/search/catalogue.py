"""Everything promised and everybody who answers for it, prepared for the search as it stood on a day.

Promises are few, and adjustments change their wording, so all are loaded once after each entry and matched in Python.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain as joined
from typing import Any

from django.db.models import Count, Max
from django.urls import reverse

from common.formats import yuan_text
from common.lru_cache import LRUCache
from common.matching import fold, holds
from common.phones import phone_in
from common.spelling import Spelling
from projects.models import Adjustment, Department, Milestone, Project, Report, SourceKind
from projects.snapshots import ledger_version_on
from tasks.finding import parts_of
from tasks.models import (
    Aliases,
    Commitment,
    Indicator,
    Measure,
    Plan,
    PlanAdjustment,
    SpelledName,
    Target,
    Task,
    front_of,
)
from website.search.results import TEXT, Query, ResultKind, SearchResult, folded_rank, one_line, spelled_rank

MOST_PROMISES = 20_000  # of each kind, from the latest plans
MOST_PARTS = 3
WORDING = ["title", "short_title", "box_name", "place", "investment", "name", "phone"]
_PAIR = re.compile(r"(?=([\u3400-\u9fff][0-9\u3400-\u9fff]|[0-9][\u3400-\u9fff]))")
ALIAS, FORMER = "也有人叫：", "原来叫："


@dataclass(frozen=True)
class Wording:
    """What adjustments made of titles, places and money, by (foreign key of the adjustment, id), and which are illustrative."""

    terms: Mapping[tuple[str, int], dict[str, Any]]
    former: Mapping[tuple[str, int], list[str]]
    illustrative: set[tuple[str, int]]

    @classmethod
    def of(cls, adjustments) -> "Wording":
        terms: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
        former: dict[tuple[str, int], list[str]] = defaultdict(list)
        illustrative = set()
        named = adjustments.filter(changes__has_any_keys=WORDING)
        for change in named.select_related("source").order_by("entry"):
            key = change.promise_field, getattr(change, f"{change.promise_field}_id")
            terms[key] |= {name: new for name, (_old, new) in change.changes.items() if name in WORDING}
            if "name" in change.changes:
                former[key].append(change.changes["name"][0])
            if change.is_illustrative:
                illustrative.add(key)
        return cls(terms, former, illustrative)

    def value(self, name: str, row, column: str = "title") -> Any:
        return self.terms.get((name, row.pk), {}).get(column, getattr(row, column))

    def is_illustrative(self, name: str, row) -> bool:
        return (name, row.pk) in self.illustrative


@dataclass(frozen=True)
class OtherName:
    """A name by which something is found that isn't its title, and how the page says so."""

    text: str
    folded: str
    says: str = ""

    @classmethod
    def of(cls, text: str, says: str = "") -> "OtherName":
        return cls(text, one_line(fold(text)), says)


@dataclass(frozen=True)
class SearchedPromise:
    """A promise or a department: `names` and `text` are folded, `parts` of the text as they are written; `key` is its address
    in the record and `keys` are those of the adjustments that change it."""

    kind: ResultKind
    key: str
    address: str
    title: str
    names: tuple[str, ...]
    others: tuple[OtherName, ...] = ()
    spellings: tuple[Spelling, ...] = ()
    parts: tuple[str, ...] = ()
    text: str = ""
    note: str = ""
    is_illustrative: bool = False
    position: int = 0

    @cached_property
    def all_names(self) -> tuple[str, ...]:
        return (*self.names, *(other.folded for other in self.others))

    @cached_property
    def everything(self) -> str:
        return " ".join((*self.all_names, self.text))

    def result_for(self, query: Query, day_query: str) -> SearchResult | None:
        """None unless it has every word, or is spelled as they are."""
        if all(word in self.everything for word in query.words):
            rank = folded_rank(query.words, self.all_names, self.text)
        else:
            rank = spelled_rank(query, self.spellings, self.everything) if query.spelled else None
        return None if rank is None else self.result(rank, query.words, day_query)

    def result(self, rank: int, words: tuple[str, ...] = (), day_query: str = "") -> SearchResult:
        return SearchResult(
            self.kind,
            on_day(self.address, day_query),
            self.title,
            rank,
            words,
            text_of=self.text_for,
            is_long=self.kind is ResultKind.INDICATOR,
            note=self.note,
            is_illustrative=self.is_illustrative,
            about=self.key,
            position=self.position,
        )

    def text_for(self, words: tuple[str, ...], rank: int) -> str:
        """Why it was found, where its title doesn't say so: another name, or the parts that have one of the words."""
        if rank > TEXT or all(holds(self.names[0], word) for word in words):
            return ""
        phrase = " ".join(words)
        named = [other for other in self.others if other.says and holds(other.folded, phrase)]
        if named and rank < TEXT:
            return f"{named[0].says}{named[0].text}"
        found = [part for part in self.parts if any(holds(fold(part), word) for word in words)]
        return "、".join(found[:MOST_PARTS])


def on_day(address: str, day_query: str) -> str:
    """The address with the day asked for, before its fragment."""
    path, mark, fragment = address.partition("#")
    return f"{path}{day_query}{mark}{fragment}"


@dataclass(frozen=True)
class Catalogue:
    """Every promise and department public on a day. `owners` says which of them an adjustment or a check belongs to: its
    key, by the foreign key's name and id."""

    promises: tuple[SearchedPromise, ...]
    owners: Mapping[tuple[str, int | None], str]
    plans: tuple[Plan, ...]

    @cached_property
    def by_key(self) -> dict[str, SearchedPromise]:
        return {promise.key: promise for promise in self.promises}

    @cached_property
    def pairs(self) -> dict[str, list[int]]:
        """The positions of promises by each pair of neighbouring characters in their names and text."""
        found: dict[str, list[int]] = defaultdict(list)
        for position, promise in enumerate(self.promises):
            for pair in pairs_of(promise.everything):
                found[pair].append(position)
        return found

    def owner(self, name: str, key: int | None) -> SearchedPromise | None:
        return self.by_key.get(self.owners.get((name, key), ""))

    def front_plan(self, day: date) -> Plan | None:
        return front_of(self.plans, day)


def pairs_of(folded: str) -> set[str]:
    """The pairs of neighbours of which one is an ideograph, and the other too or a digit."""
    return {match[1] for match in _PAIR.finditer(folded)}


_catalogues: LRUCache[Catalogue] = LRUCache(3)


def catalogue_on(day: date) -> Catalogue:
    """Cached until the next entry of the day, or until somebody changes how something is called."""
    key = ledger_version_on(day), _version_of_names()
    is_valid = lambda: (ledger_version_on(day), _version_of_names()) == key  # noqa: E731
    return _catalogues.get(key, lambda: read_catalogue(day), is_valid=is_valid)


def _version_of_names() -> tuple:
    changed = Aliases.objects.aggregate(n=Count("pk"), last=Max("updated_at"))
    return changed["n"], changed["last"], SpelledName.objects.aggregate(last=Max("pk"))["last"]


@dataclass
class _Names:
    """What people call things beside their titles, and how all names are spelled."""

    aliases: Mapping[tuple[str, int], list[str]]
    syllables: Mapping[str, str]
    wording: Wording
    position: int = field(default=0)

    def promise(
        self, kind: ResultKind, name: str, row, address: str, titles: Iterable[str], **given
    ) -> SearchedPromise:
        titles = [title for title in titles if title]
        aliases = self.aliases.get((name, row.pk), [])
        others = (*given.pop("others", ()), *(OtherName.of(alias, ALIAS) for alias in aliases))
        parts = tuple(part for part in given.pop("parts", ()) if part)
        hidden = given.pop("hidden", ())
        spelled = (self.syllables.get(text) for text in (*titles, *aliases, *parts))
        self.position += 1
        return SearchedPromise(
            kind,
            row.address,
            address,
            titles[0],
            tuple(one_line(fold(title)) for title in titles),
            others,
            tuple(Spelling.of(syllables) for syllables in spelled if syllables),
            parts,
            one_line(fold("\n".join((*parts, *hidden)))),
            is_illustrative=given.pop("is_illustrative", False) or self.wording.is_illustrative(name, row),
            position=self.position,
            **given,
        )


def read_catalogue(day: date) -> Catalogue:
    """The catalogue from the database, in a constant number of queries for a limited number of rows."""
    of_projects = Wording.of(Adjustment.objects.as_of(day))
    of_plans = Wording.of(PlanAdjustment.objects.as_of(day))
    aliases = {
        (row.field, getattr(row, f"{row.field}_id")): parts_of(row.words)
        for row in Aliases.objects.all()[:MOST_PROMISES]
    }
    syllables = dict(SpelledName.objects.order_by("-pk").values_list("text", "syllables")[: MOST_PROMISES * MOST_PARTS])
    projects, plans = _Names(aliases, syllables, of_projects), _Names(aliases, syllables, of_plans)
    owners: dict[tuple[str, int | None], str] = {}
    promises = [
        *_projects(projects, day, owners),
        *_tasks(plans, day, owners),
        *_indicators(plans, day, owners),
        *_departments(projects, day, owners),
    ]
    return Catalogue(tuple(promises), owners, tuple(Plan.objects.as_of(day).select_related("source")))


def _projects(names: _Names, day: date, owners: dict) -> Iterator[SearchedPromise]:
    wording, milestones = names.wording, defaultdict(list)
    for milestone in Milestone.objects.as_of(day).order_by("number", "pk")[: MOST_PROMISES * MOST_PARTS]:
        milestones[milestone.project_id].append(milestone)
    reported = Report.objects.as_of(day).filter(source__kind=SourceKind.ILLUSTRATIVE).order_by()
    illustrative = set(reported.values_list("project", flat=True).distinct()[:MOST_PROMISES])
    numbers, of_commitments = _numbers(day)
    projects = list(Project.objects.as_of(day).order_by("-published_on", "slug")[:MOST_PROMISES])
    projects.sort(key=lambda project: numbers[project.pk][:1] or [(1, 0, 0, "")])
    for project in projects:
        owners["project", project.pk] = project.address
        owners |= {("milestone", one.pk): project.address for one in milestones[project.pk]}
        yield _project(names, project, milestones[project.pk], numbers[project.pk], project.pk in illustrative, wording)
    of_projects = {key: owners.get(("project", project), "") for key, project in of_commitments.items()}
    owners |= {("commitment", key): address for key, address in of_projects.items()}
    targets = Target.objects.as_of(day).values_list("pk", "commitment")[: MOST_PROMISES * MOST_PARTS]
    owners |= {("target", key): of_projects.get(commitment, "") for key, commitment in targets}


def _project(names: _Names, project, milestones, numbers, is_illustrative: bool, wording: Wording) -> SearchedPromise:
    value = {column: wording.value("project", project, column) for column in WORDING[:5]}
    money = value["investment"]
    return names.promise(
        ResultKind.PROJECT,
        "project",
        project,
        reverse("project", args=[project.slug]),
        (value["title"], value["short_title"], value["box_name"]),
        others=tuple(joined.from_iterable(_numbered(*number) for number in numbers)),
        parts=(
            value["place"],
            *(wording.value("milestone", one) for one in milestones),
            f"总投资 {yuan_text(money)}" if money is not None else "",
        ),
        hidden=(f"{int(money)}元",) if money is not None else (),
        is_illustrative=is_illustrative,
    )


def _numbers(day: date) -> tuple[dict[int, list[tuple]], dict[int, int]]:
    """By project what number it has in which series, the latest plan first: (−year, series, number, counter, noun); and the
    project of each commitment."""
    numbers: dict[int, list[tuple]] = defaultdict(list)
    projects = {}
    rows = Commitment.objects.as_of(day).order_by("-series__plan__year", "series__number", "number")
    columns = ("pk", "project", "number", "series__plan__year", "series__number", "series__counter", "series__noun")
    for key, project, number, year, series, counter, noun in rows.values_list(*columns)[:MOST_PROMISES]:
        numbers[project].append((-year, series, number, f"第 {number} {counter}", noun))
        projects[key] = project
    return numbers, projects


def _numbered(year: int, _series: int, _number: int, words: str, noun: str) -> Iterator[OtherName]:
    """`第 5 件` and `第 5 件实事`, as people ask for it and as the page says it."""
    says = f"{-year} 年"
    yield OtherName.of(words, says)
    yield OtherName.of(f"{words}{noun}", says)


def _tasks(names: _Names, day: date, owners: dict) -> Iterator[SearchedPromise]:
    wording = names.wording
    tasks = Task.objects.as_of(day).select_related("group__plan")
    for task in tasks.order_by("-group__plan__year", "group", "number")[:MOST_PROMISES]:
        owners["task", task.pk] = task.address
        note = f"{task.group.plan.year} 年 · {wording.value('group', task.group)}"
        title = wording.value("task", task)
        yield names.promise(ResultKind.TASK, "task", task, _address_of(task), (title,), note=note)
    rows = Measure.objects.as_of(day).select_related("task__group__plan")
    for measure in rows.order_by("-task__group__plan__year", "task__group", "task", "number")[:MOST_PROMISES]:
        owners["measure", measure.pk] = measure.address
        note = f"{measure.task.group.plan.year} 年 · {wording.value('task', measure.task)}"
        address, title = f"{_address_of(measure.task)}#measures", wording.value("measure", measure)
        yield names.promise(ResultKind.MEASURE, "measure", measure, address, (title,), note=note)


def _indicators(names: _Names, day: date, owners: dict) -> Iterator[SearchedPromise]:
    rows = Indicator.objects.as_of(day).select_related("plan").order_by("-plan__year", "number", "pk")
    for indicator in rows[:MOST_PROMISES]:
        owners["indicator", indicator.pk] = indicator.address
        yield names.promise(
            ResultKind.INDICATOR,
            "indicator",
            indicator,
            f"{reverse('indicators', args=[indicator.plan.year])}#{indicator.code}",
            (names.wording.value("indicator", indicator),),
            parts=(indicator.note,),
            note=f"{indicator.plan.year} 年",
        )


def _departments(names: _Names, day: date, owners: dict) -> Iterator[SearchedPromise]:
    wording = names.wording
    for department in Department.objects.as_of(day).select_related("source").order_by("slug")[:MOST_PROMISES]:
        owners["department", department.pk] = department.address
        phone = wording.value("department", department, "phone")
        yield names.promise(
            ResultKind.DEPARTMENT,
            "department",
            department,
            reverse("department", args=[department.slug]),
            (wording.value("department", department, "name"),),
            others=tuple(OtherName.of(name, FORMER) for name in wording.former.get(("department", department.pk), ())),
            hidden=(phone, phone_in(phone).dialled),
            note=phone,
            is_illustrative=department.is_illustrative,
        )


def _address_of(task: Task) -> str:
    return reverse("task", args=[task.group.plan.year, task.group.code, task.number])
