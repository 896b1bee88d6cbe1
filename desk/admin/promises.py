"""The pages of sources, departments, projects and milestones."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.sessions import signed_in
from common.form_fields import UnitForm
from common.formats import number_text
from common.money import written_yuan
from desk.admin.base import GuardedAdmin, GuardedInline, display_column
from desk.admin.facts import FactAdmin
from projects.access import led_projects, visible_milestones, visible_projects
from projects.models import Department, Milestone, Partnership, Project, Source, SourceKind
from projects.publishing import current_terms


def address_of_new(request: HttpRequest, label: str, query: str) -> str | None:
    """The address of the add form with this query string, None where the person may not add one. `label`: `app.model`."""
    app, model = label.split(".")
    if request.user.has_perm(f"{app}.add_{model}"):
        return f"{reverse(f'admin:{app}_{model}_add')}?{query}"
    return None


def offered(label: str, address: str | None) -> list[tuple[str, str]]:
    """As `object_links`: nothing where there is no address."""
    return [(label, address)] if address else []


@admin.register(Source)
class SourceAdmin(GuardedAdmin):
    list_display = ("title", "kind", "publisher", "issued_on", "published_on")
    list_filter = ("kind",)
    search_fields = ("title", "publisher", "key")
    date_hierarchy = "issued_on"
    fields = ("key", "kind", "title", "publisher", "editor", "issued_on", "url")
    published_hint = "公开的内容引用了它。"

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """Without ILLUSTRATIVE: such sources are only loaded, from the fixture that has every page labelled."""
        kwargs["choices"] = [choice for choice in db_field.get_choices() if choice[0] != SourceKind.ILLUSTRATIVE]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


@admin.register(Department)
class DepartmentAdmin(FactAdmin):
    list_display = ("name", "slug", "phone", "published_on", "drafter")
    list_select_related = ("drafted_by",)
    search_fields = ("name", "slug")
    fields = ("slug", "name", "phone", "source")

    def object_links(self, request, row):
        return adjusting_links(request, row, "department") if row.is_published else []


def adjusting_links(request: HttpRequest, promise, target: str) -> list[tuple[str, str]]:
    return offered("起草调整", address_of_new(request, "projects.adjustment", f"promise={target}:{promise.pk}"))


class PartnershipInline(GuardedInline, admin.TabularInline):
    model = Partnership


class MilestoneInline(GuardedInline, admin.StackedInline):
    model = Milestone
    form = UnitForm
    target_told = display_column("target", "目标值", lambda row: f"{number_text(row.target)} {row.unit}")
    display_fields: ClassVar = {"target": "target_told"}
    fields = (
        ("number", "code", "is_inferred"),
        ("title", "noun"),
        ("target", "unit", "weight"),
        ("starts_on", "due_on", "pace"),
    )


@admin.register(Project)
class ProjectAdmin(GuardedAdmin):
    investment_told = display_column("investment", "总投资", lambda row: f"{written_yuan(row.investment)}元")
    display_fields: ClassVar = {"investment": "investment_told"}
    list_display = ("title", "short_title", "investment_told", "place", "published_on")
    search_fields = ("title", "short_title", "slug", "place")
    fields = ("title", "short_title", "slug", "part_counter", "place", "investment", "lead", "lead_now")
    readonly_fields = ("lead_now",)
    inlines = (PartnershipInline, MilestoneInline)

    @admin.display(description="现在的牵头部门")
    def lead_now(self, project: Project) -> str:
        slug = current_terms(project)["lead"] if project.pk else None
        return str(Department.objects.filter(slug=slug).first() or "没有公布")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_projects(signed_in(request)))

    def object_links(self, request, row):
        is_led = row.is_published and led_projects(signed_in(request)).filter(pk=row.pk).exists()
        return [
            *(offered("填报", address_of_new(request, "projects.report", f"project={row.pk}")) if is_led else ()),
            *(adjusting_links(request, row, "project") if may_adjust(request, row) else ()),
            *offered("新增节点", address_of_new(request, "projects.milestone", f"project={row.pk}")),
        ]


def may_adjust(request: HttpRequest, project: Project) -> bool:
    """Administrators adjust every promise, officials those of the projects they lead."""
    user = signed_in(request)
    return project.is_published and (
        user.has_perm("projects.change_project") or led_projects(user).filter(pk=project.pk).exists()
    )


@admin.register(Milestone)
class MilestoneAdmin(GuardedAdmin):
    form = UnitForm
    target_told, display_fields = MilestoneInline.target_told, MilestoneInline.display_fields
    list_display = ("title", "project", "target_told", "due_on", "published_on")
    list_select_related = ("project",)
    list_filter = (("project", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("title", "code", "project__title")
    fields = ("project", *MilestoneInline.fields)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_milestones(signed_in(request)))

    def object_links(self, request, row):
        is_open = row.is_published and may_adjust(request, row.project)
        return adjusting_links(request, row, "milestone") if is_open else []
