"""A plan as one table: what stands in it, what is typed into it, what others changed meanwhile, and who publishes from it."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditAction, AuditRecord
from desk.admin.publication import SEEN
from desk.admin.versions import DECIDED_ON
from desk.plan_table import MOST_UNFOLDED, pages_of, table_of
from projects.models import Project
from tasks.models import Commitment, Indicator, Measure, Plan, Target, Task
from tests.factories import (
    a_commitment,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_reviewer,
    a_task,
    an_addition,
    an_adjustment,
    an_administrator,
    an_indicator,
    day,
    published,
)
from tests.people_at_work import Desk, at_once, form_of
from tests.small_city import address, signed_in, told, version_on

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def table_address(fact, query: str = "") -> str:
    return reverse(f"admin:{fact._meta.model_name}-table", args=[fact.pk]) + query


def a_draft() -> Plan:
    """Of one item with a lead, a bridge of three spans, and of another of which next to nothing is known."""
    works = published(a_department("works-office", name="Works office"))
    published(a_department("parks-office", name="Parks office"))
    bridge = a_project("bridge", title="The bridge", lead=works, investment=48_000_000, place="North")
    a_milestone(bridge, "built", title="Built", unit="spans", is_counted=True)
    plan = a_plan(
        bridge, targets={"built": {"amount": 3, "due_on": "2020-10-31", "inferred": ["due_on", "pace"]}},
        drafted_by=an_administrator("drafter"),
    )  # fmt: skip
    Commitment.objects.update(wording="A bridge by autumn", annual_investment=20_000_000)
    tower = a_project("tower", title="The tower", milestones=["planned"])
    a_commitment(plan, tower, *tower.milestones.all(), goal="ADVANCE", annual_investment=120_000)
    an_indicator(plan, title="Green share")
    return plan


def sent_by(client, address: str) -> dict[str, list[str]]:
    """What a browser sends of the table as it is."""
    return form_of(client.get(address).content.decode())


def texts_of(page) -> str:
    """Without what a phone folds a row to: it repeats what the row says."""
    html = re.sub(r"<(script|style|details).*?</\1>", "", page.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# What stands in it


def test_every_item_with_its_targets_stands_in_the_table():
    plan = a_draft()
    Project.objects.filter(slug="bridge").update(funding="The province")
    Task.objects.update(partners=["parks-office"], post="Deputy mayor", wording="Twice a week")
    page = signed_in(a_reviewer()).get(table_address(plan))
    said = texts_of(page)
    for words in (
        *(
            "A bridge by autumn",
            "2000万元",
            "The province",
            "Parks office",
            "Deputy mayor",
            "Twice a week",
            "某一天的水平",
        ),
        *("The bridge", "Built", "3 spans", "2020-01-01", "2020-10-31", "按日均匀", "4800万元", "Works office"),
        *(
            "The tower",
            "推进",
            "12万元",
            "Green share",
            "不低于",
            "36%",
            "Task 1",
            "Measure 1",
            "本站理解：完成时限、计划进度",
        ),
    ):
        assert words in said, words
    assert '<input type="text"' not in page.content.decode()


def test_what_is_missing_is_said_and_may_be_all_that_is_looked_at():
    plan = a_draft()
    client = signed_in(a_reviewer())
    said = texts_of(client.get(table_address(plan)))
    assert said.count("没有写牵头部门") == 2  # the tower and the indicator: the task's measure has a project
    assert "没有写总投资" in said
    assert "没有写地点" in said
    assert "没有写期限" in said
    assert said.count("没有写原话") == 1
    assert "没有写年度投资" not in said
    assert "有 6 处缺，写在各件里" in said
    only = texts_of(client.get(table_address(plan, "?only=gaps")))
    assert "The tower" in only
    assert "The bridge" not in only


def test_the_ticks_are_those_of_the_public_page():
    """docs/rules.md: clarity."""
    plan = a_draft()
    items = signed_in(a_reviewer()).get(table_address(plan)).context["sections"][0].items
    assert [{word: is_clear for word, _text, is_clear in item.ticks} for item in items] == [
        {"谁负责": True, "做多少": True, "什么时候": False, "花多少钱": True, "分几步": False},
        {"谁负责": False, "做多少": False, "什么时候": True, "花多少钱": True, "分几步": False},
    ]

    assert {word: text for word, text, _is_clear in items[0].ticks}["什么时候"] == "未明确时限"


# What is typed into it


def typed(plan: Plan, **changed) -> tuple:
    """The administrator sends the table with some inputs changed: `built_amount` is that of the target."""
    client = signed_in(an_administrator())
    sent = sent_by(client, table_address(plan))
    for name, value in changed.items():
        assert name in sent or value == "on", name
        sent[name] = [value]
    return client, client.post(table_address(plan), sent)


def key_of(row) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def test_all_that_was_typed_is_saved_at_once():
    plan = a_draft()
    target = Target.objects.get(milestone__code="built")
    tower = Commitment.objects.get(project__slug="tower")
    task = plan.groups.get().tasks.get()
    measure = task.measures.get()
    indicator = plan.indicators.get()
    _client, page = typed(
        plan,
        **{
            f"{key_of(target)}-amount": "4",
            f"{key_of(target)}-due_on": "2020年9月30日",
            f"{key_of(target)}-pace": "STEP",
            f"{key_of(target)}-steps": "2020-06-30 2",
            f"{key_of(tower.project)}-leads": "Parks office、Works office",
            f"{key_of(tower.project)}-investment": "1.5亿",
            f"{key_of(tower)}-goal": "FINISH",
            f"{key_of(target)}-from_amount": "1",
            f"{key_of(target.milestone)}-verb": "架起",
            f"{key_of(tower)}-wording": "A tower\r\nfor the city",
            f"{key_of(tower.project)}-funding": "The province",
            f"{key_of(task)}-partners": "Works office",
            f"{key_of(task)}-post": "Deputy mayor",
            f"{key_of(measure)}-wording": "Twice a week",
            f"{key_of(indicator)}-wording": "About 40",
            f"{key_of(indicator)}-baseline": "30",
            f"{key_of(task)}-due_on": "2020-06-30",
            f"{key_of(indicator)}-target": "40",
        },
    )
    assert page.status_code == 302
    target.refresh_from_db()
    tower.refresh_from_db()
    task.refresh_from_db()
    indicator.refresh_from_db()
    assert (target.amount, target.due_on, target.pace) == (4, day("2020-09-30"), "STEP")
    assert (target.steps, target.milestone.verb) == ([["2020-06-30", "2"]], "架起")
    assert target.inferred == ["due_on", "pace"]
    assert (tower.goal, tower.project.leads) == ("FINISH", ["parks-office", "works-office"])
    assert tower.project.investment == 150_000_000
    assert (task.due_on, indicator.target) == (day("2020-06-30"), 40)
    measure.refresh_from_db()
    assert (target.from_amount, tower.wording, tower.project.funding) == (1, "A tower\nfor the city", "The province")
    assert (task.partners, task.post, measure.wording) == (["works-office"], "Deputy mayor", "Twice a week")
    assert (indicator.wording, indicator.baseline) == ("About 40", 30)
    said = " ".join(AuditRecord.objects.values_list("subject", flat=True))
    for words in ("目标：Built", "节点：", "项目：The tower", "任务：Task 1", "年度计划：Plan of 2020"):
        assert words in said, words


def test_a_table_sent_as_it_came_changes_nothing():
    plan = a_draft()
    client, page = typed(plan)
    assert page.status_code == 302
    assert told(client.get(page["Location"])) == ["没有要保存的：表里什么也没有改。"]
    assert not AuditRecord.objects.filter(kind=AuditAction.CHANGE).exists()


def test_every_error_stands_at_its_field_and_nothing_is_written():
    plan = a_draft()
    target = Target.objects.get(milestone__code="built")
    tower = Commitment.objects.get(project__slug="tower")
    _client, page = typed(
        plan,
        **{
            f"{key_of(target)}-amount": "3.5",
            f"{key_of(target)}-due_on": "2019-12-31",
            f"{key_of(tower.project)}-leads": "Park office",
            f"{key_of(tower.project)}-place": "South",
        },
    )
    assert page.status_code == 200
    said = texts_of(page)
    assert "没有叫“Park office”的部门，是不是“Parks office”？" in said
    assert "开始日期不能晚于完成时限。" in said
    assert [error.anchor for error in page.context["found"]] == [
        f"id_{key_of(target)}-amount",
        key_of(target),
        f"id_{key_of(tower.project)}-leads",
    ]
    for typed_value in ("3.5", "2019-12-31", "Park office", "South"):
        assert f'value="{typed_value}"' in page.content.decode()
    assert not Commitment.objects.get(pk=tower.pk).project.place


def test_our_reading_is_confirmed_row_by_row():
    plan = a_draft()
    target = Target.objects.get(milestone__code="built")
    typed(plan, **{f"{key_of(target)}-confirmed": "on"})
    target.refresh_from_db()
    assert target.inferred == []


# Two people at once


def test_rows_that_another_person_changed_are_left_to_them():
    """Who typed into one row doesn't undo what somebody else typed into another since."""
    plan = a_draft()
    client, other = signed_in(an_administrator()), signed_in(an_administrator("second"))
    bridge, tower = (plan.series.get().commitments.get(project__slug=slug).project for slug in ("bridge", "tower"))
    mine, theirs = sent_by(client, table_address(plan)), sent_by(other, table_address(plan))
    other.post(table_address(plan), theirs | {f"{key_of(bridge)}-place": ["West"]})
    assert client.post(table_address(plan), mine | {f"{key_of(tower)}-place": ["South"]}).status_code == 302
    bridge.refresh_from_db()
    tower.refresh_from_db()
    assert (bridge.place, tower.place) == ("West", "South")


