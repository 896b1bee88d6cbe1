"""What deputies said of promises, wherever residents and programs read it."""

import re

import pytest
import time_machine

from tests.factories import (
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_vote,
    an_evidence,
    moment,
    published,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SENTENCE = "人大代表测评（2021年1月20日，到会180人）：满意150票，基本满意25票，不满意4票，另外1人没有选这三项"
MISSING = "人大代表对这些承诺的满意度测评：没有公布。"
TODAY = "2021-03-01"


@pytest.fixture(autouse=True)
def now(db):
    with time_machine.travel(moment(TODAY), tick=False):
        yield


@pytest.fixture
def plan(now):
    works = published(a_department("works-office"), "2020-03-01")
    road, bridge = a_project("road", lead=works), a_project("bridge", lead=works)
    for project in (road, bridge):
        a_milestone(project, "built")
    return published(a_plan(road, bridge), "2020-03-05")


@pytest.fixture
def vote(plan):
    commitment = plan.series.get().commitments.get(project__slug="road")
    vote = a_vote(commitment, "2021-01-20", 150, 25, 4, meeting="五届人大六次会议", evidence="")
    an_evidence(vote, title="测评结果公告（人发〔2021〕3 号）", kind="LINK", url="https://example.org/votes")
    return published(vote, "2021-02-01")


def corrected(vote):
    again = a_vote(
        vote.commitment, "2021-01-20", 151, 25, 4, corrects=vote, correction_reason="数错了一票。", evidence="更正公告"
    )
    return published(again, "2021-02-05")


def read(client, address: str) -> str:
    """What people read of the page, without space."""
    html = client.get(address).content.decode()
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", html[html.index("<main") : html.index("</main>")]))


def test_the_page_of_the_project_says_what_deputies_said(client, vote):
    """docs/rules.md: vote."""
    text = read(client, "/projects/road/")
    assert f"第1件pledge的满意度测评{SENTENCE}五届人大六次会议" in text
    assert "出处测评结果公告（人发〔2021〕3号）" in text
    assert "人大代表" not in read(client, "/projects/bridge/")


def test_a_correction_stands_beside_what_it_corrects(client, vote):
    """docs/rules.md: vote, correction."""
    corrected(vote)
    text = read(client, "/projects/road/")
    assert f"{SENTENCE}已更正" in text
    assert "满意151票" in text
    assert "更正原因：数错了一票。" in text
    review = read(client, "/2020/review/")
    assert "满意151票" in review
    assert "满意150票" not in review


def test_a_page_of_a_day_before_knows_nothing_of_it(client, vote):
    """docs/rules.md: vote, as-of."""
    pages = ("/projects/road/?as_of=2021-01-31", "/2020/review/?as_of=2021-01-31")
    before = [read(client, page) for page in pages]
    assert not any("满意150票" in text for text in before)
    assert MISSING in before[1]
    corrected(vote)
    assert [read(client, page) for page in pages] == before
    assert "满意150票" in read(client, "/2020/review/?as_of=2021-02-01")


def test_the_review_tells_once_that_nothing_is_known(client, plan):
    """docs/rules.md: vote."""
    assert read(client, "/2020/review/").count(MISSING) == 1


def test_the_review_has_the_ballots_of_those_that_have_any(client, vote):
    """docs/rules.md: vote."""
    text = read(client, "/2020/review/")
    assert text.count("代表测评人大代表测评（") == 1
    assert MISSING not in text
    page = client.get("/2020/review/").content.decode()
    assert 'class="ballots-satisfied" x="0%" width="83.33%"' in page


def test_the_data_have_every_vote(client, vote):
    """docs/rules.md: vote."""
    mended = corrected(vote)
    of_plan = client.get("/api/v1/plans/2020").json()["commitments"]
    road, bridge = (next(one["votes"] for one in of_plan if one["project"] == slug) for slug in ("road", "bridge"))
    assert bridge == []
    assert road[0] == {
        "id": vote.entry_id,
        "held_on": "2021-01-20",
        "published_at": "2021-02-01T04:00:00.000000Z",
        "body": "CONGRESS",
        "present": 180,
        "satisfied": 150,
        "fairly": 25,
        "dissatisfied": 4,
        "others": 1,
        "corrects": None,
    }
    assert (road[1]["id"], road[1]["satisfied"], road[1]["corrects"]) == (mended.entry_id, 151, vote.entry_id)
    assert client.get("/api/v1/plans/2020?as_of=2021-01-31").json()["commitments"][0]["votes"] == []


def test_between_two_days_a_vote_is_an_act(client, vote):
    """docs/rules.md: vote, comparison."""
    text = read(client, "/2020/compare/?from=2021-01-15&to=2021-02-03")
    assert "公布了1次人大测评。" in text
    assert SENTENCE in text
    assert "没有公布过变化" not in text
    corrected(vote)
    text = read(client, "/2020/compare/?from=2021-02-03&to=2021-02-20")
    assert "更正了1份。" in text
    assert "更正了2021年1月20日的人大测评：数错了一票。" in text
    assert "次人大测评" not in text


def test_what_the_law_hides_of_a_vote_is_gone_on_every_day(client, vote):
    """docs/rules.md: vote, redaction."""
    for field in ("meeting", "evidence/1"):
        published(a_redaction(vote, field), "2021-02-20")
    for page in (
        "/projects/road/",
        "/projects/road/?as_of=2021-02-02",
        f"/ledger/{vote.entry_id}/",
        "/feeds/record.atom",
    ):
        html = client.get(page).content.decode()
        assert "五届人大六次会议" not in html
        assert "测评结果公告" not in html
        assert "https://example.org/votes" not in html
    assert "满意150票" in read(client, "/projects/road/")


def test_the_search_finds_the_meeting_and_where_it_was_published(client, vote):
    for q in ("六次会议", "测评结果公告"):
        page = client.get("/search/", {"q": q}).content.decode()
        assert f"/projects/road/#vote-{vote.entry_id}" in page
        assert f"#vote-{vote.entry_id}" not in client.get("/search/", {"q": q, "as_of": "2021-01-31"}).content.decode()
