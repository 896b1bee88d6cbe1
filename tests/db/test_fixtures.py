"""The fixtures say what the sheet of published facts says, and the illustrative year tells the whole story."""

import json
from collections import Counter
from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from ledger.models import Entry
from news.models import Article
from projects.models import Adjustment, Department, Evidence, Project, Report, Source, SourceKind
from projects.progress import Light, Total
from projects.publishing import all_facts
from projects.snapshots import led_slugs
from tasks.models import Commitment, Contribution, Goal, Indicator, Measure, Outline, Reading, Series, Target, Task
from tasks.progress import IndicatorStatus, Outcome
from tasks.snapshots import plan_snapshot_of
from tests.loaded_cities import FIXTURES, ILLUSTRATIVE_FILE

pytestmark = pytest.mark.one_database

INVESTMENT = Total(Decimal(1_083_000_000), 6, 4)
SAMPLED_DAYS = [
    "2020-03-05",
    "2020-03-31",
    "2020-06-30",
    "2020-09-30",
    "2020-11-30",
    "2020-12-31",
    "2021-01-01",
    "2021-06-01",
]
STREET_ACTIONS = [
    "拆除违法违章建筑",
    "拆除不必要的围挡、围墙",
    "拆除有碍观瞻的建筑",
    "广告下墙",
    "附着物下墙",
    "管线下地",
    "停车进位",
    "停车进库",
    "洗车进场",
    "铁路两旁垃圾走出视线",
    "高速公路两旁垃圾走出视线",
    "市域主干道两旁垃圾走出视线",
]


ADDITION = "tasks.addition"
PROMISED = {"tasks.series", "tasks.taskgroup", "tasks.task", "tasks.measure", "tasks.indicator", "tasks.outline"}


def snapshot_on(plan, day):
    return plan_snapshot_of(plan, date.fromisoformat(day))


def commitments_on(plan, day):
    """Every commitment of the plan on the day, by `series-number`."""
    snapshot = snapshot_on(plan, day)
    return {f"{one.series.code}-{one.number}": one for one in snapshot.commitments}


def rows_of(file):
    return json.loads(file.read_text(encoding="utf-8"))


def every_fact():
    return [fact for model in all_facts() for fact in model.objects.select_related("source")]


