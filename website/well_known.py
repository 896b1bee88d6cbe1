"""What programs ask for at addresses they know by themselves: icons for a browser or a phone, whom to tell of a fault."""

from datetime import UTC, date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from common.cache_policy import cached_by
from common.site_address import whole_address

GREEN, PAPER = "#0b5a50", "#fdfbf5"  # those of static/icon.svg
DAY_IN_CACHES = {"Cache-Control": f"public, max-age={24 * 60 * 60}"}
MONTHS = 7


@cached_by()
def favicon(request: HttpRequest) -> HttpResponse:
    """For programs that ask for it unasked; pages name the drawing, which is sharp at every size."""
    icon = (settings.BASE_DIR / "static" / "favicon.ico").read_bytes()
    return HttpResponse(icon, content_type="image/x-icon", headers=DAY_IN_CACHES)


@cached_by()
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone writes and draws on its home screen."""
    icons = [
        {
            "src": static(f"img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    told = {
        "name": settings.SITE_NAME,
        "lang": "zh-Hans",
        "start_url": reverse("front"),
        "scope": reverse("front"),
        "display": "browser",  # the address stays in sight: pages are cited and passed on
        "background_color": PAPER,
        "theme_color": GREEN,
        "icons": icons,
    }
    return JsonResponse(told, content_type="application/manifest+json", headers=DAY_IN_CACHES)


@cached_by()
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness, as RFC 9116 wants it written; nothing where the installation names nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACT]
    lines += [f"Expires: {expires_at(timezone.localdate()):%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: zh, en"]
    if settings.SITE_URL:
        lines.append(f"Canonical: {settings.SITE_URL}{reverse('security-txt')}")
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


def expires_at(on: date) -> datetime:
    """The first of a month half a year and more ahead: the file is made anew long before, and all month the same."""
    years, month = divmod(on.month - 1 + MONTHS, 12)
    return datetime(on.year + years, month + 1, 1, tzinfo=UTC)


@cached_by()
def robots(request: HttpRequest) -> HttpResponse:
    """Where programs that read the web are asked not to go, and the list of every page."""
    closed = [reverse(name) for name in ("admin:index", "styleguide", "display", "search")]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {whole_address(request, reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