def test_no_edit_of_the_same_row_is_lost():
    plan = a_draft()
    client, other = signed_in(an_administrator()), signed_in(an_administrator("second"))
    bridge, tower = (plan.series.get().commitments.get(project__slug=slug).project for slug in ("bridge", "tower"))
    mine, theirs = sent_by(client, table_address(plan)), sent_by(other, table_address(plan))
    other.post(table_address(plan), theirs | {f"{key_of(bridge)}-place": ["West"]})
    mine |= {f"{key_of(bridge)}-place": ["South"], f"{key_of(tower)}-place": ["East"]}
    page = client.post(table_address(plan), mine)
    assert page.status_code == 409
    bridge.refresh_from_db()
    tower.refresh_from_db()
    assert (bridge.place, tower.place) == ("West", "")
    said = texts_of(page)
    assert "地点 West South" in said
    again = form_of(page.content.decode())
    assert client.post(table_address(plan), again).status_code == 302
    bridge.refresh_from_db()
    tower.refresh_from_db()
    assert (bridge.place, tower.place) == ("South", "East")


def test_what_was_typed_into_a_row_that_is_deleted_since_is_told():
    plan = a_draft()
    client = signed_in(an_administrator())
    target = Target.objects.get(milestone__code="built")
    sent = sent_by(client, table_address(plan)) | {f"{key_of(target)}-amount": ["7"]}
    target.delete()
    page = client.post(table_address(plan), sent)
    assert page.status_code == 409
    assert "目标（您打开以后有人删掉了）" in texts_of(page)


