"""docs/sources.md as data, and the fixture of the published plan in the same shape: one dictionary of facts each."""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings

SHEET = settings.BASE_DIR / "docs" / "sources.md"
PLAN_FILE = settings.BASE_DIR / "fixtures" / "plan_2020.json"

GOALS = {"完成": "FINISH", "新建 (完成)": "FINISH", "启动": "START", "推进": "ADVANCE"}
# What is our reading in every target: the city named no day of any of them and gave none of them a weight.
READ = frozenset({"starts_on", "due_on", "weight", "pace"})


class Part(NamedTuple):
    """A milestone, and how much of it the plan is read to promise."""

    title: str
    amount: str = "100"
    unit: str = "%"
    pace: str = "LINEAR"
    is_counted: bool = False
    inferred: frozenset[str] = READ | {"amount"}


START = Part("开工建设", "1", "次", "STEP", inferred=READ | {"amount", "milestone"})
MAJOR, AREA = "三件大事", "八项具体工作"
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def rows_of_fixture() -> list[dict]:
    return json.loads(PLAN_FILE.read_text(encoding="utf-8"))


def text_of_sheet() -> str:
    return SHEET.read_text(encoding="utf-8")


def numbers_in(text: str) -> set[Decimal]:
    return {Decimal(number) for number in NUMBER.findall(text.replace(",", ""))}


def _section(sheet: str, title: str) -> str:
    return re.search(rf"^## {title}[^\n]*\n(.*?)(?=^## |\Z)", sheet, re.MULTILINE | re.DOTALL)[0]


