from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from projects.models import Department, Project


class ProjectSitemap(Sitemap):
    """A project's page changes with its reports and with what is adjusted of it or of its milestones."""

    def items(self):
        facts = ("reports", "adjustments", "milestones__adjustments")
        newest = {path.replace("__", "_"): Max(f"{path}__published_on") for path in facts}
        rows = Project.objects.published().annotate(**{f"{name}_on": moment for name, moment in newest.items()})
        return rows.order_by("slug")

    def location(self, project: Project) -> str:
        return reverse("project", args=[project.slug])

    def lastmod(self, project: Project):
        days = project.published_on, project.reports_on, project.adjustments_on, project.milestones_adjustments_on
        return max(day for day in days if day)


class DepartmentSitemap(Sitemap):
    def items(self):
        return Department.objects.published().order_by("slug")

    def location(self, department: Department) -> str:
        return reverse("department", args=[department.slug])

    def lastmod(self, department: Department):
        return department.published_on
