"""What a project's page says in the words of others: those in force on its day, and a mark where the law took them."""

import re

import pytest

from tasks.models import Measure, Outline, Plan, Series, Task
from tests.factories import a_plan, a_project, a_redaction, an_adjustment, published

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def bridge():
    bridge = a_project("bridge", milestones=("built",))
    published(a_plan(bridge), "2020-03-05")
    return bridge


def page(client, on: str) -> str:
    return client.get("/projects/bridge/", {"as_of": on}).content.decode()


def test_task_measure_series_and_plan_go_by_their_names_of_the_day(client, bridge):
    published(an_adjustment(Task.objects.get(), title="新的任务"), "2020-06-01")
    published(an_adjustment(Measure.objects.get(), title="新的举措"), "2020-06-01")
    published(an_adjustment(Series.objects.get(), title="新的系列"), "2020-06-01")
    published(an_adjustment(Series.objects.get().plan, short_title="新的计划"), "2020-06-01")
    new = ("新的任务", "新的举措", "新的系列", "新的计划")
    assert [name for name in new if name in page(client, "2020-05-31")] == []
    assert [name for name in new if name not in page(client, "2020-06-01")] == []
    assert "Task 1" in page(client, "2020-05-31")
    assert "Task 1" not in page(client, "2020-06-01")


@pytest.mark.parametrize("whose", ["project", "milestone", "commitment", "target"])
def test_a_reason_that_the_law_hides_leaves_a_mark(client, bridge, whose):
    promise, changed = {
        "project": (bridge, {"place": "河边"}),
        "milestone": (bridge.milestones.get(), {"title": "Deck"}),
        "target": (bridge.milestones.get().targets.get(), {"due_on": "2020-11-30"}),
        "commitment": (bridge.commitments.get(), {"annual_investment": 5}),
    }[whose]
    change = published(an_adjustment(promise, **changed), "2020-06-01")
    assert "The ground was softer than thought." in page(client, "2020-07-01")
    published(a_redaction(change, "reason"), "2020-06-02")
    assert "The ground was softer than thought." not in page(client, "2020-07-01")
    assert "此处已依法隐去" in page(client, "2020-07-01")


def test_what_the_plan_says_of_a_project_or_its_series_stands_beside_what_is_promised(client):
    """By its code: a list that isn't closed, a grouping that is our reading."""
    bridge, tower = a_project("bridge", milestones=("built",)), a_project("tower", milestones=("built",))
    plan = a_plan(bridge, tower)
    series = Series.objects.get()
    Outline.objects.create(plan=plan, code="bridge", title="Bridge", text="原文后面还有“等”字。")
    Outline.objects.create(plan=plan, code=series.code, title="Works", text="归成一组是本站理解。")
    Outline.objects.create(plan=plan, code="way", title="Way", text="先勘察。")
    published(plan, "2020-03-05")
    told = page(client, "2020-03-05")
    assert "原文后面还有“等”字。" in told
    assert "归成一组是本站理解。" in told
    assert "先勘察。" not in told
    told = client.get("/projects/tower/", {"as_of": "2020-03-05"}).content.decode()
    assert "原文后面还有“等”字。" not in told
    assert "归成一组是本站理解。" in told


def test_titles_name_the_city_by_its_plan(client, bridge):
    """A link that is passed on says whose promise it is, whatever the site is called."""
    for address in ("/projects/bridge/", "/projects/bridge/poster/"):
        title = re.search("<title>(.*?)</title>", client.get(address).content.decode(), re.DOTALL)[1]
        assert Plan.objects.get().short_title in title, address
