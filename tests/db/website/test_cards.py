"""Shared cards: the page's own words, one for each promise and plan, for the newest day and month ends alone."""

import re
import threading
from datetime import date
from html import unescape
from io import BytesIO

import pytest
import time_machine
from PIL import Image

from common import lru_cache
from common.formats import day_text
from projects.progress import Light
from tasks.models import RESIDENT_GOALS, Commitment, Plan
from tasks.snapshots import plan_snapshot_of
from tasks.verdicts import verdict_of
from tests.db.website.test_sharing import meta, page_of
from tests.factories import a_plan, a_project, a_report, an_adjustment, moment, published
from website.cards import kept
from website.cards.days import card_day_of
from website.pages import cards
from website.sentences.headings import is_without_data
from website.sentences.promised import promised_sentence, promised_terms
from website.sentences.promises import dated_sentence

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DAYS = ["2020-03-05", "2020-06-30", "2020-09-30", "2020-12-31", "2021-05-31"]
ACCUSING = ("没办成", "没开工", "没有报", "没报", "落后", "过期", "不知道", "暂无")
MARK = "示例数据，不是霍州的真实进展"
ROAD = "/2020/promises/livelihood-2/card.png"


def snapshot_on(day: str):
    return plan_snapshot_of(Plan.objects.get(year=2020), date.fromisoformat(day))


def composed(monkeypatch, client, address: str, **params):
    """The contents of the card that is drawn for the address."""
    drawn = []
    monkeypatch.setattr(kept, "card_png", lambda card: drawn.append(card) or b"png")
    assert client.get(address, params).status_code == 200
    return drawn[-1]


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", DAYS)
def test_a_plan_s_card_has_the_words_of_its_page(client, monkeypatch, day):
    card = composed(monkeypatch, client, "/2020/card.png", as_of=day)
    page = page_of(client, "/2020/", as_of=day)
    shown = re.sub(r"\s|<[^>]*>", "", page)
    for text in (card.title, *(box.name for box in card.boxes), *(box.word for box in card.boxes)):
        assert re.sub(r"\s", "", unescape(text)) in shown, text
    assert card.sentence
    assert meta(page, "og:description").removeprefix("【示例】").startswith(card.sentence)
    assert card.day == f"数据算到 {day_text(date.fromisoformat(day))}"
    assert card.voucher in re.sub(r"<[^>]*>", "", page)
    assert card.mark == ("" if day == "2020-03-05" else MARK)


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", DAYS)
def test_a_promise_s_card_has_the_words_of_its_page(client, monkeypatch, day):
    for commitment in snapshot_on(day).commitments:
        address = f"/2020/promises/{commitment.series.code}-{commitment.number}/card.png"
        card = composed(monkeypatch, client, address, as_of=day)
        page = page_of(client, f"/projects/{commitment.project.slug}/", as_of=day)
        shown = unescape(re.sub(r"\s|<[^>]*>", "", page))
        if is_promise_only(commitment, day):
            assert (card.state.word, card.state.shape, card.beside) == (RESIDENT_GOALS[commitment.goal], "", "")
        else:
            verdict = verdict_of(commitment)
            assert (card.state.word, card.state.shape) == (verdict.word, verdict.shape)
            assert f"state-{card.state.shape}" in page
            for text in (card.state.word, *verdict.beside):
                assert re.sub(r"\s", "", text) in shown, text
        assert re.sub(r"\s", "", card.title) in shown
        if commitment.state.light is Light.UNREPORTED:  # as on the card of the overview
            assert card.sentence == promise_told(commitment, None)
            overview = re.sub(r"\s|<[^>]*>", "", page_of(client, "/2020/", as_of=day))
            assert re.sub(r"\s", "", promise_told(commitment, 2020)) in unescape(overview)
        else:
            assert card.sentence == dated_sentence(commitment, year=None)
            assert re.sub(r"\s", "", dated_sentence(commitment, year=2020)) in shown


