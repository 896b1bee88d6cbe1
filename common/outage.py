"""The page shown while the database is down or there are too many requests."""

from collections.abc import Callable
from wsgiref.types import WSGIApplication

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

UNAVAILABLE = "portal.unavailable"  # a key of the WSGI environment, which no header can set
RETRY_AFTER = 10  # seconds


def unavailable(request: HttpRequest) -> HttpResponse:
    """The 503 page. It uses no database."""
    response = render(None, "503.html", status=503)
    response["Retry-After"], response["Cache-Control"] = RETRY_AFTER, "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own flag: a log line for each of many requests would fill the disk
    return response


def outage_page(application: WSGIApplication) -> WSGIApplication:
    """A WSGI application that answers every request with the 503 page, with the headers of all middleware."""
    return lambda environ, start_response: application(environ | {UNAVAILABLE: True}, start_response)


class OutageMiddleware:
    """The innermost middleware, so that the 503 page gets the headers that all responses get."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return unavailable(request) if request.META.get(UNAVAILABLE) else self.get_response(request)
