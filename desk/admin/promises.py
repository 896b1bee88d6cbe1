"""The pages of sources, departments, projects and milestones."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.sessions import signed_in
from common.money import written_yuan
from desk.admin.base import GuardedAdmin, GuardedInline, display_column
from desk.admin.drafts_of_month import DraftsAdmin
from desk.admin.versions import edit_session
from projects.access import led_projects, visible_milestones, visible_projects
from projects.models import Department, DepartmentsField, Milestone, Project, Source, SourceKind
from projects.publishing import current_terms
from projects.words import department_names


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
class DepartmentAdmin(DraftsAdmin):
    list_display = ("name", "slug", "phone", "published_on", "drafter")
    list_select_related = ("drafted_by",)
    search_fields = ("name", "slug")
    fields = ("slug", "name", "phone", "source")

    def object_links(self, request, row):
        month = ("一个月的填报", reverse("admin:projects_department_month", args=[row.pk]))
        return [month, *(adjusting_links(request, row, "department") if row.is_published else [])]


def adjusting_links(
    request: HttpRequest, promise, target: str, label: str = "projects.adjustment"
) -> list[tuple[str, str]]:
    """`label` is that of the model of adjustments."""
    return offered("起草调整", address_of_new(request, label, f"promise={target}:{promise.pk}"))


class MilestoneInline(GuardedInline, admin.StackedInline):
    """Those that come later, with an addition or the next plan, are written on their own page."""

    model = Milestone
    fields = (
        ("number", "code"),
        ("title", "noun", "unit"),
        ("verb", "begun"),
        ("is_counted", "is_lasting"),
    )


def listed_column(name: str, label: str, words_of: Callable[[Any], Iterable[str]], missing: str = "没有") -> Callable:
    """A method for what is read only: the words one after another, `missing` without any."""
    return display_column(name, label, lambda row: "、".join(words_of(row)) or missing)


def names_column(name: str, label: str) -> Callable:
    """As `listed_column`: the names of the departments whose slugs the field holds, in their order."""

    def names_of(row) -> list[str]:
        slugs = getattr(row, name)
        names = department_names(slugs) if slugs else {}
        return [names.get(slug, slug) for slug in slugs]

    return listed_column(name, label, names_of, "没有公布")


class DepartmentChoices(list):
    """(slug, name) of every department, loaded once a request however many forms choose from them."""


class DepartmentsChosen(admin.options.BaseModelAdmin):
    """A page or inline on which departments are chosen."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, DepartmentsField):
            kwargs["choices"] = edit_session(request).once(
                DepartmentChoices, lambda: DepartmentChoices(Department.objects.values_list("slug", "name"))
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Project)
class ProjectAdmin(DepartmentsChosen, GuardedAdmin):
    investment_text = display_column("investment", "总投资", lambda row: f"{written_yuan(row.investment)}元")
    leads_text, partners_text = names_column("leads", "牵头部门"), names_column("partners", "配合部门")
    display_fields: ClassVar = {
        "investment": "investment_text",
        "leads": "leads_text",
        "partners": "partners_text",
    }
    list_display = ("title", "short_title", "investment_text", "place", "published_on")
    search_fields = ("title", "short_title", "slug", "place")
    fields = (
        ("title", "short_title", "box_name"),
        ("slug", "part_counter"),
        "place",
        ("investment", "funding"),
        ("leads", "partners"),
        ("post", "leads_now"),
    )
    readonly_fields = ("leads_now",)
    inlines = (MilestoneInline,)

    @admin.display(description="现在的牵头部门")
    def leads_now(self, project: Project) -> str:
        slugs = current_terms(project)["leads"] if project.pk else ()
        names = department_names(slugs)
        return "、".join(names.get(slug, slug) for slug in slugs) or "没有公布"

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
    list_display = ("title", "project", "unit", "verb", "published_on")
    list_select_related = ("project",)
    list_filter = (("project", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("title", "code", "project__title")
    fields = ("project", *MilestoneInline.fields)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_milestones(signed_in(request)))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """A public project may get new milestones, which the next plan or an addition publishes."""
        if db_field.name == "project":
            kwargs["queryset"] = Project.objects.all()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def object_links(self, request, row):
        is_open = row.is_published and may_adjust(request, row.project)
        return adjusting_links(request, row, "milestone") if is_open else []
