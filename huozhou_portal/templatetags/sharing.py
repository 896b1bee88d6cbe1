"""What a page tells programs of itself: shared cards, schema.org data. Words come from the page's own title."""

import json
from functools import partial
from html import unescape
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString

from huozhou_portal.site_address import site_host, site_url, whole_address

register = template.Library()

# Which list a page belongs to, by its own name among the addresses. True: the list is one of the plan's year.
LISTS = {
    "task": ("任务", "task-list", True),
    "project": ("项目", "project-table", True),
    "department": ("部门", "department-list", False),
    "entry": ("公开记录", "ledger", False),
    "news:article": ("新闻", "news:list", False),
    "news:month": ("新闻", "news:list", False),
}


class Captured(template.Node):
    """What stands between the tags, under a name, to be said more than once."""

    def __init__(self, nodelist: template.NodeList, name: str):
        self.nodelist, self.name = nodelist, name

    def render(self, context) -> str:
        text = " ".join(self.nodelist.render(context).split())
        context[self.name] = SafeString(text)  # nosec B703 # escaped where it was written
        return ""


@register.tag
def captured(parser, token) -> Captured:
    """`{% captured as name %}…{% endcaptured %}`; what is captured was escaped where it was written."""
    try:
        _tag, _as, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("captured wants: as name") from None
    nodelist = parser.parse(("endcaptured",))
    parser.delete_first_token()
    return Captured(nodelist, name)


def structured(data: dict[str, Any]) -> SafeString:
    """A data block of schema.org. It is no script to a browser, so it needs no nonce; nothing in it can end it."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return SafeString(f'<script type="application/ld+json">{text}</script>')  # nosec B703 # escaped above


def organization() -> dict[str, str]:
    """Who publishes the portal, as far as the operator said."""
    if settings.SITE_ORGANIZER:
        return {"@type": "GovernmentOrganization", "name": settings.SITE_ORGANIZER}
    return {"@type": "Organization", "name": settings.SITE_NAME}


@register.simple_tag(takes_context=True)
def share_picture(context) -> str:
    """The whole address of the picture that stands on shared cards."""
    return whole_address(context["request"], static("img/share.png"))


@register.simple_tag(takes_context=True)
def site_address(context) -> str:
    """Scheme and host, for what is taken away and run elsewhere."""
    return site_url(context["request"])


@register.simple_tag(takes_context=True)
def site_domain(context) -> str:
    return site_host(context["request"])


@register.simple_tag(takes_context=True)
def website_data(context) -> SafeString:
    """The portal itself, and where its search is."""
    whole = partial(whole_address, context["request"])
    search = f"{whole(reverse('search'))}?q={{words}}"
    action = {"@type": "SearchAction", "target": search, "query-input": "required name=words"}
    return structured(
        {
            "@type": "WebSite",
            "name": settings.SITE_NAME,
            "url": whole(reverse("front")),
            "inLanguage": "zh-Hans",
            "publisher": organization(),
            "potentialAction": action,
        }
    )


@register.simple_tag(takes_context=True)
def dataset_data(context, *, is_illustrative: bool) -> SafeString:
    """The data for programs, as a catalogue of data sets wants them described."""
    whole = partial(whole_address, context["request"])
    mark = "【示例】" if is_illustrative else ""
    files = [
        {"@type": "DataDownload", "encodingFormat": "application/json", "contentUrl": whole(reverse(name))}
        for name in ("api:plans", "api:projects", "api:ledger")
    ]
    return structured(
        {
            "@type": "Dataset",
            "name": f"{mark}年度承诺和公开记录",
            "description": f"{mark}市里每年承诺了什么、部门报了什么、改了什么，以及据此算出的进度；每一条都能核对。",
            "url": whole(reverse("about")),
            "inLanguage": "zh-Hans",
            "isAccessibleForFree": True,
            "creator": organization(),
            "distribution": files,
        }
    )


@register.simple_tag(takes_context=True)
def breadcrumbs_data(context) -> SafeString:
    """Where the page stands: front page, plan, list, page. Nothing on the front page and on errors."""
    request = context["request"]
    match = getattr(request, "resolver_match", None)
    if match is None or match.view_name == "front":
        return SafeString("")
    trail = [(settings.SITE_NAME, reverse("front")), *_between(context.get("plan"), match.view_name)]
    own = unescape(context.get("page_title", "")).partition(" · ")[0]
    items = [
        {"@type": "ListItem", "position": n, "name": name, "item": whole_address(request, address)}
        for n, (name, address) in enumerate([*trail, (own, request.path)], 1)
    ]
    return structured({"@type": "BreadcrumbList", "itemListElement": items})


def _between(plan, view_name: str):
    if plan and view_name != "overview":
        yield plan.short_title, reverse("overview", args=[plan.year])
    if view_name in LISTS:
        words, name, is_of_plan = LISTS[view_name]
        if plan or not is_of_plan:
            yield words, reverse(name, args=[plan.year] if is_of_plan else [])
