"""Which paper is made how, and how one is issued."""

from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from accounts.publisher import publisher
from common.exports import XLSX_TYPE
from desk.papers.bulletin import bulletin_of
from desk.papers.facts import PlanFacts
from desk.papers.filling import DOCX_TYPE, docx_of
from desk.papers.paper import Paper
from desk.papers.register import register_of, register_xlsx
from desk.papers.reminder import reminder_of
from desk.papers.review import review_of
from desk.papers.upward import upward_of, upward_xlsx
from ledger import chain
from ledger.models import Entry
from projects.snapshots import DepartmentSnapshot
from tasks.models import IssuedPaper, PaperKind, Plan

MAKERS = {
    PaperKind.BULLETIN: bulletin_of,
    PaperKind.REGISTER: register_of,
    PaperKind.REVIEW: review_of,
    PaperKind.UPWARD: upward_of,
}
WORKBOOKS = (PaperKind.REGISTER, PaperKind.UPWARD)
LONGEST = 200  # of what the environment may say without a bound, as the row keeps it


def paper_of(kind: PaperKind, facts: PlanFacts, issued_on: date, department: DepartmentSnapshot | None) -> Paper:
    """`department` is that of a reminder, None of every other kind. Raises ValueError for a reminder to nobody,
    TemplateFault where the sheet for an upper level has a template that can't be used.
    """
    if kind is not PaperKind.REMINDER:
        return MAKERS[kind](facts, issued_on)
    if department is None:
        raise ValueError("a reminder is one department's")
    return reminder_of(facts, department, issued_on)


def ending_of(kind: PaperKind) -> str:
    return "xlsx" if kind in WORKBOOKS else "docx"


def file_of(paper: Paper, facts: PlanFacts, address: str) -> tuple[bytes, str]:
    """Its file and the file's type; `address` is where its voucher is checked. Raises TemplateFault."""
    match paper.kind:
        case PaperKind.REGISTER:
            return register_xlsx(facts, paper), XLSX_TYPE
        case PaperKind.UPWARD:
            return upward_xlsx(facts, paper), XLSX_TYPE
    return docx_of(paper, address), DOCX_TYPE


@transaction.atomic
def issue(
    kind: PaperKind, plan: Plan, data_on: date, *, head: Entry, by: User, department: DepartmentSnapshot | None = None
) -> tuple[IssuedPaper, bool]:
    """The row, and whether it is new: the same paper of the same day of issue is issued once."""
    chain.lock()  # what is published meanwhile came after the paper
    now, last, site = timezone.now(), chain.head(), publisher()
    return IssuedPaper.objects.get_or_create(
        kind=kind,
        plan=plan,
        department=department.row if department else None,
        data_on=data_on,
        issued_on=timezone.localdate(now),
        head=head,
        defaults={
            "issued_at": now,
            "issued_by": by,
            "last_entry": last or head,
            "issuer": site.author[:LONGEST],
            "contact": site.contact_line[:LONGEST],
        },
    )
