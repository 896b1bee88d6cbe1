"""Conditional responses for programs that poll, such as feed readers and calendars."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date


def conditional(request: HttpRequest, response: HttpResponse, modified_at: datetime | None) -> HttpResponse:
    """The response with ETag and Last-Modified, or 304 if the client has this version already."""
    set_response_etag(response)
    timestamp = None if modified_at is None else int(modified_at.timestamp())
    if timestamp is not None:
        response["Last-Modified"] = http_date(timestamp)
    not_modified = get_conditional_response(request, etag=response["ETag"], last_modified=timestamp, response=response)
    return not_modified or response
