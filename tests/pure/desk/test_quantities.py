"""Counts and days in the sentences of counties' tables."""

from datetime import date
from decimal import Decimal

import pytest

from desk.workbooks.quantities import days_in, due_day_of, quantities_of, unread_number

YEAR = 2024
# By sentence: amount, unit, verb, noun of each count.
COUNTS = {
    "新建公厕6座，改造15座": [("6", "座", "新建", "公厕"), ("15", "座", "改造", "公厕")],
    "完成87.2公里": [("87.2", "公里", "", "")],
    "培训3000人次以上": [("3000", "人次", "培训", "")],
    "发放助学金，惠及2600名左右学生": [("2600", "名", "惠及", "学生")],
    "维修养护供水工程42处，受益1.2万人": [("42", "处", "维修养护", "供水工程"), ("1.2", "万人", "受益", "")],
    "抽检不少于795批次，合格率98%以上": [("795", "批次", "抽检", ""), ("98", "%", "", "合格率")],
    "新开通公交线路2条，更新新能源公交车10辆": [
        ("2", "条", "新开通", "公交线路"),
        ("10", "辆", "更新", "新能源公交车"),
    ],
    "中心城区新建公厕6座、改造老旧小区12个": [("6", "座", "新建", "公厕"), ("12", "个", "改造", "老旧小区")],
    "新建3座垃圾中转站": [("3", "座", "新建", "垃圾中转站")],
    "公厕新建6座": [("6", "座", "新建", "公厕")],
    "新建三所幼儿园": [("3", "所", "新建", "幼儿园")],
    "为65岁以上老人体检1.2万人次": [("1.2", "万人次", "体检", "65岁以上老人")],
    "建设5G基站200个": [("200", "个", "建设", "5G基站")],
    "G108国道改线12.5公里": [("12.5", "公里", "", "G108国道改线")],
    "招商引资到位资金12亿元": [("12", "亿元", "到位", "资金")],
    "新增高标准农田1.5万亩（第2批）": [("1.5", "万亩", "新增", "高标准农田")],
    "空气优良天数比例稳定在85%以上": [("85", "%", "", "空气优良天数比例")],
    "规模以上工业增加值增长6%左右": [("6", "%", "", "规模以上工业增加值增长")],
    "新增规上工业企业12家，高新技术企业5家以上": [
        ("12", "家", "新增", "规上工业企业"),
        ("5", "家", "新增", "高新技术企业"),
    ],
    "为600户特殊困难老年人家庭实施适老化改造": [("600", "户", "改造", "特殊困难老年人家庭")],
    "建设冷库2座、配送中心1座": [("2", "座", "建设", "冷库"), ("1", "座", "建设", "配送中心")],
    "冷库2座建成投用": [("2", "座", "建成", "冷库")],
    "打通滨河路、学府街、站前路3条断头路": [("3", "条", "打通", "断头路")],
    "送戏下乡120场，放映公益电影1200场次": [("120", "场", "", "送戏下乡"), ("1200", "场次", "放映", "公益电影")],
    "PM2.5平均浓度控制在38微克/立方米以下": [("38", "微克/立方米", "", "PM2.5平均浓度")],
    "完成第一批村级集体经济试点评估": [],
    # How long something takes, and as many as there may be, are nothing to reach.
    "不动产登记压缩到3个工作日以内": [],
    "企业开办0.5个工作日内办结": [],
    "十五个工作日内办结": [],
    "办理时限压缩至5天": [],
    "热线2小时响应、15分钟到场": [],
    "审批环节压缩到3个": [],
    "重复信访不超过5个": [],
    "退回件低于5件": [],
    "窗口服务压减到2个小时，新建公厕5座": [("5", "座", "新建", "公厕")],
    "发放3个月临时补助500户": [("500", "户", "发放", "3个月临时补助")],
    "空气优良天数达到300天": [("300", "天", "", "空气优良天数")],
    "城镇登记失业率降至4.5%": [("4.5", "%", "", "城镇登记失业率")],
    # Words that say nothing of what is done.
    "实现180个村生活污水有效治理": [("180", "个村", "", "生活污水有效治理")],
    "实现180个村全覆盖": [("180", "个村", "", "")],
    "完成1.5万名农村妇女免费“两癌”筛查": [("1.5", "万名", "筛查", "农村妇女")],
    "为1.5万名农村妇女免费开展“两癌”筛查": [("1.5", "万名", "筛查", "农村妇女")],
    "为65岁以上老年人免费体检1.2万人次": [("1.2", "万人次", "体检", "65岁以上老年人")],
    "推动企业上市2家": [("2", "家", "", "企业上市")],
    "安全生产事故起数只降不升": [],
    "2024年12月底前主体封顶": [],
    "出台一批惠企政策": [],
}
# By words: the last day they mean, and whether they name it.
DAYS = {
    "12月底": ("2024-12-31", True),
    "6月底前": ("2024-06-30", True),
    "2024-09-30": ("2024-09-30", True),
    "2024.10.31": ("2024-10-31", True),
    "2024年10月底前完成": ("2024-10-31", True),
    "十二月三十一日": ("2024-12-31", True),
    "年底前": ("2024-12-31", True),
    "三季度": ("2024-09-30", False),
    "9月": ("2024-09-30", False),
    "上半年": ("2024-06-30", False),
    "10月中旬": ("2024-10-20", False),
    "全年": ("2024-12-31", False),
    "2024年": ("2024-12-31", False),
    "2025年6月": ("2025-06-30", False),
    "持续推进": (None, False),
    "常态化": (None, False),
    "按上级时间要求": (None, False),
    "/": (None, False),
    "": (None, False),
    "2月30日": (None, False),
    "13月": (None, False),
}


