"""The month's sheet of a department as a page: typed into, looked at, sent, each row by itself.

Every row is sent with the version that it was shown with. What nobody typed into is left alone; what is wrong with one row,
or was changed by somebody else meanwhile, keeps that row alone from being saved or sent (decision 31).
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from accounts.sessions import signed_in
from common.days import parse_day
from common.keys import is_key
from common.media.store import DISK_IS_FULL, files_removed_on_failure, is_disk_full
from common.media.uploads import Busy, cleaned_uploads
from common.tokens import Question
from desk.admin.base import row_or_404
from desk.admin.conflicts import Difference, Section, as_untouched, differences_of
from desk.admin.facts import FactAdmin
from desk.admin.row_versions import ROW, VERSION, sent_version, untouched_version
from desk.admin.sending import SEND, Look, look_at, send_as_displayed
from desk.forms.base import add_reasons
from desk.forms.evidence import MOST_EVIDENCE
from desk.forms.monthly import ATTACHED, UNCHANGED, DataDayForm, RowForm, form_of
from desk.monthly.rows import (
    AnyDraft,
    MonthSheet,
    SheetLine,
    SheetRow,
    Stage,
    asking_plans,
    default_day,
    load_month,
    without_drafts,
)
from desk.monthly.saving import (
    RowChanged,
    RowClosed,
    RowInvalid,
    TypedRow,
    closed_text,
    may_type,
    publication_reasons,
    save_row,
)
from desk.plan_table import pages_of
from desk.sentences import (
    first_report_text,
    indicator_target_text,
    month_lead,
    month_sent_text,
    unchanged_scope_text,
)
from desk.templatetags.form_errors import FieldError, errors_of_form
from ledger.guard import block_publications
from projects.access import is_overseer
from projects.models import Department, Membership, Project
from projects.reviewers import holders
from tasks.bulletins import AFTER_BULLETIN
from tasks.models import Indicator, Reading
from tasks.snapshots import IndicatorSnapshot

MOST_LINES = 40  # of a page; a request holds the inputs of as many rows
MOST_LOOKED = 150  # reports of all pages that are looked at and sent at once
LONGEST = (
    60.0  # seconds for the rows of a request, which the proxy ends after 120; what is left goes with the next press
)
LOOK, REST = "_look", "_rest"  # the buttons besides that which saves
MOST_BESIDE = 60  # departments whose names stand beside the sheet of one
PAGE = "_page"  # the buttons that save, and go on to the page of their number
WORDS = "在一张表里填的"
DRAFTS = "几个部门的草稿一起送审"


@dataclass
class PageRow:
    """A row as the page shows it. `form` is None where nothing can be typed; `version` is what its hidden input sends."""

    row: SheetRow
    form: RowForm | None = None
    version: str = ""
    closed: str = ""

    @property
    def lines(self) -> list[tuple[SheetLine, BoundField | None]]:
        return [(line, self.bound(line.key)) for line in self.row.lines]

    @cached_property
    def cells(self) -> dict[str, BoundField]:
        return {name: self.form[name] for name in self.form.fields} if self.form else {}

    def bound(self, name: str) -> BoundField | None:
        return self.cells.get(name)

    @property
    def text_cells(self) -> list[tuple[str, str, BoundField | None, str]]:
        """(column, label, input, what stands there where there is none) of the columns after the money."""
        names = [("text", "进展"), ("problem", "存在问题"), ("delay", "原因"), ("next_step", "下一步")]
        if isinstance(self.row.about, Indicator):
            names[0] = ("note", "进展")
        displayed = self.row.sent or (None if self.form else self.row.draft)
        return [(name, label, self.bound(name), _text_of(displayed, name)) for name, label in names]

    @property
    def has_excess(self) -> bool:
        """Whether what is asked for above the target or the investment is to be seen at once."""
        names = ("is_over_target_confirmed", "over_investment_reason")
        said = any(self.form and (self.form.errors.get(name) or self.form[name].value()) for name in names)
        return said or any("超过目标" in str(error) for error in (self.form.non_field_errors() if self.form else ()))

    @property
    def first_text(self) -> str:
        """Why the row has no box 无变化, where nothing of it was ever reported."""
        return first_report_text(isinstance(self.row.about, Project)) if self.form and self.row.is_first else ""

    @property
    def has_files_to_choose(self) -> bool:
        """Whether the files that were chosen have to be chosen again, or were refused."""
        return bool(self.form and self.form.files and "attached" in self.form.fields)

    @property
    def target_text(self) -> str:
        """Of an indicator."""
        return indicator_target_text(self.row.known) if isinstance(self.row.known, IndicatorSnapshot) else ""


def _text_of(displayed: AnyDraft | None, name: str) -> str:
    if displayed is None or not hasattr(displayed, name):
        return ""
    return str(displayed.get_delay_display() if name == "delay" else getattr(displayed, name))  # type: ignore[union-attr]  # of reports


@dataclass
class Outcome:
    """What came of the rows that were sent: `saved` counts drafts; the others keep what was typed, in `forms`.

    `n_late` counts those for which there was no time.
    """

    saved: int = 0
    n_late: int = 0
    forms: dict[str, RowForm] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    conflicts: list[Section] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.forms or self.conflicts)


class MonthAdmin(FactAdmin):
    """The page of departments, which has their sheets."""

    def get_urls(self):
        wrap, name = self.admin_site.admin_view, "projects_department"
        return [
            path("month/", wrap(self.months_view), name=f"{name}_months"),
            path("<path:object_id>/month/", wrap(self.month_view), name=f"{name}_month"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def months_view(self, request: HttpRequest) -> HttpResponse:
        """On to the sheet of one's department; whoever may see several chooses."""
        user = signed_in(request)
        is_filing = user.has_perm("projects.add_report")
        if not (is_filing or is_overseer(user)):
            raise PermissionDenied
        departments = list(_departments_of(user).order_by("name", "pk"))
        chosen = request.GET.get("department", "")
        keys = [str(one.pk) for one in departments]
        if chosen in keys or len(keys) == 1:
            return HttpResponseRedirect(reverse("admin:projects_department_month", args=[chosen or keys[0]]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "填报一个月",
            "name": "department",
            "label": "哪个部门",
            "help": "一个部门一张表。",
            "nothing": "您的账号还没有归到哪个部门。请联系管理员。",
            "links": [(DRAFTS, reverse("admin:projects_department_drafts"))] if is_filing and departments else [],
            "groups": [("部门", [(one.pk, one.name) for one in departments])] if departments else [],
        }
        return TemplateResponse(request, "admin/desk/choose_month.html", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def month_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = signed_in(request)
        department = row_or_404(_departments_of(user), object_id)
        is_own = user.has_perm("projects.add_report") and _is_member(user, department)
        today = timezone.localdate()
        asked = asked_of(request.GET, today)
        day = asked.cleaned_data["day"] if asked.is_valid() else default_day(today)
        page = MonthPage(self, request, department, day, is_own=is_own, asked=asked)
        if request.method != "POST":
            return page.response()
        if not is_own:
            raise PermissionDenied
        if not asked.is_valid():
            return HttpResponseRedirect(request.path)
        return self._answer_with_files(request, page)

    def _answer_with_files(self, request: HttpRequest, page: "MonthPage") -> HttpResponse:
        """With the photos of its rows, cleaned before anything is saved; what is typed is saved without them, if need be."""
        n = sum(len(sent) for _name, sent in request.FILES.lists())
        if n > MOST_EVIDENCE:
            text = f"一次最多传 {MOST_EVIDENCE} 个文件，这一次选了 {n} 个，都没有收下。请分几次传。"
            self.message_user(request, text, messages.ERROR)
        else:
            page.files = request.FILES
        try:
            with cleaned_uploads(page.files):
                return self._answer(request, page.answer)
        except Busy:
            return self.unsaved(request, "服务器正忙着处理别人的照片，这一次没有存上，请过一会儿再存一次")
        except OSError as error:
            if not is_disk_full(error):
                raise
            return self.unsaved(request, DISK_IS_FULL)


def _departments_of(user: User):
    """Those whose sheets the person may see."""
    if is_overseer(user):
        return Department.objects.all()
    return Department.objects.filter(memberships__user=user)


def asked_of(sent: Mapping[str, str], today: date) -> DataDayForm:
    """The data day. One typed without its year is the last such day in the years of the plans: the box shows which."""
    if "day" not in sent:
        return DataDayForm({"day": default_day(today).isoformat()})
    form = DataDayForm(sent)
    day = None if form.is_valid() else _with_year(sent["day"], today)
    return DataDayForm({"day": day.isoformat()}) if day else form


def _with_year(text: str, today: date) -> date | None:
    years = {year for plan in asking_plans(today) for year in (plan.starts_on.year, plan.ends_on.year)}
    for year in sorted({today.year, *years}, reverse=True):
        try:
            parse_day(text, years=[year], latest=today)
        except Question as question:
            return date.fromisoformat(question.suggestion)
        except ValidationError:
            continue
    return None


def _is_member(user: User, department: Department) -> bool:
    return Membership.objects.filter(user=user, department=department).exists()


@dataclass
class MonthPage:
    """One request to the sheet of a department on a data day; only its own people type (`is_own`).

    `until` is the moment of the monotonic clock after which no further row is begun.
    """

    admin: Any
    request: HttpRequest
    department: Department
    day: date
    is_own: bool
    asked: DataDayForm
    files: MultiValueDict = field(default_factory=MultiValueDict)
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST)

    @cached_property
    def user(self) -> User:
        return signed_in(self.request)

    @property
    def data(self) -> QueryDict:
        return self.request.POST

    @property
    def keys(self) -> list[str]:
        """Those of the rows that were sent."""
        return list(dict.fromkeys(self.data.getlist(ROW)))

    def load(self) -> MonthSheet:
        sheet = load_month(self.department, self.day, timezone.localdate())
        return sheet if self.is_own or self.user.is_superuser else without_drafts(sheet)

    # What was sent

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.until

    def answer(self, request: HttpRequest) -> HttpResponse:
        sent = send_as_displayed(self.admin, self.request, until=self.until) if SEND in self.data else None
        sheet = self.load()
        outcome = self._save(sheet, fill=REST in self.data)
        if LOOK in self.data or REST in self.data:
            return self._look(outcome)
        self._tell(outcome, is_sent=sent is not None)
        if outcome.is_clean:
            return HttpResponseRedirect(self.address(_number(self.data.get(PAGE) or self.request.GET.get("page"))))
        return self.response(outcome=outcome)

    def _tell(self, outcome: Outcome, *, is_sent: bool) -> None:
        if outcome.saved:
            text = f"存了 {outcome.saved} 份草稿，还没有送审。"
            self.admin.message_user(self.request, text, messages.SUCCESS)
        elif outcome.is_clean and not is_sent:
            self.admin.message_user(self.request, "没有要存的：表里什么也没有改。", messages.SUCCESS)
        if outcome.n_late:
            text = f"还有 {outcome.n_late} 行没来得及写，再按一次就接着写。"
            self.admin.message_user(self.request, text, messages.WARNING)

    def _save(self, sheet: MonthSheet, *, fill: bool) -> Outcome:
        """Each row in a transaction of its own. With `fill` those in which nobody typed, of the other pages too, say what
        was published last."""
        outcome = Outcome()
        texts, typed = self._without_files(), set()
        for key in self.keys:
            row = sheet.by_key.get(key)
            opened, _dot, digest = self.data.get(f"{VERSION}{key}", "").partition(".")
            is_same, files = sent_version(texts, key) == digest, self._files_of(key)
            is_typed = bool(files) or not is_same
            if row is None:
                outcome.conflicts += self._no_longer_asked(key) if is_typed else ()
            elif is_typed:
                typed.add(key)
                is_unchanged = fill and is_same and row.draft is None and row.can_be_unchanged
                data = self._ticked(key) if is_unchanged else self.data
                self._save_row(row, data, key, opened, outcome, files)
        for row in self._unchanged(sheet) if fill else ():
            if row.key in typed:
                continue
            if self.is_late:
                outcome.n_late += 1
            else:
                self._save_row(row, {UNCHANGED: "on"}, None, row.version, outcome)
        return outcome

    def _unchanged(self, sheet: MonthSheet) -> list[SheetRow]:
        """Of all pages, those that may say what was published last."""
        return [row for row in sheet.rows if row.draft is None and may_type(row, self.user) and row.can_be_unchanged]

    def _without_files(self) -> QueryDict:
        """What was sent, without empty inputs of files, which browsers may send, and the boxes beside them."""
        data = self.data.copy()
        for key in self.keys:
            for name in ATTACHED:
                data.pop(f"{key}-{name}", None)
        return data

    def _ticked(self, key: str) -> QueryDict:
        """What was sent, had the box of the row been ticked, too."""
        data = self.data.copy()
        data[f"{key}-{UNCHANGED}"] = "on"
        return data

    def _files_of(self, key: str) -> MultiValueDict:
        return MultiValueDict({name: sent for name, sent in self.files.lists() if name.startswith(f"{key}-")})

    def _save_row(
        self,
        row: SheetRow,
        data: Any,
        prefix: str | None,
        opened: str,
        outcome: Outcome,
        files: MultiValueDict | None = None,
    ) -> None:
        key = row.key
        try:
            self._save_audited(row, data, prefix, opened, files)
        except RowInvalid as error:
            outcome.forms[key] = self._redrawn(row, error.form, data, prefix)
            outcome.versions[key] = self.data.get(f"{VERSION}{key}", "")
        except RowChanged as error:
            outcome.conflicts.append(Section(row.title, list(differences_of(error.form, error.form.fields))))
            outcome.forms[key] = error.form
            outcome.versions[key] = _version(error.row)
        except RowClosed as error:
            outcome.conflicts.append(Section(row.title, self._typed(row, str(error))))
        else:
            outcome.saved += 1

    def _redrawn(self, row: SheetRow, form: RowForm, data: Any, prefix: str | None) -> RowForm:
        """The form under the names of the page, where it was not filled in there."""
        if prefix:
            return form
        bound = form_of(row, {f"{row.key}-{name}": value for name, value in data.items()}, prefix=row.key)
        bound.full_clean()
        return bound

    def _save_audited(
        self, row: SheetRow, data: Any, prefix: str | None, opened: str, files: MultiValueDict | None
    ) -> AnyDraft:
        page = self.admin.admin_site.get_model_admin(row.model)
        with files_removed_on_failure(), transaction.atomic():
            block_publications()
            before = row.draft if row.draft and row.model.objects.filter(pk=row.draft.pk).exists() else None
            if before:
                page._take_snapshot(self.request, before)
            draft = save_row(TypedRow(row, data, opened, prefix, files), by=self.user)
            log = page.log_change if before and before.pk == draft.pk else page.log_addition
            log(self.request, draft, WORDS)
        return draft

    def _typed(self, row: SheetRow, current: str) -> list[Difference]:
        """What was typed into a row that is closed now, so that it can be copied."""
        form = form_of(row, self.data, prefix=row.key)
        values = ((str(form.fields[name].label), str(form[name].data or "")) for name in form.changed_names)
        return [Difference(label, current, text) for label, text in values if text] or [
            Difference("这一行", current, "")
        ]

    def _no_longer_asked(self, key: str) -> Iterator[Section]:
        """The row is no more of the sheet: nothing is left to report, or others answer for it."""
        names = [name for name in self.data if name.startswith(f"{key}-")][:20]
        typed = [
            Difference(name.removeprefix(f"{key}-"), "", str(self.data[name])) for name in names if self.data[name]
        ]
        if typed:
            yield Section("您打开以后，这一行已经办完，或者不再归这个部门填报", typed)

    # Looking at it, and sending it

    def _look(self, outcome: Outcome) -> HttpResponse:
        """Of all pages, so that the whole month goes with one press."""
        sheet = self.load()
        drafts = [one for one in sheet.rows if one.draft and one.key not in outcome.forms and may_type(one, self.user)]
        ready: list[SheetRow] = []
        n_lines = 0
        while drafts and len(ready) < MOST_LOOKED and n_lines < MOST_LINES and not self.is_late:
            row = drafts.pop(0)
            if self._is_ready(row, outcome):
                ready.append(row)
            else:
                n_lines += row.n_rows
        if not ready and outcome.is_clean:
            tick = "，或者勾“无变化”" if self._unchanged(sheet) else ""
            self.admin.message_user(self.request, f"没有要送审的：先填{tick}。", messages.WARNING)
            return HttpResponseRedirect(self.address(_number(self.request.GET.get("page"))))
        if outcome.is_clean:  # what the browser kept is needed no more
            self._tell(outcome, is_sent=True)
        return self.response(
            outcome=outcome, look=look_at(self.admin.admin_site, self.day, ready, n_left=len(drafts)), sheet=sheet
        )

    def _is_ready(self, row: SheetRow, outcome: Outcome) -> bool:
        """Whether it could be published; else its reasons are added to its form."""
        reasons = [] if isinstance(row.draft, Reading) else list(publication_reasons(row))
        if not reasons:
            return True
        bound = form_of(row, as_untouched(form_of(row, prefix=row.key)), prefix=row.key)
        bound.full_clean()
        add_reasons(bound, reasons, getattr(bound, "places", {}))
        outcome.forms[row.key], outcome.versions[row.key] = bound, _version(row)
        return False

    # The page

    def address(self, number: int = 1) -> str:
        """Of the sheet of this day."""
        query = {"day": self.day.isoformat(), **({"page": number} if number > 1 else {})}
        return f"{self.request.path}?{urlencode(query)}"

    def response(
        self, *, outcome: Outcome | None = None, look: Look | None = None, sheet: MonthSheet | None = None
    ) -> HttpResponse:
        sheet = sheet or self.load()
        pages = pages_of(sheet.rows, MOST_LINES)
        number = Paginator(pages, 1).get_page(self.request.GET.get("page")).number
        rows = [self._page_row(row, outcome) for row in self._rows(sheet, pages[number - 1], outcome, look)]
        context = {
            **self.admin.admin_site.each_context(self.request),
            "is_nav_sidebar_enabled": False,  # the table needs the room
            "opts": self.admin.opts,
            "title": f"填报 {self.day:%Y} 年 {self.day.month} 月 · {self.department.name}",
            "department": self.department,
            "departments": self._departments(),
            "sheet": sheet,
            "rows": rows,
            "is_own": self.is_own,
            "asked": self.asked,
            "look": look,
            "found": self._errors(rows) if outcome else [],
            "conflict": outcome.conflicts if outcome else [],
            "after_bulletin": AFTER_BULLETIN,
            "address": self.address(number),
            "pages": [(one, self.address(one), one == number) for one in range(1, len(pages) + 1)],
            **self._what_is_open(sheet, rows),
        }
        status = 409 if outcome and outcome.conflicts else 200
        return TemplateResponse(self.request, "admin/desk/month.html", context, status=status)

    def _departments(self) -> list[Department]:
        """The first of them, for whoever looks at one after the other."""
        return list(Department.objects.order_by("name", "pk")[:MOST_BESIDE]) if is_overseer(self.user) else []

    def _what_is_open(self, sheet: MonthSheet, rows: Iterable[PageRow]) -> dict[str, object]:
        """What of all pages can be typed and sent, and what is said of it."""
        unsent = [row for row in sheet.rows if may_type(row, self.user) and not isinstance(row.draft, Reading)]
        n_can = len(self._unchanged(sheet))
        is_open = any(row.form for row in rows)
        may_tick = any(row.form and UNCHANGED in row.form.fields for row in rows)
        is_own, is_asked = self.is_own, is_open and bool(unsent)
        return {
            "lead": month_lead(len(sheet.rows), sheet.data_day, may_tick=may_tick, is_open=is_asked, is_own=is_own),
            "is_open": is_open,
            "can_look": is_own and bool(unsent),
            "can_rest": is_own and n_can > 0,
            "unchanged_scope": unchanged_scope_text(n_can, sum(row.is_first for row in unsent)),
            "sent_text": self._sent_text(sheet) if is_own and sheet.rows and not unsent else "",
        }

    def _sent_text(self, sheet: MonthSheet) -> str:
        """Once nothing is left to send: what became of the rows, who sent last, and who decides."""
        sent: list[Any] = [row.sent for row in sheet.rows if row.sent]
        waiting = [one for one in sent if not one.is_published]
        counts = [
            (len(waiting), "份送审了，等审核"),
            (len(sent) - len(waiting), "份已经公布"),
            (len(sheet.rows) - len(sent), "个指标的数存了，等审核"),
        ]
        last = max(waiting, key=lambda one: one.submitted_at, default=None)
        names = [one.get_full_name() or one.username for one in holders().exclude(is_superuser=True).order_by("pk")]
        return month_sent_text(self.day, counts, last.submission if last else "", names)

    def _rows(
        self, sheet: MonthSheet, page: Iterable[SheetRow], outcome: Outcome | None, look: Look | None
    ) -> Iterable[SheetRow]:
        """Those of the page; of one that shows what would be sent, only those that won't be."""
        if outcome is None:
            return page
        keys = outcome.forms if look else self.keys
        return [row for row in sheet.rows if row.key in keys]

    def _page_row(self, row: SheetRow, outcome: Outcome | None) -> PageRow:
        if outcome and row.key in outcome.forms:
            return PageRow(row, outcome.forms[row.key], outcome.versions[row.key])
        if self.is_own and may_type(row, self.user):
            return PageRow(row, form_of(row, prefix=row.key), _version(row))
        return PageRow(row, closed=_stage_text(row) or closed_text(row, self.user))

    @staticmethod
    def _errors(rows: Iterable[PageRow]) -> list[FieldError]:
        bound = [row for row in rows if row.form and row.form.is_bound]
        return [error for row in bound for error in errors_of_form(row.form, row.row.key, row.row.title)]  # type: ignore[arg-type]  # as filtered


def _number(text: str | None) -> int:
    """Of a page; 1 for what is no number."""
    return max(1, int(text)) if text and is_key(text) else 1


def _stage_text(row: SheetRow) -> str:
    """Of a row that was sent."""
    if row.stage is Stage.WAITING:
        return f"送审了，等审核：{row.sent.submission}"  # type: ignore[union-attr]  # of a report
    return f"{row.sent.published_on} 公布了" if row.sent else ""


def _version(row: SheetRow) -> str:
    """The hidden input of an untouched row: the version of its draft, and that of its inputs."""
    return f"{row.version}.{untouched_version(form_of(row, prefix=row.key))}"
