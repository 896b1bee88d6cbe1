"""What kind of change an adjustment is, field by field, and what counts as first promised afterwards."""

from datetime import date
from decimal import Decimal

import pytest

from projects.adjustable import ChangeKind
from projects.models import Adjustment, Department, Milestone, Project
from projects.snapshots import filled_terms_of, inferred_of, terms_of
from tasks.models import Commitment, Indicator, PlanAdjustment, Target

DUE = "2020-12-31"


def changed(promise, name: str, old, new):
    """The adjustment of one field, not saved."""
    model = Adjustment if isinstance(promise, Project | Milestone | Department) else PlanAdjustment
    promise.pk = 1
    return model(**{promise._meta.model_name: promise}, changes={name: [old, new]})


def kind_of(promise, name: str, old, new, *, before=()) -> ChangeKind:
    return changed(promise, name, old, new).kinds_after(before)[name]


def target(*inferred: str) -> Target:
    return Target(milestone=Milestone(unit="座"), due_on=DUE, inferred=list(inferred))


# fmt: off
KINDS = [
    pytest.param(Project(), "leads", [], ["housing"], "FILLED_IN", id="nobody was named"),
    pytest.param(Project(), "leads", ["roads"], ["housing"], "REASSIGNED", id="another lead"),
    pytest.param(Project(), "investment", None, 48000000, "FILLED_IN", id="no money was known"),
    pytest.param(Project(), "investment", 33000000, 48000000, "REASSIGNED", id="other money"),
    pytest.param(Project(), "funding", "", "省级补助", "FILLED_IN", id="nothing was written"),
    pytest.param(Project(), "post", "副市长", "市长", "REASSIGNED", id="another post"),
    pytest.param(Project(), "box_name", "农村路", "四好路", "REWORDED", id="box name"),
    pytest.param(Milestone(), "noun", "站", "污水站", "REWORDED", id="noun"),
    pytest.param(Department(), "phone", "0357-1", "0357-2", "REASSIGNED", id="phone"),
    pytest.param(target(), "due_on", DUE, "2021-06-30", "LOOSENED", id="due later"),
    pytest.param(target(), "due_on", DUE, "2020-10-31", "TIGHTENED", id="due earlier"),
    pytest.param(target(), "starts_on", "2020-01-01", "2020-03-01", "LOOSENED", id="a start later"),
    pytest.param(target(), "amount", "10", "8", "LOOSENED", id="amount lower"),
    pytest.param(target(), "amount", "10", "12", "TIGHTENED", id="amount higher"),
    pytest.param(target(), "pace", "LINEAR", "STEP", "LOOSENED", id="all at once"),
    pytest.param(target(), "pace", "STEP", "LINEAR", "TIGHTENED", id="day by day"),
    pytest.param(target(), "steps", [["2020-06-30", "8"]], [["2020-06-30", "6"]], "LOOSENED", id="a lower step"),
    pytest.param(target(), "steps", [["2020-06-30", "8"]], [["2020-07-31", "9"]], "LOOSENED", id="a later step, though a higher one"),
    pytest.param(target(), "steps", [["2020-06-30", "8"]], [["2020-06-30", "8"], ["2020-09-30", "9"]], "TIGHTENED", id="one step more"),
    pytest.param(target(), "steps", [], [["2020-06-30", "8"]], "FILLED_IN", id="steps where there were none"),
    pytest.param(target(), "dropped", False, True, "LOOSENED", id="dropped"),
    pytest.param(Commitment(), "goal", "FINISH", "ADVANCE", "LOOSENED", id="to be advanced instead of finished"),
    pytest.param(Commitment(), "goal", "START", "ADVANCE", "TIGHTENED", id="to be advanced instead of started"),
    pytest.param(Commitment(), "wording", "建成 10 座", "建成十座", "REWORDED", id="wording"),
    pytest.param(Indicator(comparator="≥"), "target", "300", "290", "LOOSENED", id="at least less"),
    pytest.param(Indicator(comparator="≤"), "target", "5", "6", "LOOSENED", id="at most more"),
    pytest.param(Indicator(comparator="≤"), "target", "5", "4", "TIGHTENED", id="at most less"),
    pytest.param(Indicator(comparator="="), "target", "5", "6", "LOOSENED", id="exactly something else"),
    pytest.param(Indicator(comparator="BETWEEN"), "upper", "6", "5", "LOOSENED", id="another range"),
    pytest.param(Indicator(comparator="≥"), "due_on", None, DUE, "FILLED_IN", id="a day where there was none"),
]
# fmt: on


@pytest.mark.parametrize(("promise", "name", "old", "new", "kind"), KINDS)
def test_the_kind_follows_from_old_and_new(promise, name, old, new, kind):
    """docs/rules.md: kind-of-change."""
    assert kind_of(promise, name, old, new) is ChangeKind(kind)


@pytest.mark.parametrize(
    ("new", "changed_before", "kind"),
    [
        pytest.param("2020-10-31", (), "FILLED_IN", id="filled in"),
        pytest.param("2021-06-30", (), "LOOSENED", id="not filled in"),
        pytest.param("2020-10-31", ("due_on",), "TIGHTENED", id="once only"),
    ],
)
def test_what_was_inferred_is_filled_in_once_and_never_looser(new, changed_before, kind):
    """docs/rules.md: filled-in."""
    assert kind_of(target("due_on"), "due_on", DUE, new, before=changed_before) is ChangeKind(kind)


@pytest.mark.parametrize(("new", "first"), [("2020-10-31", "2020-10-31"), ("2021-06-30", DUE)])
def test_what_is_filled_in_counts_as_first_promised_and_is_the_citys_word(new, first):
    """docs/rules.md: filled-in, inferred."""
    due = Indicator(due_on=date.fromisoformat(DUE), target=Decimal(1), inferred=["due_on"])
    change = changed(due, "due_on", DUE, new)
    change.field_kinds = change.kinds_after(())
    assert (terms_of(due, [change])["due_on"], filled_terms_of(due, [change])["due_on"]) == (new, first)
    assert (inferred_of(due, []), inferred_of(due, [change])) == ({"due_on"}, set())
