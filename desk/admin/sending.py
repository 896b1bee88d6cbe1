"""Drafts that are sent together from a page that showed them: each as it was shown, in a transaction of its own."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone

from common.keys import is_key
from desk.filing import tick_of
from desk.monthly.rows import SheetRow
from desk.oddities import Oddity, OddityKind
from desk.sentences import long_ago_text
from desk.summaries import ReportSummary, summary_of, summary_of_task_report
from ledger.chain import PublicationError
from projects.models import AbstractReport, Report
from tasks.models import Reading, TaskReport

SEND = "_send"  # the button
SHOWN = "_shown"  # of each report that the page showed: `report:7@` and its version
ODDITY = "oddity-"  # before the `tick_of` a report: what of it was shown as odd


@dataclass(frozen=True)
class Look:
    """What 全部送审 would send: of each report its summary and the hidden inputs that say what was shown.

    `day_text` is said of the day of all of them, in red where `is_day_odd`; `n_left` drafts are looked at afterwards.
    """

    summaries: tuple[ReportSummary, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    readings: tuple[SheetRow, ...] = ()
    day_text: str = ""
    is_day_odd: bool = False
    n_left: int = 0

    @property
    def n_odd(self) -> int:
        return sum(len(summary.oddities) for summary in self.summaries) + self.is_day_odd


def look_at(site: AdminSite, day: date, ready: Sequence[SheetRow], *, n_left: int = 0) -> Look:
    """Of rows of one data day, whose drafts could be published. `summaries` are in the order of their reports."""
    summaries = tuple(_summary(row) for row in ready if not isinstance(row.draft, Reading))
    inputs: list[tuple[str, str]] = []
    for summary in summaries:
        tick, page = tick_of(summary.report), _page_of(site, summary.report)
        inputs.append((SHOWN, f"{tick}@{page.decided_version(summary.report)}"))
        inputs += [(f"{ODDITY}{tick}", oddity.key) for oddity in summary.oddities]
    readings = tuple(row for row in ready if isinstance(row.draft, Reading))
    n_days, is_long_ago = (timezone.localdate() - day).days, any(map(_is_long_ago, summaries))
    is_missed = all(row.is_after_bulletin for row in ready)
    return Look(
        tuple(map(_without_day, summaries)),
        tuple(inputs),
        readings,
        day_text=long_ago_text(day, n_days, is_after_bulletin=is_missed) if is_long_ago else "",
        is_day_odd=is_long_ago and not is_missed,
        n_left=n_left,
    )


def _page_of(site: AdminSite, report: AbstractReport) -> Any:
    return site.get_model_admin(type(report))


def _summary(row: SheetRow) -> ReportSummary:
    if isinstance(row.draft, Report):
        return summary_of(row.draft, row.known)
    return summary_of_task_report(row.draft, row.known, timezone.localdate())  # type: ignore[arg-type]  # of a task


def _is_long_ago(summary: ReportSummary) -> bool:
    return any(oddity.kind is OddityKind.LONG_AGO for oddity in summary.oddities)


def _without_day(summary: ReportSummary) -> ReportSummary:
    """The day is that of the whole page: where it is long past, that is said once, above all of them."""

    def rest(oddities: Iterable[Oddity]) -> tuple[Oddity, ...]:
        return tuple(oddity for oddity in oddities if oddity.kind is not OddityKind.LONG_AGO)

    fields = tuple(replace(one, oddities=rest(one.oddities)) for one in summary.fields)
    return replace(summary, fields=fields, oddities=rest(summary.oddities))


def send_as_displayed(admin: Any, request: HttpRequest, *, until: float) -> int:
    """The number of reports that were sent; of each other one a message says why it wasn't.

    None is begun after `until`, a moment of the monotonic clock.
    """
    n_sent, n_late = 0, 0
    for displayed in dict.fromkeys(request.POST.getlist(SHOWN)):
        if time.monotonic() > until:
            n_late += 1
            continue
        tick, _at, version = displayed.partition("@")
        try:
            n_sent += _send_one(admin, request, tick, version)
        except (Http404, PermissionDenied):
            text = "有一份没有送审：它已经不在了，或者不归您办。"
            admin.message_user(request, text, messages.ERROR)
    if n_sent:
        text = f"送审了 {n_sent} 份。接下来由督查审核员审核，公布以后居民才看得到；公布以前要改，在那一份里按“撤回”。"
        admin.message_user(request, text, messages.SUCCESS)
    if n_late:
        text = f"还有 {n_late} 份没来得及送，都还是草稿：再看一遍，接着送。"
        admin.message_user(request, text, messages.WARNING)
    return n_sent


def _send_one(admin: Any, request: HttpRequest, tick: str, version: str) -> bool:
    name, _colon, key = tick.partition(":")
    model = {str(one._meta.model_name): one for one in (Report, TaskReport)}.get(name)
    if model is None or not is_key(key):
        raise Http404
    page: Any = admin.admin_site.get_model_admin(model)
    try:
        page.submit_as_displayed(request, key, version, request.POST.getlist(f"{ODDITY}{tick}"))
    except PublicationError as error:
        about = page.get_queryset(request).filter(pk=key).first()
        text = f"{about} 没有送审：{error}"
        admin.message_user(request, text, messages.ERROR)
        return False
    return True
