"""The portal's own addresses as others keep them: in feeds, calendars, codes on paper, canonical links.

They are made of SITE_URL, so that one page has one address whatever host it was asked under. On a machine of one's own
only the request knows the port, and it tells the address there, as where no SITE_URL is known.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import iri_to_uri

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def site_url(request: HttpRequest) -> str:
    """Scheme and host, without a slash behind them."""
    if settings.SITE_URL and urlsplit(settings.SITE_URL).hostname not in LOOPBACK:
        return settings.SITE_URL
    return f"{request.scheme}://{request.get_host()}"


def site_host(request: HttpRequest) -> str:
    """The host alone, without its port."""
    return urlsplit(site_url(request)).hostname or ""


def whole_address(request: HttpRequest, path: str) -> str:
    """Of a path of the portal, its prefix included. Raises DisallowedHost where only a forged request could tell."""
    return iri_to_uri(f"{site_url(request)}{path}")
