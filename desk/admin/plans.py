"""The pages of plans: an administrator drafts a whole plan, a reviewer publishes it, adjustments follow."""

from functools import partial
from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.sessions import signed_in
from common.form_fields import UnitForm
from common.formats import number_text
from common.formsets import BoundedFormSet
from common.keys import is_key
from common.money import written_yuan
from desk.admin.base import GuardedAdmin, GuardedInline, display_column
from desk.admin.changes import PromiseChangeAdmin
from desk.admin.facts import FactAdmin, OwnDraftAdmin
from desk.admin.reports import row_or_404
from desk.contents import contents_of
from desk.forms.reports import add_reasons, set_publicity
from desk.oddities import Oddity, reading_oddities
from projects.access import SUBMITTED, is_overseer
from projects.models import Milestone
from projects.progress import uncorrected
from projects.publishing import current_terms, publication_errors
from tasks.models import (
    Commitment,
    CommitmentMilestone,
    Contribution,
    Indicator,
    Measure,
    Outline,
    OutlineItem,
    Plan,
    PlanAdjustment,
    Reading,
    Series,
    Task,
    TaskGroup,
)


class TabularPart(GuardedInline, admin.TabularInline):
    """Parts with few fields: a table row each."""


class StackedPart(GuardedInline, admin.StackedInline):
    """Parts with too many fields for a table row."""


class TaskGroupInline(StackedPart):
    model = TaskGroup
    fields = (("number", "code", "counter"), ("title", "noun"))


class SeriesInline(StackedPart):
    model = Series
    fields = (("number", "code", "counter"), ("title", "short_title", "noun"))


class OutlineInline(StackedPart):
    model = Outline
    fields = (("number", "code", "title"), "text")


class IndicatorInline(StackedPart):
    model = Indicator
    form = UnitForm
    target_told = display_column("target", "目标值", lambda row: number_text(row.target))
    baseline_told = display_column("baseline", "起点值", lambda row: number_text(row.baseline))
    display_fields: ClassVar = {"target": "target_told", "baseline": "baseline_told"}
    fields = (
        ("number", "code", "title"),
        ("comparator", "target", "unit"),
        ("due_on", "baseline"),
        ("task", "note"),
    )

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "task":
            kwargs["queryset"] = Task.objects.drafts()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Plan)
class PlanAdmin(FactAdmin[Plan]):
    change_form_template = "admin/tasks/plan/change_form.html"
    list_display = ("title", "year", "starts_on", "ends_on", "published_on", "drafter")
    list_select_related = ("drafted_by",)
    search_fields = ("title", "year")
    inlines = (TaskGroupInline, SeriesInline, IndicatorInline, OutlineInline)
    fieldsets = (
        (None, {"fields": ("year", "title", "short_title", "guideline", "source")}),
        ("时间", {"fields": (("starts_on", "ends_on", "adopted_on"),)}),
        ("怎样算落后，多久报一次", {"fields": (("lag_warning", "lag_alarm"), ("reporting_days", "grace_days"))}),
    )

    def publication_scope(self, row):
        """Everything that its publication makes public."""
        return {} if row.is_published else {"payload": row.payload()}

    def object_links(self, request, row):
        links = [("公开页面", reverse("overview", args=[row.year]))] if row.is_published else []
        return [*super().object_links(request, row), *links]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["contents"] = contents_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def public_address(self, fact, entry):
        return reverse("overview", args=[fact.year])

    def object_messages(self, request, row):
        if row.is_published:
            return super().object_messages(request, row)
        draft = "草稿：计划里的任务、举措、承诺事项，和它们的项目、节点，都写好以后，由审核员一次公布。公布后只能用“调整”来改。"
        return [*super().object_messages(request, row), draft]


class PartAdmin(GuardedAdmin):
    """Parts of a plan that have pages of their own."""


class MeasureInline(TabularPart):
    model = Measure
    fields = ("number", "title")
    show_change_link = True


