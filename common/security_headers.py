"""What every answer asks of browsers that neither Django nor the policy of contents says: whose pages may use it, and
which of the machine's abilities no page of ours needs."""

from collections.abc import Callable

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_deny

UNUSED = (
    *("accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "clipboard-read", "clipboard-write"),
    *(
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "gamepad",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
    ),
    *(
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-get",
    ),
    *("screen-wake-lock", "serial", "storage-access", "usb", "web-share", "window-management", "xr-spatial-tracking"),
)
PERMISSIONS_POLICY = ", ".join(f"{ability}=()" for ability in UNUSED)
OURS, EVERYBODYS = "same-origin", "cross-origin"


class SecurityHeadersMiddleware:
    """Where other sites may frame the public pages, they may show their QR codes, posters and photos as well: the
    header knows no list of sites, and all that is public anyway. Nobody's page but ours shows anything of the desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_desk(request):
            response = unframed(lambda _request: response)(request)
        is_shared = settings.FRAME_ANCESTORS and not is_desk(request)
        response["Cross-Origin-Resource-Policy"] = EVERYBODYS if is_shared else OURS
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        return response


def unframed(view):
    """Whoever may show the public pages in a frame may not show the desk in one: a press could be stolen."""
    return csp_replace({"frame-ancestors": [NONE]})(xframe_options_deny(view))


def is_desk(request: HttpRequest) -> bool:
    return request.resolver_match is not None and "admin" in request.resolver_match.app_names
