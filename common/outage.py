"""The calm page for when the database is away or too many ask at once."""

from collections.abc import Callable
from wsgiref.types import WSGIApplication

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

UNAVAILABLE = "portal.unavailable"  # in the environment of a request, where no visitor can set it
RETRY_AFTER = 10  # seconds


def unavailable(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database."""
    response = render(None, "503.html", status=503)
    response["Retry-After"], response["Cache-Control"] = RETRY_AFTER, "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark: why is told once; a line for each of a crowd would fill the disk
    return response


def outage_page(application: WSGIApplication) -> WSGIApplication:
    """The calm page for whatever the request is, as the application sends it, with all its headers."""
    return lambda environ, start_response: application(environ | {UNAVAILABLE: True}, start_response)


class OutageMiddleware:
    """The innermost: what refuses a request gets every header that an answer gets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return unavailable(request) if request.META.get(UNAVAILABLE) else self.get_response(request)
