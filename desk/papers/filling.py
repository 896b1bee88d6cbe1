"""Word files from templates of the operator's folder, else from those that come with the portal; none is ever uploaded.

Templates are jinja2's, in a sandbox: they may look at what the paper says and at nothing else. What the record says is text
in them, whatever it looks like.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import segno
from django.conf import settings
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Emu, Mm
from docx.table import Table as WordTable
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from lxml.etree import LxmlError
from markupsafe import Markup, escape
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from desk.papers.paper import Block, BlockKind, NumberedSection, Paper, Table
from tasks.models import PaperKind

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHIPPED = Path(__file__).with_name("templates")
FILES = {
    PaperKind.BULLETIN: "bulletin.docx",
    PaperKind.REVIEW: "review.docx",
    PaperKind.REMINDER: "reminder.docx",
    PaperKind.UPWARD: "upward.xlsx",
}
# What goes wrong in a file that somebody made by hand, or in what it asks for.
FAULTS = (
    *(TemplateError, LxmlError, BadZipFile, PackageNotFoundError, OSError, LookupError, TypeError, ValueError),
    *(ArithmeticError, AttributeError, RuntimeError),
)
TABLE_STYLE = "PaperTable"  # by its id: of these tables the widths of columns follow from what stands in them
SIGNED_STYLE, LAST_ROWS = "PaperSigned", 2  # what signs a paper, and how much of a table goes with it
QR_WIDTH = Mm(22)


class TemplateFault(Exception):
    """A template of the operator can't be used. The message is for the person who asked for the paper."""


def template_path(kind: PaperKind) -> Path:
    """The operator's file where there is one."""
    name = FILES[kind]
    own = Path(settings.PAPERS_DIR) / name if settings.PAPERS_DIR else None
    return own if own and own.is_file() else SHIPPED / name


def clean(text: str) -> str:
    """Without the characters that no XML file may hold."""
    return ILLEGAL_CHARACTERS_RE.sub(" ", text).replace("￾", " ").replace("￿", " ")


def literal(text: str) -> Markup:
    """The text as it stands: neither XML nor a mark of a template, of those that docxtpl looks for in the result, too."""
    return Markup(str(escape(clean(text))).replace("_", "&#95;"))  # noqa: S704  # nosec B704 # it was escaped just before


@dataclass(frozen=True)
class WordTableTexts:
    head: list[Markup]
    rows: list[list[Markup]]


@dataclass(frozen=True)
class WordBlock:
    """`table` is None of a paragraph."""

    block: Block

    @property
    def kind(self) -> str:
        return str(self.block.kind)

    @cached_property
    def text(self) -> Markup:
        return literal(self.block.text)

    @cached_property
    def table(self) -> WordTableTexts | None:
        table = self.block.table
        if table is None:
            return None
        return WordTableTexts(
            [literal(one) for one in table.head], [[literal(one) for one in row] for row in table.rows]
        )


@dataclass(frozen=True)
class WordSection:
    section: NumberedSection

    @cached_property
    def heading(self) -> Markup:
        return literal(self.section.heading)

    @cached_property
    def blocks(self) -> list[WordBlock]:
        return [WordBlock(block) for block in self.section.blocks]


class Picture:
    """A picture in a template, which can do nothing with it but show it: of an InlineImage it could reach the file itself."""

    def __init__(self, image: InlineImage):
        self._image = image

    def __html__(self) -> str:
        return str(self._image)


def docx_of(paper: Paper, address: str) -> bytes:
    """The paper as a Word file, with a QR code of `address`. Raises TemplateFault."""
    path = template_path(paper.kind)
    try:
        template = DocxTemplate(path)
        template.init_docx()
        context = _context(paper, _qr_code(template, address))
        template.render(context, SandboxedEnvironment(autoescape=True), autoescape=True)
        _set_widths(template, paper)
        _keep_boxes(template, paper)
        _keep_end(template)
        template.docx.core_properties.title = clean(paper.title)[:255]
        stored = BytesIO()
        template.save(stored)
    except FAULTS as error:
        raise TemplateFault(f"模板 {path.name} 用不了：{error}") from error
    return stored.getvalue()


def _context(paper: Paper, qr: Picture) -> Mapping[str, Any]:
    names = ("number_line", "title", "subtitle", "notice", "addressee", "opening", "issuer", "issue_day", "days_line")
    return {
        **{name: literal(getattr(paper, name)) for name in (*names, "voucher_line")},
        "sections": [WordSection(section) for section in paper.numbered_sections],
        "closing": [literal(line) for line in paper.closing],
        "qr": qr,
    }


def _qr_code(template: DocxTemplate, address: str) -> Picture:
    picture = BytesIO()
    segno.make_qr(address, error="m").save(picture, kind="png", scale=6, border=2)
    picture.seek(0)
    return Picture(InlineImage(template, picture, width=QR_WIDTH))


def _set_widths(template: DocxTemplate, paper: Paper) -> None:
    """The columns of each table as its own widths say, in the width that the template gave the whole."""
    tables = [block.table for section in paper.numbered_sections for block in section.blocks if block.table]
    drawn = [one for one in template.docx.tables if one.style is not None and one.style.style_id == TABLE_STYLE]
    for table, asked in zip(drawn, tables, strict=False):
        _set_columns(table, asked)


def _keep_end(template: DocxTemplate) -> None:
    """Signature, day and foot go with the last of what was said before them, never on a page of their own."""
    body = [one for one in template.docx.element.body if one.tag in (qn("w:p"), qn("w:tbl"))]
    signed = next((number for number, one in enumerate(body) if _is_signed(one)), 0)
    if not signed:
        return
    last = body[signed - 1]
    for part in last.findall(qn("w:tr"))[-LAST_ROWS:] or [last]:
        for paragraph in part.iter(qn("w:p")):
            paragraph.get_or_add_pPr().get_or_add_keepNext()


def _keep_boxes(template: DocxTemplate, paper: Paper) -> None:
    """What is ticked by pen goes with the line that it answers."""
    blocks = [block for section in paper.sections for block in section.blocks]
    boxes = {block.text for block in blocks if block.kind is BlockKind.BOXES}
    for before, after in pairwise(template.docx.paragraphs if boxes else ()):
        if after.text in boxes:
            before.paragraph_format.keep_with_next = True


def _is_signed(element: Any) -> bool:
    return element.tag == qn("w:p") and element.style == SIGNED_STYLE


def _set_columns(table: WordTable, asked: Table) -> None:
    grid = table._tbl.tblGrid.gridCol_lst
    if len(grid) != len(asked.widths):
        return
    whole = sum(column.w or 0 for column in grid)
    widths = [Emu(whole * width // sum(asked.widths)) for width in asked.widths]
    for column, width in zip(grid, widths, strict=True):
        column.w = width
    for row in table._tbl.tr_lst:
        for number, (cell, width) in enumerate(zip(row.tc_lst, widths, strict=False)):
            cell.width = width
            if row is not table._tbl.tr_lst[0] and number in asked.texts:
                for paragraph in cell.p_lst:
                    paragraph.get_or_add_pPr().get_or_add_jc().set(qn("w:val"), "left")
