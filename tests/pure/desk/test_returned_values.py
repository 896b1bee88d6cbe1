"""What a cell of a returned sheet says, and what a sentence of a department's own table says of a value."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from desk.returns.shapes import Field, MonthRow
from desk.returns.values import (
    cell_text,
    fault_text,
    is_fraction,
    money_text,
    progress_text,
    typed_number,
    with_unit_of_head,
)
from desk.workbooks.sheets import Cell
from tests.returned_month import a_count, a_share

SEATS, PLACES, SHARE = a_count("1", "处理站", "座", 10), a_count("1", "设施", "处", 30), a_share("1", "路面")
SIGNINGS = a_count("1", "签约", "个", 40)


@pytest.mark.parametrize(
    ("text", "line", "taken", "meant"),
    [
        ("建成3座（在建2座）", SEATS, "3", ""),
        ("15/30", PLACES, None, "15"),
        ("建成〇处；在建三处", PLACES, None, "0"),
        ("建成三处", PLACES, None, "3"),
        ("建成3座，改造2座", SEATS, None, ""),
        ("约3座", SEATS, None, ""),
        *((text, SIGNINGS, "33", "") for text in (
            "签约33个", "已签约33个", "签约了33个", "合约33个", "预约33个", "签约企业33个", "超额完成，签约33个", "最多的一批：签约33个", "签约总数33个", "第一批签约33个", "超市33个", "签约33个，开工12个",
        )),
        *((text, SIGNINGS, None, "") for text in (
            "约33个", "签约约33个", "大约33个", "约签约33个", "约有33个", "近33个", "将近33个", "接近33个", "超33个", "超过33个", "签约超过33个", "逾33个",
            "签约33余个", "签约33多个", "33个以上", "签约33个左右", "33个不等", "33个以内", "不足33个", "不到33个", "至少33个", "最多33个", "不少于33个",
            "力争签约33个", "争取33个", "预计签约33个", "计划签约33个", "拟签约33个", "未签约33个", "30-33个", "30至33个", "30、33个", "第33个", "每镇33个",
            "平均33个", "历时33个月", "提高33个百分点", "33个工作日", "数十个", "几十个", "上百个", "签约三十多个",
        )),
        ("完成85%以上", SHARE, None, ""), ("完成超过85%", SHARE, None, ""), ("至少85%", SHARE, None, ""), ("完成约85%", SHARE, None, ""),
        ("3座左右", SEATS, None, ""),
        ("还有3座没有建", SEATS, None, ""),
        ("路基完成，路面铺油60％左右", SHARE, None, ""),
        ("完成40%", SHARE, "40", ""),
        ("已完成 40 %", SHARE, "40", ""),
        ("主体完成８５％", SHARE, None, "85"),
        ("一标段40%，二标段60%", SHARE, None, ""),
        ("完成", SHARE, None, "100"),
        ("已完工，待验收", SHARE, None, ""),
        ("0.85", SHARE, None, "85"),
        ("12", SEATS, "12", ""),
        ("1.2万", replace(SEATS, unit="户"), "12000", ""),
        ("9.5座", SEATS, None, ""),
        ("——", SHARE, None, ""),
        ("/", SHARE, None, ""),
        ("未开工", SHARE, None, ""),
    ],
)  # fmt: skip
def test_a_sentence_gives_a_value_only_where_it_says_one(text, line, taken, meant):
    read = progress_text(text, line)
    assert (read.text if read.is_taken and not read.question else None, read.meant) == (taken, meant)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("1500", "1500"), ("4800万", "4800"), ("4,800万\u200b", "4800"), ("￥48000000", "4800"), ("48,000,000 元", "4800"),
        ("1.85億", "18500"), ("3.3千万", "3300"), ("０", "0"), ("1.2 亿元", "12000"), ("1500元", "0.15"),
        *((text, None) for text in ("待定", "-", "/", "无", "约3300万元", "3300w", "1亿零500万", "3千余万")),
    ],
)  # fmt: skip
def test_money_is_taken_where_it_is_exact_and_else_left_empty(text, taken):
    read = money_text(text, Decimal(185_000_000))
    assert (read.text if read.is_taken else None) == taken
    assert bool(read.note) == (taken is None)


def test_a_bare_amount_in_yuan_is_asked():
    assert money_text("48000000", None).meant == "4800"


@pytest.mark.parametrize(
    ("text", "yuan", "meant"),
    [
        ("3300", 10**4, "3300"),
        ("3300", 1, "3300元"),
        ("1.85", 10**8, "185000000元"),
        ("33千万", 1, "33千万"),
        ("3,300", 10**3, "3300000元"),
    ],
)
def test_a_bare_amount_is_in_the_unit_of_its_head(text, yuan, meant):
    assert with_unit_of_head(text, yuan) == meant


ROW = MonthRow("project-1", "路", (SEATS, replace(SHARE, key="2")), investment=Decimal(10**8))


@pytest.mark.parametrize(
    ("cell", "field", "taken"),
    [
        (Cell("1.2万", 1, 1), "line:1", "12000"),
        (Cell("3,500", 1, 1), "line:1", "3500"),
        (Cell("１２", 1, 1), "line:1", "12"),
        (Cell("12 座", 1, 1), "line:1", "12"),
        (Cell("0.85", 1, 1, number="0.85", is_percent=True), "line:2", "85"),
        (Cell("85%", 1, 1), "line:2", "85"),
        (Cell("征地拆迁", 1, 1), Field.DELAY, "征地拆迁"),
        (Cell("LAND", 1, 1), Field.DELAY, "征地拆迁"),
        (Cell("√", 1, 1), Field.UNCHANGED, "是"),
        (Cell("☐", 1, 1), Field.UNCHANGED, ""),
        (Cell("无", 1, 1), Field.PROBLEM, ""),
        (Cell("\u200b\u3164", 1, 1), Field.TEXT, ""),
        (Cell("⼯程⽤⻓", 1, 1), Field.TEXT, "工程用长"),
        (Cell("a\x0bb", 1, 1), Field.TEXT, "a\nb"),
        (Cell("=1+1", 1, 1), Field.TEXT, "=1+1"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_the_form_reads_its_field(cell, field, taken):
    assert cell_text(cell, field, ROW).text == taken


@pytest.mark.parametrize(
    ("cell", "field", "said"),
    [
        (Cell("9.9999", 1, 1), "line:1", "只能是整数"),
        (Cell("3,5", 1, 1), "line:1", "数里的逗号不对"),
        (Cell("3／4", 1, 1), "line:1", "不写分数"),
        (Cell("15-20", 1, 1), "line:1", "不写范围"),
        (Cell("八", 1, 1), "line:1", "阿拉伯数字"),
        (Cell("约60", 1, 1), "line:1", "确切的数"),
        (Cell("85%", 1, 1), "line:1", "不写百分数"),
        (Cell("-3", 1, 1), "line:1", "不能小于 0"),
        (Cell("1", 1, 1, formula="=[1]x!A1"), "line:9", "没有这个目标"),
        (Cell("", 1, 1, formula="=A1"), "line:1", "公式"),
        (Cell("#REF!", 1, 1), "line:1", "错误值"),
        (Cell("0.85", 1, 1, number="0.85", is_percent=True), Field.SPENT, "百分数"),
        (Cell("-3", 1, 1), Field.SPENT, "不能小于 0"),
        (Cell("0.00001", 1, 1), Field.SPENT, "最小到元"),
        (Cell("下雨", 1, 1), Field.DELAY, "只能选"),
        (Cell("也许", 1, 1), Field.UNCHANGED, "写“是”"),
        (Cell("长" * 2001, 1, 1), Field.TEXT, "2000"),
    ],
)
def test_what_no_form_takes_is_refused(cell, field, said):
    with pytest.raises(ValidationError, match=said):
        cell_text(cell, field, ROW)


def test_a_share_as_a_plain_fraction_is_asked():
    read = cell_text(Cell("0.85", 1, 1, number="0.85"), "line:2", ROW)
    assert (read.text, read.meant, bool(read.question)) == ("", "85", True)


# What people type, as in the forms: what is taken, what is asked (?), what is refused (!), and what isn't taken (-).
TYPED = {
    "line:1": {
        "1.2万": "12000", "3,500": "3500", "１２": "12", "12 座": "12", "5/10": "?5",
        "9.9999": "!只能是整数", "3,5": "!逗号", "3／4": "!不写分数", "15-20": "!不写范围", "八": "!阿拉伯数字", "约60": "!确切的数",
        "85%": "!不写百分数",
    },
    "line:2": {"85%": "85", "８５％": "85", "85": "85", "0.85": "?85", "15/30": "!不写分数", "约60": "!确切的数"},
    Field.SPENT: {
        "1500": "1500", "4800万\u200b": "4800", "￥48000000": "4800", "48,000,000 元": "4800", "4,800万": "4800",
        "1.85億": "18500", "3.3千万": "3300", "０": "0", "1500元": "0.15", "48000000": "?4800",
        **dict.fromkeys(("待定", "-", "/", "无", "约3300万元", "3300w", "1亿零500万"), "-没有取"),
    },
    Field.TEXT: {
        "\u200b": "", "\u3164": "", "在\u202e建\u2066中": "在建中", "路基\u000b路面\u2028绿化": "路基\n路面\n绿化", "\x01在建": "在建",
        "⼯⽤⻓⻋⻔⻛⻅": "工用长车门风见", "\n".join(["段" * 90] * 21)[:2000]: "\n".join(["段" * 90] * 21)[:2000],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "typed", "expected"),
    [(name, typed, text) for name, cases in TYPED.items() for typed, text in cases.items()],
)
def test_what_people_type_means_the_same_in_the_sheet(name, typed, expected):
    cell, row = Cell(typed, 1, 1), replace(ROW, investment=Decimal(2 * 10**8))
    if expected.startswith("!"):
        with pytest.raises(ValidationError, match=expected[1:]):
            cell_text(cell, name, row)
        return
    read = cell_text(cell, name, row)
    found = f"?{read.meant}" if read.question else f"-{read.note[-4:-1]}" if read.note else read.text
    assert found == expected.strip()


def test_what_is_wrong_is_said_with_what_was_typed():
    for typed, said in (
        ("3／4", "路“3/4”：x"),
        ("八 ", "路“八”：x"),
        ("长" * 40, f"路“{'长' * 30}…”：x"),
        ("", "路：x"),
    ):
        assert fault_text("路", Cell(typed.replace("／", "/"), 1, 1), ValidationError("x")) == said
    assert fault_text("原因", Cell("下雨", 1, 1), ValidationError("不认识“下雨”。")) == "原因：不认识“下雨”。"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("is_percent", [False, True])
def test_what_is_no_number_breaks_nothing(number, is_percent):
    """A crafted file may hold it."""
    cell = Cell(number, 1, 1, number=number, is_percent=is_percent)
    assert not is_fraction(cell)
    assert not progress_text(typed_number(cell), SHARE).is_taken
    for name in ("line:1", "line:2", Field.SPENT):
        try:
            read = cell_text(cell, name, ROW)
        except ValidationError:
            continue
        assert not read.is_taken
