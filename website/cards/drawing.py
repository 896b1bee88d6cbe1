"""Draws a shared card: contents in, the bytes of a PNG out. No query, no clock, nothing kept.

Everything that is to be read stands within the middle square, to which WeChat crops.
"""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from website.cards.contents import CardContents, State
from website.cards.fonts import SANS, SERIF, check_glyphs, font
from website.cards.lines import fit_text, lines_of
from website.cards.shapes import draw_shape

WIDTH, HEIGHT = 1200, 630
LEFT, RIGHT = (WIDTH - HEIGHT) // 2, (WIDTH + HEIGHT) // 2  # of the middle square
MARGIN = 30
TEXT_WIDTH = HEIGHT - 2 * MARGIN

# The light colours of static/css/tokens.css.
PAPER, SHEET, INK, SOFT, LINE, NOTE, ON_NOTE = (
    "#f6f2e8",
    "#fdfbf5",
    "#24231f",
    "#5b574c",
    "#ddd5c3",
    "#fbf0d4",
    "#5c4300",
)
DONE, PACE, BEHIND, FAR, QUIET = (
    ("#17643a", "#e0eedd"),
    ("#2b566f", "#e2ecf0"),
    ("#835000", "#f8e9cb"),
    ("#9d2819", "#f8e0d8"),
    ("#5b574c", "#ebe6d9"),
)
# As static/css/components/badge.css gives each shape its colours: (state, tint).
COLOURS = {
    **dict.fromkeys(("check", "check-hollow", "check-notch", "up", "up-right"), DONE),
    **dict.fromkeys(("equals", "half"), PACE),
    "down-open": BEHIND,
    "down": FAR,
    **dict.fromkeys(("circle", "question", "cross", ""), QUIET),
}
BOXES_IN_ROW, BOX_HEIGHT, GAP = 5, 74, 8
VOUCHER_SIZES, FOOT_SIZE = (15, 14), 20
COLOURS_OF_PNG = 128  # fewer bytes than true colour, and no difference that an eye sees


def card_png(contents: CardContents) -> bytes:
    """Raises MissingGlyph for a text with a character that can't be drawn."""
    content = BytesIO()
    picture = card_picture(contents).quantize(COLOURS_OF_PNG, dither=Image.Dither.NONE)
    picture.save(content, "PNG", optimize=True)
    return content.getvalue()


def card_picture(contents: CardContents) -> Image.Image:
    """1200 by 630 px. Raises MissingGlyph."""
    check_glyphs(SANS, contents.text)
    check_glyphs(SERIF, contents.title)
    picture = Image.new("RGB", (WIDTH, HEIGHT), _tint(contents))
    sheet = _Sheet(picture)
    sheet.pencil.rectangle((LEFT, 0, RIGHT - 1, HEIGHT), fill=SHEET)
    _draw_sides(sheet, contents)
    _draw_head(sheet, contents)
    foot = _draw_foot(sheet, contents)
    if contents.state:
        _draw_promise(sheet, contents, contents.state, foot)
    else:
        _draw_plan(sheet, contents, foot)
    return picture


class _Sheet:
    """A picture, and how far down it is written."""

    def __init__(self, picture: Image.Image):
        self.picture, self.pencil, self.y = picture, ImageDraw.Draw(picture), MARGIN

    def write(self, text: str, *, x: int = LEFT + MARGIN, size: int, colour: str, name: str = SANS, bold: float = 0):
        """A line with its upper edge at `y`."""
        self.pencil.text((x, self.y), text, colour, font(name, size), stroke_width=bold)

    def write_lines(self, lines: list[str], *, size: int, colour: str, name: str = SANS, bold: float = 0) -> None:
        for line in lines:
            self.write(line, size=size, colour=colour, name=name, bold=bold)
            self.y += round(size * 1.42)

    def stamp(self, shape: str, *, x: int, y: int, size: int, colour: str) -> None:
        drawing = draw_shape(shape, size, colour)
        self.picture.paste(drawing, (x, y), drawing)


