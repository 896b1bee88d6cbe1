from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import DisallowedHost, TooManyFieldsSent
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.publisher import NAMES, publisher
from common.as_of import DayError, day_query
from common.display import LARGE, NORMAL, is_large
from common.site_address import whole_address
from news.models import Article
from projects.models import Department, Source, SourceKind
from tasks.models import Plan

LATEST = 5
OPERATOR = ("SOURCE_URL", "SITE_NEWS")


def portal(request):
    """What is known of the publisher, the navigation, and what else every page shows.

    Values that need a query are lazy, since error pages must not use the database.
    """
    return {
        **{name.lower(): getattr(settings, name) for name in OPERATOR},
        **{name: SimpleLazyObject(partial(_published, name)) for name in NAMES},
        "is_large": is_large(request),
        "display_choice": _display_choice(request),
        "day_query": _day_query(request),
        "canonical": _canonical(request),
        "illustration": illustration,
        "navigation_plan": SimpleLazyObject(lambda: Plan.objects.on_front_page(timezone.localdate())),
        "latest_articles": lambda: Article.objects.published()[:LATEST],
        "has_departments": lambda: Department.objects.published().exists(),
    }


def _published(name: str) -> str:
    return getattr(publisher(), name)


def _canonical(request) -> str:
    """The absolute address of the page; "" if it can't be made, since the error page for such a request needs none."""
    try:
        return whole_address(request, request.path)
    except (DisallowedHost, ValueError):  # ValueError: of a path such as //[
        return ""


def _day_query(request) -> str:
    try:
        return day_query(request)
    except (DayError, TooManyFieldsSent):  # the error page says so already
        return ""


def _display_choice(request) -> str:
    """The address that switches to the other text size and redirects back here."""
    other = NORMAL if is_large(request) else LARGE
    return f"{reverse('display')}?{urlencode({'to': other, 'next': request.get_full_path()})}"


def illustration() -> str:
    """The notice about illustrative data: the title of their source."""
    source = Source.objects.published().filter(kind=SourceKind.ILLUSTRATIVE).first()
    return source.title if source else "示例数据，不是真实进展"
