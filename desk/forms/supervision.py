"""The query string of the 督查室's lists: which list, of whom, and of which days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from common.form_fields import DayField, WholeNumberField, field_of
from desk.supervision.kinds import Issue, Stage
from desk.supervision.lists import LIST_WORDS, ListName
from desk.supervision.rules import week_before
from desk.words import ISSUE_WORDS, STAGE_WORDS
from tasks.models import Plan, front_of

ANY = ("", "全部")
LONGEST_SPAN = 366  # days of publication at once
# What each list can be asked by, besides the day and the page.
FIELDS: Mapping[ListName, tuple[str, ...]] = {
    ListName.WATCH: ("department", "issue", "stage"),
    ListName.RANKING: ("department",),
    ListName.MISSING: ("department", "stage", "due"),
    ListName.PUBLISHED: ("department", "since", "until"),
    ListName.CHECKS: ("department",),
}
WHOLE = "1"
LATER = "later"  # in the address
ALL_YEARS = "all"  # in the address
# What is looked at again is what an earlier plan's promises left behind: without a year asked for, every year's.
OF_ALL_YEARS = frozenset({ListName.CHECKS})


@dataclass(frozen=True)
class Days:
    """What a list is asked of: the day, and the first and last day of publication."""

    as_of: date
    since: date
    until: date


class DaysForm(forms.Form):
    """The list, its plan and its days, by which everything else is loaded. `plans` are the public ones, the newest year first."""

    list = forms.ChoiceField(required=False, choices=LIST_WORDS.items(), widget=forms.HiddenInput)
    day = DayField(label="看哪一天", required=False)
    since = DayField(label="从哪天公布的", required=False)
    until = DayField(label="到哪天公布的", required=False)
    year = forms.ChoiceField(label="年度", required=False)

    def __init__(self, data: Any, *, plans: Sequence[Plan]):
        super().__init__(data)
        self.plans = plans
        self.first: date | None = min((plan.published_on for plan in plans if plan.published_on), default=None)
        for name in self.fields.keys() - {"list", "day", "year", *FIELDS[self.name]}:
            del self.fields[name]
        unasked = "全部年度" if self.name in OF_ALL_YEARS else "看的那天所在的年度"
        every = [(ALL_YEARS, "全部年度")] if self.name is ListName.PUBLISHED else []
        years = [(str(plan.year), f"{plan.year} 年") for plan in plans]
        field_of(self, "year", forms.ChoiceField).choices = [("", unasked), *every, *years]
        if len(plans) < 2:
            self.fields["year"].widget = forms.HiddenInput()

    @property
    def name(self) -> ListName:
        """The first list where none or none of ours is asked for."""
        asked = self.data.get("list", "")
        return ListName(asked) if asked in {*ListName} else ListName.WATCH

    def clean_day(self) -> date:
        return self._within(self.cleaned_data["day"]) or timezone.localdate()

    def clean_since(self) -> date | None:
        return self._within(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return self._within(self.cleaned_data["until"])

    def _within(self, day: date | None) -> date | None:
        today = timezone.localdate()
        if day and not (self.first or today) <= day <= today:
            raise ValidationError(f"可以看 {self.first or today} 到 {today} 之间的任何一天。")
        return day

    def clean(self):
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if (day := cleaned.get("day")) and (plan := self._plan_asked()) and plan.published_on > day:
            self.add_error("year", f"{plan.year} 年的计划 {plan.published_on} 才公布，{day} 还没有。")
        if since and until and until < since:
            self.add_error("until", f"要在 {since} 以后：前面写的是从这一天起。")
        elif since and until and until - since > timedelta(days=LONGEST_SPAN):
            self.add_error("until", f"一次最多看 {LONGEST_SPAN} 天的，到 {since + timedelta(days=LONGEST_SPAN)}。")
        return cleaned

    def _plan_asked(self) -> Plan | None:
        asked = self.cleaned_data.get("year") or ""
        return next((plan for plan in self.plans if str(plan.year) == asked), None)

    @property
    def plan_year(self) -> int | None:
        """Of the plan whose rows are listed; None where those of all are. Of what is valid."""
        asked = self.cleaned_data.get("year")
        if asked == ALL_YEARS or (not asked and self.name in OF_ALL_YEARS):
            return None
        plan = self._plan_asked() or front_of(self.plans, self.days.as_of)
        return plan.year if plan else None

    @property
    def has_span(self) -> bool:
        """Whether days of publication are asked for."""
        return bool(self.cleaned_data.get("since") or self.cleaned_data.get("until"))

    @property
    def days(self) -> Days:
        """Of what is valid; without days of publication the week before, with one of them that and what is on its side."""
        day = self.cleaned_data.get("day") or timezone.localdate()
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        monday, sunday = week_before(day)
        if since is None and until is None:
            return Days(day, monday, sunday)
        if since is None and until is not None:
            return Days(day, until, until)
        if since is not None and until is None:
            return Days(day, since, min(day, since + timedelta(days=LONGEST_SPAN)))
        return Days(day, since, until)  # type: ignore[arg-type]  # both are there


class RowsForm(forms.Form):
    """Which rows of the list. Departments are those of which the person sees rows."""

    department = forms.ChoiceField(label="部门", required=False)
    issue = forms.ChoiceField(
        label="情况", required=False, choices=[ANY, *((str(one), word) for one, word in ISSUE_WORDS.items())]
    )
    stage = forms.ChoiceField(
        label="在办", required=False, choices=[ANY, *((str(one), word) for one, word in STAGE_WORDS.items())]
    )
    due = forms.ChoiceField(label="到期", required=False, choices=[("", "到期的、快到期的"), (LATER, "还没到期的")])
    whole = forms.ChoiceField(required=False, choices=[("", ""), (WHOLE, "")], widget=forms.HiddenInput)
    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, name: ListName, departments: Mapping[str, str], as_of: date):
        super().__init__(data)
        self.as_of = as_of
        field_of(self, "department", forms.ChoiceField).choices = [ANY, *departments.items()]
        for other in self.fields.keys() - {"whole", "page", *FIELDS[name]}:
            del self.fields[other]

    @property
    def is_today(self) -> bool:
        return self.as_of == timezone.localdate()

    def clean_stage(self) -> str:
        stage = self.cleaned_data["stage"]
        if stage and not self.is_today:
            raise ValidationError("草稿和送审只知道今天的：看以前的日子，这里选“全部”。")
        return stage

    def is_chosen(self, row: Any) -> bool:
        """Whether the row matches every filter."""
        chosen = self.cleaned_data
        slugs = _slugs_of(row)
        return (
            (not chosen.get("department") or chosen["department"] in slugs)
            and (not chosen.get("issue") or Issue(chosen["issue"]) in row.issues)
            and (not chosen.get("stage") or Stage(chosen["stage"]) is row.stage)
        )

    @property
    def is_of_later(self) -> bool:
        """Whether what isn't due yet is asked for."""
        return self.cleaned_data.get("due") == LATER

    def is_due(self, row: Any) -> bool:
        """Whether the row is due as asked for; of a list that isn't asked by that every row is."""
        return "due" not in self.fields or row.is_due_later == self.is_of_later


def _slugs_of(row: Any) -> tuple[str, ...]:
    if hasattr(row, "subject"):
        return row.subject.lead_slugs
    return row.slugs if hasattr(row, "slugs") else (row.department.slug,)