def is_promise_only(commitment, day: str) -> bool:
    return commitment.state.light is Light.UNREPORTED and is_without_data(snapshot_on(day))


def promise_told(commitment, year: int | None) -> str:
    return promised_sentence(commitment, year=year) + promised_terms(commitment, year=year)


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("day", DAYS)
def test_a_plan_without_data_shares_its_promises(client, monkeypatch, day):
    """docs/words.md: The first screen."""
    card = composed(monkeypatch, client, "/2020/card.png", as_of=day)
    assert card.title == ("十件实事：办没办成，本站没有数据。" if day > "2020-12-31" else "霍州 2020 年：十件实事")
    assert "各部门的进展还没有公布过" in card.sentence
    assert {box.shape for box in card.boxes} == {""}
    texts = [card.text.replace("办没办成，本站没有数据", "")]
    for commitment in snapshot_on(day).commitments:
        address = f"/2020/promises/{commitment.series.code}-{commitment.number}/card.png"
        if commitment.state.light is Light.UNREPORTED:  # of one it is known that it was begun
            own = composed(monkeypatch, client, address, as_of=day)
            assert (own.state.word, own.state.shape) == (RESIDENT_GOALS[commitment.goal], "")
            assert own.sentence == promise_told(commitment, None)
            texts.append(own.text)
    assert len(texts) > 10
    assert [word for word in ACCUSING if any(word in text for text in texts)] == []


@pytest.mark.usefixtures("illustrative_2020")
def test_every_card_is_drawn_without_a_missing_character(client):
    snapshot = snapshot_on("2021-05-31")
    for commitment in snapshot.commitments[:6]:
        address = f"/2020/promises/{commitment.series.code}-{commitment.number}/card.png"
        response = client.get(address, {"as_of": "2021-05-31"})
        assert response["Content-Type"] == "image/png"
        assert "Cache-Control" not in response
        assert Image.open(BytesIO(response.content)).size == (1200, 630)


PAGES = [
    ("/", "", "/2020/card.png"),
    ("/2020/", "2020-09-30", "/2020/card.png?as_of=2020-09-30"),
    ("/2020/", "2020-09-15", "/2020/card.png?as_of=2020-08-31"),
    ("/2020/", "2020-03-20", "/2020/card.png?as_of=2020-03-05"),
    ("/2020/tasks/", "2020-12-31", "/2020/card.png?as_of=2020-12-31"),
    ("/projects/city-roads/", "", ROAD),
    ("/projects/city-roads/", "2020-10-20", f"{ROAD}?as_of=2020-09-30"),
    ("/projects/city-roads/poster/", "", ROAD),
    ("/departments/transport-bureau/", "2020-10-20", "/2020/card.png?as_of=2020-09-30"),
    ("/about/", "", "/2020/card.png"),
    ("/ledger/", "2020-10-20", "/2020/card.png?as_of=2020-09-30"),
]


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(("address", "day", "card"), PAGES)
def test_a_page_names_its_card(client, address, day, card):
    page = page_of(client, address, **({"as_of": day} if day else {}))
    assert meta(page, "og:image") == f"http://testserver{card}"
    assert (meta(page, "og:image:width"), meta(page, "og:image:height")) == ("1200", "630")
    assert meta(page, "og:image:alt") == meta(page, "og:title")
    assert meta(page, "twitter:card") == "summary_large_image"
    response = client.get(card)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")


@pytest.mark.parametrize(
    ("day", "card"),
    [
        ("2020-03-05", "2020-03-05"),
        ("2020-03-30", "2020-03-05"),
        ("2020-03-31", "2020-03-31"),
        ("2020-04-29", "2020-03-31"),
        ("2021-02-28", "2021-02-28"),
        ("2021-01-01", "2020-12-31"),
        ("2020-01-01", "2020-03-05"),
    ],
)
def test_there_is_a_card_of_each_month_s_end(day, card):
    plan = Plan(published_on=date(2020, 3, 5))
    assert card_day_of(plan, date.fromisoformat(day)) == date.fromisoformat(card)


