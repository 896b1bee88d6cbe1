"""Previews at the desk: a public page as a visitor would get it after a publication."""

import re
from copy import copy
from html import escape, unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound, QueryDict
from django.urls import Resolver404, ResolverMatch, resolve
from django.urls.base import get_script_prefix

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
PAGE = "_page"  # the parameter of a preview with the path of another public page than the first
LINK = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")')
FORM = re.compile(r'(<form\b[^>]*?\saction=")([^"]*)("[^>]*>)')
# Names of public URLs that are no pages of their own.
NO_PAGES = frozenset({"healthz", "readyz", "evidence-file", "cover", "article-picture", "display"})


def public_page(request: HttpRequest, address: str) -> HttpResponse:
    """The response of a public view to an anonymous visitor, with a notice that it is a preview.

    It is the view at `address`, or the one that a link within the preview names by PAGE: links lead to further previews,
    since the pages that they lead to may not be public either. Status 404 where there is no such page.
    """
    path, query = _target_of(request, address)
    found = _public_view(path)
    if found is None:
        return HttpResponseNotFound("没有这一页。")
    visit = copy(request)
    visit.method, visit.user = "GET", AnonymousUser()
    visit.GET, visit.POST = QueryDict(query), QueryDict()
    visit.path, visit.path_info = path, _path_info(path)
    visit.META = {name: value for name, value in request.META.items() if name not in CONDITIONS}
    visit.META |= {"QUERY_STRING": query, "REQUEST_METHOD": "GET"}
    visit.is_preview = True  # type: ignore[attr-defined]  # for templates
    visit.resolver_match = found
    try:
        response = found.func(visit, *found.args, **found.kwargs)
    except Http404:
        return HttpResponseNotFound("公布以后也没有这一页。")
    if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
        response.content = with_links_to_previews(response.content.decode(), preview=request.path, page=path)
    return response


def _target_of(request: HttpRequest, address: str) -> tuple[str, str]:
    """The path and the query string of the page to show."""
    path, _question_mark, query = address.partition("?")
    parameters = request.GET.copy()
    if PAGE not in parameters:
        return path, query
    return parameters.pop(PAGE)[-1], parameters.urlencode()


def _path_info(path: str) -> str:
    return f"/{path.removeprefix(get_script_prefix())}"


def _public_view(path: str) -> ResolverMatch | None:
    """The view of a public page; None for paths of the admin and for URLs that are no page."""
    try:
        found = resolve(_path_info(path))
    except Resolver404:
        return None
    return None if "admin" in found.namespaces or found.url_name in NO_PAGES else found


def with_links_to_previews(html: str, *, preview: str, page: str) -> str:
    """The page at the path `page` with its links and forms changed to lead to previews at `preview`."""

    def with_preview_link(match: re.Match) -> str:
        before, href, after = match.groups()
        target = urlsplit(urljoin(page, unescape(href)))
        if not href or href.startswith("#") or target.netloc or target.scheme or _public_view(target.path) is None:
            return match[0]
        query = urlencode([(PAGE, target.path), *parse_qsl(target.query, keep_blank_values=True)])
        fragment = f"#{target.fragment}" if target.fragment else ""
        return f"{before}{escape(f'{preview}?{query}{fragment}')}{after}"

    def with_preview_action(match: re.Match) -> str:
        before, action, after = match.groups()
        path = urlsplit(urljoin(page, unescape(action))).path
        if _public_view(path) is None:
            return match[0]
        return f'{before}{escape(preview)}{after}<input type="hidden" name="{PAGE}" value="{escape(path)}">'

    return FORM.sub(with_preview_action, LINK.sub(with_preview_link, html))
