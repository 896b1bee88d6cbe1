"""docs/rules.md is the law: tests name the rules that they hold, and no rule is without a test that does."""

import re
from pydoc import locate

from django.conf import settings

RULES = (settings.BASE_DIR / "docs" / "rules.md").read_text(encoding="utf-8")
TESTS = settings.BASE_DIR / "tests"
EXAMPLES = (
    "pure/projects/test_progress.py",
    "pure/tasks/test_kinds.py",
    "pure/tasks/test_measures.py",
    "pure/tasks/test_progress.py",
)
# In the docstring of a test or of its module: the name of the file, a colon, the names of rules, a full stop.
NAMED = re.compile(r"docs/rules\.md: ([a-z, -]+)\.")


def rules_of_the_record() -> list[str]:
    return re.findall(r"^### (.+)$", RULES, re.MULTILINE)


def named_by_tests() -> dict[str, set[str]]:
    """The files that name a rule, by its name."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for names in NAMED.findall(path.read_text(encoding="utf-8")):
            for name in names.split(", "):
                found.setdefault(name, set()).add(path.relative_to(TESTS).as_posix())
    return found


def test_every_rule_has_a_name_of_its_own_that_a_link_can_hold():
    rules = rules_of_the_record()
    assert len(rules) == len(set(rules))
    assert [rule for rule in rules if not re.fullmatch(r"[a-z]+(-[a-z]+)*", rule)] == []


def test_no_test_names_a_rule_that_is_not_there():
    assert {rule: files for rule, files in named_by_tests().items() if rule not in rules_of_the_record()} == {}


def test_every_rule_is_named_by_a_test():
    assert [rule for rule in rules_of_the_record() if rule not in named_by_tests()] == []


def test_every_worked_example_is_a_case_of_the_tables():
    _, _, section = RULES.partition("## 5. Worked examples")
    cases = re.findall(r"^\| ([a-z, ]+) \| [0-9]", section, re.MULTILINE)
    ids = {found for name in EXAMPLES for found in re.findall(r'\bid="([^"]+)"', (TESTS / name).read_text())}
    assert len(cases) == section.count("\n| ") - 1  # the head
    assert [case for case in cases if case not in ids] == []


def tables_of_code() -> list[tuple[list[str], str]]:
    """The rules and the code of each row of the tables that say where rules are decided."""
    tables = re.findall(r"^\| rules \| code \|\n\|---\|---\|\n((?:\|.+\|\n)+)", RULES, re.MULTILINE)
    rows = re.findall(r"^\| ([a-z, -]+) \| (.+) \|$", "".join(tables), re.MULTILINE)
    assert len(rows) == sum(table.count("\n") for table in tables)
    return [(rules.split(", "), code) for rules, code in rows]


def test_every_rule_is_decided_where_the_tables_say():
    places = [place for _, code in tables_of_code() for place in re.findall(r"`([\w.]+)`", code)]
    assert [place for place in places if locate(place) is None] == []
    placed = [rule for rules, _ in tables_of_code() for rule in rules]
    assert len(placed) == len(set(placed))
    assert set(placed) <= set(rules_of_the_record())


def test_the_code_of_every_rule_on_a_state_is_named():
    _, _, section = RULES.partition("## 3. State on a day")
    placed = {rule for rules, _ in tables_of_code() for rule in rules}
    assert set(re.findall(r"^### (.+)$", section.partition("## 4.")[0], re.MULTILINE)) - placed == set()


def test_every_link_between_rules_leads_to_one():
    assert [name for name in re.findall(r"\]\(#([^)]+)\)", RULES) if name not in rules_of_the_record()] == []
