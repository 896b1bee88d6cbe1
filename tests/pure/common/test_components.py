"""Every tag in a table of cases, and a wrong argument found when its template compiles."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils.html import strip_tags

from common.templatetags.components import SHAPES
from projects.models import Adjustment, Department, Evidence, Milestone, Project, Redaction, Report, Source
from projects.progress import Rules, Terms, Total, progress_of, target_state_of
from projects.snapshots import DepartmentSnapshot, MilestoneSnapshot, ReadingSnapshot, ReportSnapshot
from tasks.models import Commitment, Goal, PlanAdjustment, Target
from tasks.progress import IndicatorState, IndicatorStatus, IndicatorTerms, commitment_state_of
from tasks.snapshots import TargetSnapshot
from tasks.verdicts import verdict_of

PLAN = (date(2020, 1, 1), date(2020, 12, 31))
VOUCHER = f"12:{'0123456789abcdef' * 4}"
DAY = date(2020, 9, 30)
PROJECT = Project(pk=1, slug="city-roads", title="城市道路建设工程")


def drawn(template: str, /, **context) -> str:
    return engines["django"].from_string(template).render(context, RequestFactory().get("/x/?page=2&kind=plan"))


def said(template: str, /, **context) -> str:
    """What is left to read: tags gone, white space folded."""
    return re.sub(r"\s+", " ", strip_tags(drawn(template, **context))).strip()


def a_target(
    *readings,
    title="经二路",
    amount=100,
    unit="%",
    pace="LINEAR",
    due=PLAN[1],
    promised_due=None,
    is_dropped=False,
    begun="开始",
    verb="完成",
) -> TargetSnapshot:
    """Readings are (held day, value) of reports published on the same day."""
    known = tuple(
        ReadingSnapshot(Report(pk=number, project=PROJECT, held_on=held_on, published_on=held_on), Decimal(value))
        for number, (held_on, value) in enumerate(readings, 1)
    )
    milestone = Milestone(project=PROJECT, code="part", title=title, unit=unit, begun=begun, verb=verb)
    promised = Terms(PLAN[0], promised_due or due, Decimal(amount), pace)
    return TargetSnapshot(
        row=Target(weight=Decimal(1), from_amount=Decimal(0)),
        milestone=MilestoneSnapshot(milestone, PROJECT, title, "", known, known, ()),
        promised=promised,
        terms=replace(promised, due_on=due, is_dropped=is_dropped),
        inferred=frozenset({"due_on"}),
        adjustments=(),
    )


def a_state(*readings, as_of=DAY, **fields):
    return target_state_of(a_target(*readings, **fields), as_of, Rules())


def a_progress(targets, goal=Goal.FINISH):
    return progress_of(targets, DAY, Rules(), goal=goal, ends_on=PLAN[1])


# Arguments are checked before anything is drawn.


@pytest.mark.parametrize(
    "source",
    [
        "{% shape %}",
        "{% shape nam='check' %}",
        "{% shape 'check' %}",
        "{% shape name='tick' %}",
        "{% badge shape='check' %}",
        "{% badge shape='tick' word='办成' %}",
        "{% badge shape='check' word='办成' look='loud' %}",
        "{% badge shape='check' word='办成' size='big' %}",
        "{% bar planned=x %}",
        "{% day at=x %}",
        "{% amount 5 %}",
        "{% total of=x %}",
        "{% verdict of=x look='loud' %}",
        "{% milestone_badge x %}",
        "{% card of=x %}",
        "{% card of=x day_query='' level='1' %}",
        "{% box card=x %}",
        "{% tally %}",
        "{% voucher %}",
        "{% field field=x %}",
        "{% arithmetic of=x rules=x %}",
        "{% report of=x %}",
        "{% asset %}",
    ],
)
def test_a_wrong_argument_fails_when_the_template_compiles(source):
    with pytest.raises(TemplateSyntaxError):
        engines["django"].from_string(source)


# Shapes and words


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_drawn_and_hidden_from_screen_readers(name):
    html = drawn("{% shape name=name %}", name=name)
    assert re.search(r"<(path|circle)", html)
    assert 'aria-hidden="true"' in html


def test_the_question_mark_has_its_dot():
    """A stroke shorter than it is wide is seen nowhere: the dot is a filled circle within the box."""
    dot = re.search(
        r'<circle class="solid" cx="8" cy="([0-9.]+)" r="([0-9.]+)"/>', drawn("{% shape name='question' %}")
    )
    assert float(dot[2]) >= 1
    assert float(dot[1]) + float(dot[2]) <= 16


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("按日子该到 63%，实际 31%。", ["按日子该到 63%", "实际 31%"]),
        ("10 座站建成 3 座，30 处小设施建成 10 处。", ["10 座", "建成 3 座", "30 处", "建成 10 处"]),
        ("该在 2020 年 12 月 31 日办完，9 月 30 日报。", ["2020 年 12 月 31 日", "9 月 30 日"]),
        ("6 月底报，又完成投资约 1.7 亿元、4570 万元。", ["6 月底", "约 1.7 亿元", "4570 万元"]),
        ("第 2 件实事，还差 159 天，不低于 5 平方公里", ["第 2 件", "还差 159 天", "5 平方公里"]),
        ("没有数", []),
    ],
)
def test_a_figure_stays_with_its_words_in_one_line(sentence, kept):
    html = drawn("{{ sentence|unbroken }}", sentence=sentence)
    assert re.findall(r'<span class="term">(.*?)</span>', html) == kept
    assert strip_tags(html) == sentence


def test_what_stays_in_one_line_is_escaped():
    assert drawn("{{ sentence|unbroken }}", sentence="<b>3 件") == '&lt;b&gt;<span class="term">3 件</span>'


def test_a_badge_has_shape_and_word():
    html = drawn("{% badge shape='down' word='严重落后' %}")
    assert "state-down" in html
    assert "<svg" in html
    assert "<span>严重落后</span>" in html


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (a_state(), "没有数据"),
        (a_state((DAY, 0)), "还没开始"),
        (a_state((DAY, 40)), "进行中"),
        (a_state((DAY, 100)), "办成"),
        (a_state((DAY, 40), due=date(2020, 8, 31)), "过期没办完"),
        (a_state((DAY, 100), due=date(2020, 8, 31)), "晚了才办成"),
        (a_state((DAY, 40), is_dropped=True), "已取消"),
        (a_state((DAY, 1), amount=1, begun="动工", verb="动工"), "动工了"),
        (a_state((DAY, 0), amount=1, begun="动工", verb="动工", due=date(2020, 8, 31)), "过期没动工"),
    ],
)
def test_how_a_milestone_stands(state, word):
    """docs/words.md: Milestones."""
    assert said("{% milestone_badge of=state %}", state=state) == word


@pytest.mark.parametrize(
    ("status", "value", "word"),
    [
        (IndicatorStatus.MET, 301, "达到"),
        (IndicatorStatus.NOT_MET, 298, "没达到"),
        (IndicatorStatus.OPEN, 141, "还没到期限（还差 159 天）"),
        (IndicatorStatus.NO_DATA, None, "没有数据"),
        (IndicatorStatus.DROPPED, None, "已取消"),
    ],
)
def test_how_an_indicator_stands(status, value, word):
    """docs/words.md: Indicators."""
    number = None if value is None else Decimal(value)
    terms = IndicatorTerms("≥", Decimal(300), None, PLAN[1])
    state = IndicatorState(status, number, DAY, number is not None and terms.are_met_by(number), False, None)
    indicator = SimpleNamespace(row=SimpleNamespace(comparator="≥", unit="天"), terms=terms, state=state)
    assert said("{% indicator_badge of=indicator %}", indicator=indicator) == word


def test_marks_stand_only_where_they_are_meant():
    assert said("{% illustrative when=True %}{% inferred when=True %}") == "示例本站理解"
    assert drawn("{% illustrative when=False %}{% inferred when='' %}") == ""


# Figures


@pytest.mark.parametrize(
    ("actual", "planned", "widths", "label"),
    [
        (Fraction(3, 5), Fraction(3, 4), ("60.00", "75.00"), "实际 60%，按日子该到 75%"),
        (Fraction(107, 100), Fraction(1), ("100.00", "100.00"), "实际 107%，按日子该到 100%"),
        (Fraction(1, 300), None, ("0.33", None), "实际 &lt;1%"),
        (Fraction(2, 3), None, ("66.67", None), "实际 66%"),
        (None, Fraction(274, 366), (None, "74.86"), "没有数据，按日子该到 74%"),
    ],
)
def test_bar(actual, planned, widths, label):
    html = drawn("{% bar actual=actual planned=planned %}", actual=actual, planned=planned)
    assert f'aria-label="{label}"' in html
    assert re.findall(r'class="bar-done"[^>]* width="([^%]*)%"', html) == [w for w in widths[:1] if w]
    assert re.findall(r'class="bar-planned" x="([^%]*)%"', html) == [w for w in widths[1:] if w]
    assert ("bar-unknown" in html) == (actual is None)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% day on=day %}", "2020 年 9 月 30 日"),
        ("{% day on=day year=2020 %}", "9 月 30 日"),
        ("{% day on=day year=2021 %}", "2020 年 9 月 30 日"),
        ("{% day on=None %}", "没有公布"),
        ("{% day on=None missing='' %}", ""),
    ],
)
def test_day(source, text):
    assert said(source, day=DAY) == text


def test_a_day_leaves_no_blank_around_it():
    assert (
        drawn("按 {% day on=day %}的数据", day=DAY) == '按 <time datetime="2020-09-30">2020 年 9 月 30 日</time>的数据'
    )


@pytest.mark.parametrize(
    ("yuan", "text", "title"),
    [
        (Decimal(185_000_000), "1.85 亿元", "185,000,000 元"),
        (Decimal(48_000_000), "4800 万元", "48,000,000 元"),
        (Decimal(123_456_789), "约 1.23 亿元", "123,456,789 元"),
        (Decimal(0), "0 元", "0 元"),
    ],
)
def test_amount(yuan, text, title):
    assert drawn("{% amount yuan=yuan %}", yuan=yuan) == f'<data value="{yuan}" title="{title}">{text}</data>'


def test_an_unknown_amount_is_never_zero():
    assert said("{% amount yuan=None %}，{% amount yuan=None missing='没有数据' %}") == "没有公布，没有数据"


@pytest.mark.parametrize(
    ("amounts", "text"),
    [
        ([Decimal(10**9), None, Decimal(83 * 10**6)], "10.83 亿元（3 件中 2 件已公布）"),
        ([None, None], "没有公布"),
    ],
)
def test_total_says_what_it_covers(amounts, text):
    assert said("{% total of=total counter='件' %}", total=Total.of(amounts)) == text


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("0357-0000000（工作日 8:00–18:00）", "tel:03570000000"),
        ("请拨 12345 热线", "tel:12345"),
        ("+86 357 000 0000", "tel:+863570000000"),
        ("市政府一楼大厅，8:00–18:00", None),
    ],
)
def test_phone(line, address):
    html = drawn("{% phone line=line %}", line=line)
    assert re.findall(r'href="([^"]*)"', html) == ([address] if address else [])
    assert strip_tags(html) == line


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ third|percent }} {{ third|fine_percent }}", "33% 33.33%"),
        ("{{ nothing|percent }}", "—"),
        ("{{ third|plain }} {{ amount|plain }} {{ amount|exact_yuan }}", "0.33 1500 1,500 元"),
        ("{{ amount|in_unit:'座' }} {{ amount|in_unit:'%' }}", "1500 座 1500%"),
        ("{{ mapping|at:'here' }}{{ mapping|at:'gone' }}{{ nothing|at:'here' }}", "yes"),
    ],
)
def test_filters(source, text):
    context = {"third": Fraction(1, 3), "nothing": None, "amount": Decimal("1500.00"), "mapping": {"here": "yes"}}
    assert said(source, **context) == text


@pytest.mark.parametrize(
    ("sentence", "pieces"),
    [
        ("十件实事：2 件办成，1 件落后。", ["十件实事：", "2 件办成，", "1 件落后。"]),
        ("往前推了（市里没说做到多少）。", ["往前推了", "（市里没说做到多少）。"]),
        ("没有标点", ["没有标点"]),
        ("<b>，</b>", ["&lt;b&gt;，", "&lt;/b&gt;"]),
    ],
)
def test_lines_break_between_clauses(sentence, pieces):
    html = drawn("{{ sentence|clauses }}", sentence=sentence)
    html = re.sub(r'<span class="term">(.*?)</span>', r"\1", html)
    assert re.findall(r'<span class="clause">(.*?)</span>', html) == pieces


def test_paragraphs():
    html = drawn("{{ text|paragraphs }}", text="一\r\n二\n\n <i>三</i>\n\n\n")
    assert html == "<p>一<br>二</p>\n<p>&lt;i&gt;三&lt;/i&gt;</p>"


# Page furniture


def test_voucher_leads_to_its_entry():
    entry = SimpleNamespace(seq=12, voucher=VOUCHER)
    html = drawn("{% voucher entry=entry %}", entry=entry)
    assert said("{% voucher entry=entry %}", entry=entry) == f"凭证 {VOUCHER} 扫一扫，看以前的记录改过没有"
    assert 'href="/ledger/12/"' in html
    assert 'src="/ledger/12/qr.png"' in html
    assert drawn("{% voucher entry=None %}").strip() == ""


def test_a_voucher_stands_in_groups_without_a_blank():
    html = drawn("{% voucher_code of=entry %}", entry=SimpleNamespace(voucher=VOUCHER))
    assert re.findall("<span>(.*?)</span>", html) == ["12:", *["01234567", "89abcdef"] * 4]
    assert re.sub("<[^>]*>", "", html) == VOUCHER


def test_who_holds_vouchers_is_said_or_that_nobody_does(settings):
    settings.VOUCHER_HOLDERS = []
    assert said("{% voucher_holders %}") == "到今天，还没有本站以外的单位或个人公开表明自己留着凭证。"
    settings.VOUCHER_HOLDERS = [("市图书馆", date(2020, 3, 5)), ("读者协会", date(2021, 1, 9)), ("以后", date.max)]
    assert said("{% voucher_holders %}") == (
        "本站以外留着凭证的有：市图书馆（2020 年 3 月 5 日起）、读者协会（2021 年 1 月 9 日起）。"
    )


def test_the_day_chooser_names_no_last_day():
    html = drawn("{% day_chooser as_of=day first=day %}", day=DAY)
    assert 'value="2020-09-30"' in html
    assert 'min="2020-09-30"' in html
    assert "max=" not in html


def test_the_day_chooser_keeps_what_was_asked_and_leads_to_known_days():
    plan = SimpleNamespace(ends_on=DAY)
    html = drawn("{% day_chooser as_of=day first=first %}", day=DAY, first=date(2020, 6, 15), plan=plan)
    assert '<input type="hidden" name="kind" value="plan">' in html
    assert 'name="page"' not in html
    assert 'href="?kind=plan"' in html
    assert re.findall(r'href="\?kind=plan&amp;as_of=([0-9-]+)"[^>]*>([^<]+)', html) == [
        ("2020-06-15", "公布那天"),
        ("2020-06-30", "6 月底"),
        ("2020-07-31", "7 月底"),
        ("2020-08-31", "8 月底"),
        ("2020-09-30", "年度最后一天"),
    ]
    assert 'as_of=2020-09-30" aria-current="date"' in html


def test_the_citation_has_title_day_address_and_voucher():
    entry = SimpleNamespace(seq=12, voucher=VOUCHER)
    text = said("{% citation title='城市道路' as_of=day entry=entry %}", day=DAY, entry=entry, site_name="一个城市")
    assert text == (
        "引用这一页 城市道路。一个城市，数据算到 2020 年 9 月 30 日。"
        f"http://testserver/x/?kind=plan&amp;as_of=2020-09-30 凭证 {VOUCHER}"
    )
    assert "【示例数据】城市道路" in said(
        "{% citation title='城市道路' as_of=day entry=entry %}", day=DAY, entry=None, is_illustrative=True
    )
    assert "http://testserver/2020/?from=a" in said(
        "{% citation title='甲' as_of=day entry=None address='/2020/' query='from=a' %}", day=DAY
    )


def test_pages_keep_what_was_asked():
    html = drawn("{% pages of=page %}", page=Paginator(range(30), 10).page(2))
    assert "第 2 页，共 3 页" in html
    assert 'href="?page=1&amp;kind=plan"' in html
    assert 'href="?page=3&amp;kind=plan"' in html
    assert drawn("{% pages of=page %}", page=Paginator(range(3), 10).page(1)) == ""


@pytest.mark.parametrize(
    ("plan", "has_departments", "words"),
    [
        (None, False, "公开记录 新闻 关于"),
        (None, True, "公开记录 新闻 关于"),
        (SimpleNamespace(year=2031), False, "承诺 任务 项目 指标 年终对账 公开记录 新闻 关于"),
        (SimpleNamespace(year=2031), True, "承诺 任务 项目 指标 年终对账 部门 公开记录 新闻 关于"),
    ],
)
def test_navigation(plan, has_departments, words):
    source = "{% navigation plan=plan has_departments=has_departments label='主菜单' %}"
    assert said(source, plan=plan, has_departments=has_departments) == words


def test_navigation_keeps_the_day():
    source = "{% navigation plan=plan has_departments=False label='主菜单' %}"
    html = drawn(source, plan=SimpleNamespace(year=2031), day_query="?as_of=2031-01-02")
    assert 'href="/2031/?as_of=2031-01-02"' in html
    assert 'href="/about/"' in html


def test_a_missing_file_has_no_address():
    assert drawn("{% asset path='css/gone.css' %}") == ""
    assert drawn("{% asset path='css/site.css' %}").startswith("/static/css/site")


# Projects


@pytest.mark.parametrize(
    ("state", "sentences"),
    [
        (
            a_state((DAY, 40)),
            ["2020 年 9 月 30 日的数据：40%，按日子该到 74%。", "按日子该到 74%。", "40 ÷ 100（%） = 40.00%", "274 ÷ 366（天） = 74.86%"],
        ),
        (a_state((date(2020, 6, 30), 3), amount=10, unit="座"), ["3 座，目标 10 座", "233 ÷ 366（天） = 63.66%", "很久没有再报"]),
        (a_state(), ["目标 100%，还没有数据。", "从来没有报过数据", "按 0 计入"]),
        (a_state((DAY, 321), amount=300, unit="天"), ["321 天，目标 300 天，超额。", "321 ÷ 300（天） = 107%，按 100% 计"]),
        (a_state((DAY, 0), amount=1, unit="次", pace="STEP"), ["到期以前是 0 = 0.00%"]),
        (a_state((date(2020, 8, 31), 40), due=date(2020, 9, 25)), ["已过期 5 天", "已经过了期限"]),
        (a_state(due=date(2020, 9, 25)), ["已过期，没有报"]),
        (a_state((DAY, 40), promised_due=date(2020, 9, 30)), ["应于 2020 年 12 月 31 日（原定 2020 年 9 月 30 日）前完成"]),
    ],
)  # fmt: skip
def test_a_milestone_opens_to_its_arithmetic(state, sentences):
    source = "{% milestone of=state as_of=day %}"
    text = said(source, state=state, day=DAY)
    for sentence in sentences:
        assert sentence in text


def test_the_sum_shows_weights_what_is_left_out_and_why():
    parts = [
        a_target((DAY, 100)),
        a_target((DAY, 100), title="纬一路"),
        a_target((DAY, 40), title="纬五路"),
        a_target(title="南环路南延"),
        a_target(title="北环路", is_dropped=True),
    ]
    progress = a_progress(parts)
    text = said("{% arithmetic of=progress rules=rules name='总的进度' %}", progress=progress, rules=Rules())
    assert "合计 4 2.4 ÷ 4 = 60.00% 2.99 ÷ 4 = 74.86%" in text
    assert "没有数据、按 0 计入的：南环路南延。" in text
    assert "已取消、不计入的：北环路。" in text
    assert "该到 74.86% 减去实际 60.00%，差 14.86%。差到 10% 算落后，超过 30% 算严重落后。" in text


TARGET = Target(pk=1, milestone=Milestone(pk=1, unit="座"))


@pytest.mark.parametrize(
    ("promise", "changes", "line"),
    [
        ({"target": TARGET}, {"due_on": ["2020-09-30", "2020-12-31"]}, "完成时限原来 2020 年 9 月 30 日 → 现在 2020 年 12 月 31 日"),
        ({"target": TARGET}, {"amount": ["10", "8"]}, "目标值原来 10 座 → 现在 8 座"),
        ({"target": TARGET}, {"dropped": [False, True]}, "已取消 为什么"),
        ({"project": PROJECT}, {"investment": [None, 185000000]}, "总投资原来 没有公布 → 现在 1.85 亿元"),
        ({"project": PROJECT}, {"leads": [[], ["roads"]]}, "牵头部门原来 没有公布 → 现在 交通局"),
        ({"project": PROJECT}, {"partners": [[], ["roads", "unknown"]]}, "配合部门原来 没有公布 → 现在 交通局、unknown"),
        ({"project": PROJECT}, {"place": ["", "城西"]}, "地点原来 没有公布 → 现在 城西"),
    ],
)  # fmt: skip
def test_a_changed_promise_says_old_and_new(promise, changes, line):
    kind_of_change = PlanAdjustment if "target" in promise else Adjustment
    terms = {"changes": changes, "decided_on": DAY, "reason": "防洪规划", "document": "纪要"}
    change = kind_of_change(**promise, **terms, entry_id=9, published_on=DAY)
    departments = {"roads": DepartmentSnapshot(Department(slug="roads"), "交通局", "")}
    text = said("{% change of=change departments=departments %}", change=change, departments=departments)
    assert line in text
    assert "为什么：防洪规划" in text
    assert "公开记录第 9 条" in text


def test_a_changed_goal_is_told_in_words():
    change = PlanAdjustment(
        commitment=Commitment(pk=1, goal=Goal.FINISH), entry_id=9, changes={"goal": ["FINISH", "START"]}, decided_on=DAY
    )
    assert "目标原来 要办成 → 现在 要开工" in said("{% change of=change departments=None %}", change=change)


def a_report(**fields) -> Report:
    return Report(project=PROJECT, held_on=DAY, published_on=date(2020, 10, 8), **fields)


def drawn_report(known, *, others=(), **context) -> str:
    project = SimpleNamespace(milestones=(), reports=(known, *others))
    source = "{% report of=known project=project evidence=evidence redactions=redactions %}"
    return drawn(source, known=known, project=project, evidence={}, redactions={}, **context)


def test_a_corrected_report_stays_visible_and_marked():
    first, second = a_report(pk=1, entry_id=5, text="建成 80%"), a_report(pk=2, entry_id=6, text="建成 60%")
    second.corrects, second.correction_reason = first, "多算了一段"
    old, new = ReportSnapshot(first, second, ()), ReportSnapshot(second, None, ())
    html = drawn_report(old)
    assert "is-corrected" in html
    assert "<del>建成 80%</del>" in html
    assert 'href="#report-6"' in html
    html = drawn_report(new, others=[old])
    assert "<del>" not in html
    assert 'href="#report-5"' in html
    assert "原因：多算了一段" in html


def test_a_redacted_text_leaves_a_gap():
    gap = Redaction(reason="个人信息")
    known = ReportSnapshot(a_report(pk=1, entry_id=5, text=""), None, ())
    html = drawn(
        "{% report of=known project=project evidence=None redactions=redactions %}",
        known=known,
        project=SimpleNamespace(milestones=(), reports=(known,)),
        redactions={5: {"text": gap}},
    )
    assert "此处已依法隐去：个人信息" in html


def test_evidence_shows_photos_papers_and_gaps():
    items = [
        Evidence(position=1, kind="PHOTO", title="路面", file="evidence/a.jpg"),
        Evidence(position=2, kind="DOCUMENT", title="验收意见"),
        Evidence(position=3, kind="LINK", title="报道", url="https://example.org/"),
        Evidence(position=4, kind="PHOTO", title=""),
    ]
    gaps = {"evidence/4": Redaction(reason="人脸")}
    html = drawn("{% evidence items=items gaps=gaps %}", items=items, gaps=gaps)
    assert re.search(r'<img src="/media/evidence/a.jpg" alt="路面"[^>]* loading="lazy"', html)
    assert "验收意见；" in html
    assert 'href="https://example.org/"' in html
    assert html.count("此处已依法隐去：人脸") == 1


@pytest.mark.parametrize(
    ("spent", "investment", "text"),
    [
        (Decimal(24_800_000), Decimal(88_000_000), "28% 24,800,000 元 ÷ 88,000,000 元 = 28.18%"),
        (None, Decimal(88_000_000), "总投资8800 万元 已完成投资 没有数据"),
        (Decimal(5), None, "总投资没有公布 已完成投资 5 元"),
    ],
)
def test_money(spent, investment, text):
    project = SimpleNamespace(spent=spent, investment=investment, spending_report=None)
    assert text in said("{% money of=project %}", project=project).replace("\u3000", " ")


def test_source():
    source = Source(kind="NEWS", title="一年大事", publisher="日报", issued_on=date(2020, 3, 5))
    assert said("{% source of=source %}", source=source) == "来源：《一年大事》，日报，2020 年 3 月 5 日"
    assert drawn("{% source of=None %}") == ""


@pytest.mark.parametrize(
    ("subject", "payload", "names", "words"),
    [
        ("project:city-roads", {}, {"project:city-roads": "城市道路"}, "城市道路"),
        ("plan:2031", {"title": "一年的计划"}, {}, "一年的计划"),
        ("indicator:2031/air", {}, {}, "指标 2031/air"),
    ],
)
def test_what_an_entry_is_about(subject, payload, names, words):
    entry = SimpleNamespace(subject=subject, payload=payload)
    assert said("{{ entry|subject_words:names }}", entry=entry, names=names) == words


# Promises


def a_card(number=2, *targets):
    """Of a promise of the running year; on pace from 65 %, behind from 45 %, far behind below."""
    targets = targets or (a_target((DAY, 60)),)
    state = commitment_state_of(
        SimpleNamespace(pk=number), targets, goal=Goal.FINISH, ends_on=PLAN[1], as_of=DAY, rules=Rules()
    )
    project = SimpleNamespace(
        slug="city-roads", name="城市道路", title="城市道路建设工程", box_name="城市路", is_illustrative=True, as_of=DAY,
        leads=(), lead=None, lead_known_on=None,
    )  # fmt: skip
    snapshot = SimpleNamespace(
        row=SimpleNamespace(addition_id=None), number=number, series=SimpleNamespace(counter="件", noun="实事"),
        project=project, goal=Goal.FINISH, state=state, progress=state.progress, targets=targets, rules=Rules(),
        promised_on=date(2020, 3, 5), check=None,
    )  # fmt: skip
    return SimpleNamespace(
        snapshot=snapshot,
        verdict=verdict_of(snapshot),
        sentence="4 条里 2 条建成。",
        terms="",
        note="",
        is_promise_only=False,
    )


def test_a_box_has_name_shape_and_word_and_leads_to_the_project():
    html = drawn("{% box card=card day_query='?as_of=2020-09-30' %}", card=a_card())
    assert 'href="/projects/city-roads/?as_of=2020-09-30"' in html
    assert "state-down-open" in html
    assert said("{% box card=card day_query='' %}", card=a_card()) == "城市路 城市道路： 落后"


@pytest.mark.parametrize(
    ("target", "brief"),
    [
        (a_target(), "没数据"),
        (a_target(is_dropped=True), "取消"),
        (a_target((DAY, 40), due=date(2020, 8, 31)), "过期"),
        (a_target((DAY, 100), due=date(2020, 8, 31)), "晚了"),
        (a_target((DAY, 100)), "办成"),
    ],
)
def test_words_in_boxes_are_brief(target, brief):
    assert said("{% box card=card day_query='' %}", card=a_card(2, target)).endswith(f"： {brief}")


def test_a_promise_of_which_nothing_can_be_known_yet_shows_its_goal_and_no_shape():
    card = a_card()
    card.is_promise_only = True
    html = drawn("{% box card=card day_query='' %}", card=card)
    assert "state-" not in html
    assert said("{% box card=card day_query='' %}", card=card) == "城市路 城市道路： 办成"


def test_a_card_tells_everything_once():
    text = said("{% card of=card day_query='' %}", card=a_card())
    assert text == "2 城市道路建设工程 示例 落后按日子平均推算（本站理解） 4 条里 2 条建成。 要办成"
    assert "<h4" in drawn("{% card of=card day_query='' level='4' %}", card=a_card())
    assert "bar-done" in drawn("{% card of=card day_query='' %}", card=a_card())


def test_a_card_in_a_section_that_is_marked_has_no_mark_of_its_own():
    assert "示例" not in said("{% card of=card day_query='' mark='section' %}", card=a_card())


def test_a_card_of_a_mere_promise_says_its_terms():
    card = a_card()
    card.sentence, card.terms, card.is_promise_only = "12 月 31 日前建成。", "总投资没有公布；谁负责没有公布。", True
    text = said("{% card of=card day_query='' %}", card=card)
    assert text == "2 城市道路建设工程 示例 12 月 31 日前建成。总投资没有公布；谁负责没有公布。 要办成"


def test_a_tally_counts_verdicts():
    snapshots = [a_card().snapshot, a_card().snapshot]
    assert said("{% tally of=snapshots %}", snapshots=snapshots) == "落后 2"
    assert said("{% tally of=none %}", none=[]) == "没有列入项目"


@pytest.mark.parametrize(
    ("goal", "parts", "text"),
    [
        (Goal.FINISH, [a_target(title="建成", verb="建成")], "建成"),
        (Goal.FINISH, [a_target(), a_target(title="纬一路")], "2 条都办到：经二路、纬一路"),
        (Goal.START, [a_target(title="开工建设", amount=1, unit="次", pace="STEP", begun="开工")], "开工建设"),
        (Goal.START, [a_target(title="屋顶", amount=1, unit="次", pace="STEP", begun="动工")], "屋顶动工"),
        (Goal.FINISH, [a_target(title="屋顶", verb="翻修好")], "翻修好屋顶"),
        (Goal.FINISH, [a_target(title="屋顶")], "完成屋顶"),
        (Goal.FINISH, [a_target(title="污水处理站", amount=10, unit="座", verb="建成")], "建成 10 座污水处理站"),
        (
            Goal.ADVANCE,
            [a_target(title="污水处理站", amount=10, unit="座")],
            "市里只说推进，没说做到多少。10 座污水处理站全部做完，算办成；做了一部分，到期算往前推了",
        ),
        (Goal.FINISH, [a_target(is_dropped=True)], "已经取消，不再要求"),
    ],
)
def test_what_it_takes_to_keep_a_promise(goal, parts, text):
    project = SimpleNamespace(row=Project(part_counter="条"))
    series = SimpleNamespace(plan=SimpleNamespace(authority="市里"))
    snapshot = SimpleNamespace(goal=goal, progress=a_progress(parts, goal), project=project, series=series)
    assert said("{{ snapshot|requirement_text }}", snapshot=snapshot) == text
