"""Security headers that neither Django nor django-csp sets."""

from collections.abc import Callable

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_deny

# What reads something of a visitor, or asks them for it. The others would do no harm, and each name is sent with every page.
UNUSED = (
    *(
        "bluetooth",
        "browsing-topics",
        "camera",
        "clipboard-read",
        "display-capture",
        "geolocation",
        "hid",
        "local-fonts",
    ),
    *("microphone", "midi", "payment", "serial", "usb"),
)
PERMISSIONS_POLICY = ", ".join(f"{ability}=()" for ability in UNUSED)
OURS, EVERYBODYS = "same-origin", "cross-origin"


class SecurityHeadersMiddleware:
    """Sets Permissions-Policy and Cross-Origin-Resource-Policy, and forbids frames around the desk.

    On a site for a rehearsal search engines are told to keep nothing of any answer.

    If FRAME_ANCESTORS allows other sites to frame public pages, every site may embed public resources, because the header
    can't have a list of sites. Resources of the desk are for its own pages alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_desk(request):
            response = unframed(lambda _request: response)(request)
        is_shared = settings.FRAME_ANCESTORS and not is_desk(request)
        response["Cross-Origin-Resource-Policy"] = EVERYBODYS if is_shared else OURS
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        if settings.TRIAL:
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response


def unframed(view):
    """Forbid other sites to show the view in a frame, even those in FRAME_ANCESTORS, because of clickjacking."""
    return csp_replace({"frame-ancestors": [NONE]})(xframe_options_deny(view))


def is_desk(request: HttpRequest) -> bool:
    return request.resolver_match is not None and "admin" in request.resolver_match.app_names
