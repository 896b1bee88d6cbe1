"""Whether the page cache may store the responses of a view, and by which parameters: declared at the view itself.

Parameters that a view doesn't read are not part of the key, so junk in the query adds no stored page. Views with a
parameter that can have any value (the words of a search) aren't cached at all.
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
Check = Callable[[str], str]  # returns only letters, digits and `_.-`, or raises NotCacheable


class CachePolicy(NamedTuple):
    """`checks` maps each parameter that the view reads to a function that normalizes its value."""

    checks: Mapping[str, Check]
    is_cached: bool
    passes_limits: bool = False


class NotCacheable(Exception):
    """The request can't be answered from a stored page, so the view answers it, if only with an error."""


def valid_day(text: str) -> str:
    if not DAY.fullmatch(text.strip()):
        raise NotCacheable
    return text.strip()


def valid_word(text: str) -> str:
    if not WORD.fullmatch(text):
        raise NotCacheable
    return text


def valid_page(text: str) -> str:
    """The page number without leading zeros; "" for the first page, whose address has none. Raises NotCacheable."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotCacheable
    return "" if int(text) == 1 else str(int(text))


def endless(_text: str) -> str:
    raise NotCacheable


def cached_by(**checks: Check) -> Callable[[View], View]:
    """Store one response for each combination of values of these parameters.

    Other parameters don't reach the view, and only GET and HEAD are allowed.
    """
    policy = CachePolicy(checks, is_cached=True)
    return lambda view: _with_policy(policy, require_safe(view))


def not_cached(*names: str, passes_limits: bool = False) -> Callable[[View], View]:
    """Store no response. Parameters other than these don't reach the view.

    With `passes_limits` the view is called even when the limit of simultaneous requests is reached.
    """
    policy = CachePolicy(dict.fromkeys(names, endless), is_cached=False, passes_limits=passes_limits)
    return partial(_with_policy, policy)


def _with_policy(policy: CachePolicy, view: View) -> View:
    view.cache_policy = policy  # type: ignore[attr-defined]
    return view
