from django.conf import settings
from django.utils import timezone

from huozhou_portal.as_of import DayError, day_query
from news.models import Article
from projects.models import Department
from tasks.models import Plan

LATEST = 5


def portal(request):
    """What every page says about the portal, and where its navigation leads. Lazy: an error page asks nothing."""
    return {
        "site_name": settings.SITE_NAME,
        "site_organizer": settings.SITE_ORGANIZER,
        "contact_line": settings.CONTACT_LINE,
        "day_query": _day_query(request),
        "navigation_plan": lambda: Plan.objects.on_front_page(timezone.localdate()),
        "latest_articles": lambda: Article.objects.published()[:LATEST],
        "has_departments": lambda: Department.objects.published().exists(),
    }


def _day_query(request) -> str:
    try:
        return day_query(request)
    except DayError:
        return ""
