"""Atom feeds (RFC 4287) of the latest publications."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import linebreaks

from common.conditional import conditional
from common.marks import mark_of
from common.site_address import site_host, whole_address

MOST = 30
TAGGED_SINCE = datetime(2000, 1, 1, tzinfo=UTC)  # a fixed date in every id, so that ids never change
# Characters that XML doesn't allow, but text pasted from a word processor may contain.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Item:
    """`address` is the path of the page, from which the id is made; `summary` is plain text."""

    title: str
    address: str
    summary: str
    published_at: datetime
    updated_at: datetime
    is_illustrative: bool
    category: str = ""


class Feed(Atom1Feed):
    """A feed whose date without items is fixed. Django takes the current time, which would change every response."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=TAGGED_SINCE)


def feed_response(
    request: HttpRequest,
    *,
    site: str,
    author: str,
    title: str,
    subtitle: str,
    alternate: str,
    items: Iterable[Item],
    changed_at: datetime | None = None,
) -> HttpResponse:
    """`site` is the name of the site, `author` who runs it; `alternate` is the path of the page with the same content; `changed_at` is when an item was last removed."""
    feed = Feed(
        title=f"{mark_of(is_illustrative=False)}{title} · {site}",
        subtitle=subtitle,
        link=whole_address(request, alternate),
        description=subtitle,
        language="zh-Hans",
        feed_url=whole_address(request, request.path),
        author_name=author,
    )
    for item in items:
        address = whole_address(request, item.address)
        feed.add_item(
            title=clean(f"{mark_of(is_illustrative=item.is_illustrative)}{item.title}"),
            link=address,
            description=linebreaks(clean(item.summary), autoescape=True),
            unique_id=f"tag:{site_host(request)},{TAGGED_SINCE:%Y-%m-%d}:{item.address}",
            pubdate=item.published_at.replace(microsecond=0),
            updateddate=item.updated_at.replace(microsecond=0),
            categories=[item.category] if item.category else [],
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    return conditional(request, response, max(feed.latest_post_date(), changed_at or TAGGED_SINCE))


def clean(text: str) -> str:
    return CONTROLS.sub(" ", text)
