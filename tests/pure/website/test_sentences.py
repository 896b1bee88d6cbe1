"""The sentences: every light, outcome, goal and unit, what is unknown, one and many, moved, silent, year's end."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from projects.models import Department, Milestone, Pace, Project, Report
from projects.progress import Rules, Terms
from projects.snapshots import DepartmentSnapshot, MilestoneSnapshot, ProjectSnapshot, ReadingSnapshot, ReportSnapshot
from tasks.models import Commitment, Indicator, Plan, Series, Task, TaskGroup
from tasks.progress import IndicatorState, IndicatorStatus
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot, SeriesSnapshot, TaskSnapshot, commitment_snapshot_of
from website.sentences.promises import (
    badge_of,
    commitment_sentence,
    commitments_sentence,
    counted,
    data_line,
    dated_sentence,
    deadline_line,
    department_sentence,
    indicators_sentence,
    neediest_of,
    series_sentence,
    task_sentence,
    tasks_sentence,
)

STARTS_ON, ENDS_ON = date(2020, 1, 1), date(2020, 12, 31)
RULES = Rules()
SERIES = Series(pk=1, code="pledges", number=1, title="十件惠民实事", short_title="十件实事", noun="实事", counter="件")
LEAD = DepartmentSnapshot(Department(slug="works", name="住建局"), "住建局", "0357-0000000")


class NoLinks:
    """A commitment that counts every milestone of its project."""

    def __init__(self, milestones):
        self.milestones = milestones

    def all(self):
        return [type("Link", (), {"milestone_id": snapshot.row.pk}) for snapshot in self.milestones]


def a_part(
    title="建成", *readings, target=100, unit="%", noun="", pace=Pace.LINEAR, due="2020-12-31", was="", was_target=None,
    is_dropped=False,
):  # fmt: skip
    """A milestone with (held day, value) readings; `was` is the due day first promised."""
    due_on = date.fromisoformat(due)
    return {
        "title": title, "readings": readings, "target": Decimal(target), "unit": unit, "noun": noun, "pace": pace,
        "terms": Terms(due_on, Decimal(target), is_dropped),
        "promised": Terms(date.fromisoformat(was) if was else due_on, Decimal(was_target or target)),
    }  # fmt: skip


def a_snapshot(
    *parts, as_of="2020-09-30", goal="FINISH", counter="", lead=LEAD, number=1, title="城市道路"
) -> CommitmentSnapshot:
    day = date.fromisoformat(as_of)
    project = Project(pk=number, slug=f"p{number}", title=title, part_counter=counter, published_on=date(2020, 3, 5))
    reports: dict[date, Report] = {}
    snapshots = []
    for key, part in enumerate(parts, 1):
        milestone = Milestone(
            pk=number * 100 + key, project=project, code=f"part-{key}", number=key, title=part["title"], noun=part["noun"],
            starts_on=STARTS_ON, due_on=part["promised"].due_on, target=part["promised"].target, unit=part["unit"],
            weight=Decimal(1), pace=part["pace"],
        )  # fmt: skip
        readings = tuple(_reading(project, reports, held, value) for held, value in part["readings"])
        snapshots.append(
            MilestoneSnapshot(
                milestone, project, part["title"], part["promised"], part["terms"], readings, readings, ()
            )
        )
    snapshot = ProjectSnapshot(
        row=project, as_of=day, title=title, short_title="", place="", investment=None, lead=lead, partners=(),
        is_dropped=False, milestones=tuple(snapshots), adjustments=(),
        reports=tuple(ReportSnapshot(report, None, ("a reading",)) for report in reports.values()),
    )  # fmt: skip
    commitment = Commitment(pk=number, series=SERIES, number=number, project=project, goal=goal)
    links = {"links": NoLinks(snapshots)}
    counting = type("Counting", (), {**links, "__getattr__": lambda self, name: getattr(commitment, name)})()
    return commitment_snapshot_of(counting, snapshot, [], ends_on=ENDS_ON, rules=RULES)


def _reading(project, reports, held, value) -> ReadingSnapshot:
    held_on = date.fromisoformat(held)
    report = reports.setdefault(
        held_on,
        Report(
            pk=len(reports) + 1,
            project=project,
            held_on=held_on,
            published_on=held_on.replace(day=min(held_on.day + 3, 28)),
        ),
    )
    return ReadingSnapshot(report, Decimal(value))


SEP = "2020-09-30"
ROADS = (
    a_part("经二路", (SEP, 100)), a_part("纬一路", (SEP, 100)), a_part("纬五路", (SEP, 40)), a_part("南环路南延"),
)  # fmt: skip
STATIONS = (
    a_part("污水处理站", ("2020-06-30", 3), target=10, unit="座", noun="站"),
    a_part("小型设施", ("2020-06-30", 10), target=30, unit="处", noun="小设施"),
)
START = {"title": "开工建设", "target": 1, "unit": "次", "pace": Pace.STEP}

# fmt: off
CASES = {
    "four roads": (a_snapshot(*ROADS, counter="条"), "4 条里 2 条建成，1 条修到 40%，1 条没有数据。按日子该到 74%，实际 60%。"),
    "none begun": (a_snapshot(a_part("东", (SEP, 0)), a_part("西", (SEP, 0)), counter="所"), "2 所里 2 所还没动工。按日子该到 74%，实际 0%。"),
    "all of them": (a_snapshot(a_part("东", (SEP, 100)), a_part("西", (SEP, 100)), counter="所"), "2 所全部建成。"),
    "hardly begun": (a_snapshot(a_part("东", (SEP, "0.4")), a_part("西"), counter="所"), "2 所里 1 所修到 <1%，1 所没有数据。按日子该到 74%，实际 <1%。"),
    "almost done": (a_snapshot(a_part("东", (SEP, "99.9")), a_part("西", (SEP, 100)), counter="所"), "2 所里 1 所建成，1 所修到 99%。按日子该到 74%，实际 99%。"),
    "one cut": (a_snapshot(a_part("东", (SEP, 100)), a_part("西", is_dropped=True), counter="条"), "1 条全部建成，另有 1 条取消。"),
    "quantities": (a_snapshot(*STATIONS, goal="ADVANCE"), "10 座站建成 3 座，30 处小设施建成 10 处。按日子该到 63%，实际 31%。"),
    "a quantity of which nothing is known": (a_snapshot(STATIONS[0], a_part("小型设施", target=30, unit="处", noun="小设施")), "10 座站建成 3 座，30 处小设施没有数据。按日子该到 69%，实际 15%。"),
    "a quantity not begun": (a_snapshot(a_part("球场", (SEP, 0), target=4, unit="块", noun="场地")), "4 块场地还没动工。按日子该到 74%，实际 0%。"),
    "all of a quantity": (a_snapshot(a_part("中心", (SEP, 3), target=3, unit="个", noun="中心")), "3 个中心全部建成。"),
    "more than promised": (a_snapshot(a_part("球场", (SEP, 5), target=4, unit="块", noun="场地")), "4 块场地建成 5 块，超额。"),
    "one share": (a_snapshot(a_part("建成", (SEP, 69))), "完成 69%，按日子该到 74%。"),
    "one share not begun": (a_snapshot(a_part("建成", (SEP, 0))), "还没动工，按日子该到 74%。"),
    "one share ahead": (a_snapshot(a_part("建成", (SEP, "88.5"))), "完成 88%，按日子该到 74%。"),
    "done": (a_snapshot(a_part("建成", ("2020-08-20", 100))), "8 月 20 日建成。"),
    "done late": (a_snapshot(a_part("建成", ("2021-01-20", 100)), as_of="2021-02-01"), "2021 年 1 月 20 日建成，比期限晚了 20 天。"),
    "not yet due": (a_snapshot(a_part(**START), as_of="2020-10-01", lead=None), "暂无公开数据。"),
    "not begun, not yet due": (a_snapshot(a_part("开工建设", (SEP, 0), **{k: v for k, v in START.items() if k != "title"}), goal="START"), "还没到期限（尚未开工建设）。"),
    "begun": (a_snapshot(a_part("开工建设", ("2020-06-18", 1), **{k: v for k, v in START.items() if k != "title"}), goal="START"), "6 月 18 日开工建设。"),
    "begun late": (a_snapshot(a_part("开工建设", ("2021-03-01", 1), **{k: v for k, v in START.items() if k != "title"}), goal="START", as_of="2021-03-15"), "2021 年 3 月 1 日开工建设，比期限晚了 60 天。"),
    "due and not begun": (a_snapshot(a_part("开工建设", ("2020-10-20", 0), **{k: v for k, v in START.items() if k != "title"}), goal="START", as_of="2021-01-01"), "该在 2020 年 12 月 31 日前开工建设，过期没办完。"),
    "nobody answers": (a_snapshot(a_part("建成"), lead=None), "暂无公开数据。"),
    "nobody was asked to report yet": (a_snapshot(a_part("建成"), as_of="2020-04-15"), "暂无公开数据。"),
    "never reported": (a_snapshot(a_part("建成")), "部门没报。"),
    "cut": (a_snapshot(a_part("建成", is_dropped=True)), "这一项已经取消。"),
    "past due": (a_snapshot(a_part("建成", (SEP, 69)), as_of="2021-01-02"), "完成 69%，该在 2020 年 12 月 31 日办完。"),
    "parts past due": (a_snapshot(*STATIONS, as_of="2021-01-02"), "10 座站建成 3 座，30 处小设施建成 10 处。该在 2020 年 12 月 31 日办完，实际 31%。"),
    "one of two past due": (a_snapshot(a_part("东", (SEP, 40), due="2020-08-31"), a_part("西", (SEP, 90)), counter="条"), "2 条里 1 条修到 40%，1 条修到 90%。按日子该到 87%，实际 65%。有 1 项过期没办完。"),
    "moved": (a_snapshot(a_part("建成", ("2020-09-01", 50), was="2020-09-30"), as_of="2020-10-15"), "完成 50%，按日子该到 67%。期限从 9 月 30 日推到 12 月 31 日。"),
    "moved past the year": (a_snapshot(a_part("建成", ("2020-12-20", 60), due="2021-06-30", was="2020-12-31"), as_of="2020-12-25"), "完成 60%，按日子该到 64%。期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"),
    "moved forward": (a_snapshot(a_part("建成", (SEP, 80), due="2020-10-31", was="2020-12-31")), "完成 80%，按日子该到 89%。期限从 12 月 31 日提前到 10 月 31 日。"),
    "moved past the year, and past its day": (a_snapshot(a_part("建成", ("2021-06-01", 60), due="2021-06-30", was="2020-12-31"), as_of="2021-07-05"), "完成 60%，该在 2021 年 6 月 30 日办完。期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"),
    "done in time, seen in another year": (a_snapshot(a_part("建成", ("2020-08-20", 100)), as_of="2021-02-01"), "2020 年 8 月 20 日建成。"),
    "one of two done, the other due in another year": (a_snapshot(a_part("开工建设", ("2020-06-18", 1), **{k: v for k, v in START.items() if k != "title"}), a_part("封顶", ("2020-06-18", 0), due="2021-06-30", **{k: v for k, v in START.items() if k != "title"})), "2020 年 6 月 18 日开工建设，还没到期限（尚未封顶）。"),
    "one of two moved": (a_snapshot(a_part("东", (SEP, 90), due="2021-03-31", was="2020-12-31"), a_part("西", (SEP, 90)), counter="条"), "2 条里 1 条修到 90%，1 条修到 90%。按日子该到 67%，实际 90%。有 1 项改过期限。"),
    "a smaller target": (a_snapshot(a_part("站", (SEP, 6), target=8, was_target=10, unit="座")), "8 座站建成 6 座。按日子该到 74%，实际 75%。有 1 项改过目标。"),
}
# fmt: on


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_of_a_promise(name):
    """docs/words.md: A promise in a sentence."""
    snapshot, told = CASES[name]
    assert commitment_sentence(snapshot) == told


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2020-10-08", "按 9 月 30 日的数据（9 月 28 日公布）"),
        ("2021-02-01", "按 2020 年 9 月 30 日的数据（2020 年 9 月 28 日公布）"),
    ],
)
def test_the_data_line_names_both_days_and_the_years_where_the_page_is_of_another(day, told):
    """docs/words.md: A promise in a sentence."""
    snapshot = a_snapshot(a_part("建成", (SEP, 60)), as_of=day)
    assert data_line(snapshot.project, year=2020) == told


def test_data_published_in_the_next_year_has_both_years():
    snapshot = a_snapshot(a_part("建成", ("2020-12-31", 60)), as_of="2020-12-31")
    snapshot.project.latest_report.published_on = date(2021, 1, 8)
    told = data_line(snapshot.project, year=2020)
    assert told == "按 2020 年 12 月 31 日的数据（2021 年 1 月 8 日公布）"


def test_there_is_no_data_line_without_data():
    assert data_line(a_snapshot(a_part("建成")).project, year=2020) == ""


def test_what_is_read_elsewhere_has_every_year():
    snapshot = a_snapshot(a_part("建成", ("2020-08-20", 100)))
    told = dated_sentence(snapshot.progress, snapshot.project, RULES, year=None)
    assert told == "按 2020 年 8 月 20 日的数据（2020 年 8 月 23 日公布）：2020 年 8 月 20 日建成。"
    assert dated_sentence(snapshot.progress, snapshot.project, RULES, year=2020) == (
        "按 8 月 20 日的数据（8 月 23 日公布）：8 月 20 日建成。"
    )


def test_data_and_a_day_in_another_year_meet_in_one_sentence():
    snapshot = a_snapshot(a_part("建成", ("2020-12-20", 60), due="2021-06-30", was="2020-12-31"), as_of="2020-12-25")
    assert dated_sentence(snapshot.progress, snapshot.project, RULES, year=2020) == (
        "按 2020 年 12 月 20 日的数据（2020 年 12 月 23 日公布）：完成 60%，按日子该到 64%。"
        "期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"
    )


@pytest.mark.parametrize(
    ("as_of", "year", "told"),
    [
        ("2020-09-30", 2020, "最晚 12 月 31 日办完，还有 92 天；现在还不能说没办成。"),
        ("2020-09-30", None, "最晚 2020 年 12 月 31 日办完，还有 92 天；现在还不能说没办成。"),
        ("2019-12-20", 2020, "最晚 2020 年 12 月 31 日办完，还有 377 天；现在还不能说没办成。"),
        ("2020-12-31", 2020, "12 月 31 日是最后一天；现在还不能说没办成。"),
        ("2021-01-01", 2020, "2020 年 12 月 31 日已经到期，下面是到期之后的结果。"),
    ],
)
def test_when_the_last_promise_falls_due(as_of, year, told):
    """docs/words.md: The first screen."""
    plan = Plan(year=2020, starts_on=STARTS_ON, ends_on=ENDS_ON)
    assert deadline_line(a_plan_snapshot(plan, date.fromisoformat(as_of)), year=year) == told


def a_plan_snapshot(plan: Plan, as_of: date):
    return SimpleNamespace(row=plan, as_of=as_of)


ENDED = "2021-03-15"
# fmt: off
BADGES = {
    "kept": (a_snapshot(a_part("建成", (SEP, 100)), as_of=ENDED), "办成"),
    "kept late": (a_snapshot(a_part("建成", ("2021-01-20", 100)), as_of=ENDED), "晚了才办成"),
    "missed": (a_snapshot(a_part("建成", (SEP, 60)), as_of=ENDED), "没办成"),
    "unknown": (a_snapshot(a_part("东", (SEP, 60)), a_part("西"), as_of=ENDED), "没报数据，不能算办成"),
    "advanced": (a_snapshot(a_part("建成", (SEP, 60)), goal="ADVANCE", as_of=ENDED), "往前推了（市里没说做到多少）"),
    "not advanced": (a_snapshot(a_part("建成", (SEP, 0)), goal="ADVANCE", as_of=ENDED), "没办成"),
    "dropped": (a_snapshot(a_part("建成", is_dropped=True), as_of=ENDED), "已取消"),
    "running, on pace": (a_snapshot(a_part("建成", (SEP, 70))), "按计划"),
    "running, ahead": (a_snapshot(a_part("建成", (SEP, 90))), "比计划快"),
    "running, behind": (a_snapshot(a_part("建成", (SEP, 60))), "落后"),
    "running, far behind": (a_snapshot(a_part("建成", (SEP, 40))), "严重落后"),
    "running, past its day": (a_snapshot(a_part("建成", ("2020-08-01", 40), due="2020-08-31")), "过期没办完"),
    "running, unreported": (a_snapshot(a_part("建成")), "没有数据"),
    "running, done": (a_snapshot(a_part("建成", (SEP, 100))), "办成"),
}
# fmt: on


@pytest.mark.parametrize("name", BADGES)
def test_the_badge_goes_by_light_while_the_plan_runs_and_by_outcome_once_it_ended(name):
    """docs/rules.md: verdict."""
    snapshot, told = BADGES[name]
    assert badge_of(snapshot).text == told


def some(*names: str) -> list[CommitmentSnapshot]:
    return [BADGES[name][0] for name in names]


def test_a_series_counts_what_stands_on_its_badges():
    """docs/words.md: The first screen."""
    commitments = some("running, done", "running, on pace", "running, done", "running, unreported")
    assert series_sentence(SeriesSnapshot(SERIES, SERIES.title, tuple(commitments))) == (
        "十件实事：2 件办成，1 件按计划，1 件没有数据。"
    )


def test_a_count_whose_words_hold_a_comma_is_set_apart_by_semicolons():
    """docs/words.md: The first screen."""
    told = counted(some("kept", "kept late", "missed", "unknown", "dropped"), "件")
    assert told == "1 件办成；1 件晚了才办成；1 件没办成；1 件没报数据，不能算办成；1 件已取消"


def test_any_choice_of_commitments_is_counted():
    assert commitments_sentence(some("running, behind")) == "1 件承诺：1 件落后。"
    assert commitments_sentence([]) == "没有符合条件的承诺。"


def a_task(*commitments) -> TaskSnapshot:
    group = TaskGroup(code="major", number=1, title="三件大事", noun="大事", counter="件")
    return TaskSnapshot(Task(group=group, number=1, title="任务"), group, "任务", (), tuple(commitments), ())


def test_a_task_says_what_stands_behind_it_or_that_nothing_does():
    """docs/words.md: Other pages."""
    assert task_sentence(a_task(*some("running, done"))) == "为它出力的 1 件承诺：1 件办成。"
    assert task_sentence(a_task()) == "没有列入项目，所以没有进度可以算。"
    assert tasks_sentence([a_task(), a_task(*some("running, done"))]) == "2 项任务：1 项有项目在做，1 项没有列入项目。"
    assert tasks_sentence([a_task(*some("running, done"))]) == "1 项任务：1 项有项目在做。"


def test_a_department_says_what_it_leads_and_where_it_helps():
    """docs/words.md: Other pages."""
    assert department_sentence(some("running, done", "running, behind"), 0) == "牵头 2 件承诺：1 件办成，1 件落后。"
    assert department_sentence([], 2) == "没有牵头的承诺。配合 2 件。"


def an_indicator(status: IndicatorStatus) -> IndicatorSnapshot:
    state = IndicatorState(status, None, None, None)
    return IndicatorSnapshot(Indicator(), "", Decimal(1), None, Decimal(1), None, False, (), (), (), state)


def test_indicators_are_counted_by_what_became_of_them():
    """docs/words.md: Other pages."""
    states = [IndicatorStatus.NO_DATA, IndicatorStatus.MET, IndicatorStatus.NO_DATA, IndicatorStatus.NOT_MET]
    assert indicators_sentence([an_indicator(s) for s in states]) == "4 项指标：1 项达到，1 项没达到，2 项没有数据。"
    assert indicators_sentence([]) == "没有用数字定下的指标。"


def test_the_neediest_is_the_one_furthest_behind_and_tells_of_the_silence():
    """docs/words.md: The first screen."""
    roads, sewage = a_snapshot(*ROADS, counter="条"), a_snapshot(*STATIONS, goal="ADVANCE", number=5, title="污水处理")
    told = neediest_of(SeriesSnapshot(SERIES, "", (roads, sewage)), year=2020)
    assert told.commitment is sewage
    assert told.sentence == (
        "污水处理：6 月底报，10 座站建成 3 座，30 处小设施建成 10 处，之后没有再报。按日子该到 63%，实际 31%。"
    )
    elsewhere = neediest_of(SeriesSnapshot(SERIES, "", (roads, sewage)), year=None)
    assert elsewhere.sentence.startswith("污水处理：2020 年 6 月底报，")


def test_nobody_is_neediest_while_nothing_is_behind():
    assert neediest_of(SeriesSnapshot(SERIES, "", tuple(some("running, on pace", "running, done"))), year=2020) is None
