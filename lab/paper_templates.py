"""The Word templates that come with the portal, laid out as GB/T 9704 says: `python -m lab.paper_templates` writes them anew.

Sizes in millimetres and points are the standard's. Fonts are named as offices have them installed; a computer without one
takes the alternative that comes with Windows.
"""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

TEMPLATES = Path(__file__).parent.parent / "desk" / "papers" / "templates"
TITLE_FONT, BODY, HEADING, SUBHEADING, NUMERALS = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
INSTEAD = {
    TITLE_FONT: "华文中宋",
    BODY: "仿宋",
    SUBHEADING: "楷体",
    HEADING: "SimHei",
    NUMERALS: "SimSun",
}
TWO, THREE, FOUR, SMALL_FOUR, SMALL_FIVE = Pt(22), Pt(16), Pt(14), Pt(12), Pt(9)
SMALLEST = Pt(8)  # in which a voucher fits one line
LINE = Pt(28)  # of which 22 fit the page
CLOSER = -5  # twentieths of a point between the characters of the text, so that 28 of them fit the line of 156 mm
FOOT_WORDS, FOOT_CODE = Mm(128), Mm(28)
TABLE_STYLE, NUMBER_STYLE = "PaperTable", "PaperNumber"


def main() -> None:
    TEMPLATES.mkdir(exist_ok=True)
    for name in ("bulletin", "review", "reminder"):
        document_of(name).save(str(TEMPLATES / f"{name}.docx"))
    upward_example().save(TEMPLATES / "upward.xlsx")


# What a province asks of those who supervise: who answers, by when, how far, why not, what next. Each column has the head that
# it shares with its neighbours, its own, our fields below it, and its width in digits.
ASKED = (
    ("序号", "", "{序号}", 6),
    ("任务类别", "", "{承诺系列}", 12),
    ("重点任务", "任务名称", "{事项}", 20),
    ("重点任务", "年度目标", "{年度目标}", 28),
    ("责任体系", "牵头领导", "{牵头领导（职务）}", 12),
    ("责任体系", "牵头单位", "{牵头单位}", 14),
    ("责任体系", "配合单位", "{配合单位}", 14),
    ("完成时限", "", "{完成时限}", 13),
    ("进度", "序时进度", "{序时进度}", 10),
    ("进度", "完成进度", "{完成率}", 10),
    ("进度", "进度评价", "{状态}", 10),
    ("投资（万元）", "年度计划", "{年度投资（万元）}", 11),
    ("投资（万元）", "累计完成", "{完成投资（万元）}", 11),
    ("落实情况", "累计完成", "{累计完成}", 18),
    ("落实情况", "进展情况", "{进展情况}", 28),
    ("落实情况", "存在问题", "{存在问题}", 20),
    ("落实情况", "滞后原因", "{滞后原因}", 11),
    ("落实情况", "下一步措施", "{下一步措施}", 20),
    ("调整情况", "", "{调整情况}", 18),
    ("数据日期", "", "{数据日期}", 13),
)
UPWARD_TITLE, UPWARD_HEAD, UPWARD_ROW = 1, 3, 5