def test_nothing_is_written_once_it_is_public():
    plan = a_draft()
    client = signed_in(an_administrator())
    target = Target.objects.get(milestone__code="built")
    sent = sent_by(client, table_address(plan)) | {f"{key_of(target)}-amount": ["7"]}
    published(plan)
    page = client.post(table_address(plan), sent)
    assert page.status_code == 409
    assert "已经公布" in texts_of(page)
    target.refresh_from_db()
    assert target.amount == 3


def test_no_row_of_another_plan_is_reached():
    plan, other = a_draft(), a_plan(a_project("well", milestones=["dug"]), year=2022)
    target = other.series.get().commitments.get().targets.get()
    client = signed_in(an_administrator())
    sent = sent_by(client, table_address(plan))
    sent["_row"] = [*sent["_row"], key_of(target)]
    sent |= {name: values for name, values in sent_by(client, table_address(other)).items() if key_of(target) in name}
    client.post(table_address(plan), sent | {f"{key_of(target)}-amount": ["7"]})
    target.refresh_from_db()
    assert target.amount == 100


def test_of_six_people_at_the_same_row_nobody_loses_a_word(transactional_db, live_server):
    """Half of them on the table, half on the project's own page."""
    plan = a_draft()
    bridge = Commitment.objects.get(project__slug="bridge").project

    def saving(desk: Desk, word: str, page: str, name: str):
        def save() -> list[tuple[str, int]]:
            answers = []
            for n in range(3):
                html = desk.get(page)
                typed = f"{form_of(html)[name][0]} {word}{n}"
                answers.append((f"{word}{n}", desk.answer(page, html, **{name: typed, "_save": ""})[0]))
            return answers

        return save

    places = [(table_address(plan), f"{key_of(bridge)}-place"), (address(bridge), "place")]
    people = [Desk(live_server.url, an_administrator(f"a{n}")) for n in range(6)]
    acts = [saving(desk, chr(97 + n), *places[n % 2]) for n, desk in enumerate(people)]
    answers = [answer for of_one in at_once(*acts) for answer in of_one]
    bridge.refresh_from_db()
    assert {status for _word, status in answers} <= {302, 409}
    assert sorted(bridge.place.split()) == sorted(["North", *(word for word, status in answers if status == 302)])


