"""What the page cache may do with the answers of a view, declared at the view itself.

Parameters that a view doesn't read are not part of the key, so junk in the query adds no stored page. Views with a
parameter of endlessly many values (the words of a search) aren't cached at all.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.views.decorators.http import require_safe

MOST_DIGITS = 5
WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

View = TypeVar("View", bound=Callable[..., Any])
Check = Callable[[str], str]  # returns letters, digits and `_.-` alone, raises NotCacheable


class CachePolicy(NamedTuple):
    """`checks` has the parameters that the view reads, each with a function that normalizes its value."""

    checks: Mapping[str, Check]
    is_cached: bool
    passes_limits: bool = False


class NotCacheable(Exception):
    """The request can't be answered from a stored page; Django answers it, or says what is wrong."""


def valid_day(text: str) -> str:
    if not DAY.fullmatch(text.strip()):
        raise NotCacheable
    return text.strip()


def valid_word(text: str) -> str:
    if not WORD.fullmatch(text):
        raise NotCacheable
    return text


def valid_page(text: str) -> str:
    """The number of a page, "" for the first, which has no number in its address. Raises NotCacheable."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotCacheable
    return "" if int(text) == 1 else str(int(text))


def endless(_text: str) -> str:
    raise NotCacheable


def cached_by(**checks: Check) -> Callable[[View], View]:
    """Store one answer for each combination of values of these parameters. Other parameters don't reach the view, and only
    GET and HEAD are allowed."""
    policy = CachePolicy(checks, is_cached=True)
    return lambda view: _with_policy(policy, require_safe(view))


def not_cached(*names: str, passes_limits: bool = False) -> Callable[[View], View]:
    """Store no answer. Parameters other than these don't reach the view. With `passes_limits` the view is called however many
    requests are being answered."""
    policy = CachePolicy(dict.fromkeys(names, endless), is_cached=False, passes_limits=passes_limits)
    return partial(_with_policy, policy)


def _with_policy(policy: CachePolicy, view: View) -> View:
    view.cache_policy = policy  # type: ignore[attr-defined]
    return view