def _rows(section: str) -> list[list[str]]:
    """The cells of the section's table, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _found(pattern: str, text: str) -> tuple[str, ...]:
    return re.search(pattern, text, re.DOTALL).groups()


def _points(text: str) -> list[str]:
    return [point.strip(" .\n") for point in re.split(r" · |, |、", text.replace("\n", " "))]


# The sheet.


def facts_of_sheet(sheet: str) -> dict[str, object]:
    groups = {title: _tasks(_section(sheet, title)) for title in (MAJOR, AREA)}
    zone, livelihood = _section(sheet, "开发区重点项目"), _section(sheet, "十件惠民实事")
    projects = list(_projects(livelihood, groups))
    title, publisher, issued_on, at, editor = _found(
        r"\*(.+?)\*, (\S+), published (\S+) (\S+), 责任编辑 (\S+)\.", sheet
    )
    year, starts_on, ends_on = _found(r"Year (\d+), period (\S+) … (\S+)\.", sheet)
    return {
        "source": (title, publisher, editor, issued_on),
        "plan": {
            "title": _found(r"# Sources: ([^\n]+)", sheet)[0],
            "year": int(year),
            "starts_on": starts_on,
            "ends_on": ends_on,
            "adopted_on": _found(r"adopted at the meeting of (\S+)", sheet)[0],
            "release_at": f"{issued_on}T{at}+08:00",
        },
        "groups": groups,
        "outlines": _outlines(sheet) | {"city-roads": [name for name, *_ in projects[1]["parts"]]},
        "livelihood": projects,
        "zone": list(_zone(zone, groups)),
        "investment": _sum(livelihood),
        "spans": {(starts_on, ends_on, "1")},
        "starts": {row[0]: _started_on(row[1]) for row in _rows(zone) if _started_on(row[1])},
        "indicators": list(_indicators(_section(sheet, "Indicators"), groups)),
        "news": sorted(_news(_section(sheet, "News"), groups)),
    }


def _tasks(section: str) -> list[tuple[int, str, list[str]]]:
    return [(int(number), title, re.split(r"\s*·\s*", measures)) for number, title, measures in _rows(section)]


def _outlines(sheet: str) -> dict[str, list[str]]:
    """What the plan spells out besides its tasks, by the code that the fixture gives it."""
    thinking = re.findall(r"\(\d\) ([^;.]+)", _found(r"three points: (.+?)\n\n", sheet)[0])
    groups = _found(r"sub-items are not named\):\n(.+?)\n\n", sheet)[0]
    actions = _found(r"has 12 actions: (.+?)\n\n", sheet)[0]
    return {
        "one-eighteen": [point.replace(" and ", "和").replace("\n", "") for point in thinking],
        "zone-positioning": _points(_found(r"Zone positioning: ([^.]+)\.", sheet)[0]),
        "zone-later-steps": _points(_found(r"Later steps named without a date: ([^.]+)\.", sheet)[0]),
        "assessment-groups": [group.strip(" .\n") for group in groups.split(" · ")],
        "street-campaign": list(_actions(actions)),
        "nine-areas": [area.strip() for area in _found(r"The nine areas [^\n]+\n(.+)", sheet)[0].split(" · ")],
    }


def _actions(text: str) -> Iterator[str]:
    """`甲 / 乙 / 丙走出视线` are three actions with one ending."""
    for action in text.replace("\n", " ").split("·"):
        *others, last = (part.strip(" .") for part in action.split(" / "))
        yield from (f"{other}走出视线" for other in others)
        yield last


def _projects(section: str, groups: dict) -> Iterator[dict]:
    """The ten; which milestones a project has follows from its goal and its countable content."""
    inferred = re.findall(r"keep no\. (\d+) \(推进\) is our reading", section)
    for number, title, goal, investment, content, serves in _rows(section):
        yield {
            "number": int(number),
            "title": title,
            "goal": GOALS[goal],
            "investment": None if investment == "not published" else investment.split()[0].replace(",", ""),
            "parts": _parts(title, GOALS[goal], content, READ | ({"milestone"} if number in inferred else set())),
            "serves": {_measure(one, groups) for one in serves.split("; ")},
            "inferred": set(),
        }


def _parts(title: str, goal: str, content: str, inferred: frozenset[str]) -> list[Part]:
    """`inferred` is what is our reading of a part that the city counted."""
    if "named" in content:
        return [Part(name.strip()) for name in content.partition("): ")[2].split(" · ")]
    if "by name" in content:
        return [Part(name) for name in title.split("、")]
    if content == "—":
        return [START if goal == "START" else Part("建成", inferred=START.inferred)]
    counted = (re.fullmatch(r"(\d+) (\w)(\w*)", one).groups() for one in content.split(" · "))
    return [Part(name or title, amount, unit, "LINEAR", True, inferred) for amount, unit, name in counted]


def _zone(section: str, groups: dict) -> Iterator[dict]:
    """The head of the section says what they have in common, and that it is our reading."""
    head = section.splitlines()[0]
    goal, milestone = _found(r"goal (\S+) and milestone (\S+) \*inferred\*", head)
    measure = _measure(_found(r"serve (.+?), \*inferred\*", head)[0], groups)
    inferred = {"goal"} | ({"series"} if "the series itself is our grouping" in head else set())
    for number, (title, _state) in enumerate(_rows(section), start=1):
        yield {
            "number": number,
            "title": title,
            "goal": GOALS[goal],
            "investment": None,
            "parts": [START._replace(title=milestone)],
            "serves": {measure},
            "inferred": inferred,
        }


def _started_on(state: str) -> str:
    started = re.match(r"(\S+) construction started", state)
    return started[1] if started else ""


def _measure(told: str, groups: dict) -> tuple[str, int, int]:
    """`三件大事 3 · 不断完善城市基础设施` or `乡村振兴 · 建设美丽乡村`: a task and the beginning of a measure."""
    task, measure = told.split(" · ")
    group, number, measures = _task(task, groups)
    return group, number, next(n for n, title in enumerate(measures, start=1) if title.startswith(measure))


def _task(told: str, groups: dict) -> tuple[str, int, list[str]]:
    name, _, number = told.partition(" ")
    group = MAJOR if name == MAJOR else AREA
    return next(
        (group, one, measures)
        for one, title, measures in groups[group]
        if (number == str(one) if number else name in title)
    )


def _sum(section: str) -> tuple[int, int, int]:
    told = _found(r"add up to ([\d,]+) yuan over (\d+) projects; (\d+) projects have none", section)
    return tuple(int(number.replace(",", "")) for number in told)


def _indicators(section: str, groups: dict) -> Iterator[dict]:
    due_on = None
    for title, target, unit, by, task in _rows(section):
        year = re.search(r"\b(20\d\d)\b", by.rpartition("campaign, ")[2] if "first" in by else by)
        if not by.startswith("same"):
            due_on = f"{year[1]}-12-31" if year else None
        yield {
            "title": title,
            "comparator": re.search("[≥≤=]", target)[0],
            "target": NUMBER.search(target)[0],
            "unit": unit,
            "due_on": due_on,
            "task": _task(task, groups)[:2],
            "is_striven_for": "力争" in target,
            "inferred": {name for name, told in (("comparator", target), ("due_on", by)) if "*inferred*" in told},
        }


def _news(section: str, groups: dict) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    every_major = [(MAJOR, number) for number, *_ in groups[MAJOR]]
    for day, _move_text, about in _rows(section):
        yield day, every_major if about == "the plan" else [_task(about, groups)[:2]]


def names_in_news(sheet: str) -> list[tuple[str, list[str]]]:
    """Per item its day and every Chinese word of it: names, places, posts. What is said not to be so is left out."""
    told = ((day, re.sub(r"\([^)]*\bnot\b[^)]*\)", "", what)) for day, what, _ in _rows(_section(sheet, "News")))
    return [(day, re.findall(r"[\u4e00-\u9fff]+", what)) for day, what in told]


# The fixture.


def facts_of_fixture(rows: list[dict]) -> dict[str, object]:
    fields = _by_model(rows)
    [source], [plan] = fields["projects.source"], fields["tasks.plan"]
    titles = {group["code"]: group["title"] for group in fields["tasks.taskgroup"]}
    measures = [(titles[row["task"][1]], row["task"][2], row["title"]) for row in fields["tasks.measure"]]
    promised = {code: list(_promised(fields, code, titles)) for code in ("livelihood", "zone")}
    amounts = [int(one["investment"]) for one in promised["livelihood"] if one["investment"] is not None]
    projects = {row["slug"]: row["title"] for row in fields["projects.project"]}
    reports = {row["code"]: row for row in fields["projects.report"]}
    return {
        "source": tuple(source[name] for name in ("title", "publisher", "editor", "issued_on")),
        "plan": {name: plan[name] for name in ("title", "year", "starts_on", "ends_on", "adopted_on", "release_at")},
        "groups": {
            title: [
                (
                    row["number"],
                    row["title"],
                    [m for group, number, m in measures if (group, number) == (title, row["number"])],
                )
                for row in fields["tasks.task"]
                if row["group"][1] == code
            ]
            for code, title in titles.items()
        },
        "outlines": _pointed(fields["tasks.outlineitem"]),
        **promised,
        "investment": (sum(amounts), len(amounts), len(promised["livelihood"]) - len(amounts)),
        "spans": {(row["starts_on"], row["due_on"], row["weight"]) for row in fields["tasks.target"]},
        "starts": {
            projects[reports[row["report"][0]]["project"][0]]: reports[row["report"][0]]["held_on"]
            for row in fields["projects.milestonereading"]
        },
        "indicators": [_indicator(row, titles) for row in fields["tasks.indicator"]],
        "news": sorted(
            (row["happened_on"], [(titles[code], number) for _, code, number in row["tasks"]])
            for row in fields["news.article"]
        ),
    }


def _by_model(rows: Iterable[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row["model"], []).append(row["fields"])
    return found


def _pointed(items: list[dict]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item["outline"][1], []).append(item["title"])
    return found


def _promised(fields: dict, series: str, titles: dict) -> Iterator[dict]:
    projects = {row["slug"]: row for row in fields["projects.project"]}
    for row in fields["tasks.commitment"]:
        [slug], code, number = row["project"], row["series"][1], row["number"]
        if code != series:
            continue
        parts = [_part(fields, row) for row in fields["tasks.target"] if row["commitment"][1:] == [series, number]]
        yield {
            "number": number,
            "title": projects[slug]["title"],
            "goal": row["goal"],
            "investment": projects[slug]["investment"],
            "parts": parts,
            "serves": {
                (titles[link["measure"][1]], *link["measure"][2:])
                for link in fields["tasks.contribution"]
                if link["project"] == [slug] and link["is_inferred"]
            },
            "inferred": set(row.get("inferred", ())),
        }


def _part(fields: dict, target: dict) -> Part:
    [part] = [row for row in fields["projects.milestone"] if [*row["project"], row["code"]] == target["milestone"]]
    inferred = frozenset(target["inferred"])
    return Part(part["title"], target["amount"], part["unit"], target["pace"], part["is_counted"], inferred)


def _indicator(row: dict, titles: dict) -> dict:
    return {
        **{name: row[name] for name in ("title", "comparator", "target", "unit", "due_on")},
        "task": (titles[row["task"][1]], row["task"][2]),
        "is_striven_for": "力争" in row.get("note", ""),
        "inferred": set(row.get("inferred", ())),
    }