# Who may do what


def test_a_reviewer_reads_it_and_publishes_from_it():
    plan = a_draft()
    client = signed_in(a_reviewer())
    page = client.get(table_address(plan))
    assert reverse("admin:tasks_plan_preview", args=[plan.pk]) in page.content.decode()
    assert client.post(table_address(plan), {}).status_code == 403
    (version,) = re.findall(f'name="{DECIDED_ON}" value="([^"]*)"', page.content.decode())
    Target.objects.filter(milestone__code="built").update(amount=Decimal(5))
    address = reverse("admin:tasks_plan_publish", args=[plan.pk])
    refused = client.post(address, {DECIDED_ON: version}, follow=True)
    assert any("内容有人改过" in text for text in told(refused))
    (version,) = re.findall(f'name="{DECIDED_ON}" value="([^"]*)"', client.get(table_address(plan)).content.decode())
    between = client.post(address, {DECIDED_ON: version}, follow=True)
    assert not Plan.objects.get().is_published
    sent = form_of(between.content.decode())
    assert {DECIDED_ON, SEEN} <= set(sent)
    client.post(address, sent)
    assert Plan.objects.get().is_published


def test_the_page_before_a_publication_says_what_becomes_public_and_what_is_open():
    plan = a_draft()
    said = texts_of(signed_in(a_reviewer()).get(address(plan, "publish")))
    for words in (
        "公布以后，谁都看得到这份计划：2 件承诺、2 个目标、1 项指标、1 项任务、1 条举措、1 个负责或者配合的部门。",
        "公布了就收不回来",
        "居民看到的称呼：市里。公布以后改不了。",
        "还缺 6 处：没有写牵头部门 2 处，",
        "1 行里有“本站理解”",
    ):
        assert words in said, words


def test_what_changes_while_the_page_is_read_is_not_published():
    """By whichever press: the one that leads to the page, its address, or its own."""
    plan = a_draft()
    client = signed_in(a_reviewer())
    publish = address(plan, "publish")
    before = client.post(publish, {DECIDED_ON: version_on(client.get(address(plan)))[DECIDED_ON]})
    page = client.get(before["Location"])
    Target.objects.filter(milestone__code="built").update(amount=Decimal(5))
    for answer in (
        client.post(publish, form_of(page.content.decode()), follow=True),
        client.get(before["Location"], follow=True),
    ):
        assert any("内容有人改过" in text for text in told(answer))
    assert not Plan.objects.get().is_published
    assert client.get(f"{publish}?version=x").status_code == 302