def _tint(contents: CardContents) -> str:
    return COLOURS[contents.state.shape][1] if contents.state else PAPER


def _draw_sides(sheet: _Sheet, contents: CardContents) -> None:
    """What the square crop leaves out says nothing that isn't within it."""
    for x in (LEFT, RIGHT - 1):
        sheet.pencil.line((x, 0, x, HEIGHT), fill=LINE)
    if contents.state:
        _draw_column(sheet, [contents.state], 0, size=150)
        _draw_column(sheet, [contents.state], RIGHT, size=150)
    else:
        half = (len(contents.boxes) + 1) // 2
        _draw_column(sheet, contents.boxes[:half], 0, size=56)
        _draw_column(sheet, contents.boxes[half:], RIGHT, size=56)


def _draw_column(sheet: _Sheet, states: Sequence[State], left: int, *, size: int) -> None:
    """Their shapes one below the other, with as much between them as they are high."""
    top = (HEIGHT - size * (2 * len(states) - 1)) // 2
    for number, state in enumerate(states):
        if state.shape:
            x, y = left + (LEFT - size) // 2, top + 2 * number * size
            sheet.stamp(state.shape, x=x, y=y, size=size, colour=COLOURS[state.shape][0])


def _draw_head(sheet: _Sheet, contents: CardContents) -> None:
    if contents.mark:
        sheet.pencil.rectangle((LEFT, 0, RIGHT - 1, 46), fill=NOTE)
        size, lines = fit_text(contents.mark, SANS, width=TEXT_WIDTH, most=1, sizes=(22, 18, 15))
        sheet.y = 8 + (22 - size) // 2
        sheet.write(lines[0], size=size, colour=ON_NOTE)
        sheet.y = 62
    size, lines = fit_text(contents.eyebrow, SANS, width=TEXT_WIDTH, most=1, sizes=(24, 20, 18))
    sheet.write_lines(lines, size=size, colour=SOFT)
    sheet.y += 6