def upward_example() -> Workbook:
    book = Workbook()
    sheet = book.active
    sheet.title = "督查表"
    n = len(ASKED)
    _write_across(sheet, UPWARD_TITLE, (1, n), "{计划}重点任务督查落实情况表", Font("方正小标宋简体", 20), "center")
    small = Font("仿宋_GB2312", 11)
    _write_across(sheet, 2, (1, n // 2), "填报单位：{填报单位}　{说明}", small, "left")
    _write_across(sheet, 2, (n // 2 + 1, n), "数据截至：{数据截至}　填报日期：{印发日期}", small, "right")
    for number, asked in enumerate(ASKED, 1):
        _write_asked(sheet, number, *asked)
    for first, last in _groups():
        is_alone = not ASKED[first - 1][1]
        sheet.merge_cells(start_row=UPWARD_HEAD, end_row=UPWARD_HEAD + is_alone, start_column=first, end_column=last)
    foot = UPWARD_ROW + 2
    _write_across(sheet, foot, (1, n), "填表人：　　　　　审核人：　　　　　联系方式：{联系方式}", small, "left")
    _write_across(sheet, foot + 1, (1, n), "凭证：{凭证}", Font("仿宋_GB2312", 9), "left")
    for row, height in ((UPWARD_TITLE, 34), (UPWARD_HEAD, 24), (UPWARD_HEAD + 1, 24)):
        sheet.row_dimensions[row].height = height
    sheet.freeze_panes = sheet.cell(UPWARD_ROW, 4)
    sheet.print_title_rows = f"{UPWARD_HEAD}:{UPWARD_HEAD + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.6, 0.8
    sheet.oddFooter.center.text = "— &P —"
    return book


def _write_across(sheet: Any, row: int, columns: tuple[int, int], text: str, font: Font, side: str) -> None:
    first, last = columns
    cell = sheet.cell(row, first, text)
    cell.font, cell.alignment = font, Alignment(side, "center")
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    sheet.row_dimensions[row].height = 20


def _write_asked(sheet: Any, number: int, group: str, name: str, field: str, width: int) -> None:
    side = Side("thin")
    sheet.column_dimensions[get_column_letter(number)].width = width
    for row, text in enumerate((group, name, field), UPWARD_HEAD):
        is_head = row < UPWARD_ROW
        cell = sheet.cell(row, number, text or None)
        cell.font = Font("黑体" if is_head else "仿宋_GB2312", 11)
        cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.alignment = Alignment("center" if is_head or width < 16 else "left", "center", wrap_text=True)


def _groups() -> list[tuple[int, int]]:
    """The first and the last column of each head."""
    found: list[tuple[int, int]] = []
    for number, (group, *_rest) in enumerate(ASKED, 1):
        if found and ASKED[found[-1][0] - 1][0] == group:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def document_of(name: str) -> Any:
    document = Document()
    _set_page(document)
    _set_styles(document)
    _set_fonts(document)
    if name == "reminder":  # of a letter the number stands at the right edge
        document.styles[NUMBER_STYLE].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _set_properties(document, name)
    _write_body(document)
    return document


def _set_page(document: Any) -> None:
    """A4, margins 37, 35, 28 and 26 mm, so that 22 lines of 28 characters fit; page numbers outside, `— 1 —`."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, side in ((section.footer, "RIGHT"), (section.even_page_footer, "LEFT")):
        footer.is_linked_to_previous = False
        _page_number(footer.paragraphs[0], side)


def _page_number(paragraph: Any, side: str) -> None:
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, side)
    indent = paragraph.paragraph_format
    indent.left_indent, indent.right_indent = (None, FOUR) if side == "RIGHT" else (FOUR, None)
    for piece in ("— ", "PAGE", " —"):
        run = paragraph.add_run("" if piece == "PAGE" else piece)
        _font(run, NUMERALS, FOUR)
        if piece == "PAGE":
            for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("text", "1"), ("end", "")):
                run._r.append(_field_part(kind, text))


def _field_part(kind: str, text: str) -> Any:
    if kind in ("begin", "separate", "end"):
        part = OxmlElement("w:fldChar")
        part.set(qn("w:fldCharType"), kind)
        return part
    part = OxmlElement("w:t" if kind == "text" else "w:instrText")
    part.text = text
    return part


def _font(of: Any, name: str, size: Pt) -> None:
    """Of a run or a style: the font for Chinese and for everything else."""
    of.font.size, of.font.name, of.font.bold, of.font.italic = size, name, False, False
    fonts = of.element.get_or_add_rPr().get_or_add_rFonts() if hasattr(of, "element") else of._r.rPr.rFonts
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)
    for script in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{script}"), None)


# Each paragraph of a paper: its style, font and size, alignment, indent of the first line in characters, space before.
STYLES = (
    (NUMBER_STYLE, BODY, THREE, "CENTER", 0),
    ("PaperTitle", TITLE_FONT, TWO, "CENTER", 0),
    ("PaperSubtitle", SUBHEADING, THREE, "CENTER", 0),
    ("PaperNotice", HEADING, SMALL_FOUR, "CENTER", 0),
    ("PaperAddressee", BODY, THREE, "LEFT", 0),
    ("PaperText", BODY, THREE, "JUSTIFY", 2),
    ("PaperClosing", BODY, THREE, "JUSTIFY", 2),
    ("PaperHeading", HEADING, THREE, "LEFT", 2),
    ("PaperSubheading", SUBHEADING, THREE, "LEFT", 2),
    ("PaperNote", BODY, SMALL_FOUR, "JUSTIFY", 0),
    ("PaperSigned", BODY, THREE, "RIGHT", 0),
    ("PaperFoot", BODY, SMALLEST, "LEFT", 0),
    ("PaperCell", BODY, SMALL_FIVE, "CENTER", 0),
    ("PaperCellHead", HEADING, SMALL_FIVE, "CENTER", 0),
)


# So that neither a heading nor what signs the paper stands alone on its page.
KEPT_WITH_NEXT = ("PaperHeading", "PaperSubheading", "PaperClosing", "PaperSigned", "PaperCellHead")


def _set_styles(document: Any) -> None:
    normal = document.styles["Normal"]
    _font(normal, BODY, THREE)
    for name, font, size, side, indent in STYLES:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _font(style, font, size)
        shape = style.paragraph_format
        shape.alignment, shape.widow_control = getattr(WD_ALIGN_PARAGRAPH, side), True
        shape.space_before = shape.space_after = Pt(0)
        shape.first_line_indent = size * indent if indent else None
        shape.keep_with_next = name in KEPT_WITH_NEXT
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        shape.line_spacing = {SMALLEST: Pt(12), SMALL_FIVE: Pt(13), SMALL_FOUR: Pt(20)}.get(
            size, Pt(36) if size == TWO else LINE
        )
    for name in ("PaperText", "PaperClosing", "PaperAddressee"):
        closer = OxmlElement("w:spacing")
        closer.set(qn("w:val"), str(CLOSER))
        document.styles[name].element.rPr.find(qn("w:sz")).addprevious(closer)
    document.styles["PaperSigned"].paragraph_format.right_indent = THREE * 4
    document.styles["PaperTitle"].paragraph_format.space_before = Pt(28)
    document.styles["PaperAddressee"].paragraph_format.space_before = Pt(14)
    table = document.styles.add_style(TABLE_STYLE, WD_STYLE_TYPE.TABLE)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = '<w:left w:w="28" w:type="dxa"/><w:right w:w="28" w:type="dxa"/>'
    table.element.append(
        parse_xml(
            f"<w:tblPr {nsdecls('w')}><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
        )
    )


def _set_fonts(document: Any) -> None:
    """Which font to take where one isn't installed."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, others in INSTEAD.items()
    )
    part = next(one for one in document.part.package.iter_parts() if str(one.partname) == "/word/fontTable.xml")
    part._blob = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()
    )


def _set_properties(document: Any, name: str) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title, properties.language = name, "zh-CN"


# The body. `{%p … %}` takes its whole paragraph away, `{%tr … %}` its row, `{%tc … %}` its cell.
PARAGRAPHS = (
    (NUMBER_STYLE, "{%p if number_line %}"),
    (NUMBER_STYLE, "{{ number_line }}"),
    (NUMBER_STYLE, "{%p endif %}"),
    ("PaperTitle", "{{ title }}"),
    ("PaperSubtitle", "{{ subtitle }}"),
    ("PaperNotice", "{%p if notice %}"),
    ("PaperNotice", "{{ notice }}"),
    ("PaperNotice", "{%p endif %}"),
    ("PaperAddressee", "{{ addressee }}"),
    ("PaperText", "{%p if opening %}"),
    ("PaperText", "{{ opening }}"),
    ("PaperText", "{%p endif %}"),
    ("PaperText", "{%p for section in sections %}"),
    ("PaperHeading", "{{ section.heading }}"),
    ("PaperText", "{%p for block in section.blocks %}"),
    ("PaperText", "{%p if block.table %}"),
    ("TABLE", ""),
    ("PaperText", "{%p elif block.kind == 'sub' %}"),
    ("PaperSubheading", "{{ block.text }}"),
    ("PaperText", "{%p elif block.kind == 'note' %}"),
    ("PaperNote", "{{ block.text }}"),
    ("PaperText", "{%p else %}"),
    ("PaperText", "{{ block.text }}"),
    ("PaperText", "{%p endif %}"),
    ("PaperText", "{%p endfor %}"),
    ("PaperText", "{%p endfor %}"),
    ("PaperText", "{%p for line in closing %}"),
    ("PaperClosing", "{{ line }}"),
    ("PaperText", "{%p endfor %}"),
    ("PaperSigned", ""),
    ("PaperSigned", "{%p if issuer %}"),
    ("PaperSigned", "{{ issuer }}"),
    ("PaperSigned", "{%p endif %}"),
    ("PaperSigned", "{{ issue_day }}"),
    ("FOOT", ""),
)


def _write_body(document: Any) -> None:
    for style, text in PARAGRAPHS:
        if style == "TABLE":
            _write_table(document)
        elif style == "FOOT":
            _write_foot(document)
        else:
            document.add_paragraph(text, style)


def _write_table(document: Any) -> None:
    """One of any number of columns: the rows that hold the marks go away."""
    table = document.add_table(4, 3, TABLE_STYLE)
    table.autofit = False
    texts = (
        ("{%tc for one in block.table.head %}", "{{ one }}", "{%tc endfor %}"),
        ("{%tr for row in block.table.rows %}", "", ""),
        ("{%tc for one in row %}", "{{ one }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    for number, (row, cells) in enumerate(zip(table.rows, texts, strict=True)):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.width = Mm(52)
            paragraph = cell.paragraphs[0]
            paragraph.style = "PaperCellHead" if number == 0 else "PaperCell"
            paragraph.add_run(text)
            centred = OxmlElement("w:vAlign")
            centred.set(qn("w:val"), "center")
            cell._tc.get_or_add_tcPr().append(centred)
        whole = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(whole)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)


def _write_foot(document: Any) -> None:
    """Below a line: the days, the voucher, and beside them its QR code."""
    table = document.add_table(1, 2)
    table.autofit = False
    borders = '<w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
    table._tbl.tblPr.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{borders}</w:tblBorders>"))
    words, picture = table.rows[0].cells
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, (FOOT_WORDS, FOOT_CODE), strict=True):
        column.w = width
    words.width, picture.width = FOOT_WORDS, FOOT_CODE
    table.rows[0].cells[0].paragraphs[0].paragraph_format.space_before = Pt(4)
    words.paragraphs[0].style = "PaperFoot"
    words.paragraphs[0].add_run("{{ days_line }}")
    words.add_paragraph("{{ voucher_line }}", "PaperFoot")
    words.add_paragraph("扫码核对凭证。", "PaperFoot")
    code = picture.paragraphs[0]
    code.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    code.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    code.add_run("{{ qr }}")
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    _write_last(document)


def _write_last(document: Any) -> None:
    """What a file that ends with a table has to have below it: as low as it can be, so that it opens no page."""
    paragraph = document.add_paragraph("", "PaperFoot")
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)
    shape.keep_with_next = False


if __name__ == "__main__":
    main()
