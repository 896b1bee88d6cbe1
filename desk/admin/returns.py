"""The pages on which the month's sheet goes out as a workbook and comes back: sent, looked at, written as drafts."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Self

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audit_log import name_of
from accounts.sessions import signed_in
from common.exports import attached, xlsx_response
from common.limiter import slot_released
from desk.admin.audited import AuditedAdmin
from desk.admin.base import DeskAdmin
from desk.file_names import file_name, month_text
from desk.forms.returns import (
    ReturnedDayForm,
    ReturnForm,
    answers_in,
    asked_of,
    names_answered,
    settled_answers,
)
from desk.monthly.rows import default_day
from desk.read_in import other_reviewers, unmanned_departments
from desk.returns import stages
from desk.returns.drafts import AnyDraft
from desk.returns.dry_run import DryRun, RowChange, changes_of, dry_run
from desk.returns.form_reading import days_of
from desk.returns.months import LoadedMonth, day_error, department_names, load_month
from desk.returns.readings import MOST_LISTED, CellMessage, FileReading
from desk.returns.saving import NotSaved, Watch, form_errors_of, save_changes
from desk.returns.shapes import Month
from desk.returns.unwritten import unwritten_of
from desk.returns.writing import month_workbook, zipped
from desk.sentences import handed_back_text, missing_text, nothing_text, returned_text, returns_text, written_text
from tasks.access import Led

GONE = "这一批放得太久，或者不是您传的，没有写。请再传一次。"
CHANGED = "您看的时候，有人改过其中的内容，还没有写。请看过，再写进草稿。"
ANSWERED = "照您刚才定的又读了几行，这几行您还没有看过，还没有写。请看过，再写进草稿。"
SETTLED = "settled"  # the input that names the answers with which the page was made
OF_ALL = "全部部门"
LONGEST_WRITE = 80.0  # seconds of a request, which the proxy ends after 120
AT_ONCE = 100  # rows that are saved in one transaction, in which others wait for a second or so
NEXT_TIME = "这一次没有轮到。按“没有写的再看一遍”，再写一次。"


@dataclass
class FileResult:
    """What became of one file: the rows that were written, and those that were not, with the reason."""

    name: str
    written: list[AnyDraft] = field(default_factory=list)
    failed: list[tuple[RowChange, str]] = field(default_factory=list)


class ReturnPages(DeskAdmin):
    """What the pages of reports have besides: the month's sheet as a workbook."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("returns/", wrap(self.returns_view), name="projects_report_returns"),
            path("returns/sheet/", wrap(self.returns_sheet_view), name="projects_report_returns_sheet"),
            path("returns/<slug:token>/", wrap(self.returned_view), name="projects_report_returned"),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def returns_view(self, request: HttpRequest) -> HttpResponse:
        """Sends sheets out and takes them back: nothing is written yet."""
        self._check_may_return(request)
        asked = ReturnedDayForm(request.GET)
        day = asked.cleaned_data["day"] if asked.is_valid() else default_day(timezone.localdate())
        form = ReturnForm(initial={"day": day})
        if request.method == "POST":
            form = ReturnForm(request.POST, request.FILES)
            if form.is_valid():
                token = self._staged(request, form)
                return HttpResponseRedirect(reverse("admin:projects_report_returned", args=[token]))
        names = self._departments(request)
        return self._page(
            request,
            "returns.html",
            "用表格文件填报",
            form=form,
            departments=names,
            of_all=OF_ALL,
            publishing=self._publishing_text(request),
        )

    def _publishing_text(self, request: HttpRequest) -> list[str]:
        """To a reviewer, who will publish what is read in."""
        if not _is_of_all(request):
            return []
        others = [name_of(one) for one in other_reviewers(signed_in(request))]
        return returns_text(others, unmanned_departments())

    def _staged(self, request: HttpRequest, form: ReturnForm) -> str:
        files = [(str(file.name), file.read()) for file in form.cleaned_data["sheets"]]
        with slot_released():
            opened = stages.opened_files(files)
        return stages.keep(self._day_of(request, form.cleaned_data["day"], opened), opened, by=signed_in(request))

    def _day_of(self, request: HttpRequest, chosen: date, files: Sequence[stages.StagedFile]) -> date:
        """The day that all of our own sheets carry, where it is another than was chosen: it defaults to one that nobody looked at."""
        carried = {day for one in files if one.workbook for day in days_of(one.workbook)}
        if len(carried) != 1 or chosen in carried or day_error(*carried):
            return chosen
        (day,) = carried
        self.message_user(
            request, f"表里的数据日期都是 {day}，就按这一天读了，没有按您选的 {chosen}。", messages.WARNING
        )
        return day

    @method_decorator(require_safe)
    def returns_sheet_view(self, request: HttpRequest) -> HttpResponse:
        """The sheet of a day: `department` is the slug of one, empty for all; `each` a file for each of them."""
        self._check_may_return(request)
        form = ReturnedDayForm({"day": request.GET.get("day", "") or str(default_day(timezone.localdate()))})
        if not form.is_valid():
            self.message_user(request, " ".join(map(str, form.errors["day"])), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:projects_report_returns"))
        day, slug = form.cleaned_data["day"], request.GET.get("department", "")
        whole = self._month(request, day).month
        names = whole.names
        if slug and slug not in names:
            raise Http404
        month = _part_of(whole, slug) if slug else whole
        if not month.rows:
            self.message_user(request, f"{day} 没有要报的。", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:projects_report_returns"))
        if slug:
            return xlsx_response(month_workbook(month, title=names[slug], names=names), _file_name(day, names[slug]))
        if "each" not in request.GET:
            title = _whose(request)
            return xlsx_response(month_workbook(month, title=title, names=names), _file_name(day, title))
        slugs = dict.fromkeys(slug for row in month.rows for slug in row.departments[:1])
        files = [
            (
                _file_name(day, names.get(one, one), ""),
                month_workbook(_part_of(month, one), title=names.get(one, one), names=names),
            )
            for one in slugs
        ]
        return attached(zipped(files), "application/zip", _file_name(day, "每个部门一个文件", "zip"))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def returned_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """What the files would do; the second press writes it."""
        self._check_may_return(request)
        stage = stages.kept(token, by=signed_in(request))
        if stage is None:
            self.message_user(request, GONE, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:projects_report_returns"))
        loaded, answers = self._month(request, stage.day), answers_in(request.POST)
        run = dry_run(stage, loaded.month, answers=answers, form_errors=form_errors_of(loaded))
        if request.method == "POST" and request.POST.get("seen") == run.seen:
            return self._written(request, token, loaded, run, list(changes_of(run, answers)))
        if request.method == "POST":
            is_answered = self._is_answered(request, stage, loaded, answers)
            self.message_user(request, ANSWERED if is_answered else CHANGED, messages.WARNING)
        files = [(one, _sentence(run, one), _handed_back(one, _faults(one), stage.day)) for one in run.files]
        return self._page(
            request, "returned.html", "看一遍，再写进草稿", run=run, day=stage.day, may_publish=_is_of_all(request), files=files,
            asked=asked_of(run, answers), settled=list(settled_answers(run, answers)), nothing=_nothing(run),
            named=" ".join(names_answered(answers)), missing=missing_text(run.missing, run.n_due, stage.day),
        )  # fmt: skip

    def _is_answered(
        self, request: HttpRequest, stage: stages.Stage, loaded: LoadedMonth, answers: Mapping[str, str]
    ) -> bool:
        """Whether what was looked at is another by the answers alone: without the new ones it is as it was."""
        before = {name: answers[name] for name in request.POST.get(SETTLED, "").split() if name in answers}
        if before == names_answered(answers):
            return False
        run = dry_run(stage, loaded.month, answers=before, form_errors=form_errors_of(loaded))
        return run.seen == request.POST.get("seen")

    def _written(
        self, request: HttpRequest, token: str, loaded: LoadedMonth, run: DryRun, changes: Iterable[RowChange]
    ) -> HttpResponse:
        """Some rows in one transaction: what fails stays out with its reason, and the others are there."""
        results = {reading.number: FileResult(reading.name) for reading in run.files}
        until = time.monotonic() + LONGEST_WRITE
        for number, own in groupby(changes, key=attrgetter("file")):
            result, left = results[number], list(own)
            watch = self._watch(request, result.name)
            while left:
                now, left = left[:AT_ONCE], left[AT_ONCE:]
                if time.monotonic() > until:
                    result.failed += [(change, NEXT_TIME) for change in now]
                    continue
                for change, saved in zip(
                    now, save_changes(now, loaded, by=signed_in(request), watch=watch), strict=True
                ):
                    if isinstance(saved, NotSaved):
                        result.failed.append((change, str(saved)))
                    else:
                        result.written.append(saved)
        n_written = sum(len(one.written) for one in results.values())
        told = [_FileOutcome.of(results[one.number], run, one, answers_in(request.POST)) for one in run.files]
        return self._page(
            request, "returns_written.html", f"写进草稿 {n_written} 行", results=list(results.values()), n_written=n_written,
            told=told, n_failed=sum(len(one.failed) for one in results.values()), token=token, day=loaded.month.day,
            is_open=any(one.listed and not one.reading.is_refused for one in told),
        )  # fmt: skip

    def _watch(self, request: HttpRequest, name: str) -> Watch:
        """Writes to the audit log what a file changes, as the pages of the drafts do."""

        note = f"从表格“{name}”传回"

        def page_of(model: type[AnyDraft]) -> AuditedAdmin:
            return self.admin_site.get_model_admin(model)  # type: ignore[return-value]  # every page of the desk is one

        def before(drafts: Sequence[AnyDraft]) -> None:
            for model, own in _by_model((draft, False) for draft in drafts):
                page_of(model).take_snapshots(request, [draft for draft, _new in own])

        def after(drafts: Sequence[AnyDraft], are_new: Sequence[bool]) -> None:
            for model, own in _by_model(zip(drafts, are_new, strict=True)):
                page_of(model).log_saved(request, own, note)

        return Watch(before, after)

    # Who may

    def _check_may_return(self, request: HttpRequest) -> None:
        if not self.may_return(request):
            raise PermissionDenied

    def may_return(self, request: HttpRequest) -> bool:
        """Whoever drafts reports for a department, and whoever looks at them for all."""
        return self.has_add_permission(request) or _is_of_all(request)

    def _month(self, request: HttpRequest, day: date) -> LoadedMonth:
        led = Led.of_everything() if _is_of_all(request) else Led.by(signed_in(request))
        user = signed_in(request)
        return load_month(day, led, by=user, has_all_drafts=user.is_superuser or not _is_of_all(request))

    def _departments(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Those whose sheet can be had by itself: for whoever looks at all of them."""
        return sorted(department_names().items(), key=lambda one: one[1]) if _is_of_all(request) else []

    def _page(self, request: HttpRequest, template: str, title: str, **context: object) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/projects/report/{template}", context)


@dataclass(frozen=True)
class _FileOutcome:
    """What the last page says of a file: how much was written, and each thing that wasn't; `reading` has what isn't taken."""

    reading: FileReading
    text: str
    listed: list[CellMessage]
    n_unlisted: int
    handed_back: str

    @classmethod
    def of(cls, result: FileResult, run: DryRun, reading: FileReading, answers: Mapping[str, str]) -> Self:
        failed = [CellMessage(change.row.title, change.cell, text) for change, text in result.failed]
        unwritten = [*failed, *unwritten_of(run, reading, answers)]
        text = written_text(
            n_written=len(result.written), n_unwritten=len(unwritten), n_left=len(reading.left),
            is_refused=reading.is_refused,
        )  # fmt: skip
        n_unlisted = max(len(unwritten) - MOST_LISTED, 0)
        handed_back = _handed_back(reading, unwritten, run.month.day)
        return cls(reading, text, unwritten[:MOST_LISTED], n_unlisted, handed_back)


def _nothing(run: DryRun) -> str:
    return nothing_text(n_refused=run.n_refused, n_left=run.n_left, n_files_refused=run.n_files_refused)


def _faults(reading: FileReading) -> list[CellMessage]:
    return [*reading.problem_messages, *([] if reading.is_refused else reading.wait_messages)]


def _handed_back(reading: FileReading, faults: Sequence[CellMessage], day: date) -> str:
    """What to send to whoever filled in the file: the cells, and what is wrong with them."""
    left = [] if reading.is_refused else reading.left
    lines = [f"{one.place}：{one.text}" if one.place else one.text for one in (*faults, *left)]
    return handed_back_text(reading.name, reading.misnamed, day, lines[:MOST_LISTED], len(lines))


def _sentence(run: DryRun, reading: FileReading) -> str:
    n_asked = len(list(reading.asked())) + sum(reading.number in one.files for one in run.twice)
    return returned_text(
        is_form=reading.is_form, n_rows=reading.n_read, n_changes=reading.n_taken, n_asked=n_asked,
        n_left=len(reading.left), n_refused=reading.n_refused, is_refused=reading.is_refused,
    )  # fmt: skip


def _by_model(
    drafts: Iterable[tuple[AnyDraft, bool]],
) -> Iterable[tuple[type[AnyDraft], list[tuple[AnyDraft, bool]]]]:
    """Reports of projects, of tasks and of indicators, each with whether it is new."""
    found: dict[type[AnyDraft], list[tuple[AnyDraft, bool]]] = defaultdict(list)
    for draft, is_new in drafts:
        found[type(draft)].append((draft, is_new))
    return found.items()


def _is_of_all(request: HttpRequest) -> bool:
    return request.user.has_perm("projects.publish_report")


def _whose(request: HttpRequest) -> str:
    """Whose the rows of the whole sheet are: all departments', or those of the person."""
    if _is_of_all(request):
        return OF_ALL
    own = [one.department.name for one in signed_in(request).memberships.select_related("department")]
    return own[0] if len(own) == 1 else f"{own[0]}等 {len(own)} 个部门" if own else "本部门"


def _part_of(month: Month, slug: str) -> Month:
    return replace(month, rows=tuple(row for row in month.rows if slug in row.departments))


def _file_name(day: date, whose: str, ending: str = "xlsx") -> str:
    return file_name(whose, f"{month_text(day)}填报", ending=ending)
