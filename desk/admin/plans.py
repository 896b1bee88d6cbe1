"""The pages of plans and additions: an administrator drafts one whole, a reviewer publishes it, adjustments follow."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.sessions import signed_in
from common.form_fields import UnitForm
from common.formats import number_text
from common.formsets import BoundedFormSet
from common.keys import is_key
from common.money import written_yuan
from desk.admin.base import GuardedAdmin, GuardedInline, display_column, yes_no_column
from desk.admin.decisions import DecisionAdmin
from desk.admin.plan_forms import FormDownload, PlanForms
from desk.admin.plan_table import TableAdmin
from desk.admin.plan_workbooks import WorkbookPages
from desk.admin.promises import DepartmentsChosen, adjusting_links, listed_column, names_column
from desk.admin.publication import PublicationPage
from desk.contents import contents_of
from desk.forms.base import PlannedField
from desk.naming import inferred_labels
from desk.workbooks.places import site_place
from projects.access import is_overseer
from projects.models import Milestone
from tasks.access import Led, visible_plan_adjustments
from tasks.models import (
    Addition,
    Commitment,
    Contribution,
    Indicator,
    Measure,
    Outline,
    OutlineItem,
    Plan,
    PlanAdjustment,
    Promised,
    Series,
    Target,
    Task,
    TaskGroup,
)
from tasks.models.plans import ROWS

# What rows are put under, and what leads to its plan: the next year's may be called the same.
ALIKE: dict[type[Promised], tuple[str, ...]] = {
    TaskGroup: ("plan",),
    Series: ("plan",),
    Commitment: ("series__plan", "project"),
}


def plan_of(row: Promised) -> Plan | None:
    """The plan of a row that a form fills in, None while what leads to it is missing."""
    found: Any = row
    for name in ROWS[type(row)][0].split("__"):
        found = getattr(found, name, None) if getattr(found, f"{name}_id", None) else None
    return found


class PromisedForm(UnitForm):
    """A row of a plan. One of a published plan comes with an addition to that plan."""

    def unit_of(self, name):
        return super().unit_of(name) if "unit" in self.fields else ""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if "addition" in self.fields and "addition" not in self.errors and (plan := plan_of(self.instance)):
            self._check_addition(plan)

    def _check_addition(self, plan: Plan) -> None:
        addition = self.instance.addition
        if addition and addition.plan_id != plan.pk:
            self.add_error("addition", f"这份追加是{addition.plan}的，不是{plan}的。")
        elif addition is None and plan.is_published:
            self.add_error("addition", "计划已经公布了，要写明随哪一份追加公布。")


class PromisedRow(DepartmentsChosen):
    """What pages and inlines of rows of a plan have in common: the choices of what they belong to."""

    form: Any = PromisedForm
    inferred_text = listed_column("inferred", "本站理解", inferred_labels)
    leads_text = names_column("leads", "牵头部门")
    partners_text = names_column("partners", "配合部门")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "addition":
            kwargs["queryset"] = Addition.objects.drafts().select_related("plan")
        elif issubclass(db_field.related_model, Promised) and "queryset" not in kwargs:
            kwargs["queryset"] = db_field.related_model.objects.all()
            if db_field.related_model in ALIKE:
                kwargs["queryset"] = kwargs["queryset"].select_related(*ALIKE[db_field.related_model])
                kwargs["form_class"] = PlannedField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class TabularPart(PromisedRow, GuardedInline, admin.TabularInline):
    """Parts with few fields: a table row each."""


class StackedPart(PromisedRow, GuardedInline, admin.StackedInline):
    """Parts with too many fields for a table row."""


class PlanPart(StackedPart):
    """Rows of the plan itself: what comes with an addition stands on its page."""

    def get_queryset(self, request):
        return super().get_queryset(request).filter(addition=None)


class AddedFormSet(BoundedFormSet):
    """New rows belong to the plan of the addition."""

    @classmethod
    def get_default_prefix(cls):
        return str(cls.model._meta.model_name)

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]  # not in the stubs
        form.instance.plan_id = self.instance.plan_id
        return form


GROUP_FIELDS = (("number", "code", "counter"), ("title", "noun"))
SERIES_FIELDS = (("number", "code", "counter"), ("title", "short_title", "noun"))
OUTLINE_FIELDS = (("number", "code", "title"), "text")
INDICATOR_FIELDS = (
    ("number", "code", "title"),
    ("kind", "comparator", "target", "upper", "unit"),
    ("due_on", "baseline"),
    ("leads", "task"),
    "wording",
    "note",
    "inferred",
)


class TaskGroupInline(PlanPart):
    model = TaskGroup
    fields = GROUP_FIELDS


class SeriesInline(PlanPart):
    model = Series
    fields = SERIES_FIELDS


class OutlineInline(PlanPart):
    model = Outline
    fields = OUTLINE_FIELDS


class IndicatorFields(PromisedRow):
    """How an indicator is shown and typed."""

    target_text = display_column("target", "目标值", lambda row: number_text(row.target))
    upper_text = display_column("upper", "上限", lambda row: number_text(row.upper))
    baseline_text = display_column("baseline", "起点值", lambda row: number_text(row.baseline))
    display_fields: ClassVar = {
        "target": "target_text",
        "upper": "upper_text",
        "baseline": "baseline_text",
        "leads": "leads_text",
        "inferred": "inferred_text",
    }


class IndicatorInline(IndicatorFields, PlanPart):
    model = Indicator
    fields = INDICATOR_FIELDS


class AddedPart(StackedPart):
    formset = AddedFormSet
    fk_name = "addition"


class AddedGroupInline(AddedPart):
    model = TaskGroup
    fields = GROUP_FIELDS


class AddedSeriesInline(AddedPart):
    model = Series
    fields = SERIES_FIELDS


class AddedOutlineInline(AddedPart):
    model = Outline
    fields = OUTLINE_FIELDS


class AddedIndicatorInline(IndicatorFields, AddedPart):
    model = Indicator
    fields = INDICATOR_FIELDS


class WholeAdmin(PublicationPage, TableAdmin, FormDownload):
    """A plan or an addition: whoever publishes it reads all that becomes public with it."""

    change_form_template = "admin/tasks/plan/change_form.html"
    list_select_related: ClassVar[tuple[str, ...]] = ("drafted_by",)
    how_to_draft: ClassVar[str]

    def publication_scope(self, row):
        """Everything that its publication makes public."""
        return {} if row.is_published else {"payload": row.payload()}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["contents"] = contents_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def object_messages(self, request, row):
        messages = super().object_messages(request, row)
        return messages if row.is_published else [*messages, self.how_to_draft]

    def object_links(self, request, row):
        links = [("公开页面", self.public_address(row, row.entry))] if row.is_published else []
        return [*super().object_links(request, row), *links]


@admin.register(Plan)
class PlanAdmin(WorkbookPages, PlanForms, WholeAdmin):
    list_display = ("title", "year", "starts_on", "ends_on", "published_on", "drafter")
    search_fields = ("title", "year")
    inlines = (TaskGroupInline, SeriesInline, IndicatorInline, OutlineInline)
    fieldsets = (
        (None, {"fields": ("year", "title", "short_title", "authority", "guideline", "source")}),
        ("时间", {"fields": (("starts_on", "ends_on", "adopted_on"),)}),
        ("怎样算落后，多久报一次", {"fields": (("lag_warning", "lag_alarm"), ("reporting_months", "grace_days"))}),
    )
    how_to_draft = (
        "草稿：计划里的任务、举措、承诺事项和它们的目标，和它们的项目、节点，都写好以后，由审核员一次公布。"
        "公布后只能用“调整”来改，新的承诺用“追加”来加。"
    )

    def get_changeform_initial_data(self, request):
        return {"authority": site_place().authority, **super().get_changeform_initial_data(request)}

    def object_links(self, request, row):
        may_add = row.is_published and request.user.has_perm("tasks.add_addition")
        links = [("起草追加", f"{reverse('admin:tasks_addition_add')}?plan={row.pk}")] if may_add else []
        return [*super().object_links(request, row), *links]

    def public_address(self, fact, entry):
        return reverse("overview", args=[fact.year])


@admin.register(Addition)
class AdditionAdmin(WholeAdmin):
    """What is added to a published plan. Its commitments, targets, tasks and measures have pages of their own, as a plan's."""

    list_display = ("title", "plan", "published_on", "drafter")
    list_select_related = ("plan", "drafted_by")
    search_fields = ("title", "reason")
    fields = ("plan", "title", "reason", "source")
    inlines = (AddedGroupInline, AddedSeriesInline, AddedIndicatorInline, AddedOutlineInline)
    published_hint = "要改，请起草“调整”；还有要加的，请再起草一份追加。"
    how_to_draft = (
        "草稿：追加的承诺事项、目标、任务和举措，在它们自己的页面上写，选上“追加”这一份；都写好以后，由审核员一次公布。"
    )

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "plan":
            kwargs["queryset"] = Plan.objects.published()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        """Rows belong to the plan already."""
        return (*super().get_readonly_fields(request, obj), *(("plan",) if obj else ()))

    def object_links(self, request, row):
        links = super().object_links(request, row)
        if row.is_published or not self.has_change_permission(request, row):
            return links
        pages = (Commitment, Target, Task, Measure, Contribution)
        new = [(page._meta.verbose_name, f"admin:tasks_{page._meta.model_name}_add") for page in pages]
        return [*links, *((f"新增{word}", f"{reverse(name)}?addition={row.pk}") for word, name in new)]

    def public_address(self, fact, entry):
        return reverse("overview", args=[fact.plan.year])


