"""The admin's first page: what officials and administrators read there of their own work, and what it costs."""

import re

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import ADMINISTRATOR, OFFICIAL
from desk import dashboard, subjects
from desk.templatetags import agenda, queue
from projects.models import Report
from projects.publishing import send_back
from tasks.models import Channel, Reminder
from tests.factories import (
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_task,
    an_addition,
    an_adjustment,
    an_administrator,
    an_editor,
    an_official,
    day,
    moment,
    published,
)
from tests.small_city import a_city, a_draft, address, signed_in

TODAY = "2020-06-02"  # the bridge, last heard of on 2020-04-30, is due; the pool was never heard of
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def clock():
    with time_machine.travel(moment(TODAY), tick=False) as clock:
        yield clock


@pytest.fixture
def city(clock):
    return a_city()


def words(html: str) -> str:
    """What is to be read, white space made one."""
    text = re.sub(r"<style.*?</style>|<script.*?</script>|<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def desk_of(user: User) -> str:
    """The page without the head of it."""
    response = signed_in(user).get("/admin/")
    assert response.status_code == 200
    return response.content.decode().partition('id="content-main"')[2]


def row_of(html: str, name: str) -> str:
    """The words of a row of a table."""
    return next(words(row) for row in re.findall("<tr.*?</tr>", html, re.DOTALL) if name in row).strip()


# Officials


def test_a_project_with_its_light_its_days_and_one_press_to_file(city):
    html = desk_of(city.official)
    assert row_of(html, "The bridge") == (
        "The bridge pledges第 1 件 2020-12-31 还有 212 天 按序时 高于序时 3 个百分点 "
        "2020-04-30 2020-05-31 过了 2 天 该更新了 填报 ：The bridge 本月无变化"
    )
    assert f'href="{address(Report, "add", f"?project={city.bridge.pk}")}"' in html
    assert "1 个该更新了" in words(html)
    assert "The pool" not in html


SAID = {
    "soon": ("2020-05-26", "快到期", "还有 5 天"),
    "today": ("2020-05-31", "快到期", "今天"),
    "due": ("2020-06-10", "该更新了", "过了 10 天"),
    "stale": ("2020-06-11", "逾期未更新", "过了 11 天"),
    "later": ("2020-05-10", "未到期", "还有 21 天"),
}


@pytest.mark.parametrize("name", SAID)
def test_when_it_is_due_in_words(city, clock, name):
    on, need, days = SAID[name]
    clock.move_to(moment(on))
    html = desk_of(city.official)
    assert f"2020-05-31 {days} {need}" in row_of(html, "The bridge")
    assert ("都报过了，现在没有要填的。" in html) is (name == "later")


def test_a_project_never_reported(city):
    assert row_of(desk_of(city.other_official), "The pool") == (
        "The pool pledges第 2 件 2020-12-31 还有 212 天 未填报 还没有数据 "
        "还没有 2020-04-10 过了 53 天 从未填报 填报 ：The pool"
    )


def test_what_is_done_or_dropped_asks_for_nothing(city):
    published(a_report(city.bridge, "2020-05-10", {"built": 100, "opened": 1}, evidence="Record"), on="2020-05-11")
    published(an_adjustment(city.pool.commitments.get(), dropped=True), on="2020-05-12")
    assert row_of(desk_of(city.official), "The bridge") == (
        "The bridge pledges第 1 件 2020-12-31 已完成 2020-05-10 不用再报"
    )
    assert row_of(desk_of(city.other_official), "The pool") == ("The pool pledges第 2 件 — 已取消 还没有 不用再报")


def test_what_was_returned_stands_on_top_with_the_note_in_full(city):
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    note = "The piers <b>don't</b> match.\n" + "Look again. " * 40
    send_back(report, by=city.reviewer, text=note)
    html = desk_of(city.official)
    assert html.index("退回来要改的（1 份）") < html.index("我要填报的")
    assert "The piers &lt;b&gt;don&#x27;t&lt;/b&gt; match.<br>" in html
    assert html.count("Look again.") == 40
    assert f'<a class="button" href="{address(report)}">照意见修改</a>' in html
    assert row_of(html, "该更新了").endswith("接着填 ：The bridge")
    assert "Look again." not in desk_of(city.other_official)


def test_one_goes_on_with_a_draft(city):
    draft = a_draft(city.bridge, "2020-05-31", by=city.official)
    html = desk_of(city.official)
    assert "草稿，还没有送审" in html
    assert html.count(f'href="{address(draft)}"') == 2
    assert "接着填" in row_of(html, "该更新了")


def test_what_waits_for_its_reviewer_is_no_longer_asked_for(city):
    a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    html = desk_of(city.official)
    assert "2020-06-02 12:00 送审" in words(html)
    assert row_of(html, "The bridge").endswith("未到期 已送审，等审核")


@pytest.mark.parametrize(("on", "is_told"), [("2020-06-05", True), ("2020-06-06", False)])
def test_what_was_published_lately_is_told_for_30_days(city, clock, on, is_told):
    clock.move_to(moment(on))
    html = desk_of(city.official)
    entry = city.bridge.reports.get().entry_id
    assert (f'<a href="/ledger/{entry}/">' in html) is is_told
    assert ("公布了会写在这里" in html) is not is_told


def test_an_official_without_a_department_or_without_projects_is_told_so(city):
    assert "还没有归到哪个部门" in desk_of(an_official(name="new"))
    idle = published(a_department("fire-office"), on="2020-05-08")
    assert "现在没有牵头的项目" in desk_of(an_official(idle, name="idle"))


def test_a_project_handed_over_goes_to_the_other_desk(city):
    published(an_adjustment(city.bridge, leads=["parks-office"]), on="2020-05-12")
    assert "The bridge" not in desk_of(city.official)
    assert row_of(desk_of(city.other_official), "The bridge")


def test_projects_stand_in_the_plans_order(city):
    first = published(an_adjustment(city.pool, leads=["works-office"]), on="2020-05-12")
    html = desk_of(city.official)
    assert first.is_published
    assert html.index("The bridge") < html.index("The pool")  # though nobody ever heard of the pool
    choosing = signed_in(city.official).get(address(Report, "add")).content.decode()
    assert choosing.index("The bridge") < choosing.index("The pool")
    assert row_of(choosing, "The bridge") == row_of(html, "The bridge")


def test_nobody_is_praised_who_said_nothing(city, clock):
    clock.move_to(moment("2020-03-08"))
    html = desk_of(city.other_official)
    assert "都报过了" not in html
    assert "还没有报过，现在也没有到期的；第一次请在 2020-04-10 前报。" in html


def test_how_far_behind(city):
    published(a_report(city.bridge, "2020-05-31", {"built": 41}), on="2020-06-01")
    assert "低于序时 0 个百分点" not in row_of(desk_of(city.official), "The bridge")
    assert "2020-12-31 还有 212 天 按序时 和序时持平" in row_of(desk_of(city.official), "The bridge")


def test_adjustments_stand_on_the_desk_of_those_who_drafted_them(city):
    returned = an_adjustment(city.to_build, by=city.official, amount="120")
    send_back(returned, by=city.reviewer, text="Name the <b>decision</b>.")
    draft = an_adjustment(city.bridge, by=city.official, place="North", fields={"submitted_at": None})
    waiting = an_adjustment(city.to_open, by=city.official, due_on="2021-03-31")
    own = an_adjustment(city.indicator, by=city.administrator, target="40", fields={"submitted_at": None})
    html = desk_of(city.official)
    assert "退回来要改的（1 份）" in html
    assert "Name the &lt;b&gt;decision&lt;/b&gt;." in html
    for fact, heading in ((returned, "退回来要改的"), (draft, "草稿，还没有送审"), (waiting, "等督查审核的")):
        assert f'href="{address(fact)}"' in html.partition(heading)[2]
    assert f'action="{address(waiting, "withdraw")}"' in html
    assert f'href="{address(own)}"' not in html
    html = desk_of(city.administrator)
    assert f'href="{address(own)}"' in html.partition("草稿，还没有送审")[2]
    assert f'href="{address(waiting)}"' in html.partition("等审核员公布的")[2]
    assert f'href="{address(draft)}"' not in html
    assert "调整：" not in desk_of(city.other_official)


# Administrators


def test_how_punctual_departments_are(city):
    html = desk_of(city.administrator)
    assert (
        row_of(html, "Parks office") == "Parks office 0% 2 次里 0 次 1 项 2020 年 4 月：The pool 2020 年 3 月：The pool"
    )
    assert row_of(html, "Works office") == "Works office 50% 2 次里 1 次 1 项 2020 年 3 月：The bridge"
    assert html.index("Parks office") < html.index("Works office")


def test_departments_without_anybody_to_file(city):
    assert city.official
    assert "1 个部门没有填报员：Parks office。" in words(desk_of(city.administrator))
    assert city.other_official
    assert "没有填报员" not in desk_of(city.administrator)
    assert "还缺什么" not in desk_of(city.administrator)


def test_accounts_that_need_a_look(city):
    people = {
        "bare": User.objects.create_user("bare", is_staff=True, email="bare@city.example", last_login=moment(TODAY)),
        "lost": an_official(name="lost"),
        "gone": User.objects.create_user("gone", is_active=False),
        "fine": an_official(city.works, name="fine"),
    }
    User.objects.filter(username__in=["fine", "lost"]).update(email="a@city.example", last_login=moment(TODAY))
    html = desk_of(an_administrator())
    told = {
        words(term).strip(): re.findall(r"/user/(\d+)/", people)
        for term, people in re.findall("<dt>(.*?)</dt>.*?<dd>(.*?)</dd>", html, re.DOTALL)
    }
    admin = str(User.objects.get(username="admin").pk)
    assert told == {
        "没有角色，登录后什么也看不到（1 个）": [str(people["bare"].pk)],
        "没有邮箱，只能在工作台看到提醒（1 个）": [admin],
    }


def test_a_person_who_files_for_no_department(city):
    assert city.official
    assert city.other_official
    an_official(name="lost")
    html = desk_of(city.administrator)
    assert "1 个填报员不在任何部门，没有要填的：lost。" in words(html)
    assert '<a href="/admin/auth/user/">' in html


def test_what_a_draft_of_a_plan_leaves_out(city):
    draft = a_plan(a_project("gate"), a_project("wall"), year=2021, title="The next plan")
    html = desk_of(city.administrator)
    assert "草稿“The next plan”还有 12 处没有写：" in words(html)
    assert f'href="{address(draft)}">看这份草稿' in html


def test_who_never_signed_in(city):
    idle = an_editor("idle")
    html = desk_of(city.administrator)
    assert "从没登录过（1 个）" in html
    assert f'href="{address(idle)}"' in html


def test_what_waits_for_publication(city):
    assert "没有。年度计划、追加和部门的草稿、送审了的调整会写在这里" in desk_of(city.administrator)
    plan = a_plan(year=2021, title="The next plan", drafted_by=city.administrator)
    addition = an_addition(city.plan, drafted_by=city.administrator)
    change = an_adjustment(city.to_build, by=city.official, amount="120")
    other = an_adjustment(city.plan, by=city.administrator, title="Other")
    html = desk_of(city.administrator)
    for draft in (plan, addition, change, other):
        assert f'href="{address(draft)}"' in html
    assert "调整：pledges 1：The bridge · Built 计划调整，official 起草" in words(html)


def test_departments_that_a_draft_brings_are_told_inside_it(city):
    new = [a_department(f"new-{i}", drafted_by=city.administrator) for i in range(4)]
    alone = a_department("alone", drafted_by=city.administrator)
    plan = a_plan(
        a_project("gate", lead=new[0], partners=[new[1]]),
        year=2021,
        title="The next plan",
        drafted_by=city.administrator,
    )
    a_task(plan, number=7, leads=["new-2"])
    addition = an_addition(city.plan, drafted_by=city.administrator)
    a_task(city.plan, number=8, addition=addition, leads=["new-3"])
    for person, heading in ((city.reviewer, "别的等公布的"), (city.administrator, "等审核员公布的")):
        html = desk_of(person).partition(heading)[2].partition("</section>")[0]
        of_plan, of_addition, rest = html.partition("<ul")[2].split("<li>")[1:]
        assert [f'href="{address(one)}"' in of_plan for one in (plan, *new)] == [True, True, True, True, False]
        assert "3 个部门和它一起公布" in of_plan
        assert [f'href="{address(one)}"' in of_addition for one in (addition, new[3])] == [True, True]
        assert f'href="{address(alone)}"' in rest


def test_what_became_of_the_reminders(city):
    assert "还没有提醒过" in desk_of(city.administrator)
    rows = [("2020-05-20", "DESK"), ("2020-05-28", "DESK"), ("2020-06-01", "EMAIL"), (TODAY, "PENDING")]
    for on, channel in rows:
        sent_at = moment(on) if channel == Channel.EMAIL else None
        Reminder.objects.create(person=city.official, day=day(on), channel=channel, sent_at=sent_at)
    text = words(desk_of(city.administrator))
    assert "最近一次 2020-06-02。7 天里发出邮件 1 封，只在工作台提醒 1 人次。" in text
    assert "邮件没有发出去，下次再发：official（2020-06-02）" in text


# Who sees what

BLOCKS = {"official": "我要填报的", "administrator": "各部门按时填报"}
SEEN = {
    "official": (lambda city: city.official, {"official"}),
    "administrator": (lambda city: city.administrator, {"administrator"}),
    "reviewer": (lambda city: city.reviewer, set()),
    "editor": (lambda city: city.editor, set()),
    "no role": (lambda city: User.objects.create_user("staff", is_staff=True), set()),
}


@pytest.mark.parametrize("name", SEEN)
def test_everybody_has_the_blocks_of_their_role(city, name):
    make, blocks = SEEN[name]
    html = desk_of(make(city))
    assert {block for block, heading in BLOCKS.items() if heading in html} == blocks
    assert "全部栏目" in html


def test_two_roles_have_both(city):
    city.official.groups.add(Group.objects.get(name=ADMINISTRATOR))
    html = desk_of(city.official)
    assert html.index("我要填报的") < html.index("各部门按时填报") < html.index("全部栏目")
    assert {group.name for group in city.official.groups.all()} == {OFFICIAL, ADMINISTRATOR}


# What it costs

# Who answers for tasks, measures and indicators takes two each.
QUERIES = {"official": 47, "administrator": 56, "reviewer": 78}
DEPARTMENTS = 7  # whose reports wait, of a queue of several pages


def fill(n: int) -> dict[str, User]:
    """`n` projects with reports at every stage, `n` of whatever administrators look after."""
    office = published(a_department(), on="2020-03-01")
    projects = [a_project(f"project-{i}", lead=office) for i in range(n)]
    for project in projects:
        for i in range(n):
            a_milestone(project, f"part-{i}")
    published(a_plan(*projects), on="2020-03-05")
    official, reviewer = an_official(office), a_reviewer()
    for project in projects:
        published(an_adjustment(project, place="North"), on="2020-05-06")
        published(an_adjustment(project.commitments.get(), goal="START"), on="2020-05-06")
    for i in range(n):
        for project in projects:
            for drafted in ({}, {"by": official}):
                report = a_report(project, f"2020-05-{i + 1:02}", dict.fromkeys(["part-0"], 5), **drafted)
                if not drafted:
                    published(report, on="2020-05-06")
            send_back(report, by=reviewer, text="Why?")
            a_draft(project, "2020-05-20", by=official)
            a_report(project, f"2020-05-{i + 21}", {"part-0": 10}, by=official)
            an_adjustment(project.commitments.first().targets.first(), by=official, amount="120")
            an_adjustment(project, by=official, place="South", fields={"submitted_at": None})
            send_back(
                an_adjustment(project, by=official, leads=["works-office", f"office-{i}"]), by=reviewer, text="Why?"
            )
        a_plan(*projects, year=2021 + i, drafted_by=official)
        an_adjustment(project.commitments.first(), by=official, goal="ADVANCE")
        published(a_department(f"office-{i}"), on="2020-05-06")
        an_official(office, name=f"official-{i}")
        User.objects.create_user(f"bare-{i}")
        Reminder.objects.create(person=User.objects.get(username=f"bare-{i}"), day=day(TODAY))
    return {"official": official, "administrator": an_administrator(), "reviewer": reviewer}


@pytest.mark.parametrize("n", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(clock, n):
    asked = {}
    for name, person in fill(n).items():
        client = signed_in(person)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/").status_code == 200
        asked[name] = len(queries)
    in_pages = {"reviewer": QUERIES["reviewer"] + DEPARTMENTS} if n > 1 else {}
    assert asked == QUERIES | in_pages


# What it shows of many


def test_of_many_projects_the_most_urgent_come_first_and_none_is_left_out(clock, monkeypatch):
    monkeypatch.setattr(agenda, "ROWS_PER_PAGE", 2)
    office = published(a_department(), on="2020-03-01")
    projects = [a_project(f"project-{i}", milestones=["built"], lead=office) for i in range(5)]
    published(a_plan(*projects), on="2020-03-05")
    published(a_report(projects[0], "2020-05-31", {}), on="2020-06-01")
    client = signed_in(an_official(office))
    pages = [client.get("/admin/", {"projects": n}).content.decode() for n in (1, 2, 3)]
    shown = [re.findall(r">(project-\d)</a>\s*<small>", page) for page in pages]
    assert [len(names) for names in shown] == [2, 2, 1]
    assert sorted(name for names in shown for name in names) == sorted(str(project) for project in projects)
    assert shown[2] == ["project-0"]
    assert "4 个" in words(pages[0])
    assert client.get("/admin/", {"projects": "x"}).content.decode().count("<tr") == pages[0].count("<tr")


def test_the_queue_is_turned_and_counts_everything(clock, monkeypatch):
    monkeypatch.setattr(queue, "CARDS_PER_PAGE", 2)
    office = published(a_department(), on="2020-03-01")
    projects = [a_project(f"project-{i}", milestones=["built"], lead=office) for i in range(3)]
    published(a_plan(*projects), on="2020-03-05")
    official = an_official(office)
    for project in projects:
        a_report(project, "2020-05-31", {}, by=official)
        an_adjustment(project, by=official, place="South")
    client = signed_in(a_reviewer())
    pages = [client.get("/admin/", {"queue": n}).content.decode() for n in (1, 2, 3)]
    cards = [re.findall(r'<li class="desk-card" id="([^"]+)"', page) for page in pages]
    assert [len(one) for one in cards] == [2, 2, 2]
    assert len({card for one in cards for card in one}) == 6
    assert all("3 份报告、3 份调整" in words(page) for page in pages)


def test_what_departments_come_to_is_computed_anew_of_what_changed_alone(clock, monkeypatch):
    office = published(a_department(), on="2020-03-01")
    projects = [a_project(f"project-{i}", milestones=["built"], lead=office) for i in range(3)]
    published(a_plan(*projects), on="2020-03-05")
    loaded = []
    load = subjects._loaded
    monkeypatch.setattr(subjects, "_loaded", lambda *asked: loaded.append(load(*asked)) or loaded[-1])
    (line,) = dashboard.department_lines(day(TODAY))
    assert (line.n_open, line.punctuality.on_time) == (3, 0)
    published(a_report(projects[1], "2020-04-30", {"built": 1}), on="2020-05-02")
    (line,) = dashboard.department_lines(day(TODAY))
    assert line.punctuality.on_time == 1
    assert [[one.project.slug for one in time] for time in loaded] == [
        ["project-0", "project-1", "project-2"],
        ["project-1"],
    ]
