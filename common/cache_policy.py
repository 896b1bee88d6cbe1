"""What the page cache may do with the answers of a view, declared at the view itself.

What a view doesn't read is no part of its address: junk behind the question mark adds no copy. What could take endlessly
many values (the words of a search) isn't kept at all.
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
Check = Callable[[str], str]  # returns letters, digits and `_.-` alone, raises NotKept


class CachePolicy(NamedTuple):
    """`checks` has the parameters that the view reads, each with what brings its values to the one way to write them."""

    checks: Mapping[str, Check]
    is_cached: bool
    passes_limits: bool = False


class NotCacheable(Exception):
    """The address is one that no copy is kept of: Django answers it, or refuses it in words."""


def valid_day(text: str) -> str:
    if not DAY.fullmatch(text.strip()):
        raise NotCacheable
    return text.strip()


def valid_word(text: str) -> str:
    if not WORD.fullmatch(text):
        raise NotCacheable
    return text


def valid_page(text: str) -> str:
    """The first page is the one without a number."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotCacheable
    return "" if int(text) == 1 else str(int(text))


def endless(_text: str) -> str:
    raise NotCacheable


def cached_by(**checks: Check) -> Callable[[View], View]:
    """The view's answers are kept, one for each value of these parameters. Nothing else reaches it: it is only asked
    (GET, HEAD), and gets no other parameter."""
    policy = CachePolicy(checks, is_cached=True)
    return lambda view: _with_policy(policy, require_safe(view))


def not_cached(*names: str, passes_limits: bool = False) -> Callable[[View], View]:
    """Django answers each request. No parameter reaches the view but those of these names. What passes the limits waits
    for nobody, however many requests are under way."""
    policy = CachePolicy(dict.fromkeys(names, endless), is_cached=False, passes_limits=passes_limits)
    return partial(_with_policy, policy)


def _with_policy(policy: CachePolicy, view: View) -> View:
    view.cache_policy = policy  # type: ignore[attr-defined]
    return view
