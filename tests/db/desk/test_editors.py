"""What the desk tells an editor: drafts, what is scheduled, what was just reached, what nobody wrote about."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.editors import just_reached, long_quiet, opening_of, reached_milestone
from news.models import Article
from tasks.models import Task
from tests.factories import (
    a_correction,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    an_editor,
    an_official,
    day,
    moment,
    published,
)
from tests.small_city import address, article_data, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def an_article(slug: str, **fields) -> Article:
    return Article.objects.create(slug=slug, **{"title": slug, "body": "x", **fields})


def desk_of(person) -> str:
    request = RequestFactory().get("/admin/")
    request.user = person
    return Template("{% load editors %}{% editors_desk %}").render(Context({"request": request}))


@pytest.fixture
def road():
    """Promised in March 2020: the lamps by number, the paving by percent."""
    road = a_project("road", title="The river road", short_title="The road", milestones=["paved"])
    a_milestone(road, "lit", title="Lamps", unit="lamps")
    published(a_plan(road, targets={"lit": {"amount": 10}}))
    return road


@pytest.fixture
def lit(road):
    """All lamps stood on 31 May, which was told on 5 June."""
    return published(a_report(road, "2020-05-31", {"lit": 10, "paved": 40}, evidence="Photo"), "2020-06-05")


def reached(on: str) -> list[str]:
    return [one.milestone.title for one in just_reached(day(on))]


@pytest.mark.parametrize(
    ("on", "found"),
    [("2020-06-04", []), ("2020-06-05", ["Lamps"]), ("2020-07-04", ["Lamps"]), ("2020-07-05", [])],
)
def test_a_milestone_is_offered_for_thirty_days(lit, on, found):
    assert reached(on) == found


@pytest.mark.parametrize(
    "state",
    [{}, {"is_published": True, "published_at": moment("2020-06-06")},
     {"is_published": True, "published_at": moment("2020-06-06"), "withdrawn_at": moment("2020-06-07"), "withdrawal_reason": "x"}],
    ids=["draft", "published", "withdrawn"],
)  # fmt: skip
def test_it_is_offered_no_more_once_somebody_began(lit, state):
    an_article("lamps", milestone=lit.readings.get(milestone__code="lit").milestone, **state)
    assert reached("2020-06-10") == []


def test_an_article_about_the_project_alone_takes_nothing_away(road, lit):
    an_article("road").projects.add(road)
    assert reached("2020-06-10") == ["Lamps"]


def test_what_a_correction_or_an_adjustment_undoes_is_not_offered(road, lit):
    published(a_correction(lit, {"lit": 9, "paved": 40}), "2020-06-06")
    assert reached("2020-06-10") == []


def test_what_was_reached_long_ago_is_not_offered_because_of_a_later_report(road, lit):
    published(a_report(road, "2020-07-31", {"lit": 10, "paved": 50}), "2020-08-05")
    assert reached("2020-08-06") == []


def test_a_draft_report_tells_nothing(road):
    a_report(road, "2020-05-31", {"lit": 10})
    assert reached("2020-06-10") == []


def test_the_form_begins_with_the_fact(road, lit, client):
    one = reached_milestone(road.milestones.get(code="lit").pk, day("2020-06-10"))
    opening = opening_of(one)
    assert opening["title"] == "The road：Lamps，完成了"
    assert opening["slug"] == "road-lit"
    assert opening["summary"] == "目标 10 lamps，2020 年 5 月 31 日做到 10 lamps。"
    assert opening["happened_on"] == day("2020-05-31")
    assert f'<a href="/ledger/{lit.entry_id}/">公开记录第 {lit.entry_id} 条</a>' in opening["body"]
    assert "2020 年 6 月 5 日公布" in opening["body"]
    assert opening["tasks"] == [Task.objects.get().pk]
    an_article("road-lit")
    assert opening_of(one)["slug"] == "road-lit-2"


def test_one_press_and_a_save_make_the_draft(road, lit):
    editor = signed_in(an_editor())
    milestone = road.milestones.get(code="lit")
    page = editor.get(address(Article, "add", f"?milestone={milestone.pk}"))
    text = page.content.decode()
    initial = page.context["adminform"].form.initial
    assert f'name="milestone" value="{milestone.pk}"' in text
    assert 'value="road-lit"' in text
    sent = article_data(
        body=initial["body"], slug=initial["slug"], milestone=milestone.pk, projects=initial["projects"]
    )
    assert editor.post(address(Article, "add"), sent).status_code == 302
    article = Article.objects.get()
    assert (article.milestone, article.projects.get()) == (milestone, road)
    assert f'href="/projects/{road.slug}/"' in article.body


@pytest.mark.parametrize(
    "query", ["?milestone=0", "?milestone=x", "?milestone=9" + "9" * 30, "?milestone=", "?project=x"]
)
def test_no_address_makes_the_form_fall(lit, query):
    page = signed_in(an_editor()).get(address(Article, "add", query))
    assert page.status_code == 200
    assert page.context["adminform"].form.initial.get("title") is None


@pytest.mark.parametrize("key", ["draft", "0", "x", "9" * 30])
def test_only_a_public_milestone_is_told_of(lit, key):
    draft = a_milestone(a_project("hush"), "hush")
    editor, sent = signed_in(an_editor()), article_data(milestone=draft.pk if key == "draft" else key)
    assert "milestone" in editor.post(address(Article, "add"), sent).context["adminform"].form.errors
    assert editor.get(address(Article, "add", f"?milestone={draft.pk}")).context["adminform"].form.initial == {
        "projects": []
    }


QUIET = {
    "no article": ({}, True),
    "an old one": ({"is_published": True, "published_at": moment("2020-04-02")}, True),
    "one of sixty days ago": ({"is_published": True, "published_at": moment("2020-04-11")}, True),
    "one of last month": ({"is_published": True, "published_at": moment("2020-04-12")}, False),
    "a draft": ({"published_at": moment("2020-06-01")}, True),
    "a scheduled one": ({"is_published": True, "published_at": moment("2020-06-20")}, True),
}


@pytest.mark.parametrize(("fields", "is_quiet"), QUIET.values(), ids=QUIET)
def test_projects_that_nobody_wrote_about(road, fields, is_quiet):
    if fields:
        an_article("road", **fields).projects.add(road)
    assert [one.project.slug for one in long_quiet(moment("2020-06-10"))] == ["road"] * is_quiet


def test_what_is_finished_may_rest(road):
    published(a_report(road, "2020-05-31", {"lit": 10, "paved": 100}, evidence="Photo"), "2020-06-05")
    assert long_quiet(moment("2020-06-10")) == []


@pytest.mark.parametrize("at", ["2020-03-20", "2021-02-01"], ids=["just promised", "over"])
def test_only_a_running_plan_is_asked(road, at):
    assert long_quiet(moment(at)) == []


def test_the_desk_lists_what_waits():
    an_article("fresh")
    an_article("old")
    an_article("later", is_published=True, published_at=moment("2999-01-01", "08:30"))
    an_article("seen", is_published=True, published_at=moment("2020-01-01"))
    Article.objects.filter(slug="old").update(updated_at=timezone.now() - timedelta(days=14))
    page = desk_of(an_editor())
    assert page.count("搁了 14 天以上") == 1
    assert page.index(">old<") < page.index("搁了 14 天以上") < page.index(">fresh<")
    assert "2999-01-01 08:30 发布" in page
    assert ">seen<" not in page


def test_the_desk_is_the_editors_alone():
    an_article("hush")
    assert desk_of(an_official()) == ""


@time_machine.travel(moment("2020-06-10"))
def test_the_number_of_queries_does_not_grow(django_user_model):
    editor, roads = an_editor(), [a_project(f"road-{n}", milestones=["built", "lit"]) for n in range(4)]
    published(a_plan(*roads))

    def reach(road) -> None:
        published(a_report(road, "2020-05-31", {"built": 100}, evidence="Photo"), "2020-06-05")
        an_article(road.slug).projects.add(road)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert "写这一篇" in desk_of(django_user_model.objects.get(pk=editor.pk))
        return len(captured)

    reach(roads[0])
    before = queries()
    for road in roads[1:]:
        reach(road)
    assert queries() == before <= 31