def test_whoever_can_not_publish_it_is_told_before_the_page():
    drafter = a_reviewer("second")
    plan = a_draft()
    Plan.objects.update(drafted_by=drafter)
    refused = signed_in(drafter).get(address(plan, "publish"), follow=True)
    assert any("另一位" in text for text in told(refused))
    assert signed_in(an_administrator()).get(address(plan, "publish")).status_code == 403
    published(plan)
    again = signed_in(a_reviewer()).get(address(plan, "publish"), follow=True)
    assert told(again) == ["这一条已经公布过了。"]


def test_an_empty_plan_lacks_everything_and_leads_on():
    plan = a_plan(drafted_by=an_administrator("drafter"))
    plan.groups.get().tasks.get().measures.all().delete()
    plan.groups.get().tasks.all().delete()
    page = signed_in(an_administrator()).get(table_address(plan))
    said = texts_of(page)
    assert "还什么也没有写" in said
    assert "没有缺的" not in said
    assert page.context["sections"] == ()
    refused = signed_in(a_reviewer()).get(address(plan, "publish"), follow=True)
    assert told(refused) == ["里面还没有一件承诺、一项任务或一个指标。"]


# On a phone


def unfolded(page) -> list[str]:
    """The names of the rows that are open."""
    html = page.content.decode()
    return [unescape(name).strip() for name in re.findall(r'class="plan-fold" open>\s*<summary>([^<]*)', html)]


def test_a_row_with_gaps_or_with_what_is_not_saved_is_unfolded():
    plan = a_draft()
    client = signed_in(an_administrator())
    assert unfolded(client.get(table_address(plan))) == ["第 2 件 The tower", "Green share"]
    for n in range(MOST_UNFOLDED):
        an_indicator(plan, f"share-{n}")
    page = client.get(table_address(plan))
    assert unfolded(page) == []
    assert "没有写牵头部门、总投资、地点、原话" in page.content.decode()
    target = Target.objects.get(milestone__code="built")
    sent = sent_by(client, table_address(plan)) | {f"{key_of(target)}-amount": ["many"]}
    assert unfolded(client.post(table_address(plan), sent)) == ["第 1 件 The bridge"]


# How the plan expects an amount to grow


@pytest.mark.parametrize(
    ("pace", "steps", "word", "other"),
    [
        ("LINEAR", [], "按日均匀", "完成"),
        ("STEP", [], "到期一次完成", "分步完成"),
        ("STEP", [["2020-06-30", "2"]], "分步完成", "到期一次完成"),
    ],
)
def test_what_has_steps_is_not_done_all_at_once(pace, steps, word, other):
    plan = a_draft()
    Target.objects.filter(milestone__code="planned").delete()
    Target.objects.update(pace=pace, steps=steps)
    client = signed_in(a_reviewer())
    (cell,) = re.findall(
        r'data-label="进度和分步">(.*?)</td>', client.get(table_address(plan)).content.decode(), re.DOTALL
    )
    (line,) = re.findall(r"10 月 31 日\s*，(.*?)，权重", texts_of(client.get(address(plan))))
    for said in (cell, line):
        assert word in said
        assert other not in said


def test_the_choice_of_a_pace_holds_with_steps_and_without():
    html = signed_in(an_administrator()).get(table_address(a_draft())).content.decode()
    assert "分步或到期完成" in html
    assert "到期一次完成" not in html


def test_the_page_of_the_plan_leads_to_it_first():
    plan = a_draft()
    for person in (a_reviewer(), an_administrator()):
        page = signed_in(person).get(reverse("admin:tasks_plan_change", args=[plan.pk]))
        assert page.context["object_links"][0][1] == table_address(plan)


# The plan before