@pytest.mark.parametrize("sentence", COUNTS)
def test_the_counts_of_a_sentence(sentence):
    found = [(one.amount, one.unit, one.verb, one.noun) for one in quantities_of(sentence)]
    assert found == [(Decimal(amount), unit, verb, noun) for amount, unit, verb, noun in COUNTS[sentence]]


@pytest.mark.parametrize(
    ("sentence", "number"), [("不动产登记压缩到3个工作日以内", ""), ("热线15分钟到场", ""), ("重复信访不超过5个", "5")]
)
def test_how_long_something_takes_is_no_number_to_ask_about(sentence, number):
    assert unread_number(sentence) == number


def test_what_is_explicit_of_a_count():
    by_text = {
        one.text: one
        for text in ("约300个", "不少于5座", "控制在5.5%以内", "500余亩", "两所")
        for one in quantities_of(text)
    }
    assert [by_text[text].is_about for text in ("约300个", "不少于5座", "500余亩")] == [True, False, True]
    assert by_text["不少于5座"].is_bounded
    assert by_text["控制在5.5%以内"].is_at_most
    assert by_text["两所"].is_worded


@pytest.mark.parametrize("sentence", ["占地120亩", "总建筑面积4.2万平方米", "日处理能力由3万吨提升至5万吨"])
def test_how_large_something_is_counts_nothing_that_is_done(sentence):
    assert all(one.is_size for one in quantities_of(sentence))


def test_names_are_listed_where_there_are_as_many_as_the_count():
    (three,) = quantities_of("改造运动场3所：城北小学、第二中学、石桥镇中心小学")
    assert three.names == ("城北小学", "第二中学", "石桥镇中心小学")
    (before,) = quantities_of("打通滨河路、学府街、站前路3条断头路")
    assert before.names == ("滨河路", "学府街", "站前路")
    (other,) = quantities_of("改造运动场3所：城北小学、第二中学等")
    assert other.names == ()


@pytest.mark.parametrize("words", DAYS)
def test_the_day_that_words_mean(words):
    due = due_day_of(words, YEAR)
    day, is_explicit = DAYS[words]
    assert (due.day, due.is_explicit) == (day and date.fromisoformat(day), is_explicit)
    assert due.is_beyond is (due.day is not None and due.day.year != YEAR)


def test_a_number_may_be_a_day_that_lost_its_format():
    assert due_day_of("45657", YEAR, number="45657").day == date(2024, 12, 31)
    assert due_day_of("2", YEAR, number="2").day == date(2024, 2, 29), "a month"


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("5月底前动工，12月底前发放到位", ["2024-05-31", "2024-12-31"]),
        ("主体封顶（2025年底投用）", ["2025-12-31"]),
        ("年底前完工", ["2024-12-31"]),
        ("新建公厕6座", []),
    ],
)
def test_the_days_that_a_sentence_names(sentence, days):
    assert [str(due.day) for due in days_in(sentence, YEAR)] == days


def test_a_span_of_days_has_a_beginning():
    due = due_day_of("2024年3月-11月", YEAR)
    assert (due.starts_on, due.day) == (date(2024, 3, 1), date(2024, 11, 30))
