"""情况不符？ A text to copy, to read out or to mail, of what a page says and what is wrong with it. Nothing is stored."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.as_of import day_query
from common.cache_policy import NotCacheable, cached_by, valid_day
from common.marks import mark_of
from common.site_address import whole_address
from ledger import chain
from ledger.models import Entry
from website.pages.projects import promises_about, requested_project
from website.sentences.mismatch import WRONG, mismatch_text
from website.sentences.promises import project_description


def known_choice(text: str) -> str:
    if text not in WRONG:
        raise NotCacheable
    return text


def mail_address(subject: str, text: str) -> str:
    """Of a mail that is written but for whom it is to (RFC 6068)."""
    body = text.replace("\n", "\r\n")
    return f"mailto:?subject={quote(subject)}&body={quote(body)}"


@cached_by(as_of=valid_day, what=known_choice)
def mismatch(request: HttpRequest, slug: str) -> HttpResponse:
    """First what may be wrong, then, of what was chosen, the text and whom to tell."""
    plan, project = requested_project(request, slug)
    entry: Entry = chain.head_on(project.as_of)  # type: ignore[assignment]  # what is public has one
    wrong = WRONG.get(request.GET.get("what", ""), "")
    text = ""
    if wrong:
        commitments = [promise.snapshot for promise in promises_about(project)]
        text = mismatch_text(
            wrong,
            title=project.title,
            page_text=project_description(project, commitments),
            as_of=project.as_of,
            address=whole_address(request, f"{reverse('project', args=[slug])}?as_of={project.as_of}"),
            voucher=entry.voucher,
            mark=mark_of(is_illustrative=project.is_illustrative),
        )
    return render(
        request,
        "projects/mismatch.html",
        {
            "project": project,
            "plan": plan,
            "choices": list(WRONG.items()),
            "wrong": wrong,
            "text": text,
            "mail": mail_address(f"情况不符：{project.title}", text),
            "as_of": project.as_of,
            "entry": entry,
            "is_illustrative": project.is_illustrative,
            "day_query": day_query(request),
        },
    )
