"""The pictures as tags draw them: text alternative, table and mark beside each, nothing asked of the database."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import TemplateSyntaxError, engines

from projects.models import Adjustment, MilestoneReading, Report
from projects.snapshots import ReportSnapshot
from tasks.models import PlanAdjustment
from tasks.snapshots import plan_snapshot_of
from tasks.verdicts import verdict_of
from tests.pure.common.test_components import DAY, PLAN, PROJECT, a_card, a_progress, a_target, drawn, said
from website.pages.plans import published_plan

pytestmark = pytest.mark.one_database

DAYS = ["2020-03-06", "2020-09-30", "2020-12-31", "2021-01-01", "2021-06-01", "2022-06-01"]
PAGES = ["/2020/", "/2020/projects/", "/2020/tasks/major-3/", "/2020/indicators/", "/projects/new-schools/"]
NO_FIGURES = {
    ("/2020/", "2020-03-06"),
    ("/2020/tasks/major-3/", "2020-03-06"),
    ("/2020/projects/", "2020-03-06"),
    ("/projects/new-schools/", "2020-03-06"),
}  # nothing is known yet: pages of promises
CURVE = "{% curve of=progress project=project %}"
MONEY = "{% money_bar of=project %}"


def a_project(*targets, reports=(), adjustments=(), spent=None, investment=None):
    for number, target in enumerate(targets, 1):
        target.row.pk = target.milestone.row.pk = number
        target.row.published_on = date(2020, 3, 5)
    return {
        "progress": a_progress(targets),
        "project": SimpleNamespace(
            as_of=DAY,
            reports=reports,
            adjustments=adjustments,
            effective_reports=[known for known in reports if not known.corrected_by],
            spent=spent,
            investment=investment,
            is_illustrative=True,
        ),
    }


def a_known_report(held_on: date, value: int, *, corrected_by=None, spent=None) -> ReportSnapshot:
    report = Report(project=PROJECT, held_on=held_on, published_on=held_on, spent=spent)
    return ReportSnapshot(
        report, corrected_by, (MilestoneReading(report=report, milestone_id=1, value=Decimal(value)),)
    )


@pytest.mark.parametrize(
    "source",
    [
        "{% curve of=x %}",
        "{% curve of=x project=x adjustment=x %}",
        "{% money_bar x %}",
        "{% plan_timeline of=x %}",
        "{% tally_bar of=x %}",
        "{% bullet indicator=x %}",
        "{% shape_drawing 'check' %}",
    ],
)
def test_a_wrong_argument_fails_when_the_template_compiles(source):
    with pytest.raises(TemplateSyntaxError):
        engines["django"].from_string(source)


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        pytest.param([a_target()], {"line-plan"}, id="unreported"),
        pytest.param([a_target((DAY, 40))], {"line-plan", "mark-reported", "mark-pace"}, id="one reading"),
        pytest.param(
            [a_target((date(2020, 6, 30), 40), (DAY, 60), due=date(2021, 6, 30), promised_due=DAY)],
            {"line-plan", "line-promised", "line-actual", "area", "mark-reported", "mark-pace", "flag-moved"}, id="moved",
        ),
        pytest.param([a_target((DAY, 40), is_dropped=True)], {"line-promised", "flag-moved"}, id="dropped"),
    ],
)  # fmt: skip
def test_a_curve_draws_what_is_known(targets, classes):
    html = drawn(CURVE, **a_project(*targets))
    plot = html[html.index('<svg class="plot"') : html.index('<ul class="key"')]
    known = r"(?:line|mark|flag)-[a-z]+|area"
    assert set(re.findall(rf'class="({known})[" ]', plot)) - {"flag-as", "flag-due"} == classes


def test_a_correction_and_a_change_have_their_marks_and_their_words():
    first, second = date(2020, 6, 30), date(2020, 7, 20)
    reports = [a_known_report(first, 80, corrected_by=Report(published_on=second)), a_known_report(first, 60)]
    target = a_target((first, 60))
    target.row.pk, target.row.milestone = 1, target.milestone.row
    change = PlanAdjustment(target=target.row, changes={"dropped": [False, True]}, published_on=second)
    context = a_project(replace(target, adjustments=(change,)), reports=reports)
    html, text = drawn(CURVE, **context), said(CURVE, **context)
    assert html.count('class="mark-corrected"') == html.count('class="mark-change"') == 2  # one in the key
    assert "更正前报的是 80%，2020 年 7 月 20 日更正" in text
    assert "公布改动：经二路：取消" in text
    assert "已取消" not in text
    assert "2020 年 7 月 20 日报数" not in text
    assert "报数，2020 年 7 月 20 日更正" in text


def test_a_change_of_a_part_names_the_part():
    target = a_target((DAY, 60), title="经二路（改名）", due=date(2021, 6, 30), promised_due=PLAN[1])
    target.row.pk = 1
    change = PlanAdjustment(target=target.row, changes={"due_on": ["2020-12-31", "2021-06-30"]}, published_on=DAY)
    text = said(CURVE, **a_project(replace(target, adjustments=(change,))))
    assert "公布改动：经二路（改名）：完成时限 2020 年 12 月 31 日 → 2021 年 6 月 30 日" in text


def test_names_and_places_are_told_by_day_but_not_drawn():
    change = Adjustment(project=PROJECT, changes={"leads": [[], ["roads"]]}, published_on=DAY)
    context = a_project(a_target(), adjustments=[change])
    assert "mark-change" not in drawn(CURVE, **context)
    departments = {"roads": SimpleNamespace(name="交通局")}
    text = said("{% curve of=progress project=project departments=departments %}", departments=departments, **context)
    assert "公布改动：牵头部门 没有公布 → 交通局" in text


def test_a_project_without_parts_has_no_pictures():
    assert drawn(CURVE, **a_project()) == ""


@pytest.mark.parametrize(
    ("spent", "investment", "text"),
    [
        (Decimal(24_800_000), Decimal(88_000_000), "完成了总投资的 28% 示例 已完成 2480 万元 总投资 8800 万元"),
        (Decimal(5), None, "总投资没有公布，画不出完成了多大一部分。"),
        (None, Decimal(88_000_000), "完成投资还没有数据，画不出来。"),
        (None, None, "总投资没有公布，画不出完成了多大一部分。"),
    ],
)
def test_money_that_is_unknown_is_said_and_not_drawn(spent, investment, text):
    context = a_project(a_target(), spent=spent, investment=investment)
    assert said(MONEY, **context).startswith(text)
    assert ("<svg" in drawn(MONEY, **context)) == ("完成了总投资" in text)


def test_money_is_listed_report_by_report_to_the_yuan():
    reports = [a_known_report(DAY, 40, spent=Decimal(24_800_000)), a_known_report(DAY, 40)]
    text = said(
        MONEY, **a_project(a_target(), reports=reports, spent=Decimal(24_800_000), investment=Decimal(88_000_000))
    )
    assert "2020 年 9 月 30 日24,800,000 元 总投资88,000,000 元" in text


def test_a_tally_bar_has_shapes_words_and_counts():
    snapshots = [a_card().snapshot, a_card().snapshot]
    source = "{% tally_bar of=snapshots is_illustrative=True %}"
    assert said(source, snapshots=snapshots) == "落后 2 示例"
    assert 'aria-label="示例数据：2 件承诺：2 件落后"' in drawn(source, snapshots=snapshots)
    assert drawn(source, snapshots=snapshots).count("M2.5 3.8h11L8 12.8z") == 2
    assert said(source, snapshots=[]) == "没有列入项目"


# On the illustrative year


def figures_of(text: str) -> list[str]:
    return re.findall(r"<figure class=\"(?:chart|tally-bar|bullet)\".*?</figure>", text, re.DOTALL)


@pytest.mark.django_db
@pytest.mark.parametrize("day", DAYS)
def test_every_picture_is_told_marked_and_within_its_bounds(client, illustrative_2020, day):
    for address in PAGES:
        text = client.get(address, {"as_of": day}).content.decode()
        figures = figures_of(text)
        assert figures or (address, day) in NO_FIGURES, address
        for figure in figures:
            assert figure.count('role="img"') == 1, (address, day)
            assert re.search(r'aria-label="[^"]{5,}"', figure), (address, day)
            assert "style=" not in figure, (address, day)
            places = re.findall(r' (?:x|x1|x2|y|cx|cy|width)="(-?[0-9.]+)%"', figure)
            assert all(0 <= float(place) <= 100 for place in places), (address, day)
            assert "None" not in figure, (address, day)
        for chart in re.findall(r'<figure class="chart".*?</figure>', text, re.DOTALL):
            assert "<table>" in chart, (address, day)
            assert ("示例" in re.sub(r"<svg.*?</svg>", "", chart, flags=re.DOTALL)) == ("【示例】" in text), (
                address,
                day,
            )


@pytest.mark.django_db
@pytest.mark.parametrize("day", DAYS[1:4])
def test_no_figure_stands_in_a_picture_alone(client, illustrative_2020, day):
    for slug in ("new-schools", "fitness-centre", "rural-roads", "city-roads"):
        text = client.get(f"/projects/{slug}/", {"as_of": day}).content.decode()
        curve = next(figure for figure in figures_of(text) if "实际和计划的曲线" in figure)
        picture, table = curve.split("<details", 1)
        shares = set(re.findall(r"([0-9]+%)", re.sub(r"<[^>]*>", "", picture))) - {"0%", "50%", "100%"}
        assert shares <= set(re.findall(r"([0-9]+%)", table)), (slug, day)


@pytest.mark.django_db
def test_the_year_in_one_picture_has_a_row_for_each_promise(client, illustrative_2020):
    text = client.get("/2020/", {"as_of": "2021-06-01"}).content.decode()
    year, money = [figure for figure in figures_of(text) if "plot-rows" in figure]
    assert year.count("row-name") == 20 + 3  # and the titles of three series
    assert "20 项承诺，4 项办成，2 项开工了，" in year
    assert year.count('href="/projects/') == money.count('href="/projects/') == money.count("row-name") == 20


@pytest.mark.django_db
def test_what_stands_beside_a_word_stands_beside_it_in_tables_too(client, illustrative_2020):
    """A promise kept late and moved says so in each: docs/words.md."""
    snapshot = plan_snapshot_of(published_plan(2020), date(2021, 6, 1))
    told = {text for one in snapshot.commitments for text in verdict_of(one).beside}
    assert told
    for address in ("/2020/", "/2020/projects/", "/2020/projects.csv"):
        text = client.get(address, {"as_of": "2021-06-01"}).content.decode()
        assert [one for one in told if one not in text] == [], address


@pytest.mark.django_db
def test_drawing_asks_the_database_nothing(django_assert_num_queries, illustrative_2020):
    snapshot = plan_snapshot_of(published_plan(2020), date(2020, 12, 20))
    promise = snapshot.commitments[0]
    context = {"snapshot": snapshot, "project": promise.project, "progress": promise.progress}
    sources = [
        CURVE, MONEY, "{% plan_timeline of=snapshot day_query='' %}",
        "{% tally_bar of=snapshot.commitments is_illustrative=True %}",
        "{% for indicator in snapshot.indicators %}{% bullet of=indicator %}{% endfor %}",
    ]  # fmt: skip
    with django_assert_num_queries(0):
        for source in sources:
            assert drawn(source, **context)
