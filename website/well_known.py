"""Files that programs request at fixed addresses: favicon, web app manifest, security.txt and robots.txt."""

from datetime import UTC, date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from accounts.publisher import publisher
from common.cache_policy import cached_by
from common.marks import mark_of
from common.site_address import whole_address

GREEN, PAPER = "#0b5a50", "#fdfbf5"  # those of static/icon.svg
DAY_IN_CACHES = {"Cache-Control": f"public, max-age={24 * 60 * 60}"}
MONTHS = 7  # for which security.txt is valid at most


@cached_by()
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon for programs that request it without being told to. Pages link to the SVG instead."""
    icon = (settings.BASE_DIR / "static" / "favicon.ico").read_bytes()
    return HttpResponse(icon, content_type="image/x-icon", headers=DAY_IN_CACHES)


@cached_by()
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest: the name and icons for the home screen of a phone."""
    icons = [
        {
            "src": static(f"img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    content = {
        "name": f"{mark_of(is_illustrative=False)}{publisher().site_name}",
        "lang": "zh-Hans",
        "start_url": reverse("front"),
        "scope": reverse("front"),
        "display": "browser",  # with the address bar, since pages are cited and shared
        "background_color": PAPER,
        "theme_color": GREEN,
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json", headers=DAY_IN_CACHES)


@cached_by()
def security_txt(request: HttpRequest) -> HttpResponse:
    """The contact for security reports (RFC 9116). Raises Http404 without the setting SECURITY_CONTACT."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACT]
    lines += [f"Expires: {expires_at(timezone.localdate()):%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: zh, en"]
    if settings.SITE_URL:
        lines.append(f"Canonical: {settings.SITE_URL}{reverse('security-txt')}")
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


def expires_at(on: date) -> datetime:
    """The first day of a month, six to seven months ahead, so that the file changes only once a month."""
    years, month = divmod(on.month - 1 + MONTHS, 12)
    return datetime(on.year + years, month + 1, 1, tzinfo=UTC)


@cached_by()
def robots(request: HttpRequest) -> HttpResponse:
    """The pages that crawlers should not visit, and the address of the sitemap; none at all of a rehearsal."""
    if settings.TRIAL:
        return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")
    disallowed = [reverse(name) for name in ("admin:index", "styleguide", "display", "search")]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in disallowed)]
    lines += ["", f"Sitemap: {whole_address(request, reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
