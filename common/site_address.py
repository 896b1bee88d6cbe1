"""Absolute addresses of the portal, for feeds, calendars, QR codes and canonical links.

They start with SITE_URL, so that a page has the same address whatever host was requested. If it isn't set, or is a local
address, which may lack the port, they start with the host of the request.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import iri_to_uri

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def site_url(request: HttpRequest) -> str:
    """Scheme and host, without a trailing slash. Raises DisallowedHost if the host comes from the request and isn't allowed."""
    if settings.SITE_URL and urlsplit(settings.SITE_URL).hostname not in LOOPBACK:
        return settings.SITE_URL
    return f"{request.scheme}://{request.get_host()}"


def site_host(request: HttpRequest) -> str:
    """The host name without port."""
    return urlsplit(site_url(request)).hostname or ""


def whole_address(request: HttpRequest, path: str) -> str:
    """The absolute address of a path, which includes PATH_PREFIX. Raises DisallowedHost as `site_url`."""
    return iri_to_uri(f"{site_url(request)}{path}")
