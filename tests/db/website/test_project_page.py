"""What a project's page says in the words of others: those in force on its day, and a mark where the law took them."""

import re
from io import BytesIO

import pytest
from PIL import Image

from projects.models import EvidenceKind
from tasks.models import Measure, Outline, Plan, Series, Task
from tests.factories import (
    a_department,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    an_adjustment,
    an_evidence,
    published,
)

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


def section(text: str, heading: str) -> str:
    """What stands below a heading of the second level, as text."""
    found = re.search(rf"<h2[^>]*>{heading}</h2>(.*?)</section>", text, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", "", found[1]) if found else ""


def test_moves_stand_apart_from_what_was_filled_in_even_in_one_adjustment(client, bridge):
    """docs/words.md: A project's page. 改过的承诺 holds moves of the project and its parts, nothing else."""
    target = bridge.milestones.get().targets.get()
    published(an_adjustment(target, due_on="2021-06-30", amount="90"), "2020-06-01")
    published(an_adjustment(bridge, place="河边", investment=5_000_000), "2020-06-01")
    text = page(client, "2020-07-01")
    assert "2021年6月30日" in section(text, "改过的承诺")
    assert "河边" not in section(text, "改过的承诺")
    assert "河边" in section(text, "补上的信息")
    assert "期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。" in re.sub("<[^>]+>", "", text)


def photo(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return file.getvalue()


def test_the_first_photo_and_the_latest_lead_the_page(client, bridge):
    def lead() -> list[str]:
        found = re.search(r'<ul class="photos lead-photos">(.*?)</ul>', page(client, "2020-12-01"), re.DOTALL)
        return re.findall(r'alt="([^"]*)"', found[1]) if found else []

    shown = []
    for month, (title, colour) in enumerate({"one": "red", "two": "green", "three": "blue"}.items(), 4):
        report = a_report(bridge, f"2020-{month:02}-01", {"built": month})
        an_evidence(report, kind=EvidenceKind.PHOTO, title=title, content=photo(colour), name=f"{title}.jpg")
        published(report, f"2020-{month:02}-02")
        shown.append(lead())
    assert shown == [["one"], ["one", "two"], ["one", "three"]]


def test_who_saw_something_else_is_two_touches_from_whom_to_tell(client):
    office = published(a_department("works", phone="0357-1234567"), "2020-03-01")
    published(a_plan(a_project("bridge", milestones=("built",), lead=office)), "2020-03-05")
    assert 'href="/projects/bridge/mismatch/?as_of=2020-07-01"' in page(client, "2020-07-01")
    choices = client.get("/projects/bridge/mismatch/").content.decode()
    assert "?what=idle" in choices
    assert "tel:12345" not in choices
    asked = {"what": "idle", "as_of": "2020-07-01"}
    told = client.get("/projects/bridge/mismatch/", asked).content.decode()
    assert '<meta name="robots" content="noindex">' in told
    assert "现场没有动静" in told
    assert "projects/bridge/?as_of=2020-07-01" in told
    assert [way for way in ('href="tel:12345"', 'href="tel:03571234567"', 'href="mailto:?') if way not in told] == []
    assert "<form" not in re.search("<main.*</main>", told, re.DOTALL)[0]


def test_a_choice_that_there_is_not_chooses_nothing(client, bridge):
    text = client.get("/projects/bridge/mismatch/", {"what": "<b>"}).content.decode()
    assert "?what=idle" in text
    assert "tel:12345" not in text


def test_a_project_has_a_feed_and_a_calendar_of_its_own(client):
    bridge, tower = a_project("bridge", milestones=("built",)), a_project("tower", milestones=("built",))
    published(a_plan(bridge, tower), "2020-03-05")
    published(a_report(bridge, "2020-04-01", {"built": 5}), "2020-04-02")
    published(a_report(tower, "2020-04-01", {"built": 7}), "2020-04-03")
    published(an_adjustment(bridge.milestones.get().targets.get(), due_on="2021-06-30"), "2020-06-01")
    published(an_adjustment(bridge.commitments.get(), annual_investment=5), "2020-06-02")
    feed = client.get("/projects/bridge/record.atom").content.decode()
    assert feed.count("<entry>") == 4  # with the plan that promised it
    calendar = client.get("/projects/bridge/deadlines.ics", {"as_of": "2020-07-01"}).content.decode()
    assert calendar.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20210630" in calendar
    assert "tower" not in calendar
