"""Who did something, by office, and where it was read, without a database."""

from datetime import date

import pytest

from ledger.models import Entry
from projects.models import Source
from website.sentences.record import acts_text, entry_word, first_reviewers_text, source_line

NAMES = {"works": "住建局"}


def act(did: str, person: str, role: str | None, department: str | None = None, **more) -> dict:
    return {"did": did, "person": person, "role": role, "department": department, **more}


DRAFTED = act("drafted", "1a", "official", "works")
# fmt: off
ACTS = {
    "two people": ([DRAFTED, act("published", "2b", "reviewer")], "起草：住建局部门填报员；公布：督查审核员（两个人）"),
    "one person": ([DRAFTED, act("published", "1a", None)], "公布：没有角色的账号"),
    "one whom nobody confirmed": ([DRAFTED, act("published", "2b", "reviewer", unconfirmed=True)], "起草：住建局部门填报员；公布：督查审核员（还没有另一位审核员确认过这个人）（两个人）"),
    "a department since renamed": ([act("published", "1a", "official", "gone")], "公布：部门填报员"),
}
# fmt: on
ON_THE_SERVER, BY_WORKS = {"appointed_by": None}, {"appointed_by": {"role": "administrator", "department": "works"}}
REVIEWERS = {
    "none": ([], "还没有"),
    "one": ([ON_THE_SERVER], "1 位，在服务器上设的"),
    "several": ([BY_WORKS, ON_THE_SERVER, ON_THE_SERVER], "2 位，在服务器上设的；1 位，由住建局管理员任命"),
}
NEWS = {"kind": "NEWS", "title": "一年大事", "publisher": "日报", "issued_on": date(2020, 9, 5)}
LINK = {"url": "https://example.org/?a=1&b=2"}
SOURCES = {
    "of a newspaper": (NEWS, "《一年大事》，日报，2020 年 9 月 5 日"),
    "with its address": (NEWS | LINK, '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">《一年大事》</a>，日报，2020 年 9 月 5 日'),
    "a title alone": ({"kind": "NEWS", "title": "一年大事"}, "《一年大事》"),
    "illustrative": ({"kind": "ILLUSTRATIVE", "title": "示例数据"} | LINK, "示例数据"),
    "markup in it": ({"kind": "NEWS", "title": "<b>", "publisher": "<i>"}, "《&lt;b&gt;》，&lt;i&gt;"),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
def test_who_did_it(name):
    """docs/words.md: Other pages. docs/rules.md: acts."""
    acts, told = ACTS[name]
    assert acts_text(acts, NAMES) == told


@pytest.mark.parametrize("name", REVIEWERS)
def test_who_could_publish_when_the_first_plan_was(name):
    """docs/words.md: Other pages. docs/rules.md: reviewers."""
    reviewers, told = REVIEWERS[name]
    assert first_reviewers_text(reviewers, NAMES) == told


@pytest.mark.parametrize("name", SOURCES)
def test_where_it_was_read(name):
    """docs/words.md: A project's page."""
    columns, told = SOURCES[name]
    html = source_line(Source(**columns))
    assert html.replace('<time datetime="2020-09-05">2020 年 9 月 5 日</time>', "2020 年 9 月 5 日") == told


ENTRIES = {
    "a report": ("report", {}, "进展报告"),
    "a promise loosened": ("adjustment", {"due_on": "LOOSENED"}, "承诺改松了"),
    "a new day and a new phone": ("adjustment", {"due_on": "TIGHTENED", "phone": "REASSIGNED"}, "承诺改紧了"),
    "more, but later": ("adjustment", {"amount": "TIGHTENED", "due_on": "LOOSENED"}, "承诺改松了、改紧了"),
    "a phone": ("adjustment", {"phone": "FILLED_IN"}, "补上的信息"),
    "a title and a lead": ("adjustment", {"title": "REWORDED", "leads": "REASSIGNED"}, "改了说法、换了部门或数额"),
}


@pytest.mark.parametrize(("kind", "kinds", "word"), ENTRIES.values(), ids=ENTRIES)
def test_an_entry_says_how_it_changed_a_promise(kind, kinds, word):
    """docs/rules.md: kind-of-change."""
    assert entry_word(Entry(kind=kind, payload={"kinds": kinds})) == word
