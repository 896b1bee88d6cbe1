"""The cards that this process has drawn, each until the ledger's head of its day is another."""

from collections.abc import Hashable
from threading import Lock

from common.lru_cache import LRUCache
from website.cards.contents import CardContents
from website.cards.drawing import card_png

MOST_KEPT = 8 * 1024  # KB of pictures, of which each has about 35
# Whoever waits occupies one of the few requests that are answered at once.
LONGEST_WAIT = 0.5  # seconds

_cards: LRUCache[bytes] = LRUCache(MOST_KEPT, weight=lambda card: len(card) // 1024 + 1)
_drawing = Lock()


def kept_card(key: Hashable) -> bytes | None:
    """The card if it is drawn already."""
    return _cards.peek(key)


def card_of(key: Hashable, contents: CardContents) -> bytes | None:
    """The card, drawn if it isn't kept: one at a time. None where others are being drawn for too long.

    Raises MissingGlyph for a text with a character that can't be drawn.
    """
    if not _drawing.acquire(timeout=LONGEST_WAIT):
        return None
    try:
        card = kept_card(key)
        if card is None:
            card = card_png(contents)
            _cards.put(key, card)
        return card
    finally:
        _drawing.release()