class PartAdmin(PromisedRow, GuardedAdmin):
    """Parts of a plan that have pages of their own. Their rows may belong to a published one, where an addition brings them."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == self.model.parent:
            kwargs["queryset"] = self.model.parent_model().objects.all()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request, form, formsets, change):
        """What stands on the page of a row comes with the same addition, or with the plan itself."""
        row = form.instance
        brought = [formset for formset in formsets if issubclass(formset.model, Promised)]
        for one in (one for formset in brought for one in formset.forms):
            one.instance.addition = row.addition  # a published plan takes no new row without
        super().save_related(request, form, formsets, change)
        for formset in brought:
            own = formset.model.objects.drafts().filter(**{formset.fk.name: row})
            own.exclude(addition=row.addition).update(addition=row.addition)

    def object_links(self, request, row):
        is_open = row.is_published and request.user.has_perm("tasks.add_planadjustment")
        name = self.opts.model_name
        if not is_open or name not in PlanAdjustment.promise_fields:
            return super().object_links(request, row)
        return [*super().object_links(request, row), *adjusting_links(request, row, name, "tasks.planadjustment")]


ANSWERABLE = ("title", "wording", ("leads", "partners"), ("post", "due_on"), "inferred")
ANSWERABLE_TOLD = {"leads": "leads_text", "partners": "partners_text", "inferred": "inferred_text"}


class MeasureInline(TabularPart):
    model = Measure
    fields = ("number", "title")
    show_change_link = True


@admin.register(Task)
class TaskAdmin(PartAdmin):
    display_fields: ClassVar = ANSWERABLE_TOLD
    list_display = ("title", "group", "number", "leads_text")
    list_filter = (("group__plan", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("group",)
    search_fields = ("title",)
    fields = (("group", "number"), "addition", *ANSWERABLE)
    inlines = (MeasureInline,)

    def get_queryset(self, request):
        tasks = super().get_queryset(request)
        return tasks if is_overseer(signed_in(request)) else tasks.filter(Task.published_condition())


class ContributionInline(TabularPart):
    model = Contribution
    fields = ("project", "is_inferred")


@admin.register(Measure)
class MeasureAdmin(PartAdmin):
    display_fields: ClassVar = ANSWERABLE_TOLD
    list_display = ("title", "task", "number", "leads_text")
    list_filter = (("task__group__plan", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("task",)
    search_fields = ("title", "task__title")
    fields = (("task", "number"), "addition", *ANSWERABLE)
    inlines = (ContributionInline,)


@admin.register(Contribution)
class ContributionAdmin(PartAdmin):
    list_display = ("project", "measure", "inferred_word")
    inferred_word = yes_no_column("is_inferred", "本站理解")
    list_select_related = ("project", "measure")
    search_fields = ("project__title", "measure__title")
    fields = ("measure", "project", "is_inferred", "addition")


class OutlineItemInline(GuardedInline, admin.TabularInline):
    model = OutlineItem


@admin.register(Outline)
class OutlineAdmin(PartAdmin):
    list_display = ("title", "plan", "number")
    list_select_related = ("plan",)
    search_fields = ("title", "text")
    fields = (("plan", "task"), "addition", ("number", "code"), "title", "text")
    inlines = (OutlineItemInline,)


class MilestoneChoice(forms.ModelChoiceField):
    def label_from_instance(self, milestone: Milestone) -> str:
        return f"{milestone.project} · {milestone}"


class TargetForm(PromisedForm):
    """The unit is that of the milestone."""

    def unit_of(self, _name):
        posted = self.data.get(self.add_prefix("milestone"), "") if self.is_bound else None
        key = str(posted if self.is_bound else self.instance.milestone_id or "")
        milestone = Milestone.objects.filter(pk=key).first() if is_key(key) else None
        return milestone.unit if milestone else ""

    def clean(self):
        """Only milestones of the commitment's own project can count for it."""
        data = super().clean() or {}
        commitment = data.get("commitment") or getattr(self.instance, "commitment", None)
        milestone = data.get("milestone")
        if milestone and commitment and commitment.project_id and milestone.project_id != commitment.project_id:
            self.add_error("milestone", "这是另一个项目的节点。")
        return data


