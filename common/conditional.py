"""Answers for programs that come back every hour: told in a few bytes where nothing is new."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date


def conditional(request: HttpRequest, response: HttpResponse, modified_at: datetime | None) -> HttpResponse:
    """The response with its ETag and the moment of its last change, or 304 where the asker has it."""
    set_response_etag(response)
    timestamp = None if modified_at is None else int(modified_at.timestamp())
    if timestamp is not None:
        response["Last-Modified"] = http_date(timestamp)
    not_modified = get_conditional_response(request, etag=response["ETag"], last_modified=timestamp, response=response)
    return not_modified or response