# The published plan, counted from the sheet.
@pytest.mark.usefixtures("plan_2020")
class TestPlan:
    def test_is_published_when_the_newspaper_reported_it(self, plan_2020):
        assert (plan_2020.starts_on, plan_2020.ends_on) == (date(2020, 1, 1), date(2020, 12, 31))
        assert plan_2020.adopted_on == date(2020, 2, 28)
        assert plan_2020.published_at.isoformat() == "2020-03-05T01:07:37+00:00"
        assert plan_2020.guideline

    def test_every_fact_comes_from_the_one_report(self):
        source = Source.objects.get()
        assert (source.kind, source.publisher, source.editor) == (SourceKind.NEWS, "临汾新闻网", "吉政")
        assert source.issued_on == date(2020, 3, 5)
        assert source.title == "霍州：办好三件大事 开创高质量转型发展新局面"
        assert {fact.source for fact in every_fact()} == {source}

    def test_nothing_is_invented(self):
        """No department, no interim date, no progress but the one start of construction."""
        assert not Department.objects.exists()
        assert not any(one.leads or one.partners or one.post or one.funding for one in Project.objects.all())
        for model in (Task, Measure):
            assert not any(one.leads or one.post or one.due_on or one.wording for one in model.objects.all())
        assert not Adjustment.objects.exists()
        assert not Reading.objects.exists()
        assert not Indicator.objects.filter(baseline__isnull=False).exists()
        assert not Commitment.objects.filter(annual_investment__isnull=False).exists()
        assert not Commitment.objects.exclude(wording="").exists()
        assert set(Target.objects.values_list("starts_on", "due_on")) == {(date(2020, 1, 1), date(2020, 12, 31))}
        assert not any(target.steps or target.from_amount for target in Target.objects.all())
        assert {project.slug for project in Project.objects.exclude(place="")} == {
            commitment.project.slug for commitment in Commitment.objects.filter(series__code="zone")
        }
        assert Entry.objects.count() == 2

    @pytest.mark.parametrize(
        ("group", "measures"), [("major", [6, 3, 3]), ("area", [3, 2, 4, 3, 3, 3, 4, 3])], ids=["major", "area"]
    )
    def test_tasks_and_measures(self, group, measures):
        tasks = Task.objects.filter(group__code=group).order_by("number")
        assert [task.number for task in tasks] == list(range(1, len(measures) + 1))
        assert [task.measures.count() for task in tasks] == measures

    def test_three_major_tasks_and_eight_areas(self):
        measures = Measure.objects.values_list("task__group__title", flat=True)
        assert Counter(measures) == {"三件大事": 12, "八项具体工作": 25}
        assert len({(m.task_id, m.title) for m in Measure.objects.all()}) == 37

    @pytest.mark.parametrize(
        ("task", "title"),
        [
            (("major", 1), "以开发区建设为龙头加快经济转型"),
            (("major", 2), "以汾河生态治理为重点守护绿水青山"),
            (("major", 3), "以创建国家级卫生城市为目标建设美丽家园"),
            (("area", 1), "加快新旧动能转换，构建产业新体系"),
            (("area", 2), "推进改革创新，释放发展新动能"),
            (("area", 3), "推动乡村振兴，焕发农村新气象"),
            (("area", 4), "加快文旅融合，实现三产新繁荣"),
            (("area", 5), "提升城市品位，建设美丽新霍州"),
            (("area", 6), "聚焦三大攻坚，保障发展好环境"),
            (("area", 7), "坚持民生优先，凝聚发展新合力"),
            (("area", 8), "筑牢安全防线，提升治理新水平"),
        ],
    )
    def test_official_names_of_tasks(self, task, title):
        assert Task.objects.get_by_natural_key(2020, *task).title == title

    @pytest.mark.parametrize(
        ("number", "title", "goal", "investment", "parts"),
        [
            (1, "“四好农村路”建设", "FINISH", 185_000_000, [("建成", 100, "%", "LINEAR")]),
            (
                2,
                "城市道路建设工程",
                "FINISH",
                None,
                [
                    ("经二路", 100, "%", "LINEAR"),
                    ("纬一路（大张段）", 100, "%", "LINEAR"),
                    ("纬五路（经二路至经三路）", 100, "%", "LINEAR"),
                    ("南环路南延", 100, "%", "LINEAR"),
                ],
            ),
            (3, "第二生活垃圾处理厂", "FINISH", 48_000_000, [("建成", 100, "%", "LINEAR")]),
            (4, "餐厨垃圾处理厂", "START", 33_000_000, [("开工建设", 1, "次", "STEP")]),
            (
                5,
                "农村生活污水处理项目",
                "ADVANCE",
                88_000_000,
                [("污水处理站", 10, "座", "LINEAR"), ("小型污水处理设施", 30, "座", "LINEAR")],
            ),
            (6, "霍州市新人民医院", "START", 392_000_000, [("开工建设", 1, "次", "STEP")]),
            (7, "全民健身中心", "FINISH", 337_000_000, [("建成", 100, "%", "LINEAR")]),
            (8, "五人制足球场", "FINISH", None, [("五人制足球场", 4, "个", "LINEAR")]),
            (9, "老年人日间照料中心", "FINISH", None, [("老年人日间照料中心", 3, "所", "LINEAR")]),
            (
                10,
                "霍东新区小学、西张小学",
                "FINISH",
                None,
                [("霍东新区小学", 100, "%", "LINEAR"), ("西张小学", 100, "%", "LINEAR")],
            ),
        ],
    )
    def test_livelihood_projects(self, number, title, goal, investment, parts):
        commitment = Commitment.objects.get_by_natural_key(2020, "livelihood", number)
        assert (commitment.project.title, commitment.goal) == (title, goal)
        assert commitment.project.investment == investment
        assert [(t.milestone.title, t.amount, t.unit, t.pace) for t in commitment.targets.all()] == parts

    @pytest.mark.parametrize(
        ("number", "title"),
        [
            (1, "激光熔覆项目（装备再制造）"),
            (2, "水性油墨项目"),
            (3, "超细粉煤灰项目"),
            (4, "危废处理项目"),
            (5, "斯达特维克装备制造项目"),
        ],
    )
    def test_zone_projects(self, number, title):
        commitment = Commitment.objects.get_by_natural_key(2020, "zone", number)
        assert (commitment.project.title, commitment.goal) == (title, "START")
        assert commitment.project.investment is None
        assert [(t.milestone.title, t.amount, t.pace) for t in commitment.targets.all()] == [("开工建设", 1, "STEP")]

    def test_two_series_of_commitments(self):
        assert list(Series.objects.values_list("number", "code", "title")) == [
            (1, "livelihood", "十件惠民实事"),
            (2, "zone", "开发区重点项目"),
        ]
        assert Counter(Commitment.objects.values_list("series__code", flat=True)) == {"livelihood": 10, "zone": 5}

    def test_every_milestone_counts_for_its_commitment(self):
        for commitment in Commitment.objects.all():
            assert set(commitment.milestones.all()) == set(commitment.project.milestones.all())

    def test_what_is_our_reading_says_so(self):
        """docs/rules.md: inferred.

        Dates and weights, which project serves what, which part keeps a promise where the city named none, how much of it
        where the city gave no number, and that the zone's projects are one list of which each is to start.
        """
        for target in Target.objects.select_related("milestone", "commitment__series"):
            names = {"starts_on", "due_on", "weight", "pace"}
            names |= {"amount"} if not target.milestone.is_counted else set()
            is_ours = target.milestone.title in {"建成", "开工建设"} or target.commitment.goal == Goal.ADVANCE
            names |= {"milestone"} if is_ours else set()
            assert set(target.inferred) == names, target.address
        assert set(Target.objects.values_list("weight", flat=True)) == {Decimal(1)}
        assert set(Contribution.objects.values_list("is_inferred", flat=True)) == {True}
        inferred = {one.identifier: one.inferred for one in Commitment.objects.all() if one.inferred}
        assert inferred == {f"zone-{number}": ["goal", "series"] for number in range(1, 6)}

    @pytest.mark.parametrize(
        ("measure", "projects"),
        [
            ("突出项目建设（解决发展动力）", {("zone", number) for number in range(1, 6)}),
            ("加大工程治污力度消化余量", {("livelihood", 5)}),
            ("不断完善城市基础设施", {("livelihood", 2), ("livelihood", 3), ("livelihood", 4)}),
            ("建设美丽乡村", {("livelihood", 1), ("livelihood", 5)}),
            ("坚持高标准建设", {("livelihood", 2)}),
            ("污染防治攻坚战要持之以恒", {("livelihood", 3), ("livelihood", 4)}),
            ("提升教育教学质量", {("livelihood", 10)}),
            ("提升全面健康水平", {("livelihood", 6), ("livelihood", 7), ("livelihood", 8)}),
            ("提升社会保障水平", {("livelihood", 9)}),
        ],
    )
    def test_which_projects_serve_a_measure(self, measure, projects):
        served = Measure.objects.get(title=measure).projects
        assert set(served.values_list("commitments__series__code", "commitments__number")) == projects

    def test_no_other_measure_is_served(self):
        assert Contribution.objects.count() == 19
        assert Measure.objects.filter(contributions__isnull=True).count() == 37 - 9

    @pytest.mark.parametrize(
        ("title", "comparator", "target", "unit", "due_on"),
        [
            ("建成区绿化覆盖率", "≥", "36", "%", date(2023, 12, 31)),
            ("建成区绿地率", "≥", "31", "%", date(2023, 12, 31)),
            ("人均公共绿地面积", "≥", "8.5", "平方米/人", date(2023, 12, 31)),
            ("全年空气质量二级以上天数", "≥", "300", "天", date(2020, 12, 31)),
            ("公共服务圈", "≥", "5", "平方公里", None),
            ("国家级卫生城市", "=", "1", "次命名", date(2023, 12, 31)),
        ],
    )
    def test_indicators(self, title, comparator, target, unit, due_on):
        indicator = Indicator.objects.get(title=title)
        assert (indicator.comparator, indicator.target, indicator.unit) == (comparator, Decimal(target), unit)
        assert indicator.due_on == due_on
        assert indicator.task.identifier == "major-3"

    def test_there_are_six_indicators(self):
        assert Indicator.objects.count() == 6

    @pytest.mark.parametrize(
        ("outline", "task", "n_items"),
        [
            ("one-eighteen", None, 3),
            ("nine-areas", None, 9),
            ("zone", "major-1", 0),
            ("city-roads", "area-5", 4),
            ("zone-positioning", "major-1", 2),
            ("zone-later-steps", "major-1", 2),
            ("assessment-groups", "major-3", 8),
            ("street-campaign", "major-3", 12),
        ],
    )
    def test_outlines(self, outline, task, n_items):
        outline = Outline.objects.get(code=outline)
        assert (outline.task and outline.task.identifier) == task
        assert [item.number for item in outline.items.all()] == list(range(1, n_items + 1))

    def test_actions_of_the_street_campaign(self):
        items = Outline.objects.get(title="三拆三下三进三出").items
        assert list(items.values_list("title", flat=True)) == STREET_ACTIONS

    def test_the_number_of_sub_items_is_said_though_none_is_named(self):
        assert "40 个小项" in Outline.objects.get(code="assessment-groups").text

    def test_the_one_known_start_of_construction(self, plan_2020):
        report = Report.objects.get()
        assert (report.project.slug, report.held_on) == ("laser-cladding", date(2020, 2, 24))
        assert report.published_at == plan_2020.published_at
        evidence = report.evidence.get()
        assert (evidence.kind, bool(evidence.file), evidence.url) == ("DOCUMENT", False, "")

    def test_news(self):
        articles = Article.objects.published()
        assert sorted(article.happened_on.isoformat() for article in articles) == [
            "2020-02-21",
            "2020-02-24",
            "2020-02-24",
            "2020-02-25",
            "2020-02-27",
            "2020-02-28",
        ]
        for article in articles:
            assert article.source.kind == SourceKind.NEWS
            assert timezone.localdate(article.published_at) >= article.source.issued_on
            assert article.tasks.exists()
            assert not article.is_illustrative

    def test_nothing_of_it_is_illustrative(self, plan_2020):
        assert not any(snapshot_on(plan_2020, day).is_illustrative for day in SAMPLED_DAYS)

    def test_verifies(self, capsys):
        call_command("verify_ledger")
        assert "2 条" in capsys.readouterr().out


