"""The month's sheet of a department as a page: typed into, looked at, sent, each row by itself.

Every row is sent with the version that it was shown with. What nobody typed into is left alone; what is wrong with one row,
or was changed by somebody else meanwhile, keeps that row alone from being saved or sent (decision 31).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from accounts.sessions import signed_in
from common.keys import is_key
from desk.admin.base import row_or_404
from desk.admin.conflicts import Difference, Section, as_untouched, differences_of
from desk.admin.facts import FactAdmin
from desk.admin.row_versions import ROW, VERSION, sent_version, untouched_version
from desk.filing import tick_of
from desk.forms.base import add_reasons
from desk.forms.monthly import UNCHANGED, DataDayForm, RowForm, form_of
from desk.monthly.rows import AnyDraft, MonthSheet, SheetLine, SheetRow, default_day, load_month, without_drafts
from desk.monthly.saving import RowChanged, RowClosed, RowInvalid, closed_text, may_type, publication_reasons, save_row
from desk.plan_table import pages_of
from desk.sentences import indicator_target_text
from desk.summaries import ReportSummary, summary_of, summary_of_task_report
from desk.templatetags.form_errors import FieldError, errors_of_form
from ledger.chain import PublicationError
from ledger.guard import block_publications
from projects.access import is_overseer
from projects.models import Department, Membership, Report
from tasks.bulletins import AFTER_BULLETIN
from tasks.models import Indicator, Reading, TaskReport
from tasks.snapshots import IndicatorSnapshot

MOST_LINES = 40  # of a page; a request holds the inputs of as many rows
LOOK, REST, SEND = "_look", "_rest", "_send"  # the buttons besides that which saves
SHOWN = "_shown"  # of each report that the page showed: `report:7@` and its version
ODDITY = "oddity-"  # before the `tick_of` a report: what of it was shown as odd
WORDS = "在一张表里填的"


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
    def target_text(self) -> str:
        """Of an indicator."""
        return indicator_target_text(self.row.known) if isinstance(self.row.known, IndicatorSnapshot) else ""


def _text_of(displayed: AnyDraft | None, name: str) -> str:
    if displayed is None or not hasattr(displayed, name):
        return ""
    return str(displayed.get_delay_display() if name == "delay" else getattr(displayed, name))  # type: ignore[union-attr]  # of reports


@dataclass
class Outcome:
    """What came of the rows that were sent: `saved` counts drafts; the others keep what was typed, in `forms`."""

    saved: int = 0
    forms: dict[str, RowForm] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    conflicts: list[Section] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.forms or self.conflicts)


@dataclass(frozen=True)
class Look:
    """What 全部送审 would send: of each report its summary and the hidden inputs that say what was shown."""

    summaries: tuple[ReportSummary, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    readings: tuple[SheetRow, ...] = ()

    @property
    def n_odd(self) -> int:
        return sum(len(summary.oddities) for summary in self.summaries)


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
        if not (user.has_perm("projects.add_report") or is_overseer(user)):
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
            "groups": [("部门", [(one.pk, one.name) for one in departments])] if departments else [],
        }
        return TemplateResponse(request, "admin/desk/choose_month.html", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def month_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = signed_in(request)
        department = row_or_404(_departments_of(user), object_id)
        is_own = user.has_perm("projects.add_report") and _is_member(user, department)
        today = timezone.localdate()
        asked = DataDayForm(request.GET if "day" in request.GET else {"day": default_day(today).isoformat()})
        day = asked.cleaned_data["day"] if asked.is_valid() else default_day(today)
        page = MonthPage(self, request, department, day, is_own=is_own, asked=asked)
        if request.method != "POST":
            return page.response()
        if not is_own:
            raise PermissionDenied
        if not asked.is_valid():
            return HttpResponseRedirect(request.path)
        return self._answer(request, page.answer)


def _departments_of(user: User):
    """Those whose sheets the person may see."""
    if is_overseer(user):
        return Department.objects.all()
    return Department.objects.filter(memberships__user=user)


def _is_member(user: User, department: Department) -> bool:
    return Membership.objects.filter(user=user, department=department).exists()


@dataclass
class MonthPage:
    """One request to the sheet of a department on a data day; only its own people type (`is_own`)."""

    admin: Any
    request: HttpRequest
    department: Department
    day: date
    is_own: bool
    asked: DataDayForm

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

    def answer(self, request: HttpRequest) -> HttpResponse:
        sent = self._send() if SEND in self.data else None
        sheet = self.load()
        outcome = self._save(sheet, fill=REST in self.data)
        if LOOK in self.data or REST in self.data:
            return self._look(outcome)
        self._tell(outcome, is_sent=sent is not None)
        if outcome.is_clean:
            return HttpResponseRedirect(self.address())
        return self.response(outcome=outcome)

    def _tell(self, outcome: Outcome, *, is_sent: bool) -> None:
        if outcome.saved:
            text = f"存了 {outcome.saved} 份草稿，还没有送审。"
            self.admin.message_user(self.request, text, messages.SUCCESS)
        elif outcome.is_clean and not is_sent:
            self.admin.message_user(self.request, "没有要存的：表里什么也没有改。", messages.SUCCESS)

    def _save(self, sheet: MonthSheet, *, fill: bool) -> Outcome:
        """Each row in a transaction of its own. With `fill` those in which nobody typed say what was published last."""
        outcome = Outcome()
        for key in self.keys:
            row = sheet.by_key.get(key)
            opened, _dot, digest = self.data.get(f"{VERSION}{key}", "").partition(".")
            is_typed = sent_version(self.data, key) != digest
            if row is None:
                outcome.conflicts += self._no_longer_asked(key) if is_typed else ()
            elif is_typed:
                self._save_row(row, self.data, key, opened, outcome)
            elif fill and row.draft is None and row.can_be_unchanged:
                self._save_row(row, {UNCHANGED: "on"}, None, opened, outcome)
        return outcome

    def _save_row(self, row: SheetRow, data: Any, prefix: str | None, opened: str, outcome: Outcome) -> None:
        key = row.key
        try:
            self._save_audited(row, data, prefix, opened)
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

    def _save_audited(self, row: SheetRow, data: Any, prefix: str | None, opened: str) -> AnyDraft:
        page = self.admin.admin_site.get_model_admin(row.model)
        with transaction.atomic():
            block_publications()
            before = row.draft if row.draft and row.model.objects.filter(pk=row.draft.pk).exists() else None
            if before:
                page._take_snapshot(self.request, before)
            draft = save_row(row, data, by=self.user, expected=opened, prefix=prefix)
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
        sheet = self.load()
        drafts = [row for key in self.keys if (row := sheet.by_key.get(key)) and key not in outcome.forms and row.draft]
        ready = [row for row in drafts if may_type(row, self.user) and self._is_ready(row, outcome)]
        if not ready and outcome.is_clean:
            text = "没有要送审的：先填，或者勾“无变化”。"
            self.admin.message_user(self.request, text, messages.WARNING)
            return HttpResponseRedirect(self.address())
        if outcome.is_clean:  # what the browser kept is needed no more
            self._tell(outcome, is_sent=True)
        return self.response(outcome=outcome, look=self._look_at(ready), sheet=sheet)

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

    def _look_at(self, ready: Sequence[SheetRow]) -> Look:
        summaries = tuple(_summary(row) for row in ready if not isinstance(row.draft, Reading))
        inputs: list[tuple[str, str]] = []
        for summary in summaries:
            tick, page = tick_of(summary.report), self.admin.admin_site.get_model_admin(type(summary.report))
            inputs.append((SHOWN, f"{tick}@{page.decided_version(summary.report)}"))
            inputs += [(f"{ODDITY}{tick}", oddity.key) for oddity in summary.oddities]
        readings = tuple(row for row in ready if isinstance(row.draft, Reading))
        return Look(summaries, tuple(inputs), readings)

    def _send(self) -> int:
        """The number of reports that were sent; of each other one a message says why it wasn't."""
        n_sent = 0
        for displayed in dict.fromkeys(self.data.getlist(SHOWN)):
            tick, _at, version = displayed.partition("@")
            try:
                n_sent += self._send_one(tick, version)
            except (Http404, PermissionDenied):
                text = "有一份没有送审：它已经不在了，或者不归您办。"
                self.admin.message_user(self.request, text, messages.ERROR)
        if n_sent:
            text = (
                f"送审了 {n_sent} 份。接下来由督查审核员审核，公布以后居民才看得到；公布以前要改，在那一份里按“撤回”。"
            )
            self.admin.message_user(self.request, text, messages.SUCCESS)
        return n_sent

    def _send_one(self, tick: str, version: str) -> bool:
        name, _colon, key = tick.partition(":")
        model = {str(one._meta.model_name): one for one in (Report, TaskReport)}.get(name)
        if model is None or not is_key(key):
            raise Http404
        page: Any = self.admin.admin_site.get_model_admin(model)
        try:
            page.submit_as_displayed(self.request, key, version, self.data.getlist(f"{ODDITY}{tick}"))
        except PublicationError as error:
            about = page.get_queryset(self.request).filter(pk=key).first()
            text = f"{about} 没有送审：{error}"
            self.admin.message_user(self.request, text, messages.ERROR)
            return False
        return True

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
            "sheet": sheet,
            "rows": rows,
            "is_own": self.is_own,
            "asked": self.asked,
            "look": look,
            "found": self._errors(rows) if outcome else [],
            "conflict": outcome.conflicts if outcome else [],
            "can_rest": any(row.form and row.row.can_be_unchanged for row in rows),
            "after_bulletin": AFTER_BULLETIN,
            "address": self.address(number),
            "pages": [(one, self.address(one), one == number) for one in range(1, len(pages) + 1)],
        }
        status = 409 if outcome and outcome.conflicts else 200
        return TemplateResponse(self.request, "admin/desk/month.html", context, status=status)

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
        return PageRow(row, closed=closed_text(row, self.user))

    @staticmethod
    def _errors(rows: Iterable[PageRow]) -> list[FieldError]:
        bound = [row for row in rows if row.form and row.form.is_bound]
        return [error for row in bound for error in errors_of_form(row.form, row.row.key, row.row.title)]  # type: ignore[arg-type]  # as filtered


def _version(row: SheetRow) -> str:
    """The hidden input of an untouched row: the version of its draft, and that of its inputs."""
    return f"{row.version}.{untouched_version(form_of(row, prefix=row.key))}"


def _summary(row: SheetRow) -> ReportSummary:
    if isinstance(row.draft, Report):
        return summary_of(row.draft, row.known)
    return summary_of_task_report(row.draft, row.known, timezone.localdate())  # type: ignore[arg-type]  # of a task
