"""Papers: chosen by plan and day, read as a page, taken away as a file, issued by one press of a reviewer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, wraps
from typing import ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from accounts.models import AuditAction
from accounts.sessions import signed_in
from common.as_of import day_of
from common.exports import attached
from common.keys import is_key
from common.site_address import whole_address
from desk.admin.base import ReadOnlyAdmin
from desk.file_names import file_name
from desk.papers.days import ONE_DAY, paper_days
from desk.papers.facts import PlanFacts, plan_facts
from desk.papers.filling import TemplateFault
from desk.papers.making import ending_of, file_of, issue, paper_of
from desk.papers.paper import Paper
from desk.papers.reminder import reminded_departments
from projects.models import Department
from projects.snapshots import DepartmentSnapshot
from tasks.models import IssuedPaper, PaperKind, Plan
from tasks.snapshots import default_day_of

CHANGED = "还没有印发：印发的只能是看过的那一份，刚才看的和现在的不一样了。现在的在下面，看过再印发。"
ISSUED = "印发了。"
ISSUED_BULLETIN = "印发了。数据日期不晚于这份通报、以后才公布的，算通报后补报。"
NOT_OVER = "还没有印发：今天还没有过完，今天公布的还会算进来。到今天为止的，明天起才能印发；现在可以印发到昨天为止的。"
MAY_SEE, MAY_ISSUE = "tasks.view_issuedpaper", "tasks.add_issuedpaper"


@dataclass(frozen=True)
class Asked:
    """What paper an address asks for. `issued` is the row of one that was issued, None of a draft."""

    kind: PaperKind
    plan: Plan
    data_on: date
    department: Department | None
    issued: IssuedPaper | None

    @property
    def query(self) -> str:
        told: dict[str, str | int]
        told = {"kind": self.kind.lower(), "plan": self.plan.year, "as_of": self.data_on.isoformat()}
        told |= {"department": self.department.slug} if self.department else {}
        return urlencode(told | ({"issued": self.issued.pk} if self.issued else {}))

    @property
    def day_query(self) -> str:
        return urlencode({"plan": str(self.plan.year), "as_of": self.data_on.isoformat()})

    @cached_property
    def earlier(self) -> list[IssuedPaper]:
        """What was issued of this kind about this plan, to this department, the first first."""
        asked = IssuedPaper.objects.filter(kind=self.kind, plan=self.plan, department=self.department)
        return list(asked.select_related("issued_by").order_by("issued_at", "pk"))

    @property
    def earlier_of_day(self) -> list[IssuedPaper]:
        return [one for one in self.earlier if one.data_on == self.data_on]

    @property
    def same(self) -> IssuedPaper | None:
        """The one that was issued today and says what this draft says. Raises DayError and Http404."""
        about = timezone.localdate(), self.paper.entry.pk
        return next((one for one in self.earlier_of_day if (one.issued_on, one.head_id) == about), None)

    @property
    def is_over(self) -> bool:
        """Whether nothing more becomes public on the data day: what is issued says the same ever after."""
        return self.data_on < timezone.localdate()

    @cached_property
    def facts(self) -> PlanFacts:
        """What was issued is signed as it was then. Raises DayError."""
        if self.issued is None:
            return plan_facts(self.plan, self.data_on, timezone.now())
        facts, issued = plan_facts(self.plan, self.data_on, self.issued.issued_at), self.issued
        if not issued.issuer:
            return facts
        return replace(
            facts, publisher=replace(facts.publisher, site_organizer=issued.issuer, contact_line=issued.contact)
        )

    @property
    def addressed(self) -> DepartmentSnapshot | None:
        """Raises Http404 for a department that wasn't public by the data day."""
        if self.department is None:
            return None
        found = self.facts.departments.get(self.department.slug)
        if found is None:
            raise Http404
        return found

    @cached_property
    def paper(self) -> Paper:
        """Raises DayError and Http404."""
        issued_on = self.issued.issued_on if self.issued else timezone.localdate()
        return paper_of(self.kind, self.facts, issued_on, self.addressed)

    @property
    def filename(self) -> str:
        parts = (
            self.department.name if self.department else "",
            f"{self.plan.year}年{self.kind.label}",
            str(self.data_on),
        )
        return file_name(*parts, ending=ending_of(self.kind), is_illustrative=self.facts.snapshot.is_illustrative)


