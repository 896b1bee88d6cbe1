"""What a paper consists of, whatever it is shown as: a page, a Word file, text to copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from desk.papers.wording import numeral, office_day
from ledger.models import Entry
from tasks.models import PaperKind

NUMBERED = (PaperKind.BULLETIN, PaperKind.REMINDER)


class BlockKind(StrEnum):
    """`SUB` is a heading of the second level, `ITEM` a numbered paragraph, `NOTE` small print, `BOXES` what is ticked by pen."""

    SUB = "sub"
    TEXT = "text"
    ITEM = "item"
    NOTE = "note"
    BOXES = "boxes"
    TABLE = "table"


@dataclass(frozen=True)
class Table:
    """`widths` are the shares of the columns, in any unit; `texts` the numbers of those that hold text, from 0."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    texts: tuple[int, ...] = (0,)

    @property
    def named_rows(self) -> list[list[tuple[str, str]]]:
        """Each cell with the name of its column, for screens on which a row is a card."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Block:
    kind: BlockKind
    text: str = ""
    table: Table | None = None


def texts(*lines: str) -> list[Block]:
    """A paragraph of each that says anything."""
    return [Block(BlockKind.TEXT, line) for line in lines if line]


def items(lines: Sequence[str], start: int = 1) -> list[Block]:
    return [Block(BlockKind.ITEM, f"{number}.{line}") for number, line in enumerate(lines, start)]


@dataclass(frozen=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class NumberedSection:
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """`notice` says that it is no real record, where it isn't; `entry` is the last one by the end of the data day."""

    kind: PaperKind
    title: str
    notice: str
    addressee: str
    opening: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    issuer: str
    data_on: date
    issued_on: date
    entry: Entry

    @property
    def number_line(self) -> str:
        """The document's number (发文字号) to be filled in by pen, of what is sent out; no part of the text to copy."""
        return f"　　　　〔{self.issued_on.year}〕　　　号" if self.kind in NUMBERED else ""

    @property
    def subtitle(self) -> str:
        return f"（数据截至{office_day(self.data_on)}）"

    @property
    def issue_day(self) -> str:
        return office_day(self.issued_on)

    @property
    def voucher(self) -> str:
        return self.entry.voucher

    @property
    def days_line(self) -> str:
        return f"数据日期：{office_day(self.data_on)}；印发日期：{office_day(self.issued_on)}。"

    @property
    def voucher_line(self) -> str:
        return f"凭证：{self.voucher}"

    @cached_property
    def numbered_sections(self) -> tuple[NumberedSection, ...]:
        """Those that say anything, as they are counted."""
        told = [section for section in self.sections if section.blocks]
        return tuple(
            NumberedSection(f"{numeral(number)}、{section.title}", _numbered(section.blocks))
            for number, section in enumerate(told, 1)
        )

    @property
    def text(self) -> str:
        """To be copied: a line a paragraph, the cells of tables apart by tabs."""
        return "\n".join(_lines(self)) + "\n"

    @property
    def digest(self) -> str:
        """Of its text: two papers that say the same have the same."""
        return sha256(self.text.encode()).hexdigest()


def _numbered(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """With the number of each heading of the second level."""
    found, number = [], 0
    for block in blocks:
        if block.kind is BlockKind.SUB:
            number += 1
            block = Block(BlockKind.SUB, f"（{numeral(number)}）{block.text}")
        found.append(block)
    return tuple(found)


def _lines(paper: Paper) -> Iterator[str]:
    yield from (line for line in (paper.title, paper.subtitle, paper.notice, paper.addressee, paper.opening) if line)
    for section in paper.numbered_sections:
        yield section.heading
        for block in section.blocks:
            if block.table:
                yield "\t".join(block.table.head)
                yield from ("\t".join(row) for row in block.table.rows)
            else:
                yield block.text
    yield from (line for line in (*paper.closing, paper.issuer, paper.issue_day) if line)
    yield paper.days_line
    yield paper.voucher_line
