"""A public page as a visitor would get it, shown to somebody at the desk before it is so."""

from copy import copy

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve
from django.urls.base import get_script_prefix

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


def public_page(request: HttpRequest, address: str) -> HttpResponse:
    """The answer of the public view at `address` to an anonymous visitor, said to be a preview at its top."""
    path, _question_mark, query = address.partition("?")
    asked = copy(request)
    asked.method, asked.user = "GET", AnonymousUser()
    asked.GET, asked.POST = QueryDict(query), QueryDict()
    asked.path, asked.path_info = path, f"/{path.removeprefix(get_script_prefix())}"
    asked.META = {name: value for name, value in request.META.items() if name not in CONDITIONS}
    asked.META |= {"QUERY_STRING": query, "REQUEST_METHOD": "GET"}
    asked.is_preview = True
    found = resolve(asked.path_info)
    asked.resolver_match = found
    return found.func(asked, *found.args, **found.kwargs)
