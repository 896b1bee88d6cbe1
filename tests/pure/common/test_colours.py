"""Every pair of colours that text stands in is readable, light and dark: computed from the tokens themselves."""

import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()
DARK = TOKENS.index("prefers-color-scheme: dark")
PAIRS = [
    *((ink, paper) for ink in ("ink", "soft", "accent", "accent-strong") for paper in ("paper", "sheet")),
    ("on-accent", "accent"),
    ("on-note", "note"),
    ("ink", "accent-tint"),
    ("accent", "accent-tint"),
    *((state, f"{state}-tint") for state in ("done", "pace", "behind", "far", "quiet")),
    *((state, paper) for state in ("done", "pace", "behind", "far", "quiet") for paper in ("paper", "sheet")),
]
EDGES = [("edge", "paper"), ("edge", "sheet"), ("accent", "quiet-tint")]


def tokens(scheme: str) -> dict[str, str]:
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", TOKENS[:DARK]))
    return light | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", TOKENS[DARK:])) if scheme == "dark" else light


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_what_the_standard_says_it_is():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable_on_its_ground(scheme, text, ground):
    found = tokens(scheme)
    assert contrast(found[text], found[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_what_can_be_touched_or_measured_has_an_edge(scheme, edge, ground):
    found = tokens(scheme)
    assert contrast(found[edge], found[ground]) >= 3
