"""Which promises are our reading of what the city said."""

from types import SimpleNamespace

import pytest

from website.sentences.answers import is_read_by_us


@pytest.mark.parametrize(
    ("of_promise", "of_targets", "is_ours"),
    [
        pytest.param((), [(), ()], False, id="the city's word"),
        pytest.param(("goal",), [()], True, id="the goal"),
        pytest.param((), [(), ("milestone",)], True, id="what of it"),
        pytest.param((), [("amount",)], True, id="how much"),
        pytest.param((), [("due_on",)], True, id="by when"),
        pytest.param(("annual_investment",), [("weight", "pace")], False, id="how it is reckoned"),
    ],
)
def test_whether_a_promise_is_read_by_us(of_promise, of_targets, is_ours):
    """docs/rules.md: inferred."""
    targets = [SimpleNamespace(inferred=frozenset(fields)) for fields in of_targets]
    assert is_read_by_us(SimpleNamespace(inferred=frozenset(of_promise), targets=targets)) == is_ours
