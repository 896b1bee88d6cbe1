"""What isn't public shows nowhere: no page, feed, calendar, answer or file tells of a draft, whoever asks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from news.models import Article
from projects.models import Project
from tasks.models import Indicator
from tests.factories import (
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_source,
    an_adjustment,
    an_evidence,
    an_indicator_reading,
    an_official,
)
from tests.routes import routes

pytestmark = pytest.mark.django_db

MARK = "wovon-noch-niemand-weiss"
DAYS = ["", "2020-09-30"]


@pytest.fixture
def drafts(illustrative_2020):
    """A draft of every kind, the mark in everything that can be written in it."""
    roads = Project.objects.get(slug="city-roads")
    official = an_official()
    submitted = a_report(
        roads, "2021-06-30", by=official, text=MARK, problem=MARK, next_step=MARK, correction_reason=MARK
    )
    an_evidence(submitted, title=MARK, content=MARK.encode(), url=f"https://example.org/{MARK}")
    a_report(roads, "2021-07-31", text=MARK, corrects=roads.reports.published().order_by("-entry").first())
    an_adjustment(roads, fields={"reason": MARK, "document": MARK}, place=MARK, title=MARK)
    an_adjustment(illustrative_2020, fields={"reason": MARK, "document": MARK}, title=MARK)
    an_indicator_reading(Indicator.objects.first(), "2021-06-30", 99, note=MARK)
    draft = a_redaction(roads.reports.published().first(), "text")
    draft.reason = MARK
    draft.save()
    office = a_department(MARK, name=MARK, phone=MARK)
    project = a_project(MARK, title=MARK, short_title=MARK[:20], place=MARK, lead=office)
    a_milestone(project, MARK, title=MARK)
    a_milestone(roads, MARK, title=MARK)
    a_plan(project, roads, year=2022, title=MARK, short_title=MARK, guideline=MARK)
    a_source(MARK, title=MARK, publisher=MARK)
    soon = timezone.now() + timedelta(minutes=5)
    for slug, fields in {"draft": {}, "scheduled": {"is_published": True, "published_at": soon}}.items():
        article = Article.objects.create(slug=f"{MARK}-{slug}", title=MARK, summary=MARK, body=MARK, **fields)
        article.projects.add(roads)
        article.tasks.set(illustrative_2020.groups.first().tasks.all())
    return submitted


def content_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace") + str(response.headers)


@pytest.mark.usefixtures("drafts")
@pytest.mark.parametrize("on", DAYS)
def test_no_address_tells_of_a_draft(client, on):
    n = 0
    for route in routes():
        for address in route.addresses()[-12:]:
            told = content_of(client.get(address, {"as_of": on} if on else {}))
            assert MARK not in told.replace(f"q={MARK}", ""), address
            n += 1
    assert n > 100


@pytest.mark.usefixtures("drafts")
def test_nothing_is_found_of_a_draft(client):
    told = client.get("/search/", {"q": MARK}).content.decode()
    assert "<mark>" not in told
    Article.objects.filter(slug=f"{MARK}-draft").update(is_published=True, published_at=timezone.now())
    assert "<mark>" in client.get("/search/", {"q": MARK}).content.decode()


def test_the_addresses_that_a_draft_will_have_are_not_there_yet(client, drafts):
    evidence = drafts.evidence.get()
    assert evidence.file.storage.exists(evidence.file.name)
    for address in (
        f"/projects/{MARK}/",
        f"/projects/{MARK}/poster/",
        f"/projects/{MARK}/qr.png",
        f"/departments/{MARK}/",
        f"/news/{MARK}-draft/",
        f"/news/{MARK}-scheduled/",
        f"/api/v1/projects/{MARK}",
        "/2022/",
        "/2022/changes/",
        "/2022/deadlines.ics",
        "/api/v1/plans/2022",
        f"/media/{evidence.file.name}",
        f"/news/?project={MARK}",
    ):
        assert client.get(address).status_code in {400, 404}, address


@pytest.mark.usefixtures("drafts")
def test_once_published_the_same_words_are_told(client):
    """Else the tests above would pass for a portal that tells nothing."""
    Article.objects.filter(slug=f"{MARK}-draft").update(is_published=True, published_at=timezone.now())
    assert MARK in client.get("/news/").content.decode()
    assert MARK in client.get("/feeds/news.atom").content.decode()
    assert MARK in client.get("/projects/city-roads/").content.decode()
