"""What stands on a poster beside the promise."""

import pytest

from tests.plain_projects import adjusted, part, progress, target
from website.sentences.posters import call_sentence, lessened_text

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


@pytest.mark.parametrize(
    ("has_phone", "complaint_line", "told"),
    [
        pytest.param(True, "", "请打上面的电话。", id="the department's"),
        pytest.param(True, "督查室 0357-0", "请打上面的电话，或者打监督投诉电话：督查室 0357-0。", id="both"),
        pytest.param(False, "督查室 0357-0", "请打监督投诉电话：督查室 0357-0。", id="the line for complaints"),
        pytest.param(False, "", "请打政务服务便民热线 12345。", id="neither"),
    ],
)
def test_a_poster_sends_nobody_to_a_phone_that_is_not_there(has_phone, complaint_line, told):
    """docs/words.md: Other pages."""
    assert call_sentence(has_phone=has_phone, complaint_line=complaint_line) == f"情况和页面上写的不一样，{told}"