# The illustrative year.
class TestIllustrativeYear:
    def test_every_row_is_from_the_illustrative_source(self, illustrative_2020):
        source = Source.objects.get(kind=SourceKind.ILLUSTRATIVE)
        assert source.title == "示例数据，不是霍州的真实进展"
        loaded = {row["fields"].get("source", [None])[0] for row in rows_of(ILLUSTRATIVE_FILE)}
        assert loaded == {source.key, None}
        for fact in every_fact():
            is_of_the_plan = fact.release_at == illustrative_2020.release_at
            assert (fact.source == source) != is_of_the_plan

    def test_what_it_promises_is_an_addition_and_says_that_it_is_made_up(self):
        """Otherwise facts, who answers, and adjustments of what the plan promised; no money of the plan is changed."""
        rows = rows_of(ILLUSTRATIVE_FILE)
        promised = [row for row in rows if row["model"] in PROMISED]
        assert all(row["fields"]["addition"] == ["old-quarters-2020-06"] for row in promised)
        titles = [row["fields"]["title"] for row in rows if row["model"] in (*PROMISED, "projects.project", ADDITION)]
        assert titles != []
        assert [title for title in titles if not title.endswith("（示例）")] == []
        changed = {name for row in rows for name in row["fields"].get("changes", {})}
        assert not {"investment", "annual_investment"} & changed

    @pytest.mark.parametrize("day", SAMPLED_DAYS)
    def test_the_published_money_stays(self, illustrative_2020, day):
        """docs/rules.md: money."""
        headline = snapshot_on(illustrative_2020, day).headline
        assert headline.row.title == "十件惠民实事"
        assert headline.investment == INVESTMENT

    def test_it_is_published_after_the_plan_in_working_hours(self, illustrative_2020):
        for entry in Entry.objects.filter(at__gt=illustrative_2020.published_at):
            at = entry.at.astimezone(ZoneInfo("Asia/Shanghai"))
            assert at.weekday() < 5, entry.at
            assert time(8, 30) <= at.time() < time(12) or time(14, 30) <= at.time() <= time(17, 30), entry.at
        after = {fact.release_at for fact in every_fact() if fact.is_illustrative and fact.release_at}
        assert min(after) > illustrative_2020.published_at

    def test_departments_are_no_real_ones(self, illustrative_2020):
        departments = Department.objects.all()
        assert len(departments) == 11
        for department in departments:
            assert department.name.endswith("（示例）")
            assert department.phone.startswith("0357-00000")

    def test_the_first_department_with_most_projects_leads_several(self, illustrative_2020):
        led = {department.slug: led_slugs(department) for department in Department.objects.order_by("slug")}
        assert max(led, key=lambda slug: len(led[slug])) == "construction-bureau"
        assert led["construction-bureau"] == {
            "city-roads",
            "second-waste-plant",
            "kitchen-waste-plant",
            "rural-sewage",
            "old-quarters",
            "smart-parking",
        }

    def test_a_project_without_a_department_says_so(self, illustrative_2020):
        projects = snapshot_on(illustrative_2020, "2020-09-30").projects.values()
        assert [project.slug for project in projects if project.lead is None] == ["hazardous-waste"]

    def test_reports_come_monthly_and_go_public_some_days_later(self, illustrative_2020):
        reports = Report.objects.filter(source__kind=SourceKind.ILLUSTRATIVE)
        assert {f"{r.held_on:%Y-%m}" for r in reports} >= {f"2020-{m:02}" for m in range(3, 13)} | {"2021-01"}
        delays = [(report.published_on - report.held_on).days for report in reports]
        assert min(delays) >= 2
        assert max(delays) <= 22
        assert reports.exclude(problem="").exists()
        assert reports.exclude(next_step="").exists()
        assert max(report.published_on for report in reports) == date(2021, 5, 28)

    def test_no_project_spends_more_than_it_has(self, illustrative_2020):
        spent = Report.objects.filter(spent__isnull=False, project__investment__isnull=False)
        assert spent.count() > 20
        assert all(report.spent <= report.project.investment for report in spent)

    def test_photos_are_small_and_marked(self, illustrative_2020):
        photos = Evidence.objects.filter(kind="PHOTO")
        named = {photo.file.name for photo in photos}
        assert len(named) == photos.count() == 6
        stored = (FIXTURES / "media").rglob("*.jpg")
        assert {path.relative_to(FIXTURES / "media").as_posix() for path in stored} == named
        for photo in photos:
            assert photo.title.startswith("示例图片")
            assert photo.file.size <= 60 * 1024
            with Image.open(photo.file) as picture:
                assert (picture.format, picture.size) == ("JPEG", (1200, 800))
        assert all(
            document.title.endswith("（示例）")
            for document in Evidence.objects.filter(report__source__kind="ILLUSTRATIVE", kind="DOCUMENT")
        )

    def test_the_ten_on_the_thirtieth_of_september(self, illustrative_2020):
        headline = snapshot_on(illustrative_2020, "2020-09-30").headline
        assert [one.state.light for one in headline.commitments] == [
            Light.ON_PACE,
            Light.BEHIND,
            Light.ON_PACE,
            Light.UNREPORTED,
            Light.FAR_BEHIND,
            Light.ON_PACE,
            Light.ON_PACE,
            Light.DONE,
            Light.DONE,
            Light.BEHIND,
        ]

    def test_only_one_promise_is_changed_by_then(self, illustrative_2020):
        """The earlier day of the rural roads was the city's first word: until then the year's end was our reading."""
        commitments = commitments_on(illustrative_2020, "2020-09-30")
        assert [key for key, one in commitments.items() if one.state.is_adjusted] == ["added-1"]

    @pytest.mark.parametrize(
        ("day", "promise", "light", "outcome", "marks"),
        [
            pytest.param(*case.split("|")[1:], id=case.split("|")[0])
            for case in (
                "rural roads before the due date moves|2020-06-10|livelihood-1|ON_PACE|OPEN|",
                "rural roads by the city's first word|2020-06-11|livelihood-1|ON_PACE|OPEN|",
                "rural roads the day after the first new date|2020-11-01|livelihood-1|ON_PACE|OPEN|adjusted",
                "rural roads before the last report|2020-12-15|livelihood-1|ON_PACE|OPEN|adjusted",
                "rural roads finished in time|2020-12-16|livelihood-1|DONE|KEPT|adjusted",
                "four roads, two built|2020-09-30|livelihood-2|BEHIND|OPEN|",
                "the day before a road is dropped|2020-11-17|livelihood-2|BEHIND|OPEN|",
                "a road is dropped|2020-11-18|livelihood-2|ON_PACE|OPEN|adjusted",
                "the three others are built|2020-12-23|livelihood-2|DONE|KEPT|adjusted",
                "the plant before its last report|2020-12-21|livelihood-3|ON_PACE|OPEN|",
                "the plant finished in time|2020-12-22|livelihood-3|DONE|KEPT|",
                "never reported|2020-09-30|livelihood-4|UNREPORTED|OPEN|",
                "never reported, on the last day|2020-12-31|livelihood-4|UNREPORTED|OPEN|",
                "never reported, after the year|2021-01-01|livelihood-4|UNREPORTED|UNKNOWN|",
                "sewage in June|2020-07-07|livelihood-5|BEHIND|OPEN|",
                "sewage, silence|2020-09-22|livelihood-5|BEHIND|OPEN|",
                "sewage, long silence|2020-09-23|livelihood-5|FAR_BEHIND|OPEN|",
                "sewage on the last day|2020-12-31|livelihood-5|FAR_BEHIND|OPEN|",
                "sewage was advanced|2021-01-01|livelihood-5|BEHIND|ADVANCED|",
                "sewage to the end|2021-06-01|livelihood-5|BEHIND|ADVANCED|",
                "hospital in autumn|2020-10-25|livelihood-6|ON_PACE|OPEN|",
                "hospital on the last day|2020-12-31|livelihood-6|ON_PACE|OPEN|",
                "hospital missed|2021-01-01|livelihood-6|FAR_BEHIND|MISSED|",
                "hospital started, not yet public|2021-03-09|livelihood-6|FAR_BEHIND|MISSED|",
                "hospital started late|2021-03-10|livelihood-6|DONE|KEPT|late",
                "fitness centre ahead|2020-05-27|livelihood-7|AHEAD|OPEN|",
                "fitness centre on pace|2020-09-30|livelihood-7|ON_PACE|OPEN|",
                "fitness centre moved beyond the year|2020-11-19|livelihood-7|AHEAD|OPEN|adjusted",
                "fitness centre on the last day|2020-12-31|livelihood-7|AHEAD|OPEN|adjusted",
                "fitness centre missed|2021-01-01|livelihood-7|FAR_BEHIND|MISSED|adjusted",
                "fitness centre finished, not yet public|2021-05-25|livelihood-7|FAR_BEHIND|MISSED|adjusted",
                "fitness centre finished late|2021-05-26|livelihood-7|DONE|KEPT|late adjusted",
                "pitches|2020-08-25|livelihood-8|AHEAD|OPEN|",
                "five pitches of four|2020-08-26|livelihood-8|DONE|KEPT|",
                "day care ahead|2020-06-30|livelihood-9|AHEAD|OPEN|",
                "day care finished|2020-08-27|livelihood-9|DONE|KEPT|",
                "schools by the wrong figure|2020-08-02|livelihood-10|ON_PACE|OPEN|",
                "schools by the corrected figure|2020-08-03|livelihood-10|BEHIND|OPEN|",
                "one school of two|2020-12-31|livelihood-10|BEHIND|OPEN|",
                "schools missed|2021-01-01|livelihood-10|FAR_BEHIND|MISSED|",
                "schools to the end|2021-06-01|livelihood-10|FAR_BEHIND|MISSED|",
                "laser cladding from the first day|2020-03-05|zone-1|DONE|KEPT|",
                "ink before it starts|2020-06-23|zone-2|ON_PACE|OPEN|",
                "ink started|2020-06-24|zone-2|DONE|KEPT|",
                "fly ash the day before|2020-11-24|zone-3|ON_PACE|OPEN|",
                "fly ash dropped|2020-11-25|zone-3|DROPPED|DROPPED|adjusted",
                "nobody asked|2020-09-30|zone-4|UNREPORTED|OPEN|",
                "nobody knows|2021-01-01|zone-4|UNREPORTED|UNKNOWN|",
                "equipment on the last day|2020-12-31|zone-5|ON_PACE|OPEN|",
                "equipment missed|2021-01-01|zone-5|FAR_BEHIND|MISSED|",
                "equipment to the end|2021-06-01|zone-5|FAR_BEHIND|MISSED|",
            )
        ],
    )
    def test_story(self, illustrative_2020, day, promise, light, outcome, marks):
        """docs/rules.md: light, outcome."""
        state = commitments_on(illustrative_2020, day)[promise].state
        assert (state.light, state.outcome) == (light, outcome)
        assert (state.is_late, state.is_adjusted) == ("late" in marks, "adjusted" in marks)

    def test_every_light_and_every_outcome_occurs(self, illustrative_2020):
        snapshots = [snapshot_on(illustrative_2020, day) for day in SAMPLED_DAYS]
        states = [one.state for snapshot in snapshots for one in snapshot.commitments]
        assert {state.light for state in states} == set(Light)
        assert {state.outcome for state in states} == set(Outcome)
        assert {state.is_late for state in states if state.outcome is Outcome.KEPT} == {False, True}

    @pytest.mark.parametrize(
        ("day", "indicator", "status", "value"),
        [
            ("2020-06-30", "green-coverage", IndicatorStatus.NO_DATA, None),
            ("2020-09-30", "green-coverage", IndicatorStatus.OPEN, "35.4"),
            ("2020-12-31", "green-coverage", IndicatorStatus.OPEN, "36.2"),
            ("2020-10-28", "good-air-days", IndicatorStatus.OPEN, "232"),
            ("2020-10-29", "good-air-days", IndicatorStatus.OPEN, "226"),
            ("2021-06-01", "good-air-days", IndicatorStatus.NOT_MET, "291"),
            ("2021-06-01", "green-space-ratio", IndicatorStatus.NO_DATA, None),
            ("2021-06-01", "public-green-per-person", IndicatorStatus.NO_DATA, None),
            ("2021-06-01", "service-circle", IndicatorStatus.NO_DATA, None),
            ("2021-06-01", "sanitary-city", IndicatorStatus.NO_DATA, None),
        ],
    )
    def test_indicators(self, illustrative_2020, day, indicator, status, value):
        found = {one.row.code: one.state for one in snapshot_on(illustrative_2020, day).indicators}
        assert found[indicator].status == status
        assert found[indicator].value == (value and Decimal(value))

    def test_more_than_promised_is_confirmed(self, illustrative_2020):
        [state] = commitments_on(illustrative_2020, "2020-09-30")["livelihood-8"].progress.targets
        assert (state.value, state.terms.amount, state.is_exceeded) == (5, 4, True)
        assert Report.objects.get(code="five-a-side-pitches-2020-08").is_over_target_confirmed

    def test_four_roads_on_the_thirtieth_of_september(self, illustrative_2020):
        progress = commitments_on(illustrative_2020, "2020-09-30")["livelihood-2"].progress
        assert [state.value for state in progress.targets] == [100, 100, 40, None]

    def test_every_change_of_a_promise_gives_its_reason(self, illustrative_2020):
        changes = Adjustment.objects.all()
        assert not [change for change in changes if not change.reason or not change.document.endswith("（示例）")]
        corrections = [*Report.objects.exclude(corrects=None), *Reading.objects.exclude(corrects=None)]
        assert len(corrections) == 2
        assert all(correction.correction_reason for correction in corrections)

    def test_it_is_marked_as_soon_as_it_begins(self, illustrative_2020):
        assert not snapshot_on(illustrative_2020, "2020-03-08").is_illustrative
        assert snapshot_on(illustrative_2020, "2020-03-10").is_illustrative

    def test_verifies(self, illustrative_2020, capsys):
        call_command("verify_ledger")
        assert f"{Entry.objects.count()} 条" in capsys.readouterr().out


# Loading.