@pytest.fixture
def after_a_year() -> Plan:
    """2020 promised a bridge of three spans and a pool; 2021 a bridge of four and a tower."""
    plan = a_draft()
    pool = a_project("pool", title="The pool", milestones=["filled"])
    a_commitment(plan, pool, *pool.milestones.all())
    published(plan)
    bridge = Commitment.objects.get(project__slug="bridge").project
    well = a_project("well", title="The well", milestones=["dug"])
    tower = Commitment.objects.get(project__slug="tower").project
    after = a_plan(bridge, well, year=2021, targets={"built": {"amount": 4}}, drafted_by=an_administrator("again"))
    a_commitment(after, tower, *tower.milestones.all(), goal="ADVANCE")
    return after


def test_what_is_called_alike_in_two_years_is_told_apart(after_a_year):
    reviewer = a_reviewer()
    published(after_a_year)
    adjusting = signed_in(an_administrator("adjusting")).get(reverse("admin:tasks_planadjustment_add"))
    assert '<optgroup label="2021 年的承诺事项">' in adjusting.content.decode()
    assert '<optgroup label="2020 年的承诺事项">' in adjusting.content.decode()
    page = signed_in(an_administrator("writing")).get(reverse("admin:tasks_commitment_add")).content.decode()
    assert {"2020", "2021"} <= set(re.findall(r"(\d{4}) 年 · ", page))
    for kind in ("vote", "check"):
        page = signed_in(reviewer).get(reverse(f"admin:tasks_{kind}_add")).content.decode()
        assert {"2020", "2021"} <= set(re.findall(r"(\d{4}) 年 · ", page))


def test_the_plan_before_stands_below(after_a_year):
    client = signed_in(a_reviewer())
    said = texts_of(client.get(table_address(after_a_year)))
    assert "去年：3 spans，2020-10-31 前" in said
    assert "去年：100%，2020-12-31 前" in said
    assert "去年没有这一件" in said
    assert "2020 年有、这一次没有的：The pool（" in said
    assert "只看和去年不同的" in said
    changed = texts_of(client.get(table_address(after_a_year, "?only=changed")))
    assert "The bridge" in changed
    assert "The well" in changed
    assert "The tower" not in changed


# Of a task, its measure and an indicator: what is another in 2021, what is said of 2020, and whether it is a difference.
COMPARED = {
    "the same": (
        {},
        {"task": "去年也有", "measure": "去年：未填报", "indicator": "去年：不低于 36%，无数据"},
        set(),
    ),
    "another title at the same place": (
        {"task": {"title": "Task number 1"}},
        {"task": "去年写的是“Task 1”"},
        {"task"},
    ),
    "something else at the same place": ({"task": {"title": "Repair"}}, {"task": "去年没有这一项"}, {"task"}),
    "another day": (
        {"measure": {"due_on": day("2021-06-30")}},
        {"measure": "去年：未填报，没有写期限"},
        {"task"},
    ),
    "another lead": ({"task": {"leads": ["works-office"]}}, {"task": "去年：没有写牵头部门"}, {"task"}),
    "another amount": ({"indicator": {"target": 40}}, {"indicator": "去年：不低于 36%，无数据"}, {"indicator"}),
    "another name of an indicator": (
        {"indicator": {"title": "Share of green"}},
        {"indicator": "去年：“Green share”不低于 36%，无数据"},
        {"indicator"},
    ),
    "an indicator that is new": (
        {"indicator": {"title": "Clean water", "code": "water"}},
        {"indicator": "去年没有这一项"},
        {"indicator"},
    ),
}


@pytest.mark.parametrize("name", COMPARED)
def test_tasks_measures_and_indicators_are_compared_with_the_plan_before(after_a_year, name):
    changed, told_of, different = COMPARED[name]
    an_indicator(after_a_year, title="Green share")
    rows = {"task": Task, "measure": Measure, "indicator": Indicator}
    of_the_year = {"task": "group__plan", "measure": "task__group__plan", "indicator": "plan"}
    for kind, fields in changed.items():
        rows[kind].objects.filter(**{of_the_year[kind]: after_a_year}).update(**fields)
    table = table_of(after_a_year, day("2021-02-01"))
    items = {item.kind: item for item in table.items}
    (line,) = items["tasks"].measures
    said = {"task": items["tasks"].earlier, "measure": line.earlier, "indicator": items["indicators"].earlier}
    assert {kind: said[kind] for kind in told_of} == told_of
    kinds = {"tasks": "task", "indicators": "indicator"}
    assert {kinds[kind] for kind in kinds if items[kind].is_changed} == different


