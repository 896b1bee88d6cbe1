"""Shared cards as pictures: contents in, bytes out."""

import re
from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image, ImageChops

from projects.words import SHAPES as LIGHT_SHAPES
from website.cards import drawing
from website.cards.contents import CardContents, State
from website.cards.drawing import HEIGHT, LEFT, RIGHT, WIDTH, card_picture, card_png
from website.cards.fonts import SANS, SERIF, MissingGlyph, check_glyphs, font
from website.cards.lines import fit_text, lines_of, pieces_of
from website.cards.shapes import draw_shape, outlines_of

FOLDER = settings.BASE_DIR / "templates/components/shapes"
NAMES = sorted(path.stem for path in FOLDER.glob("*.html"))
VOUCHER = f"141:{'0123456789abcdef' * 4}"


def a_card(**values) -> CardContents:
    return CardContents(
        **{
            "mark": "",
            "eyebrow": "某市 2020 年承诺",
            "title": "十件实事：2 件办成，8 件按计划。",
            "sentence": "最晚 2020 年 12 月 31 日办完，还有 92 天；现在还不能说没办成。",
            "day": "数据算到 2020 年 9 月 30 日",
            "voucher": VOUCHER,
            "site": "年度承诺公开",
            **values,
        }
    )


def picture_of(card: CardContents) -> Image.Image:
    return Image.open(BytesIO(card_png(card))).convert("RGB")


BOXES = [State("农村污水", shape, "严重落后") for shape in (*NAMES[:5], *NAMES[-5:])]
CARDS = {
    "plan": a_card(boxes=BOXES),
    "promise": a_card(state=State("", "down", "严重落后"), beside="按日子平均推算（本站理解）"),
    "promise without data": a_card(state=State("", "", "要办成")),
    "illustrative": a_card(mark="示例数据，不是真实进展", boxes=BOXES),
    "without data": a_card(boxes=[State("农村路", "", "办成")]),
    "plain": a_card(),
    "long": a_card(title="很长的标题" * 60, sentence="很长的一句话，" * 90, state=State("", "check", "办成" * 20)),
    "long names": a_card(
        site="名字" * 60, eyebrow="名字" * 60, mark="名字" * 60, boxes=[State("长" * 9, "up", "长" * 9)]
    ),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_has_the_usual_size_and_the_same_bytes_each_time(name):
    content = card_png(CARDS[name])
    assert Image.open(BytesIO(content)).size == (WIDTH, HEIGHT) == (1200, 630)
    assert len(content) < 80_000
    assert content == card_png(CARDS[name])


@pytest.mark.parametrize("name", CARDS)
def test_nothing_is_written_outside_the_middle_square(name):
    """Beside it stand only shapes, which are within it too: the same card with others has the same sides."""
    card = CARDS[name]
    other = CardContents(**{**vars(card), "title": "别的", "sentence": "别的。", "eyebrow": "别的", "site": "别的"})
    left, _top, right, _bottom = ImageChops.difference(card_picture(card), card_picture(other)).getbbox()
    assert LEFT < left < right < RIGHT


@pytest.mark.parametrize("name", ["mark", "eyebrow", "title", "sentence", "day", "voucher", "site", "beside"])
def test_every_text_is_drawn(name):
    card = CARDS["promise"]
    assert picture_of(card).tobytes() != picture_of(CardContents(**{**vars(card), name: "另外一句"})).tobytes()


def test_a_character_that_the_typeface_lacks_gives_no_card():
    for lacking in ("𮯠", "😀", "\ue000"):
        with pytest.raises(MissingGlyph):
            card_png(a_card(sentence=f"北{lacking}村"))
    check_glyphs(SANS, "霍州鼓楼街道陶唐峪乡〇℃①—…“”‘’《》·％＜ \u3000")
    check_glyphs(SERIF, "霍州市辛置镇")


def test_colours_are_those_of_the_pages():
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text().partition("prefers-color-scheme")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", tokens))
    plain = ("paper", "sheet", "ink", "soft", "line", "note", "on-note")
    assert [getattr(drawing, name.upper().replace("-", "_")) for name in plain] == [colours[name] for name in plain]
    badges = (settings.BASE_DIR / "static/css/components/badge.css").read_text()
    for rule in re.findall(r"((?:\s*\.state-[a-z-]+,?)+) {\s*--state: var\(--([a-z]+)\)", badges):
        for shape in re.findall(r"\.state-([a-z-]+)", rule[0]):
            assert drawing.COLOURS[shape] == (colours[rule[1]], colours[f"{rule[1]}-tint"]), shape
    assert set(drawing.COLOURS) == {*NAMES, ""}
    assert set(LIGHT_SHAPES.values()) <= set(drawing.COLOURS)


# Shapes


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_is_drawn_within_its_box(name):
    for outline in outlines_of(name):
        assert len(outline.points) > 1
        assert all(0 <= x <= 16 and 0 <= y <= 16 for x, y in outline.points)
    alpha = draw_shape(name, 64, "#ff0000").getchannel("A")
    share = sum(alpha.histogram()[128:]) / 64**2
    assert 0.05 < share < 0.6


def test_no_two_shapes_look_alike():
    drawn = [draw_shape(name, 64, "#000000").getchannel("A") for name in NAMES]
    for number, one in enumerate(drawn):
        for other in drawn[:number]:
            assert sum(ImageChops.difference(one, other).histogram()[128:]) > 64**2 * 0.03


def test_an_arc_goes_the_way_that_its_flags_say():
    """The right half of a circle is solid, as the page draws it."""
    (_circle, half) = outlines_of("half")
    assert half.is_solid
    assert max(x for x, _y in half.points) == pytest.approx(13.4)
    assert min(x for x, _y in half.points) == pytest.approx(8)
    question, _dot = outlines_of("question")
    assert min(y for _x, y in question.points) < 2.2  # bent upwards
    assert question.points[-1] == pytest.approx((8, 11))


# Lines


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("2 件办成，", ["2 件", "办", "成，"]),
        ("（10 月 8 日公布）：", ["（10 月", " ", "8 日", "公", "布）："]),
        ("实际 60%。", ["实", "际", " ", "60%。"]),
        ("《一》“二”", ["《一》", "“二”"]),
        ("<1%", ["<1%"]),
        (VOUCHER, [VOUCHER]),
    ],
)
def test_what_belongs_together_stays_in_one_line(text, pieces):
    assert pieces_of(text) == pieces


def test_lines_are_as_wide_as_allowed_and_lose_nothing():
    text = (
        "按 2020 年 9 月 21 日的数据（2020 年 9 月 25 日公布）：经二路、纬一路建成，纬五路修到 40%，南环路南延没有数据。"
        * 3
    )
    for by_clause in (False, True):
        for width in (120, 333, 570):
            lines = lines_of(text, SANS, 28, width, by_clause=by_clause)
            assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
            assert not [line for line in lines if line[0] in "，。、；：）"]
            assert max(font(SANS, 28).getlength(line) for line in lines) < width + 2 * 28 + 60


def test_a_text_that_is_too_long_ends_with_dots():
    size, lines = fit_text("很长的一句话，" * 40, SANS, width=300, most=2, sizes=(30, 20))
    assert (size, len(lines)) == (20, 2)
    assert lines[-1].endswith("…")
    assert font(SANS, 20).getlength(lines[-1]) <= 300
