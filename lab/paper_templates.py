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
LINE = Pt(28)
FOOT_WORDS, FOOT_CODE = Mm(128), Mm(28)
TABLE_STYLE = "PaperTable"


def main() -> None:
    TEMPLATES.mkdir(exist_ok=True)
    for name in ("bulletin", "review", "reminder"):
        document_of(name).save(str(TEMPLATES / f"{name}.docx"))
    upward_example().save(TEMPLATES / "upward.xlsx")


# What an upper-level system might ask for, in its own words, with our fields below them.
ASKED = (
    ("序号", "{序号}", 6),
    ("项目名称", "{事项}", 24),
    ("主要建设内容及年度目标", "{年度目标}", 30),
    ("责任单位", "{牵头单位}", 16),
    ("配合单位", "{配合单位}", 16),
    ("计划完成时间", "{完成时限}", 13),
    ("总投资（万元）", "{总投资（万元）}", 12),
    ("累计完成投资（万元）", "{完成投资（万元）}", 12),
    ("完成进度", "{当前进度}", 10),
    ("进展情况", "{进展情况}", 32),
    ("存在困难和问题", "{存在问题}", 24),
    ("数据截止日期", "{数据日期}", 13),
)


def upward_example() -> Workbook:
    book = Workbook()
    sheet = book.active
    sheet.title = "上报表"
    side = Side("thin")
    for number, (head, field, width) in enumerate(ASKED, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        for row, text in ((1, head), (2, field)):
            cell = sheet.cell(row, number, text)
            cell.font = Font("黑体" if row == 1 else "仿宋_GB2312", 10)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
            cell.alignment = Alignment("center" if row == 1 or width < 16 else "left", "center", wrap_text=True)
    sheet.row_dimensions[1].height = 40
    sheet.freeze_panes, sheet.print_title_rows = "C2", "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    return book


def document_of(name: str) -> Any:
    document = Document()
    _set_page(document)
    _set_styles(document)
    _set_fonts(document)
    _set_properties(document, name)
    _write_body(document)
    return document


def _set_page(document: Any) -> None:
    """A4, margins 37, 35, 28 and 26 mm; page numbers outside, `— 1 —`."""
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


if __name__ == "__main__":
    main()