@pytest.mark.usefixtures("illustrative_2020")
def test_other_days_lead_to_the_month_s_end_and_impossible_ones_nowhere(client):
    for address in ("/2020/card.png", ROAD):
        response = client.get(address, {"as_of": "2020-09-29"})
        assert (response.status_code, response["Location"]) == (302, f"{address}?as_of=2020-08-31")
        for day in ("2020-03-04", "2999-12-31", "x"):
            assert client.get(address, {"as_of": day}).status_code == 400
    for address in ("/2019/card.png", "/2020/promises/livelihood-99/card.png", "/2020/promises/none-1/card.png"):
        assert client.get(address).status_code == 404
    # what was added later has no card of a day before it
    added = Commitment.objects.exclude(addition=None).first()
    address = f"/2020/promises/{added.identifier}/card.png"
    assert client.get(address, {"as_of": "2020-03-05"}).status_code == 404


def test_a_card_is_drawn_once_until_the_ledger_has_another_head(client, monkeypatch):
    road = a_project("road", milestones=["paved"])
    published(a_plan(road))
    drawn = []
    monkeypatch.setattr(kept, "card_png", lambda card: drawn.append(card) or b"png")
    address = "/2020/promises/pledges-1/card.png"
    with time_machine.travel(moment("2020-07-31"), tick=False):
        for _ in range(2):
            assert client.get(address).content == b"png"
            client.get(address, {"as_of": "2020-06-30"})
    assert len(drawn) == 2
    published(a_report(road, "2020-07-15", {"paved": 40}), "2020-07-31")
    with time_machine.travel(moment("2020-07-31"), tick=False):
        client.get(address)
        client.get(address, {"as_of": "2020-06-30"})
    assert len(drawn) == 3


@pytest.fixture
def busy():
    """Another thread draws."""
    begun, done = threading.Event(), threading.Event()

    def hold():
        with kept._drawing:
            begun.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(30)
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("illustrative_2020")
def test_while_another_is_drawn_the_plan_s_stands_in_and_nobody_keeps_it(client, monkeypatch, request):
    monkeypatch.setattr(kept, "LONGEST_WAIT", 0.01)
    day = {"as_of": "2020-09-30"}
    plan = client.get("/2020/card.png", day).content
    request.getfixturevalue("busy")
    response = client.get(ROAD, day)
    assert (response.content, response["Cache-Control"]) == (plan, "no-store")
    lru_cache.clear()
    response = client.get(ROAD, day)
    assert (response.status_code, response["Cache-Control"]) == (302, "no-store")
    assert response["Location"].startswith("/static/img/share")


def test_a_character_that_the_typeface_lacks_gives_the_plan_s_card(client):
    road = a_project("road", milestones=["paved"], title="𮯠家坪的路")
    plan = published(a_plan(road))
    day = {"as_of": "2020-03-31"}
    response = client.get("/2020/promises/pledges-1/card.png", day)
    assert response.content == client.get("/2020/card.png", day).content
    published(an_adjustment(plan, short_title="😀"), "2020-04-02")
    response = client.get("/2020/card.png", {"as_of": "2020-04-30"})
    assert (response.status_code, response["Cache-Control"]) == (302, "no-store")


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(kept, "card_png", lambda _card: b"x" * 1024 * 100)
    cards_asked = [("card", number) for number in range(200)]
    for key in cards_asked:
        kept.card_of(key, None)
    n_kept = sum(kept.kept_card(key) is not None for key in cards_asked)
    assert 0 < n_kept <= kept.MOST_KEPT // 100


def test_the_view_draws_nothing_that_isn_t_public(client):
    a_plan(a_project("secret", milestones=["built"]), year=2021)
    assert client.get("/2021/card.png").status_code == 404
    assert client.get("/2021/promises/pledges-1/card.png").status_code == 404
    assert cards.plan_card.cache_policy.is_cached
