"""A public page as a visitor would get it, shown to somebody at the desk before it is so."""

import re
from copy import copy
from html import escape, unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound, QueryDict
from django.urls import Resolver404, ResolverMatch, resolve
from django.urls.base import get_script_prefix

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
PAGE = "_page"  # the parameter of a preview that names another public page than its first one
LINK = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")')
FORM = re.compile(r'(<form\b[^>]*?\saction=")([^"]*)("[^>]*>)')
# What a page shows of itself and no visitor walks to.
APART = frozenset({"healthz", "readyz", "evidence-file", "cover", "article-picture", "display"})


def public_page(request: HttpRequest, address: str) -> HttpResponse:
    """The answer of a public view to an anonymous visitor, said to be a preview at its top.

    Of the view at `address`, or of that which a link within the preview led to: links lead from preview to preview,
    for what they lead to may be as little public as this.
    """
    path, query = _asked_for(request, address)
    found = _public_view(path)
    if found is None:
        return HttpResponseNotFound("没有这一页。")
    asked = copy(request)
    asked.method, asked.user = "GET", AnonymousUser()
    asked.GET, asked.POST = QueryDict(query), QueryDict()
    asked.path, asked.path_info = path, _path_info(path)
    asked.META = {name: value for name, value in request.META.items() if name not in CONDITIONS}
    asked.META |= {"QUERY_STRING": query, "REQUEST_METHOD": "GET"}
    asked.is_preview = True
    asked.resolver_match = found
    try:
        response = found.func(asked, *found.args, **found.kwargs)
    except Http404:
        return HttpResponseNotFound("公布以后也没有这一页。")
    if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
        response.content = with_links_to_previews(response.content.decode(), preview=request.path, page=path)
    return response


def _asked_for(request: HttpRequest, address: str) -> tuple[str, str]:
    path, _question_mark, query = address.partition("?")
    asked = request.GET.copy()
    if PAGE not in asked:
        return path, query
    return asked.pop(PAGE)[-1], asked.urlencode()


def _path_info(path: str) -> str:
    return f"/{path.removeprefix(get_script_prefix())}"


def _public_view(path: str) -> ResolverMatch | None:
    """The view of a page that visitors read; none for the desk and for what pages consist of."""
    try:
        found = resolve(_path_info(path))
    except Resolver404:
        return None
    return None if "admin" in found.namespaces or found.url_name in APART else found


def with_links_to_previews(html: str, *, preview: str, page: str) -> str:
    """The page at the path `page` with its links and forms leading to previews at `preview`."""

    def leading(match: re.Match) -> str:
        before, href, after = match.groups()
        target = urlsplit(urljoin(page, unescape(href)))
        if not href or href.startswith("#") or target.netloc or target.scheme or _public_view(target.path) is None:
            return match[0]
        asked = urlencode([(PAGE, target.path), *parse_qsl(target.query, keep_blank_values=True)])
        fragment = f"#{target.fragment}" if target.fragment else ""
        return f"{before}{escape(f'{preview}?{asked}{fragment}')}{after}"

    def asking(match: re.Match) -> str:
        before, action, after = match.groups()
        path = urlsplit(urljoin(page, unescape(action))).path
        if _public_view(path) is None:
            return match[0]
        return f'{before}{escape(preview)}{after}<input type="hidden" name="{PAGE}" value="{escape(path)}">'

    return FORM.sub(asking, LINK.sub(leading, html))
