"""The form for the query string of the table of commitments."""

from collections.abc import Iterable

from django import forms

from common.form_fields import QueryField, WholeNumberField
from projects.progress import Light
from projects.words import RESIDENT_LIGHTS
from tasks.models import RESIDENT_GOALS, Goal
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.words import RESIDENT_OUTCOMES

ANY = ("", "全部")
SORTS = {
    "name": "序号",
    "title": "名称",
    "light": "最要看的在前",
    "actual": "做了多少",
    "planned": "该到多少",
    "due_on": "期限",
    "lead": "部门",
    "investment": "总投资",
    "spent": "已完成投资",
    "held_on": "数据日期",
}


class CommitmentFilter(forms.Form):
    """The choices of series and departments are those of the snapshot.

    It asks by the words that its rows say: by light while the plan runs, by outcome afterwards. An address that asks by
    the other still does.
    """

    q = QueryField(label="找什么", required=False, max_length=50)
    series = forms.ChoiceField(label="系列", required=False)
    light = forms.ChoiceField(label="现在怎样", required=False, choices=[ANY, *RESIDENT_LIGHTS.items()])
    outcome = forms.ChoiceField(label="办成了没有", required=False, choices=[ANY, *RESIDENT_OUTCOMES.items()])
    goal = forms.ChoiceField(label="目标", required=False, choices=[ANY, *RESIDENT_GOALS.items()])
    department = forms.ChoiceField(label="部门", required=False)
    sort = forms.ChoiceField(
        label="排序",
        required=False,
        choices=[ANY, *SORTS.items(), *((f"-{name}", f"{label}（倒序）") for name, label in SORTS.items())],
    )
    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, data, *, snapshot: PlanSnapshot):
        super().__init__(data)
        leads = {lead.slug: lead.name for c in snapshot.commitments for lead in c.project.leads}
        self.fields["series"].choices = [ANY, *((s.row.code, s.title) for s in snapshot.series)]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["department"].choices = [ANY, *sorted(leads.items())]  # type: ignore[attr-defined]  # a ChoiceField
        if not leads:
            del self.fields["department"]
        unsaid = "light" if snapshot.has_ended else "outcome"
        if not self.data.get(unsaid):
            del self.fields[unsaid]

    def chosen(self, commitments: Iterable[CommitmentSnapshot]) -> list[CommitmentSnapshot]:
        """The commitments that match all fields of the filter."""
        active = {name: value for name, value in self.cleaned_data.items() if value and name in TESTS}
        return [c for c in commitments if all(TESTS[name](c, value) for name, value in active.items())]


TESTS = {
    "q": lambda c, text: all(word in _text_of(c) for word in text.lower().split()),
    "series": lambda c, code: c.series.code == code,
    "light": lambda c, light: c.state.light == Light(light),
    "outcome": lambda c, outcome: c.state.outcome == Outcome(outcome),
    "goal": lambda c, goal: c.goal == Goal(goal),
    "department": lambda c, slug: any(lead.slug == slug for lead in c.project.leads),
}


def _text_of(snapshot: CommitmentSnapshot) -> str:
    milestones = (milestone.title for milestone in snapshot.project.milestones)
    return " ".join((snapshot.project.title, snapshot.project.short_title, *milestones)).lower()
