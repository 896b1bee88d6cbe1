"""What the documents for maintainers name is there: files, tests, and what their links lead to."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
DOCS = [ROOT / "CONTRIBUTING.md", *(ROOT / "docs" / f"{name}.md" for name in (
    "api", "architecture", "recipes", "rules", "sources", "testing", "words",
))]  # fmt: skip
ALL_TESTS = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))
# A path in backquotes, with the name of a test behind it or not.
PATHS = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.\w+)(?:::(\w+))?`")
LINKS = re.compile(r"\]\(([^)\s]+)\)")


def anchors_of(text: str) -> set[str]:
    """Of the headings, as a forge makes them: small letters, marks left out, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    return not target.exists() or (bool(anchor) and anchor not in anchors_of(target.read_text(encoding="utf-8")))


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_file_and_every_test_that_is_named_is_there(document):
    named = PATHS.findall(document.read_text(encoding="utf-8"))
    assert [path for path, _ in named if not (ROOT / path).exists()] == []
    bare = re.findall(r"`(test_\w+)`", document.read_text(encoding="utf-8"))
    assert [test for test in bare if f"def {test}(" not in ALL_TESTS] == []
    tests = [(path, test) for path, test in named if test]
    assert [pair for pair in tests if f"def {pair[1]}(" not in (ROOT / pair[0]).read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    links = [link for link in LINKS.findall(document.read_text(encoding="utf-8")) if not link.startswith("http")]
    assert [link for link in links if missing(document, link)] == []
