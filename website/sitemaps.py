from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from ledger import chain
from news.models import Article
from projects.models import Department, Project
from tasks.models import Plan, Task
from website.pages.months import months_begun
from website.pages.news import months_of


def site_sitemap(request: HttpRequest, sitemaps: dict[str, Any]) -> HttpResponse:
    """Raises Http404 on a site for a rehearsal, of which search engines shall find nothing."""
    if settings.TRIAL:
        raise Http404
    return sitemap(request, sitemaps)


PLAN_PAGES = ("overview", "task-list", "project-table", "indicators", "changes", "compare", "review", "year-poster")


class FixedPagesSitemap(Sitemap):
    """The pages that always exist. Those about the ledger are dated by its last entry."""

    def items(self):
        of_record = ["front", "ledger", *(["department-list"] if Department.objects.published().exists() else [])]
        last = chain.head()
        dated = [(name, last and last.published_on) for name in of_record] if last else []
        return [*dated, *((name, None) for name in ("about", "accessibility", "site-map"))]

    def location(self, item) -> str:
        return reverse(item[0])

    def lastmod(self, item):
        return item[1]


class PlanSitemap(Sitemap):
    """The pages of every plan, undated, since every report of the plan changes them."""

    def items(self):
        years = Plan.objects.published().order_by("-year").values_list("year", flat=True)
        return [(name, year) for year in years for name in PLAN_PAGES]

    def location(self, item) -> str:
        name, year = item
        return reverse(name, args=[year])


class MonthSitemap(Sitemap):
    """Every month of a plan that has begun."""

    def items(self):
        return [month for plan in Plan.objects.published().order_by("-year") for month in months_begun(plan)]

    def location(self, month) -> str:
        return reverse("plan-month", args=[month.year, month.month])


class TaskSitemap(Sitemap):
    def items(self):
        rows = Task.objects.published().select_related("group__plan")
        return rows.order_by("-group__plan__year", "group", "number")

    def location(self, task: Task) -> str:
        return reverse("task", args=[task.group.plan.year, task.group.code, task.number])


class ProjectSitemap(Sitemap):
    """The pages of projects, dated by the last report or adjustment of the project or its milestones."""

    annotated: ClassVar = {
        "reported_on": "reports",
        "adjusted_on": "adjustments",
        "milestone_adjusted_on": "milestones__adjustments",
    }

    def items(self):
        newest = {name: Max(f"{path}__published_on") for name, path in self.annotated.items()}
        return Project.objects.published().annotate(**newest).order_by("slug")

    def location(self, project: Project) -> str:
        return reverse("project", args=[project.slug])

    def lastmod(self, project: Project):
        changed = (getattr(project, name) for name in self.annotated)
        return max(day for day in (project.published_on, *changed) if day)


class DepartmentSitemap(Sitemap):
    def items(self):
        return Department.objects.published().order_by("slug")

    def location(self, department: Department) -> str:
        return reverse("department", args=[department.slug])

    def lastmod(self, department: Department):
        return department.published_on


class NewsSitemap(Sitemap):
    """The lists of all news and of the news of each month."""

    def items(self):
        return [None, *months_of(Article.objects.published())] if settings.SITE_NEWS else []

    def location(self, month) -> str:
        return reverse("news:month", args=[month.year, month.month]) if month else reverse("news:list")


class ArticleSitemap(Sitemap):
    def items(self):
        return Article.objects.published().order_by("-published_at", "-pk")

    def lastmod(self, article: Article):
        return article.updated_at
