"""What happened to a project, by day."""

from types import SimpleNamespace

import pytest

from tests.plain_projects import adjusted, change, day, part, progress, report, target
from website.pictures.events import EventType, events_of

DUE = ("2020-12-31", EventType.DUE, 1)
PROMISED = ("2020-03-05", EventType.PROMISED, 1)


def of_another_part(held_on):
    return SimpleNamespace(**vars(report(held_on)) | {"readings": [SimpleNamespace(milestone_id=9)]})


@pytest.mark.parametrize(
    ("parts", "reports", "changes", "expected"),
    [
        pytest.param([target()], [], [], [PROMISED, DUE], id="unreported"),
        pytest.param(
            [target(("2020-03-31", 20))], [report("2020-03-31", 20)], [],
            [PROMISED, ("2020-03-31", EventType.REPORTED, 1), DUE], id="one report, on the day for which it holds",
        ),
        pytest.param(
            [target(("2020-07-21", 60))],
            [report("2020-07-21", 80, corrected_on="2020-08-03"), report("2020-07-21", 60)], [],
            [PROMISED, ("2020-07-21", EventType.REPORTED, 1), ("2020-07-21", EventType.CORRECTED, 1), DUE], id="corrected",
        ),
        pytest.param(
            [target()], [report("2020-07-21", 80, corrected_on="2020-08-03"), report("2020-07-21", is_withdrawal=True)], [],
            [PROMISED, ("2020-07-21", EventType.CORRECTED, 1), DUE], id="withdrawn: nothing in its place",
        ),
        pytest.param(
            [target()], [report("2020-07-21")], [], [PROMISED, ("2020-07-21", EventType.REPORTED, 1), DUE], id="money alone",
        ),
        pytest.param([target()], [report("2020-01-31")], [], [PROMISED, DUE], id="money alone, before anything was promised"),
        pytest.param(
            [target(("2020-01-31", 20))], [report("2020-01-31", 20)], [],
            [("2020-01-31", EventType.REPORTED, 1), PROMISED, DUE], id="of this part, before it was promised",
        ),
        pytest.param(
            [target()], [of_another_part("2020-01-31"), of_another_part("2020-07-21")], [], [PROMISED, DUE],
            id="of other parts only",
        ),
        pytest.param(
            [target()], [], [change("2020-06-11"), change("2020-06-11"), change("2020-03-10")],
            [PROMISED, ("2020-03-10", EventType.CHANGED, 1), ("2020-06-11", EventType.CHANGED, 2), DUE], id="changes of one day together",
        ),
        pytest.param(
            [adjusted(target(), due_on="2021-06-30")], [], [],
            [PROMISED, ("2020-12-31", EventType.MOVED, 1), ("2021-06-30", EventType.DUE, 1)], id="moved",
        ),
        pytest.param(
            [target(), adjusted(target(), dropped=True)], [], [],
            [("2020-03-05", EventType.PROMISED, 2), ("2020-12-31", EventType.MOVED, 1), DUE], id="a part dropped",
        ),
        pytest.param(
            [target(("2020-08-31", 100)), target(("2020-08-31", 120)), target(("2020-08-31", 99))], [], [],
            [("2020-03-05", EventType.PROMISED, 3), ("2020-08-31", EventType.REACHED, 2), ("2020-12-31", EventType.DUE, 3)], id="reached",
        ),
        pytest.param(
            [adjusted(target(("2020-08-31", 100)), dropped=True)], [], [],
            [PROMISED, ("2020-12-31", EventType.MOVED, 1)], id="dropped after it was reached",
        ),
    ],
)  # fmt: skip
def test_what_happened(parts, reports, changes, expected):
    states = progress(*(part(of, key) for key, of in enumerate(parts, 1)), as_of="2020-11-30").targets
    events = events_of(states, reports=reports, changes=changes)
    assert [(event.day.isoformat(), event.kind, len(event.of)) for event in events] == expected


@pytest.mark.parametrize(("reached_on", "is_late"), [("2020-12-31", False), ("2021-01-01", True)])
def test_what_was_reached_after_its_day_is_late(reached_on, is_late):
    states = progress(part(target((reached_on, 100))), as_of="2021-02-01").targets
    (reached,) = [event for event in events_of(states, reports=[], changes=[]) if event.kind is EventType.REACHED]
    assert reached.is_late is is_late
    assert reached.day == day(reached_on)