def _draw_foot(sheet: _Sheet, contents: CardContents) -> int:
    """From below; returns where it begins."""
    size = next((size for size in VOUCHER_SIZES if _fits(f"凭证 {contents.voucher}", size)), VOUCHER_SIZES[-1])
    voucher = [f"凭证 {contents.voucher}"] if _fits(f"凭证 {contents.voucher}", size) else _halves(contents.voucher)
    line = round(size * 1.42)
    top = HEIGHT - MARGIN // 2 - line * len(voucher) - 36
    begun, sheet.y = sheet.y, top
    sheet.pencil.line((LEFT + MARGIN, top, RIGHT - MARGIN, top), fill=LINE)
    sheet.y = top + 6
    _, (site,) = fit_text(contents.site, SANS, width=TEXT_WIDTH // 2 - 20, most=1, sizes=(FOOT_SIZE,))
    sheet.write(contents.day, size=FOOT_SIZE, colour=INK, bold=0.4)
    right = RIGHT - MARGIN - round(font(SANS, FOOT_SIZE).getlength(site))
    sheet.write(site, x=right, size=FOOT_SIZE, colour=SOFT)
    sheet.y = top + 36
    sheet.write_lines(voucher, size=size, colour=SOFT)
    sheet.y = begun
    return top


def _fits(line: str, size: int) -> bool:
    return font(SANS, size).getlength(line) <= TEXT_WIDTH


def _halves(voucher: str) -> list[str]:
    number, _, digits = voucher.partition(":")
    return [f"凭证 {number}:{digits[:32]}", digits[32:]]


def _draw_promise(sheet: _Sheet, contents: CardContents, state: State, foot: int) -> None:
    size, lines = fit_text(contents.title, SERIF, width=TEXT_WIDTH, most=2, sizes=(48, 42, 36, 30))
    sheet.write_lines(lines, size=size, colour=INK, name=SERIF, bold=0.8)
    sheet.y += 8
    colour = COLOURS[state.shape][0]
    size, lines = fit_text(state.word, SANS, width=TEXT_WIDTH - 66, most=1, sizes=(54, 46, 38, 30))
    x = LEFT + MARGIN
    if state.shape:
        sheet.stamp(state.shape, x=x, y=sheet.y + round(size * 0.3), size=round(size * 0.95), colour=colour)
        x += size + 12
    sheet.write(lines[0], x=x, size=size, colour=colour, bold=1)
    sheet.y += round(size * 1.5)
    if contents.beside:
        size, lines = fit_text(contents.beside, SANS, width=TEXT_WIDTH, most=1, sizes=(26, 22, 18))
        sheet.write_lines(lines, size=size, colour=SOFT)
    sheet.y += 6
    _write_rest(sheet, contents.sentence, foot)


def _draw_plan(sheet: _Sheet, contents: CardContents, foot: int) -> None:
    rows = [contents.boxes[at : at + BOXES_IN_ROW] for at in range(0, len(contents.boxes), BOXES_IN_ROW)]
    below = len(rows) * (BOX_HEIGHT + GAP)
    most = 4 if below else 6
    sizes = (42, 38, 34, 30, 26)
    size, lines = fit_text(contents.title, SANS, width=TEXT_WIDTH, most=most, sizes=sizes, by_clause=True)
    sheet.write_lines(lines, size=size, colour=INK, bold=0.8)
    sheet.y += 4
    _write_rest(sheet, contents.sentence, foot - below - 6)
    for number, row in enumerate(rows):
        for place, box in enumerate(row):
            _draw_box(sheet, box, place, foot - below + number * (BOX_HEIGHT + GAP) - 4)


def _write_rest(sheet: _Sheet, text: str, foot: int) -> None:
    """As large as it fits above `foot`."""
    sizes = (32, 30, 28, 26, 24, 22, 20, 18)
    for size in sizes:
        most = max(1, (foot - sheet.y) // round(size * 1.42))
        lines = lines_of(text, SANS, size, TEXT_WIDTH)
        if len(lines) <= most:
            sheet.write_lines(lines, size=size, colour=INK)
            return
    size, lines = fit_text(text, SANS, width=TEXT_WIDTH, most=most, sizes=sizes[-1:])
    sheet.write_lines(lines, size=size, colour=INK)


def _draw_box(sheet: _Sheet, box: State, place: int, top: int) -> None:
    width = (TEXT_WIDTH - (BOXES_IN_ROW - 1) * GAP) // BOXES_IN_ROW
    left = LEFT + MARGIN + place * (width + GAP)
    colour, tint = COLOURS[box.shape]
    sheet.pencil.rounded_rectangle((left, top, left + width, top + BOX_HEIGHT), 6, fill=tint)
    size, lines = fit_text(box.name, SANS, width=width - 8, most=1, sizes=(24, 20, 16))
    sheet.y = top + 6
    sheet.write(lines[0], x=_centred(lines[0], size, left, width), size=size, colour=colour, bold=0.7)
    size, lines = fit_text(box.word, SANS, width=width - (30 if box.shape else 8), most=1, sizes=(20, 18, 16, 14))
    taken = round(font(SANS, size).getlength(lines[0])) + (size + 4 if box.shape else 0)
    x = left + (width - taken) // 2
    sheet.y = top + 39
    if box.shape:
        sheet.stamp(box.shape, x=x, y=sheet.y + round(size * 0.32), size=size, colour=colour)
    sheet.write(lines[0], x=x + (size + 4 if box.shape else 0), size=size, colour=colour, bold=0.4)


def _centred(text: str, size: int, left: int, width: int) -> int:
    return left + round((width - font(SANS, size).getlength(text)) / 2)
