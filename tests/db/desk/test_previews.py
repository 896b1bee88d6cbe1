"""What will be public, shown before it is: the public page itself, and afterwards nothing has happened."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User

from desk.previews import with_links_to_previews
from ledger.models import Entry
from projects.models import Evidence
from tests.factories import (
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    an_adjustment,
    an_evidence,
    an_indicator_reading,
    moment,
    published,
)
from tests.small_city import a_draft, address, signed_in, told

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment("2020-06-20"), tick=False) as traveller:
        yield traveller


def a_report_draft(city):
    return a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official, text="The piers stand.")


def a_correction_draft(city):
    draft = a_draft(city.bridge, "2020-04-30", {"built": 35}, by=city.official, text="Counted again.")
    draft.corrects, draft.correction_reason = city.bridge.reports.get(source__isnull=False), "Two spans too many."
    draft.save()
    return draft


def a_moved_day(city):
    return an_adjustment(city.to_build, by=city.official, due_on="2021-06-30")


def a_hidden_text(city):
    return a_redaction(city.bridge.reports.get(), "text", by=city.reviewer)


def an_indicator_value(city):
    return an_indicator_reading(city.indicator, "2020-04-30", "31.7", by=city.reviewer)


def a_plan_change(city):
    return an_adjustment(city.indicator, by=city.administrator, target="47.5")


@pytest.mark.parametrize(
    ("drafted", "person", "shown"),
    [
        (a_report_draft, "official", ["The piers stand.", "55%", "2020 年 5 月 31 日"]),
        (a_correction_draft, "official", ["Two spans too many.", "<del>40%</del>", "Counted again."]),
        (a_moved_day, "official", ["2021 年 6 月 30 日", "The ground was softer than thought."]),
        (a_hidden_text, "reviewer", ["依法隐去"]),
        (an_indicator_value, "second_reviewer", ["31.7%"]),
        (a_plan_change, "reviewer", ["47.5%"]),
    ],
)
def test_the_public_page_is_shown_and_nothing_has_happened(city, drafted, person, shown):
    draft = drafted(city)
    client = signed_in(getattr(city, person))
    before = Entry.objects.count(), User.objects.count(), list(type(draft).objects.values())
    page = client.get(address(draft, "preview"), headers={"if-none-match": "*"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "预览，还没有公布" in text
    for words in shown:
        assert words in text
    assert "no-store" in page["Cache-Control"]
    assert (Entry.objects.count(), User.objects.count(), list(type(draft).objects.values())) == before
    for public in ("/projects/bridge/", "/2020/", "/2020/changes/", "/2020/indicators/"):
        now = client.get(public).content.decode()
        assert "预览" not in now
        assert shown[0] not in now


def test_what_cannot_be_published_says_why(city):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 10}, by=city.official)
    page = signed_in(city.official).get(address(draft, "preview"), follow=True)
    assert told(page) == ["现在还看不到公布后的样子：", "Built：累计数 10 小于上一次的 40。"]


def test_a_preview_of_hiding_a_file_leaves_the_file(city):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    evidence = an_evidence(report, content=b"%PDF-1")
    published(report, on="2020-06-01")
    draft = a_redaction(report, "evidence/1", by=city.reviewer)
    assert signed_in(city.reviewer).get(address(draft, "preview")).status_code == 200
    kept = Evidence.objects.get(pk=evidence.pk)
    assert kept.file.storage.exists(kept.file.name)
    assert kept.salt


@pytest.mark.parametrize("person", ["other_official", "reviewer", "administrator", "editor"])
def test_nobody_previews_what_they_may_not_see(city, person):
    draft = a_report_draft(city)
    assert signed_in(getattr(city, person)).get(address(draft, "preview")).status_code in {403, 404}


def test_a_draft_that_nobody_answers_for_is_not_previewed(city):
    draft = an_adjustment(city.to_build, amount="120")
    page = signed_in(city.administrator).get(address(draft, "preview"), follow=True)
    assert told(page) == ["现在还看不到公布后的样子：", "没有起草人，也没有资料来源。"]


# Links within a preview


def a_plan_draft(city):
    gate = a_project("gate", title="The gate", lead=city.works)
    a_milestone(gate, title="Gate hung")
    return a_plan(gate, year=2021, drafted_by=city.administrator, title="The next plan")


def followed(client, html: str, path: str):
    """The page behind the link of a preview to the public page at `path`."""
    found = {unescape(href) for href in re.findall('<a[^>]* href="([^"]*)"', html)}
    (href,) = {href for href in found if parse_qs(urlsplit(href).query).get("_page") == [path]}
    return client.get(href)


def test_links_lead_to_previews_of_what_is_as_little_public(city):
    plan, reviewer = a_plan_draft(city), signed_in(city.reviewer)
    first = reviewer.get(address(plan, "preview")).content.decode()
    page = followed(reviewer, first, "/projects/gate/")
    assert page.status_code == 200
    assert "The gate" in page.content.decode()
    assert "预览，还没有公布" in page.content.decode()
    back = followed(reviewer, page.content.decode(), "/2021/")
    assert back.status_code == 200
    assert reviewer.get("/projects/gate/").status_code == 404


def test_a_form_within_a_preview_asks_for_a_preview(city):
    plan, reviewer = a_plan_draft(city), signed_in(city.reviewer)
    page = reviewer.get(address(plan, "preview"), {"_page": "/2021/projects/", "sort": "title"})
    assert page.status_code == 200
    assert "The gate" in page.content.decode()
    assert '<input type="hidden" name="_page" value="/search/">' in page.content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/nowhere/", "/projects/none/", "https://example.org/", "/healthz", ""])
def test_a_preview_of_no_public_page(city, path):
    plan = a_plan_draft(city)
    assert signed_in(city.reviewer).get(address(plan, "preview"), {"_page": path}).status_code in (200, 404)
    assert signed_in(city.reviewer).get(address(plan, "preview"), {"_page": "/admin/"}).status_code == 404


LINKS = {
    '<a class="x" href="/2020/tasks/">': '<a class="x" href="/p/?_page=%2F2020%2Ftasks%2F">',
    '<a href="/2020/?as_of=2020-05-01&amp;x=#top">': '<a href="/p/?_page=%2F2020%2F&amp;as_of=2020-05-01&amp;x=#top">',
    '<a href="?sort=title">': '<a href="/p/?_page=%2F2020%2Fprojects%2F&amp;sort=title">',
    '<a href="#main">': None,
    '<a href="tel:0357">': None,
    '<a href="https://example.org/2020/">': None,
    '<a href="/media/evidence/x.pdf">': None,
    '<link href="/static/x.css">': None,
    '<form action="/search/" method="get">': (
        '<form action="/p/" method="get"><input type="hidden" name="_page" value="/search/">'
    ),
}


@pytest.mark.parametrize("html", LINKS)
def test_what_leads_where(html):
    assert with_links_to_previews(html, preview="/p/", page="/2020/projects/") == (LINKS[html] or html)
