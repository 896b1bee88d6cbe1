"""The pages about the portal, its map, and the style guide for staff."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django import forms
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.cache_policy import cached_by, endless, not_cached, valid_page
from common.form_fields import TextField
from common.paging import asked_number, numbered_page
from common.site_address import whole_address
from ledger import chain
from projects.models import Evidence, EvidenceKind, Project, Source
from projects.progress import Light, Total
from projects.snapshots import load_snapshots
from tasks.changes import changes_of
from tasks.comparison import difference_of
from tasks.models import Plan
from tasks.review import reviews_of
from tasks.snapshots import (
    default_day_of,
    plan_snapshot_of,
)
from website.pages.ledger import any_illustrative
from website.pages.plans import cards_of

LINKS_PER_PAGE = 200


@cached_by(noted=endless)
def about(request: HttpRequest) -> HttpResponse:
    plan = Plan.objects.on_front_page(timezone.localdate())
    sources = Source.objects.published().exclude(kind="ILLUSTRATIVE")
    context: dict[str, object] = {
        "sources": sources,
        "front_plan": plan,
        "entry": chain.head(),
        "data_is_illustrative": any_illustrative(timezone.localdate()),
    }
    noted = VoucherForm(request.GET)
    if "noted" in request.GET:
        context |= {"noted": request.GET["noted"], "verdict": noted.verdict()}
    return render(request, "about.html", context | {"canonical": whole_address(request, request.path)})


class VoucherForm(forms.Form):
    """A voucher that somebody wrote down, or a citation with one."""

    noted = TextField(
        max_length=1000,
        error_messages={
            "required": "请填凭证。",
            "max_length": "最多 1000 个字。请只粘贴凭证那一句：序号、冒号和 64 个字符的指纹。",
        },
    )

    def verdict(self) -> str:
        if not self.is_valid():
            return " ".join(map(str, self.errors["noted"]))
        try:
            return chain.verdict_on(chain.Head.parse(self.cleaned_data["noted"]))
        except ValueError as error:
            return str(error)


@cached_by()
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement, and how to report a barrier."""
    return render(request, "accessibility.html", {"canonical": whole_address(request, request.path)})


@cached_by(page=valid_page)
def site_map(request: HttpRequest) -> HttpResponse:
    """Every page of the portal, in words."""
    plans = Plan.objects.published().prefetch_related("groups__tasks")
    projects = numbered_page(Project.objects.published().order_by("title"), LINKS_PER_PAGE, asked_number(request))
    context = {"plans": plans, "projects": projects}
    return render(request, "map.html", context | {"canonical": whole_address(request, request.path)})


@not_cached("as_of", "sort", "page")
@staff_member_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who change components."""
    plan = Plan.objects.on_front_page(timezone.localdate())
    snapshot = plan_snapshot_of(plan, default_day_of(plan, timezone.localdate())) if plan else None
    cards = cards_of(snapshot.commitments) if snapshot else []
    sample_projects = load_snapshots(
        Project.objects.filter(pk__in=[card.snapshot.project.row.pk for card in cards[:1]]), date.max
    )
    samples = {"lights": list(Light), "bars": BARS, "amounts": AMOUNTS, "day": date(2020, 9, 30)}
    return render(
        request,
        "styleguide.html",
        samples
        | {
            "some_total": Total.of(AMOUNTS),
            "snapshot": snapshot,
            "cards": cards,
            "reports": [one for project in sample_projects.values() for one in project.reports][:2],
            "changes": changes_of(snapshot) if snapshot else None,
            "steps": difference_of(plan_snapshot_of(plan, plan.published_on), snapshot).changed[:3]
            if plan and snapshot
            else [],
            "reviews": reviews_of(snapshot)[:3] if snapshot else [],
            "photo": Evidence.objects.published().filter(kind=EvidenceKind.PHOTO).exclude(file="").first(),
            "is_illustrative": snapshot is not None and snapshot.is_illustrative,
        },
    )


BARS = [
    ("落后", Fraction(3, 5), Fraction(3, 4)),
    ("比计划快", Fraction(4, 5), Fraction(1, 2)),
    ("办成", Fraction(1), Fraction(3, 4)),
    ("超额", Fraction(107, 100), Fraction(1)),
    ("刚开始", Fraction(1, 200), Fraction(1, 10)),
    ("是 0", Fraction(0), Fraction(1, 2)),
    ("没有数据", None, Fraction(3, 4)),
    ("没有计划", Fraction(1, 3), None),
]
AMOUNTS = [Decimal(392_000_000), Decimal(48_000_000), Decimal(123_456_789), Decimal(800), None]
