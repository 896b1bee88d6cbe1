"""What the reviewer of a plan reads on its page: everything that its publication makes public, and what is missing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.contents import contents_of, lacks_wording
from tasks.models import Commitment, Indicator, Task
from tests.factories import (
    a_commitment,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_reviewer,
    an_administrator,
    an_indicator,
    an_outline,
    published,
)
from tests.small_city import address, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def a_draft_plan():
    works = published(a_department("works-office", name="Works office"))
    fire = a_department("fire-office", name="Fire office", drafted_by=an_administrator())
    bridge = a_project("bridge", title="The bridge", lead=works, partners=[fire], investment=48_000_000, place="North")
    a_milestone(bridge, "built", title="Built", unit="spans")
    built = {"amount": 3, "due_on": "2020-10-31", "weight": 2, "inferred": ["weight"]}
    plan = a_plan(bridge, targets={"built": built}, drafted_by=an_administrator("drafter"))
    a_milestone(bridge, "opened", title="Opened", unit="piece")
    tower = a_project("tower", title="The tower")
    a_commitment(plan, tower, goal="ADVANCE", annual_investment=120_000)
    well = a_project("well", title="The well")
    a_milestone(well, title="Dug")
    a_measure(plan.groups.get().tasks.get(), well, number=2, title="Dig deeper")
    an_indicator(plan, title="Green share", due_on=None)
    an_outline(plan, "Look first", "Then build")
    return plan


def test_everything_that_will_be_public_stands_on_the_page():
    plan = a_draft_plan()
    page = signed_in(a_reviewer()).get(address(plan)).content.decode()
    for words in (
        *(
            "The bridge",
            "Built",
            "3 spans",
            "2020 年 10 月 31 日",
            "权重 2（权重是本站理解）",
            "Opened（piece）",
            "不算在这件承诺里",
        ),
        *("Works office", "Fire office", "4800 万元", "The tower", "要推进", "12 万元", "The well", "Dug"),
        *("Green share", "≥ 36%", "Task 1", "Dig deeper", "Look first", "Then build", "North"),
    ):
        assert words in page, words


def test_what_is_missing_is_said():
    contents = contents_of(a_draft_plan())
    assert {one.project.slug: one.gaps for one in (*contents.promised, *contents.serving)} == {
        "bridge": ("没有写年度投资", "没有写原话"),
        "tower": ("没有写牵头部门", "没有写总投资", "没有写地点", "没有写原话", "没有写明办成要看哪些节点"),
        "well": ("没有写牵头部门", "没有写总投资", "没有写地点"),
    }
    assert (contents.n_milestones, len(contents.gaps)) == (1, 12)
    assert [one.gaps for one in contents.indicators] == [("没有写牵头部门", "没有写期限")]
    assert [one.gaps for one in contents.tasks] == [()]


@pytest.mark.parametrize(
    ("model", "inferred", "wording", "is_missing"),
    [
        (Commitment, [], "", True),
        (Commitment, [], "A bridge by autumn", False),
        (Task, [], "", False),
        (Task, ["title"], "", True),
        (Task, ["title", "due_on"], "Build the bridge", False),
        (Indicator, ["due_on"], "", False),
        (Indicator, ["upper", "target"], "", True),
    ],
)
def test_where_the_citys_words_are_missing(model, inferred, wording, is_missing):
    """What is called in the city's words needs no others."""
    assert lacks_wording(model(inferred=inferred), wording, inferred) is is_missing


@pytest.mark.parametrize("n", [1, 3])
def test_a_longer_plan_asks_no_more(n):
    works = a_department()
    projects = [a_project(f"project-{i}", lead=works, partners=[works]) for i in range(n)]
    for project in projects:
        for i in range(n):
            a_milestone(project, f"part-{i}")
    plan = a_plan(*projects)
    for i in range(n):
        an_indicator(plan, f"indicator-{i}")
        an_outline(plan, "one", code=f"outline-{i}")
    with CaptureQueriesContext(connection) as queries:
        contents_of(plan)
    assert len(queries) == 12


def test_a_refusal_leads_to_what_it_names():
    plan = a_draft_plan()
    tower = plan.series.get().commitments.get(project__slug="tower")
    reviewer = signed_in(a_reviewer())
    for act in ("publish", "preview"):
        send = reviewer.post if act == "publish" else reviewer.get
        said = " ".join(told(send(address(plan, act), follow=True)))
        assert f'<a href="{address(tower)}">去看看</a>' in said
