"""What the record says of itself: by which offices something was done, and where it was read."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags.components import day
from ledger.models import Entry, EntryKind
from projects.acts import CODES
from projects.adjustable import KIND_WORDS, MOVES, ChangeKind
from projects.models import Source

ACTS = {"drafted": "起草", "published": "公布"}


def entry_word(entry: Entry) -> str:
    """What an entry did: `进展报告`; of a changed promise how, so that nobody takes a move for a new phone number."""
    if entry.kind != EntryKind.ADJUSTMENT:
        return EntryKind(entry.kind).label
    kinds = {ChangeKind(kind) for kind in entry.payload["kinds"].values()}
    told = "、".join(KIND_WORDS[kind] for kind in ChangeKind if kind in (kinds & MOVES or kinds))
    return f"承诺{told}" if kinds & MOVES else told


def acts_text(acts: Sequence[Mapping], names: Mapping[str, str]) -> str:
    """`起草：住建局部门填报员；公布：督查审核员（两个人）`; `names` are those of departments by address.

    Where one person did both there is one act to tell of.
    """
    are_two = len({act["person"] for act in acts}) > 1
    told = "；".join(_act_text(act, names) for act in (acts if are_two else acts[-1:]))
    return f"{told}（两个人）" if are_two else told


def _act_text(act: Mapping, names: Mapping[str, str]) -> str:
    unconfirmed = "（还没有另一位审核员确认过这个人）" if act.get("unconfirmed", False) else ""
    return f"{ACTS[act['did']]}：{_office(act, names)}{unconfirmed}"


def first_reviewers_text(reviewers: Sequence[Mapping], names: Mapping[str, str]) -> str:
    """`2 位，在服务器上设的`: how many could publish when the first plan was, and by which office they were appointed."""
    counts = Counter(_appointed(one["appointed_by"], names) for one in reviewers)
    return "；".join(f"{n} 位，{how}" for how, n in counts.most_common()) or "还没有"


def _appointed(office: Mapping | None, names: Mapping[str, str]) -> str:
    return "在服务器上设的" if office is None else f"由{_office(office, names)}任命"


def _office(act: Mapping, names: Mapping[str, str]) -> str:
    return f"{names.get(act['department'], '')}{CODES.get(act['role'], '没有角色的账号')}"


def source_line(source: Source) -> SafeString:
    """`《一年大事》，日报，9 月 5 日`, with the year; what is illustrative has a title of our own."""
    title = source.title if source.is_illustrative else f"《{source.title}》"
    if source.url and not source.is_illustrative:
        title = format_html('<a href="{}" rel="nofollow noopener">{}</a>', source.url, title)
    publisher = f"，{source.publisher}" if source.publisher else ""
    issued = format_html("，{}", day(on=source.issued_on)) if source.issued_on else ""
    return format_html("{}{}{}", title, publisher, issued)
