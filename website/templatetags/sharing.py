"""What a page tells programs of itself: shared cards, schema.org data. Words come from the page's own title."""

import json
import re
from collections.abc import Iterator
from functools import partial
from html import unescape
from typing import Any, NamedTuple

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from accounts.publisher import publisher
from common.marks import mark_of
from common.site_address import site_host, site_url, whole_address
from common.templatetags.components import component
from website.cards.days import card_day_of, promise_card_path

register = template.Library()

# Which list a page belongs to, by its own name among the addresses. True: the list is one of the plan's year.
LISTS = {
    "task": ("任务", "task-list", True),
    "project": ("项目", "project-table", True),
    "poster": ("项目", "project-table", True),
    "mismatch": ("项目", "project-table", True),
    "department": ("部门", "department-list", False),
    "entry": ("公开记录", "ledger", False),
    "news:article": ("新闻", "news:list", False),
    "news:month": ("新闻", "news:list", False),
}


# Where a reader would pause, behind the mark and whatever closes with it.
SENTENCE_END = re.compile(r"[。！？][”’）】]*")
CLAUSE_END = re.compile(r"[；，、：]")
LONGEST_DESCRIPTION = 120  # characters; search engines and shared cards show fewer


@register.filter(is_safe=False)
def description(text: str) -> SafeString:
    """What was written between the tags of a filter block, escaped there, as whole sentences."""
    return SafeString(escape(whole_sentences(unescape(text), LONGEST_DESCRIPTION)))  # nosec B703 # escaped here


def whole_sentences(text: str, most: int) -> str:
    """The text up to the last end of a sentence, else of a clause, within `most` characters; it ends as a sentence does."""
    text = " ".join(text.split())
    if len(text) > most:
        ends = [end.end() for end in SENTENCE_END.finditer(text) if end.end() <= most]
        pauses = [pause.start() for pause in CLAUSE_END.finditer(text) if pause.start() < most]
        if not ends and not pauses:
            return f"{text[: most - 1]}…"
        text = text[: ends[-1] if ends else pauses[-1]]
    text = text.rstrip("；，、： ")
    return text if not text or SENTENCE_END.search(text[-2:]) else f"{text}。"


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
    """Who publishes the portal, as far as that is known."""
    if publisher().site_organizer:
        return {"@type": "GovernmentOrganization", "name": publisher().site_organizer}
    return {"@type": "Organization", "name": publisher().site_name}


@register.simple_tag(takes_context=True)
def share_picture(context) -> str:
    """The whole address of the picture that stands on shared cards: of the page's first promise, else of its plan.

    A page of a past day has the card of the last month that ended by then; `card_day` is that of a page without a day.
    """
    promise = context.get("promise") or next(iter(context.get("promises") or ()), None)
    plan = promise.plan if promise else context.get("plan") or context.get("navigation_plan")
    if not plan:  # nothing is public yet
        return whole_address(context["request"], static("img/share.png"))
    asked = context.get("card_day") or (context.get("as_of") if context.get("day_query") else None)
    day = card_day_of(plan, asked) if asked else None
    path = promise_card_path(promise.snapshot) if promise else reverse("plan-card", args=[plan.year])
    return whole_address(context["request"], f"{path}{f'?as_of={day}' if day else ''}")


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
            "name": publisher().site_name,
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
    mark = mark_of(is_illustrative=is_illustrative)
    files = [
        {"@type": "DataDownload", "encodingFormat": "application/json", "contentUrl": whole(reverse(name))}
        for name in ("api:plans", "api:projects", "api:ledger")
    ]
    return structured(
        {
            "@type": "Dataset",
            "name": f"{mark}年度承诺和公开记录",
            "description": f"{mark}每年承诺了什么、部门报了什么、改了什么，以及据此算出的进度；每一条都能核对。",
            "url": whole(reverse("about")),
            "inLanguage": "zh-Hans",
            "isAccessibleForFree": True,
            "creator": organization(),
            "distribution": files,
        }
    )


class Step(NamedTuple):
    """Of the way from the front page to a page."""

    words: str
    address: str


@component(register, "components/breadcrumbs.html", takes_context=True)
def breadcrumbs(context) -> dict:
    """The way for people: its links carry on the day, the page itself is none."""
    trail = trail_of(context)
    query = context.get("day_query", "")
    dayless = (reverse("news:list"), "#")
    above = [(step, "" if step.address.startswith(dayless) else query) for step in trail[:-1]]
    return {"above": above, "here": trail[-1] if trail else None}


@register.simple_tag(takes_context=True)
def breadcrumbs_data(context) -> SafeString:
    """The same way for programs."""
    trail = trail_of(context)
    if not trail:
        return SafeString("")
    mark = mark_of(is_illustrative=context.get("is_illustrative"))
    names = [publisher().site_name, *(step.words for step in trail[1:-1]), mark + trail[-1].words]
    items = [
        {"@type": "ListItem", "position": n, "name": name, "item": whole_address(context["request"], step.address)}
        for n, (name, step) in enumerate(zip(names, trail, strict=True), 1)
    ]
    return structured({"@type": "BreadcrumbList", "itemListElement": items})


def trail_of(context) -> list[Step]:
    """From the front page to the page, which `page_name` names; empty on the front page and on errors."""
    request = context["request"]
    match = getattr(request, "resolver_match", None)
    name = unescape(context.get("page_name", ""))
    if match is None or match.view_name == "front" or not name:
        return []
    above = _between(context, match.view_name)
    return [Step("首页", reverse("front")), *above, Step(name, request.path)]


def _between(context, view_name: str) -> Iterator[Step]:
    plan = context.get("plan")
    if plan and view_name != "overview":
        yield Step(plan.short_title, reverse("overview", args=[plan.year]))
    if view_name in LISTS:
        words, name, is_of_plan = LISTS[view_name]
        if plan or not is_of_plan:
            yield Step(words, reverse(name, args=[plan.year] if is_of_plan else []))
    if view_name in ("poster", "mismatch"):
        yield Step(context["project"].title, reverse("project", args=[context["project"].slug]))
    if view_name == "news:article":
        dated_on = context["article"].dated_on
        words = f"{dated_on.year} 年 {dated_on.month} 月"
        yield Step(words, reverse("news:month", args=[dated_on.year, dated_on.month]))
