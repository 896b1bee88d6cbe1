"""One word for a commitment and day: boxes, cards, heads, titles, the table, files and answers say that of `verdict_of`."""

import csv
import re
from collections import Counter, defaultdict
from datetime import date

import pytest

from tasks.snapshots import PlanSnapshot, commitments_of, plan_snapshot_of
from tasks.verdicts import SILENCES, verdict_of
from website.pages.plans import published_plan
from website.templatetags.promise_tags import brief_word

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DAYS = ["2020-03-06", "2020-06-30", "2020-07-15", "2020-09-30", "2020-12-31", "2021-01-01", "2021-06-01", "2021-10-12"]
SILENT = {word for word, _shape, _official in SILENCES.values()}
WORD = re.compile(r'<span class="verdict-word"><span class="badge[^>]*>.*?<span>([^<]*)</span>', re.DOTALL)
CARD = re.compile(r'<article class="card">.*?href="/projects/([a-z0-9-]+)/.*?</article>', re.DOTALL)
ROW = re.compile(
    r'class="cell-title"><div><a href="/projects/([a-z0-9-]+)/.*?class="cell-state">.*?</svg>\s*<span>([^<]*)</span>',
    re.DOTALL,
)
BOX = re.compile(r'<a class="box state-[^>]* href="/projects/([a-z0-9-]+)/.*?class="box-word">(.*?)</span>', re.DOTALL)


def cards_in(text: str) -> set[tuple[str, str]]:
    """(slug, word) of each card that has a word."""
    return {(found[1], word) for found in CARD.finditer(text) for word in WORD.findall(found[0])}


def boxes_in(text: str) -> set[tuple[str, str]]:
    return {(slug, re.sub(r"<[^>]*>|\s", "", word)) for slug, word in BOX.findall(text)}


def words_said(text: str, vocabulary: set[str]) -> set[str]:
    """Those of `vocabulary` that the text says, the longest where several begin at one place."""
    longest_first = sorted(vocabulary, key=len, reverse=True)
    return set(re.findall("|".join(map(re.escape, longest_first)), text))


def page(client, address: str, day: str) -> str:
    response = client.get(address, {"as_of": day})
    assert response.status_code == 200, (address, day)
    return response.content.decode("utf-8-sig")


def known_words(snapshot: PlanSnapshot) -> dict[str, list[str]]:
    """The words for every promise of whatever plan about each project, by its slug."""
    found = defaultdict(list)
    for about in commitments_of(snapshot.projects.values(), snapshot.as_of).values():
        for _plan, one in about:
            found[one.project.slug].append(verdict_of(one).word)
    return found


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.usefixtures("illustrative_2020")
def test_every_place_says_the_same_word(client, day):
    """docs/rules.md: verdict."""
    snapshot = plan_snapshot_of(published_plan(2020), date.fromisoformat(day))
    words = {(one.series.code, one.number): verdict_of(one).word for one in snapshot.commitments}
    of_year = {one.project.slug: verdict_of(one) for one in snapshot.commitments}
    about = known_words(snapshot)
    assert len(of_year) == len(snapshot.commitments) >= 15

    overview = page(client, "/2020/", day)
    first = {one.project.slug for one in snapshot.headline.commitments}
    cards = cards_in(overview)
    assert cards <= {(slug, found.word) for slug, found in of_year.items()}
    boxes = {(slug, brief_word(of_year[slug])) for slug in first}
    is_known = day != DAYS[0]  # before that the first list has no words
    assert boxes_in(overview) == (boxes if is_known else set())
    if is_known:
        assert {one for one in cards if one[0] in first} == {(slug, of_year[slug].word) for slug in first}
    table = Counter((one.project.slug, verdict_of(one).word) for one in snapshot.commitments)
    rows = Counter(ROW.findall(page(client, "/2020/projects/", day)))
    if is_known:
        assert rows == table
    else:  # a table of promises, with a word only where anything was reported
        assert Counter(word for _, word in rows) == {word: n for (_, word), n in table.items() if word not in SILENT}
    leads = {department.slug for project in snapshot.projects.values() for department in project.leads}
    others = [f"/2020/tasks/{task.row.identifier}/" for task in snapshot.tasks]
    others += [f"/departments/{slug}/" for slug in sorted(leads)]
    for address in others:
        assert cards_in(page(client, address, day)) <= {(slug, word) for slug in about for word in about[slug]}, address

    rows = list(csv.DictReader(page(client, "/2020/projects.csv", day).splitlines()))
    titles = Counter((one.project.title, verdict_of(one).word) for one in snapshot.commitments)
    told = [(row["名称"].removeprefix("【示例】"), row["现在怎样"].partition("，")[0]) for row in rows]
    assert Counter(told) == titles  # what stands beside the word follows it

    answer = client.get("/api/v1/plans/2020", {"as_of": day}).json()
    assert {(one["series"], one["number"]): one["verdict"]["word"] for one in answer["commitments"]} == words
    answer = client.get("/api/v1/projects", {"as_of": day}).json()
    said = {one["slug"]: [promise["verdict"]["word"] for promise in one["commitments"]] for one in answer["projects"]}
    assert {slug: said[slug] for slug in about} == about

    vocabulary = {word for known in about.values() for word in known}
    for slug, expected in about.items():
        answer = client.get(f"/api/v1/projects/{slug}", {"as_of": day}).json()
        assert [promise["verdict"]["word"] for promise in answer["commitments"]] == expected, slug
        text = page(client, f"/projects/{slug}/", day)
        assert set(WORD.findall(text)) == set(expected), (slug, day)
        for name in ("<title>(.*?)</title>", 'property="og:title" content="(.*?)"'):
            title = re.search(name, text, re.DOTALL)[1]
            assert words_said(title, vocabulary) == set(expected), (slug, day, title)
