"""The one word for a commitment on a day: as its light, its outcome, its goal and its changes say."""

from datetime import date
from types import SimpleNamespace

import pytest

from projects.adjustable import ChangeKind
from tasks.progress import commitment_state_of
from tasks.verdicts import Silence, silence_of, verdict_of
from tests.plain_projects import RULES, Target, adjusted, day, target

LAST_DAY = day("2020-12-31")
LOOSENED, TIGHTENED = [ChangeKind.LOOSENED], [ChangeKind.TIGHTENED]


def promise(
    as_of: str, *targets: Target, goal="FINISH", kinds=(), led_since: str | None = None, inferred=(), check=None
):
    """A commitment promised on 2020-03-05 as `verdict_of` sees it. The milestones begin with 开工."""
    milestone = SimpleNamespace(row=SimpleNamespace(begun="开工"))
    parts = [SimpleNamespace(**vars(one), milestone=milestone, inferred=frozenset(inferred)) for one in targets]
    state = commitment_state_of(
        SimpleNamespace(pk=1), parts, goal=goal, ends_on=LAST_DAY, as_of=day(as_of), rules=RULES, kinds=kinds
    )
    lead: date | None = day(led_since) if led_since else None
    project = SimpleNamespace(as_of=day(as_of), lead=lead, lead_known_on=lead)
    return SimpleNamespace(
        state=state, targets=parts, project=project, rules=RULES, promised_on=day("2020-03-05"), check=check
    )


REACHED = target(("2020-11-30", 100))
LATE = target(("2020-11-30", 100), due_on="2020-10-31")
CUT = adjusted(target(), dropped=True)
BEGUN, NOT_BEGUN = target(("2020-10-20", 1), amount=1, pace="STEP"), target(("2020-10-20", 0), amount=1, pace="STEP")
HALF = target(("2020-12-20", 50))
PAST, BEHIND = target(("2020-06-20", 90), due_on="2020-06-30"), target(("2020-06-30", 30))
START = {"goal": "START"}

# fmt: off
WORDS = [
    pytest.param("2020-12-01", [REACHED], {}, "DONE", "办成", "check", (), id="kept while the plan runs"),
    pytest.param("2021-02-01", [REACHED], {}, "KEPT", "办成", "check", (), id="kept"),
    pytest.param("2021-02-01", [LATE], {}, "KEPT", "晚了才办成", "check-hollow", (), id="late"),
    pytest.param("2021-02-01", [LATE], {"kinds": LOOSENED}, "KEPT", "晚了才办成", "check-hollow", ("改过",), id="late comes before adjusted"),
    pytest.param("2021-02-01", [REACHED], {"kinds": LOOSENED}, "KEPT", "改后办成", "check-notch", (), id="loosened"),
    pytest.param("2021-02-01", [REACHED, CUT], {"kinds": LOOSENED}, "KEPT", "改后办成", "check-notch", (), id="cut"),
    pytest.param("2021-02-01", [REACHED], {"kinds": TIGHTENED}, "KEPT", "办成", "check", ("改紧了",), id="tightened"),
    pytest.param("2020-12-01", [BEGUN], START, "DONE", "开工了", "check", (), id="begun"),
    pytest.param("2020-12-01", [BEGUN], START | {"kinds": LOOSENED}, "DONE", "改后开工", "check-notch", (), id="begun, loosened"),
    pytest.param("2020-12-01", [NOT_BEGUN], START, "ON_PACE", "还没开工", "circle", (), id="not begun, not due"),
    pytest.param("2021-02-01", [NOT_BEGUN], START, "MISSED", "没开工", "down", (), id="not begun at all"),
    pytest.param("2020-07-10", [PAST], START, "FAR_BEHIND", "过期没开工", "down", (), id="all days past, to be begun"),
    pytest.param("2020-07-10", [PAST], {}, "FAR_BEHIND", "过期没办完", "down", (), id="all days past"),
    pytest.param("2020-07-10", [PAST], {"goal": "ADVANCE"}, "FAR_BEHIND", "落后", "down-open", (), id="all days past, to be advanced"),
    pytest.param("2020-07-10", [PAST, target(("2020-07-01", 60))], {}, "BEHIND", "落后", "down-open", (), id="one of two past"),
    pytest.param("2020-07-10", [BEHIND], {}, "BEHIND", "落后", "down-open", (), id="behind"),
    pytest.param("2020-07-10", [BEHIND], {"inferred": ["due_on"]}, "BEHIND", "落后", "down-open", ("按日子平均推算（本站理解）",), id="behind a day of ours"),
    pytest.param("2020-07-10", [CUT], {"kinds": LOOSENED}, "DROPPED", "已取消", "cross", (), id="dropped"),
    pytest.param("2021-02-01", [HALF], {}, "MISSED", "没办成", "down", (), id="missed"),
    pytest.param("2021-02-01", [HALF], {"goal": "ADVANCE"}, "ADVANCED", "往前推了", "up-right", ("没说做到多少",), id="advanced"),
    pytest.param("2021-02-01", [target()], {}, "UNKNOWN", "办没办成不知道", "question", ("本站没有数据",), id="nobody was asked"),
    pytest.param("2021-02-01", [target()], {"led_since": "2020-03-05"}, "UNKNOWN", "办没办成不知道", "question", ("部门没报数据",), id="the lead never reported"),
    pytest.param("2020-07-10", [target()], {"led_since": "2020-03-05"}, "UNREPORTED", "部门没有报过", "question", (), id="the lead is silent"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "targets", "about", "code", "word", "shape", "beside"), WORDS)
def test_one_word_for_a_commitment_and_day(as_of, targets, about, code, word, shape, beside):
    """docs/rules.md: verdict. docs/words.md: Verdicts."""
    verdict = verdict_of(promise(as_of, *targets, **about))
    assert (verdict.code, verdict.word, verdict.shape, verdict.beside) == (code, word, shape, beside)
    assert verdict.is_adjusted == ("kinds" in about)
    assert verdict.is_cut == (CUT in targets)


# fmt: off
SILENCES = [
    pytest.param("2020-04-15", "2020-03-05", "JUST_PUBLISHED", id="41 days after the promise"),
    pytest.param("2020-04-16", "2020-03-05", "NOT_REPORTED", id="from the day after"),
    pytest.param("2020-04-15", None, "JUST_PUBLISHED", id="without a lead as long"),
    pytest.param("2020-04-16", None, "NO_DATA", id="then there is no data, and nobody to blame"),
    pytest.param("2020-07-12", "2020-06-01", "JUST_PUBLISHED", id="41 days after the lead was known"),
    pytest.param("2020-07-13", "2020-06-01", "NOT_REPORTED", id="and the day after those"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "led_since", "silence"), SILENCES)
def test_nobody_is_said_to_be_silent_who_was_never_asked(as_of, led_since, silence):
    """docs/rules.md: silence."""
    assert silence_of(promise(as_of, target(), led_since=led_since)) is Silence(silence)
