from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from ledger import chain
from projects.models import Department
from tasks.models import Plan, Task

PLAN_PAGES = ("overview", "task-list", "project-table", "indicators", "changes", "compare", "review")


class StandingSitemap(Sitemap):
    """The pages that are always there. Those of the record are as new as its last entry."""

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
    """The pages of every plan; without a day, since they follow every report about it."""

    def items(self):
        years = Plan.objects.published().order_by("-year").values_list("year", flat=True)
        return [(name, year) for year in years for name in PLAN_PAGES]

    def location(self, item) -> str:
        name, year = item
        return reverse(name, args=[year])


class TaskSitemap(Sitemap):
    def items(self):
        rows = Task.objects.published().select_related("group__plan")
        return rows.order_by("-group__plan__year", "group", "number")

    def location(self, task: Task) -> str:
        return reverse("task", args=[task.group.plan.year, task.group.code, task.number])