def asked_for(request: HttpRequest) -> Asked:
    """By default the bulletin of the last day that is over, for officials the reminder to their department as of today.

    Raises Http404 for what isn't there, PermissionDenied for what isn't theirs, DayError.
    """
    sent, may_see = request.GET, request.user.has_perm(MAY_SEE)
    issued = _issued(sent.get("issued", "")) if may_see else None
    if issued:
        return Asked(PaperKind(issued.kind), issued.plan, issued.data_on, issued.department, issued)
    kind = _kind(sent.get("kind", PaperKind.BULLETIN if may_see else PaperKind.REMINDER))
    plan = _plan(sent.get("plan", ""))
    department = _department(request, sent.get("department", "")) if kind is PaperKind.REMINDER else None
    if not may_see and department is None:
        raise PermissionDenied
    first: date = plan.published_on  # type: ignore[assignment]  # public
    today = timezone.localdate()
    last = max(first, today - ONE_DAY) if may_see else today
    day = day_of(request, first=first, default=min(default_day_of(plan, today), last))
    return Asked(kind, plan, min(day, today), department, None)


def _issued(key: str) -> IssuedPaper | None:
    if not key:
        return None
    rows = IssuedPaper.objects.select_related("plan", "department", "head", "issued_by")
    found = rows.filter(pk=key).first() if is_key(key) else None
    if found is None:
        raise Http404
    return found


def _kind(name: str) -> PaperKind:
    try:
        return PaperKind(name.upper())
    except ValueError:
        raise Http404 from None


def _plan(year: str) -> Plan:
    """The plan of the year; by default the one on the front page."""
    if not year:
        plan = Plan.objects.on_front_page(timezone.localdate())
    else:
        plan = Plan.objects.published().filter(year=int(year)).first() if is_key(year) and len(year) < 6 else None
    if plan is None:
        raise Http404
    return plan


def _department(request: HttpRequest, slug: str) -> Department:
    """For officials one of their own."""
    rows = Department.objects.published().order_by("slug")
    if not request.user.has_perm(MAY_SEE):
        rows = rows.filter(memberships__user=signed_in(request))
        if not request.user.has_perm("projects.add_report"):
            raise PermissionDenied
    found = rows.filter(slug=slug).first() if slug else rows.first()
    if found is None:
        raise PermissionDenied if not request.user.has_perm(MAY_SEE) else Http404
    return found


