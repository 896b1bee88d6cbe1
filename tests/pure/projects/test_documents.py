"""How the document of an adjustment is called, as a table."""

from datetime import date

import pytest

from projects.models import Adjustment
from projects.words import document_text

DAY = date(2020, 6, 18)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"document": "霍政发〔2020〕12 号"}, "霍政发〔2020〕12 号"),
        (
            {"document": "分工表", "document_number": "12 号", "document_on": DAY},
            "《分工表》（12 号，2020 年 6 月 18 日）",
        ),
        ({"document": "分工表", "document_number": "12 号"}, "《分工表》（12 号）"),
        ({"document": "分工表", "document_on": DAY}, "《分工表》（2020 年 6 月 18 日）"),
        ({"document": "分工表", "document_url": "https://example.org"}, "《分工表》"),
        ({"document": "分工表", "document_file": "a.pdf"}, "《分工表》"),
        ({"document": "《分工表》的通知", "document_number": "12 号"}, "《分工表》的通知（12 号）"),
        ({}, ""),
    ],
)
def test_a_document_is_called_by_what_is_known_of_it(known, text):
    """docs/rules.md: document."""
    assert document_text(Adjustment(**known)) == text