def test_tasks_and_indicators_that_are_promised_no_more_are_told(after_a_year):
    Task.objects.filter(group__plan=after_a_year).update(title="Repair")
    said = texts_of(signed_in(a_reviewer()).get(table_address(after_a_year)))
    assert "2020 年有、这一次没有的任务：Task 1" in said
    assert "2020 年有、这一次没有的指标：Green share（无数据）" in said


def test_a_public_row_is_read_as_it_stands_and_not_typed_into(after_a_year):
    bridge = Commitment.objects.filter(project__slug="bridge").first().project
    published(an_adjustment(bridge, place="Far north"))
    page = signed_in(an_administrator()).get(table_address(after_a_year))
    html = page.content.decode()
    assert f'name="{key_of(bridge)}-place"' not in html
    assert "Far north" in html
    assert "原来：North" in texts_of(page)


# Additions, and many rows


def test_an_addition_has_its_own_table():
    plan = published(a_draft())
    addition = an_addition(plan, drafted_by=an_administrator("again"))
    commitment = Commitment.objects.get(project__slug="bridge")
    more = a_milestone(commitment.project, "lit", title="Lit")
    well = a_project("well", title="The well", milestones=["dug"])
    a_commitment(plan, well, *well.milestones.all(), addition=addition)
    target = Target.objects.create(
        commitment=commitment, milestone=more, addition=addition, amount=5,
        starts_on=day("2020-06-01"), due_on=day("2020-12-31"),
    )  # fmt: skip
    client = signed_in(an_administrator())
    page = client.get(table_address(addition))
    said = texts_of(page)
    assert "给已有承诺加的目标" in said
    sent = form_of(page.content.decode()) | {f"{key_of(target)}-amount": ["6"]}
    assert client.post(table_address(addition), sent).status_code == 302
    target.refresh_from_db()
    assert target.amount == 6


def test_pages_hold_as_many_rows_as_a_request():
    class Item:
        def __init__(self, n_rows):
            self.n_rows = n_rows

    items = [Item(n) for n in (3, 3, 4, 11, 1)]
    assert [[one.n_rows for one in page] for page in pages_of(items, 10)] == [[3, 3, 4], [11], [1]]
    assert pages_of([], 10) == [[]]


def test_a_long_plan_has_pages():
    plan = a_draft()
    for n in range(2, 60):
        a_measure(a_task(plan, n), number=1)
    client = signed_in(an_administrator())
    page = client.get(table_address(plan))
    assert "保存这一页" in texts_of(page)
    assert len(page.context["page"].pages) == 4
    last = client.get(table_address(plan, "?page=4"))
    assert "Task 59" in last.content.decode()
    whole = signed_in(a_reviewer()).get(table_address(plan))
    assert len(whole.context["page"].pages) == 1


@pytest.mark.parametrize(
    ("person", "page"), [(an_administrator, "table"), (a_reviewer, "table"), (a_reviewer, "publish")]
)
def test_more_rows_ask_no_more(person, page):
    works = published(a_department("works-office", name="Works office"))
    before = a_plan(a_project("well", milestones=["dug"]), year=2020)
    an_indicator(before, "indicator-0")
    published(before)
    counts = []
    client = signed_in(person())
    for year, n in ((2021, 1), (2022, 3)):
        projects = [a_project(f"project-{year}-{i}", lead=works, partners=[works]) for i in range(n)]
        for project in projects:
            for i in range(n):
                a_milestone(project, f"part-{i}")
        plan = a_plan(*projects, year=year, drafted_by=an_administrator(f"drafter-{year}"))
        for i in range(n):
            an_indicator(plan, f"indicator-{i}")
            a_measure(a_task(plan, i + 2), *projects)
        asked = table_address(plan) if page == "table" else address(plan, page)
        client.get(asked)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(asked).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