@admin.register(Task)
class TaskAdmin(PartAdmin):
    list_display = ("title", "group", "number")
    list_filter = (("group__plan", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("group",)
    search_fields = ("title",)
    inlines = (MeasureInline,)

    def get_queryset(self, request):
        tasks = super().get_queryset(request)
        return tasks if is_overseer(signed_in(request)) else tasks.filter(Task.published_condition())


class ContributionInline(TabularPart):
    model = Contribution


@admin.register(Measure)
class MeasureAdmin(PartAdmin):
    list_display = ("title", "task", "number")
    list_filter = (("task__group__plan", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("task",)
    search_fields = ("title", "task__title")
    fields = ("task", "number", "title")
    inlines = (ContributionInline,)


class OutlineItemInline(TabularPart):
    model = OutlineItem


@admin.register(Outline)
class OutlineAdmin(PartAdmin):
    list_display = ("title", "plan", "number")
    list_select_related = ("plan",)
    search_fields = ("title", "text")
    inlines = (OutlineItemInline,)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "task":
            kwargs["queryset"] = Task.objects.drafts()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class LinkFormSet(BoundedFormSet):
    def clean(self):
        """Only milestones of the commitment's own project can count for it."""
        super().clean()
        for form in self.forms:
            milestone = form.cleaned_data.get("milestone") if form not in self.deleted_forms else None
            if milestone and milestone.project_id != self.instance.project_id:
                form.add_error("milestone", "这是另一个项目的节点。")


class MilestoneChoice(forms.ModelChoiceField):
    def label_from_instance(self, milestone: Milestone) -> str:
        return f"{milestone.project} · {milestone}"


class LinkInline(TabularPart):
    model = CommitmentMilestone
    formset = LinkFormSet

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name != "milestone":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        milestones = Milestone.objects.select_related("project").order_by("project__slug", "number")
        return MilestoneChoice(milestones, label=db_field.verbose_name)


@admin.register(Commitment)
class CommitmentAdmin(PartAdmin):
    annual_told = display_column(
        "annual_investment", "年度投资", lambda row: f"{written_yuan(row.annual_investment)}元"
    )
    display_fields: ClassVar = {"annual_investment": "annual_told"}
    list_display = ("__str__", "goal", "annual_told", "is_inferred")
    list_filter = (("series__plan", admin.RelatedOnlyFieldListFilter), "goal")
    list_select_related = ("series", "project")
    search_fields = ("project__title", "project__short_title")
    fields = ("series", "number", "project", "goal", "annual_investment", "is_inferred")
    inlines = (LinkInline,)


class ReadingForm(forms.ModelForm):
    """Shows at once every error for which the reading could not be published."""

    class Meta:
        model = Reading
        fields = ("indicator", "held_on", "value", "note", "source", "correction_reason")

    def __init__(self, *args, corrected: Reading | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        set_publicity(self)
        if corrected:
            self.instance.indicator, self.instance.corrects = corrected.indicator, corrected
            self.initial.update({name: getattr(corrected, name) for name in ("held_on", "value", "note")})

    def unit_of(self, _name: str) -> str:
        """The unit of the indicator that is chosen in the same form; empty where none is."""
        key = str(self.instance.indicator_id or self.data.get(self.add_prefix("indicator"), ""))
        indicator = Indicator.objects.filter(pk=key).first() if is_key(key) else None
        return indicator.unit if indicator else ""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if not {"indicator", "held_on"} & self.errors.keys():
            add_reasons(self, publication_errors(self.instance, timezone.localdate()), {})


@admin.register(Reading)
class ReadingAdmin(OwnDraftAdmin[Reading]):
    """The values of an indicator: one reviewer drafts, another publishes."""

    form = ReadingForm
    value_told = display_column("value", "数值", lambda row: f"{number_text(row.value)} {row.indicator.unit}")
    display_fields: ClassVar = {"value": "value_told"}
    list_display = ("indicator", "held_on", "value_told", "drafter", "published_on")
    list_filter = (("indicator", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("indicator", "drafted_by")
    search_fields = ("indicator__title", "note")
    date_hierarchy = "held_on"
    published_hint = "写错了，请起草“更正”。"

    def oddities(self, reading: Reading) -> tuple[Oddity, ...]:
        """Shown to the drafter and to the reviewer who publishes."""
        published = list(Reading.objects.published().filter(indicator=reading.indicator_id))
        target = current_terms(reading.indicator)["target"]
        return reading_oddities(reading, target, uncorrected(published), timezone.localdate())

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and not (obj.is_published or context["errors"]):
            context["oddities"] = self.oddities(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_post_save_add(self, request, obj):
        return self._page_if_odd(obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        return self._page_if_odd(obj) or super().response_post_save_change(request, obj)

    def _page_if_odd(self, reading: Reading) -> HttpResponseRedirect | None:
        return HttpResponseRedirect(self.address("change", reading.pk)) if self.oddities(reading) else None

    def _corrected(self, request: HttpRequest) -> Reading | None:
        if "corrects" not in request.GET:
            return None
        return row_or_404(Reading.objects.published(), request.GET["corrects"])

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        version = Reading.objects.filter(corrects=self._corrected(request), corrects__isnull=False).first()
        if version:
            self.message_user(request, "这条数据已经有更正了，就是这一条。", messages.WARNING)
            return HttpResponseRedirect(self.address("change", version.pk))
        return super().add_view(request, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return form if obj else partial(form, corrected=self._corrected(request))  # type: ignore[call-arg]  # a ReadingForm

    def _is_correction(self, request: HttpRequest, obj: Reading | None) -> bool:
        return obj.corrects_id is not None if obj else "corrects" in request.GET

    fields = ("indicator", "held_on", "value", "note", "source")

    def get_fields(self, request, obj=None):
        correction = ("corrects", "correction_reason") if self._is_correction(request, obj) else ()
        return [*super().get_fields(request, obj), *correction]

    def get_readonly_fields(self, request, obj=None):
        fixed = ("indicator", "corrects") if self._is_correction(request, obj) else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "indicator":
            kwargs["queryset"] = Indicator.objects.published().order_by("-plan__year", "number")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        return {}

    def object_links(self, request, row):
        is_newest = not Reading.objects.filter(corrects=row).exists()
        may_correct = row.is_published and is_newest and self.has_add_permission(request)
        links = [("更正", f"{self.address('add')}?corrects={row.pk}")] if may_correct else []
        return [*super().object_links(request, row), *links]

    def public_address(self, fact, entry):
        return reverse("indicators", args=[fact.indicator.plan.year])


@admin.register(PlanAdjustment)
class PlanAdjustmentAdmin(PromiseChangeAdmin[PlanAdjustment]):
    list_select_related = (
        "plan",
        "group",
        "task",
        "measure",
        "series",
        "commitment__series",
        "commitment__project",
        "indicator",
        "drafted_by",
    )

    def get_queryset(self, request):
        """Only administrators see drafts."""
        rows = super().get_queryset(request)
        return rows if self.has_change_permission(request) else rows.filter(SUBMITTED)

    def public_address(self, fact, entry):
        year, _slash, _part = fact.promise.address.partition(":")[2].partition("/")
        return reverse("changes", args=[year])

    def promises(self, request: HttpRequest) -> dict[str, QuerySet]:
        return {
            "commitment": Commitment.objects.published().select_related("series", "project"),
            "indicator": Indicator.objects.published(),
            "plan": Plan.objects.published(),
            "group": TaskGroup.objects.published(),
            "task": Task.objects.published(),
            "measure": Measure.objects.published(),
            "series": Series.objects.published(),
        }
