"""What stands on a poster beside the promise."""

import pytest

from tests.plain_projects import adjusted, part, progress, target
from website.sentences.posters import lessened_text

LIFTS = target(amount=30)


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        pytest.param([LIFTS], "", id="as promised"),
        pytest.param([adjusted(LIFTS, amount=24)], "说好 30 部，后来改成 24 部", id="lessened"),
        pytest.param([adjusted(LIFTS, amount=36)], "", id="more than promised"),
        pytest.param([adjusted(LIFTS, amount=24), LIFTS], "经二路：说好 30 部，后来改成 24 部", id="one of two"),
        pytest.param([adjusted(LIFTS, dropped=True)], "", id="cut: that is said by itself"),
    ],
)
def test_a_lessened_promise_names_what_was_first_promised(targets, told):
    """docs/rules.md: adjustments."""
    assert lessened_text(progress(*(part(of, key, unit="部") for key, of in enumerate(targets, 1)))) == told
