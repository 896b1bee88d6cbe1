"""The choice of larger text, kept in a cookie: the only thing that the portal stores about visitors."""

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from common.cache_policy import not_cached
from common.form_fields import LineField

COOKIE = "display"
LARGE, NORMAL = "large", "normal"
ONE_YEAR = 365 * 24 * 60 * 60


def is_large(request: HttpRequest) -> bool:
    return request.COOKIES.get(COOKIE) == LARGE


class Choice(forms.Form):
    to = forms.ChoiceField(choices=[(LARGE, "关怀版"), (NORMAL, "标准版")])
    next = LineField(required=False, max_length=2000)


@not_cached("to", "next")  # sets the cookie
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Set or delete the cookie and redirect to `next`, or to the front page if that isn't a path of this site."""
    form = Choice(request.GET)
    form.is_valid()
    back = form.cleaned_data.get("next", "")
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("front")
    response = HttpResponseRedirect(back)
    response["Cache-Control"] = "no-store"
    to = form.cleaned_data.get("to")
    if to == LARGE:
        response.set_cookie(
            COOKIE,
            LARGE,
            max_age=ONE_YEAR,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    elif to == NORMAL:
        response.delete_cookie(COOKIE, path=settings.SESSION_COOKIE_PATH)
    return response


class DisplayMiddleware:
    """Adds `Vary: Cookie` to HTML pages, which depend on the choice; files and data don't."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response
