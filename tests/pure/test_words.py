"""docs/words.md says what pages say: its tables are those of the code."""

import re
from collections.abc import Mapping
from enum import Enum

import pytest
from django.conf import settings

from desk.words import OFFICIAL_DUE_STATUSES
from projects.words import OFFICIAL_LIGHTS, RESIDENT_LIGHTS, RESIDENT_STATES, SHAPES
from tasks.models import RESIDENT_GOALS
from tasks.words import (
    INDICATOR_STATUSES,
    MOVES,
    OFFICIAL_OUTCOMES,
    RESIDENT_OUTCOMES,
)
from website.templatetags.project_tags import STATE_SHAPES
from website.templatetags.promise_tags import OUTCOME_SHAPES, STATUS_SHAPES

DOCS = (settings.BASE_DIR / "docs" / "words.md").read_text(encoding="utf-8")
TABLES = {
    "Lights": (RESIDENT_LIGHTS, OFFICIAL_LIGHTS, SHAPES),
    "Outcomes": (RESIDENT_OUTCOMES, OFFICIAL_OUTCOMES, OUTCOME_SHAPES),
    "Milestones": (RESIDENT_STATES, STATE_SHAPES),
    "Indicators": (INDICATOR_STATUSES, STATUS_SHAPES),
    "Goals": (RESIDENT_GOALS,),
    "Changes": (MOVES,),
    "What a project asks of its department": (OFFICIAL_DUE_STATUSES,),
}

NAMED = re.compile(r"docs/words\.md: ([\w ]+)\.")  # in the docstring of a test: the heading of what it holds


def rows_of(title: str) -> dict[str, list[str]]:
    """The cells behind each code of the table below a heading."""
    _, _, section = DOCS.partition(f"\n### {title}\n")
    rows = re.findall(r"^\| ([A-Z_]+) \| (.+) \|$", section.partition("\n#")[0], re.MULTILINE)
    return {code: cells.split(" | ") for code, cells in rows}


@pytest.mark.parametrize("title", TABLES)
def test_the_table_is_that_of_the_code(title):
    columns: tuple[Mapping[Enum, str], ...] = TABLES[title]
    assert rows_of(title) == {code.value: [column[code] for column in columns] for code in columns[0]}


def test_every_heading_that_a_test_names_is_there():
    files = sorted((settings.BASE_DIR / "tests").rglob("test_*.py"))
    named = {title for path in files for title in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert named >= {"Lights", "Outcomes"}
    assert named - set(re.findall(r"^#+ (.+)$", DOCS, re.MULTILINE)) == set()