def _with_a_template(view: Callable) -> Callable:
    """Of a sheet whose template can't be used there is no page: what is wrong with it is said above all papers."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except TemplateFault as fault:
            messages.error(request, str(fault))
            return HttpResponseRedirect(f"{reverse('admin:papers')}?{asked_for(request).day_query}")

    return answer


@admin.register(IssuedPaper)
class IssuedPaperAdmin(ReadOnlyAdmin):
    """What was issued, to be read; new ones come about on the pages of papers alone."""

    list_display = ("kind", "plan", "data_on", "department", "issued_on", "issued_by")
    list_select_related = ("plan", "department", "issued_by")
    list_filter = ("kind", ("plan", admin.RelatedOnlyFieldListFilter))
    search_fields = ("department__name", "plan__title")
    fields: ClassVar = ("kind", "plan", "department", "data_on", "issued_at", "issued_by", "head", "issuer")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("papers/", wrap(self.papers_view), name="papers"),
            path("paper/", wrap(self.paper_view), name="paper"),
            path("paper/file/", wrap(self.file_view), name="paper-file"),
            path("paper/issue/", wrap(self.issue_view), name="paper-issue"),
            *super().get_urls(),
        ]

    def object_links(self, request, row):
        links = super().object_links(request, row)
        return [("看这一份", f"{reverse('admin:paper')}?{urlencode({'issued': row.pk})}"), *links]

    @method_decorator(require_safe)
    def papers_view(self, request: HttpRequest) -> HttpResponse:
        """Which papers there are of a plan and a day, each to be read and to be taken away."""
        if not request.user.has_perm(MAY_SEE):
            raise PermissionDenied
        plans = list(Plan.objects.published().order_by("-year"))
        if not plans:
            return self._page(request, "papers.html", "文稿", plans=[])
        asked, today = asked_for(request), timezone.localdate()
        kinds = [kind for kind in PaperKind if kind is not PaperKind.REMINDER]
        links = [(kind.label, _query(asked, kind), ending_of(kind)) for kind in kinds]
        reminded = reminded_departments(asked.facts)
        return self._page(
            request,
            "papers.html",
            "文稿",
            asked=asked,
            plans=plans,
            days=paper_days(asked.plan, today),
            links=links,
            reminders=[(one.name, _query(asked, PaperKind.REMINDER, one.slug)) for one in reminded],
            issued=IssuedPaper.objects.select_related("plan", "department", "issued_by")[:10],
            may_issue=request.user.has_perm(MAY_ISSUE),
        )

    @method_decorator(require_safe)
    @method_decorator(_with_a_template)
    def paper_view(self, request: HttpRequest) -> HttpResponse:
        asked = asked_for(request)
        same = asked.same if asked.issued is None else None
        may_issue = asked.issued is None and same is None and asked.is_over and request.user.has_perm(MAY_ISSUE)
        return self._page(
            request,
            "paper.html",
            asked.paper.title,
            asked=asked,
            paper=asked.paper,
            ending=ending_of(asked.kind),
            may_issue=may_issue,
            earlier=asked.earlier if may_issue else [],
            same=same,
            before=asked.earlier_of_day[-1] if asked.issued is None and asked.earlier_of_day else None,
            is_unsigned=asked.issued is None and not asked.facts.publisher.site_organizer,
            may_sign=request.user.has_perm("huozhou_portal.change_sitesettings"),
            is_over=asked.is_over,
            may_see=request.user.has_perm(MAY_SEE),
        )

    @method_decorator(require_safe)
    @method_decorator(_with_a_template)
    def file_view(self, request: HttpRequest) -> HttpResponse:
        asked = asked_for(request)
        address = whole_address(request, reverse("entry", args=[asked.paper.entry.seq]))
        try:
            content, content_type = file_of(asked.paper, asked.facts, address)
        except TemplateFault as fault:
            self.message_user(request, str(fault), messages.ERROR)
            return HttpResponseRedirect(f"{reverse('admin:paper')}?{asked.query}")
        return attached(content, content_type, asked.filename)

    @method_decorator(require_POST)
    @method_decorator(_with_a_template)
    def issue_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(MAY_ISSUE):
            raise PermissionDenied
        asked = asked_for(request)
        if asked.issued is None and not asked.is_over:
            self.message_user(request, NOT_OVER, messages.WARNING)
        elif asked.issued is None and request.POST.get("seen") != asked.paper.digest:
            self.message_user(request, CHANGED, messages.WARNING)
        elif asked.issued is None:
            by, paper = signed_in(request), asked.paper
            row, is_new = issue(
                asked.kind, asked.plan, asked.data_on, head=paper.entry, by=by, department=asked.addressed
            )
            if is_new:
                self.record(request, row, AuditAction.ADD, "印发")
                self.message_user(request, ISSUED_BULLETIN if row.kind == PaperKind.BULLETIN else ISSUED)
            else:
                self.message_user(request, "这一份今天已经印发过了，就是下面这一份。", messages.WARNING)
            asked = Asked(asked.kind, asked.plan, asked.data_on, asked.department, row)
        return HttpResponseRedirect(f"{reverse('admin:paper')}?{asked.query}")

    def _page(self, request: HttpRequest, template: str, title: str, **context: object) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/tasks/issuedpaper/{template}", context)


def _query(asked: Asked, kind: PaperKind, department: str = "") -> str:
    told: dict[str, str | int]
    told = {"kind": kind.lower(), "plan": asked.plan.year, "as_of": asked.data_on.isoformat()}
    return urlencode(told | ({"department": department} if department else {}))
