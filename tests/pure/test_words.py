"""docs/words.md says what pages say: its tables are those of the code."""

import re
from collections.abc import Mapping

import pytest
from django.conf import settings

from desk.words import ISSUE_WORDS, OFFICIAL_DUE_STATUSES
from projects.adjustable import KIND_WORDS
from projects.words import RESIDENT_STATES
from tasks.models import RESIDENT_GOALS, VotingBody
from tasks.verdicts import LIGHTS, OUTCOMES, SILENCES
from tasks.words import (
    CHECK_DUE,
    CHECK_DUE_WORD,
    INDICATOR_STATUSES,
    OFFICIAL_OUTCOMES,
    RESIDENT_BODIES,
    RESIDENT_FINDINGS,
    RESIDENT_MEASURES,
    RESIDENT_OUTCOMES,
)
from website.templatetags.project_tags import STATE_SHAPES
from website.templatetags.promise_tags import STATUS_SHAPES

DOCS = (settings.BASE_DIR / "docs" / "words.md").read_text(encoding="utf-8")
RESIDENTS, OFFICIALS, SHAPE = "居民", "后台", "shape"


def of_verdicts(table: Mapping) -> list[tuple[str, Mapping]]:
    """The columns of a table of verdicts, whose rows are word, shape and official's word."""
    return [
        (name, {code: row[n] for code, row in table.items()}) for n, name in enumerate((RESIDENTS, SHAPE, OFFICIALS))
    ]


# By heading the columns that the code knows, each with its head in the document.
TABLES = {
    "Lights": of_verdicts(LIGHTS),
    "Silence": of_verdicts(SILENCES),
    "Outcomes": [*of_verdicts(OUTCOMES), (RESIDENTS, RESIDENT_OUTCOMES), (OFFICIALS, OFFICIAL_OUTCOMES)],
    "Milestones": [(RESIDENTS, RESIDENT_STATES), (SHAPE, STATE_SHAPES)],
    "Indicators": [(RESIDENTS, INDICATOR_STATUSES), (SHAPE, STATUS_SHAPES)],
    "Measures": [(RESIDENTS, RESIDENT_MEASURES)],
    "Checks": [(RESIDENTS, RESIDENT_FINDINGS | {CHECK_DUE: CHECK_DUE_WORD})],
    "Votes": [(RESIDENTS, RESIDENT_BODIES), (OFFICIALS, {one: one.label for one in VotingBody})],
    "Goals": [(RESIDENTS, RESIDENT_GOALS)],
    "Changes": [(RESIDENTS, KIND_WORDS)],
    "What a project asks of its department": [(OFFICIALS, OFFICIAL_DUE_STATUSES)],
    "What the supervisors follow": [(OFFICIALS, ISSUE_WORDS)],
}

NAMED = re.compile(r"docs/words\.md: ([\w ]+)\.")  # in the docstring of a test: the heading of what it holds


def rows_of(title: str) -> dict[str, dict[str, str]]:
    """The cells behind each code of the table below a heading, by the heads of their columns."""
    _, _, section = DOCS.partition(f"\n### {title}\n")
    section = section.partition("\n#")[0]
    head = re.search(r"^\| code \| (.+) \|$", section, re.MULTILINE)[1].split(" | ")
    rows = re.findall(r"^\| ([A-Z_]+) \| (.+) \|$", section, re.MULTILINE)
    return {code: dict(zip(head, cells.split(" | "), strict=True)) for code, cells in rows}


@pytest.mark.parametrize("title", TABLES)
def test_the_table_is_that_of_the_code(title):
    rows = rows_of(title)
    for name, column in TABLES[title]:
        assert {str(code): rows[str(code)][name] for code in column} == {str(code): column[code] for code in column}
    assert set(rows) == {str(code) for _, column in TABLES[title] for code in column}


# What is counted by 件 though it is no promise: faults of the ledger, matters of a reminder, pieces of evidence; and a series
# of the style guide's own.
COUNTED_BY_ITEM = {
    "projects/verification.py",
    "desk/reminders.py",
    "templates/admin/projects/report/sheet.html",
    "templates/styleguide.html",
}


def test_no_count_of_promises_has_a_counter_of_the_code():
    """docs/words.md: Names of things."""
    found = {
        str(path.relative_to(settings.BASE_DIR))
        for room in ("tasks", "website", "desk", "projects", "news", "templates")
        for path in (settings.BASE_DIR / room).rglob("*.*")
        if path.suffix in {".py", ".html", ".txt"}
        if re.search(r"\} 件|counter=[\"']件", path.read_text(encoding="utf-8"))
    }
    assert found == COUNTED_BY_ITEM


def test_every_heading_that_a_test_names_is_there():
    files = sorted((settings.BASE_DIR / "tests").rglob("test_*.py"))
    named = {title for path in files for title in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert named >= {"Verdicts", "Milestones"}
    assert named - set(re.findall(r"^#+ (.+)$", DOCS, re.MULTILINE)) == set()
