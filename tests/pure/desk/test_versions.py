from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from desk.admin.versions import version_of

SAME = {
    "the order of names": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "zeros after the point": (Decimal("1.5000"), Decimal("1.5")),
    "a row put back": ({"title": "Bridge"}, {"title": "Bridge"}),
    "lists and tuples": ([(1, 2)], [[1, 2]]),
}
OTHER = {
    "a letter": ("bridge", "Bridge"),
    "a space": ("bridge", "bridge "),
    "nothing known and nothing written": (None, ""),
    "nothing known and nothing": (None, 0),
    "yes and one": (True, 1),
    "a digit far back": (Decimal("1.5001"), Decimal("1.5")),
    "a day": (date(2020, 5, 1), date(2020, 5, 2)),
    "a moment": (datetime(2020, 5, 1, tzinfo=UTC), datetime(2020, 5, 1, 1, tzinfo=UTC)),
    "the order of rows": (["a", "b"], ["b", "a"]),
    "a row more": ([{"pk": 1}], [{"pk": 1}, {"pk": 2}]),
    "the same value in another field": ({"a": "x", "b": ""}, {"a": "", "b": "x"}),
}


@pytest.mark.parametrize("name", SAME)
def test_the_version_stays_with(name):
    one, other = SAME[name]
    assert version_of(one) == version_of(other)


@pytest.mark.parametrize("name", OTHER)
def test_the_version_changes_with(name):
    one, other = OTHER[name]
    assert version_of(one) != version_of(other)


def test_a_version_cannot_be_made_up_elsewhere(settings):
    here = version_of("the same")
    settings.SECRET_KEY = "another portal's"
    assert version_of("the same") != here