class TargetFields(PromisedRow):
    form: Any = TargetForm
    amount_text = display_column("amount", "目标值", lambda row: f"{number_text(row.amount)} {row.unit}")
    from_text = display_column("from_amount", "起点值", lambda row: f"{number_text(row.from_amount)} {row.unit}")
    steps_text = listed_column("steps", "中间的步子", lambda row: [f"{day} {amount}" for day, amount in row.steps])
    display_fields: ClassVar = {
        "amount": "amount_text",
        "from_amount": "from_text",
        "steps": "steps_text",
        "inferred": "inferred_text",
    }

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name != "milestone":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        milestones = Milestone.objects.select_related("project").order_by("project__slug", "number")
        return MilestoneChoice(milestones, label=db_field.verbose_name)


TARGET_FIELDS = (
    ("milestone", "amount", "from_amount"),
    ("starts_on", "due_on"),
    ("pace", "weight"),
    "steps",
    "inferred",
)


class TargetInline(TargetFields, StackedPart):
    model = Target
    fields = TARGET_FIELDS


@admin.register(Target)
class TargetAdmin(TargetFields, PartAdmin):
    """A plan's targets stand on the pages of their commitments; here is where an addition brings one to an old commitment."""

    list_display = ("milestone", "commitment", "amount_text", "due_on", "published_on")
    list_filter = (("commitment__series__plan", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("milestone", "commitment__series", "commitment__project")
    search_fields = ("milestone__title", "commitment__project__title")
    fields = ("commitment", *TARGET_FIELDS, "addition")


@admin.register(Commitment)
class CommitmentAdmin(PartAdmin):
    annual_text = display_column(
        "annual_investment", "年度投资", lambda row: f"{written_yuan(row.annual_investment)}元"
    )
    display_fields: ClassVar = {"annual_investment": "annual_text", "inferred": "inferred_text"}
    list_display = ("__str__", "goal", "annual_text", "inferred_text")
    list_filter = (("series__plan", admin.RelatedOnlyFieldListFilter), "goal")
    list_select_related = ("series", "project")
    search_fields = ("project__title", "project__short_title")
    fields = (("series", "number"), "addition", "project", "goal", "annual_investment", "wording", "inferred")
    inlines = (TargetInline,)


@admin.register(PlanAdjustment)
class PlanAdjustmentAdmin(DecisionAdmin):
    list_select_related = (
        "plan",
        "group",
        "task",
        "measure",
        "series",
        "commitment__series",
        "commitment__project",
        "target__commitment__series",
        "target__commitment__project",
        "target__milestone",
        "indicator",
        "drafted_by",
    )

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_plan_adjustments(signed_in(request)))

    def public_address(self, fact, entry):
        year, _slash, _part = fact.promise.address.partition(":")[2].partition("/")
        return reverse("changes", args=[year])

    def promises(self, request: HttpRequest) -> dict[str, QuerySet]:
        """Administrators adjust everything, officials what their departments answer for."""
        user = signed_in(request)
        wordings: dict[str, QuerySet] = {}
        is_administrator = user.has_perm("projects.change_project")
        led = Led.of_everything() if is_administrator else Led.by(user)
        if is_administrator:
            wordings = {
                "plan": Plan.objects.published(),
                "group": TaskGroup.objects.published().select_related("plan"),
                "series": Series.objects.published().select_related("plan"),
            }
        targets = Target.objects.published().filter(commitment__project__in=led.projects)
        commitments = Commitment.objects.published().filter(project__in=led.projects)
        return {
            "commitment": commitments.select_related("series__plan", "project"),
            "target": targets.select_related("milestone", "commitment__series__plan", "commitment__project"),
            "indicator": led.indicators.published().select_related("plan"),
            "task": led.tasks.published().select_related("group__plan"),
            "measure": led.measures.published().select_related("task__group__plan"),
            **wordings,
        }
