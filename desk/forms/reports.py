"""The form of a report, with one input for each milestone, and that of a reviewer's note."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils import timezone

from common.form_fields import DayField, NumberField, TextField, YuanField, field_of
from common.formats import number_text
from common.money import written_yuan
from common.numbers import parse_value
from desk.filing import Line, ReportedProject
from desk.forms.base import SUBMIT, add_reasons, set_publicity
from desk.forms.evidence import EvidencedForm
from projects.models import (
    MilestoneReading,
    Project,
    PromiseChange,
    Report,
)
from projects.progress import planned_on
from projects.publishing import about_errors, content_errors
from projects.snapshots import ProjectSnapshot
from tasks.models import Measure, Task, TaskReport
from tasks.publishing import declaration_errors, expectation_of
from tasks.snapshots import Answer

COPIED = ("held_on", "text", "problem", "next_step", "delay")


class LineField(NumberField):
    """The new value of one milestone, none where it is left blank, with what the template shows beside the input."""

    unit: str

    def __init__(self, line: Line, today: date):
        milestone, target = line.milestone, line.target
        digits = {"min_value": 0, "max_digits": 14, "decimal_places": 4}
        counts = milestone.row.is_counted
        super().__init__(label=milestone.title, required=False, unit=milestone.row.unit, counts=counts, **digits)
        self.target = target.terms.amount if target else None
        self.due_on = target.terms.due_on if target else None
        self.last = milestone.readings[-1] if milestone.readings else None
        self.planned = planned_on(target.terms, target.from_amount, today) if target else None

    def read(self, text: str) -> Decimal:
        return parse_value(text, unit=self.unit, target=self.target, counts=self.counts)

    @property
    def planned_value(self) -> Fraction | None:
        """What the plan expects by `today`, in the milestone's unit; None where nothing is promised of it."""
        return None if self.planned is None or self.target is None else self.planned * Fraction(self.target)


@dataclass(frozen=True)
class Filing:
    """The project of a report, and the published report that it corrects, if any."""

    project: ReportedProject
    corrected: Report | None

    @property
    def about(self) -> Project:
        return self.project.snapshot.row

    @cached_property
    def lines(self) -> dict[str, Line]:
        """By the name of their input: the milestones that are not dropped or have a value in the corrected report."""
        corrected = {reading.milestone_id for reading in self.corrected.readings.all()} if self.corrected else set()
        return {
            f"value_{key}": line
            for line in self.project.lines
            if (key := line.milestone.row.pk) in corrected or not line.is_dropped
        }


@dataclass(frozen=True)
class TaskFiling:
    """The task or measure of a report, and the published report that it corrects, if any."""

    answer: Answer
    corrected: TaskReport | None

    @property
    def about(self) -> Task | Measure:
        return self.answer.row  # type: ignore[return-value]  # one of the two


def spent_field(snapshot: ProjectSnapshot) -> YuanField:
    last, spent = snapshot.spending_report, snapshot.spent
    published = (
        f"上次公布 {written_yuan(spent)}元（{last.held_on}）。" if last and spent is not None else "还没有公布过。"
    )
    return YuanField(
        label="累计完成投资",
        required=False,
        total=snapshot.investment,
        leave_out="没有确切的数就留空，写在“进展”里。",
        help_text=f"只写数就是万元，例如 1500；也可以写 1.85亿、1500元。不知道就留空。{published}",
    )


class AbstractReportForm(EvidencedForm):
    """A report of the subject of `filing`. A new correction begins with what it corrects and may copy its evidence."""

    copied: ClassVar[tuple[str, ...]] = COPIED

    class Meta:
        widgets = {
            "text": AdminTextareaWidget(attrs={"rows": 4}),
            **dict.fromkeys(
                ("problem", "next_step", "over_investment_reason", "correction_reason", "internal_note"),
                AdminTextareaWidget(attrs={"rows": 2}),
            ),
        }

    def __init__(self, *args, filing: Filing | TaskFiling, pace_day: date | None = None, **kwargs):
        """`pace_day` is the day for which the form shows what the plan expects, by default today."""
        super().__init__(*args, **kwargs)
        self.pace_day = pace_day or timezone.localdate()
        self.filing, self.corrected = filing, filing.corrected
        if self.is_new:
            self.set_about()
            self.instance.corrects = self.corrected
        if self.is_new and self.corrected:
            self.initial.update({name: getattr(self.corrected, name) for name in self.copied})
        if "correction_reason" in self.fields:
            self.fields["correction_reason"].required = self.instance.corrects is not None
        self.add_fields()
        set_publicity(self, internal=("internal_note",), neither=("is_evidence_kept",))

    def set_about(self) -> None:
        """Say of the instance what it is about."""
        raise NotImplementedError

    def add_fields(self) -> None:
        """Those that depend on what the report is about."""

    def set_years(self, days: Iterable[date]) -> None:
        """The years that a day typed without one may be of, where the form asks for the day."""
        if "held_on" in self.fields:
            field_of(self, "held_on", DayField).years = {day.year for day in days}

    def content_reasons(self) -> Iterable[str]:
        """Why what was typed could not be published, as if there were no evidence."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if SUBMIT in self.data:
            self._clean_for_review()

    places: Mapping[str, str] = {}

    def _clean_for_review(self) -> None:
        """Add every error for which the report could not be submitted, each at its field."""
        today = timezone.localdate()
        self.instance.held_on = self.instance.held_on or today  # a missing day has its error already
        reasons = [*about_errors(self.instance, today), *self.content_reasons()]
        wanted = [reason for reason in reasons if getattr(reason, "about", "") == "evidence"]
        # For EvidenceFormSet, which is validated after this form.
        self.instance.wanted_evidence = [] if self.kept_evidence() else wanted
        with_errors = {name for name in ("held_on", "spent", "correction_reason") if name in self.errors}
        rest = [r for r in reasons if r not in wanted and getattr(r, "about", "") not in with_errors]
        add_reasons(self, rest, self.places)


class ReportForm(AbstractReportForm):
    """A report of one project. It has inputs for the milestones of that project only, whatever is posted."""

    copied = (*COPIED, "spent", "is_over_target_confirmed", "over_investment_reason")
    filing: Filing
    spent = YuanField(label="累计完成投资", required=False)

    class Meta(AbstractReportForm.Meta):
        model = Report
        fields = (
            *("held_on", "text", "problem", "next_step", "delay", "spent"),
            *("is_over_target_confirmed", "over_investment_reason", "correction_reason", "internal_note"),
        )

    def set_about(self) -> None:
        self.instance.project = self.filing.about

    def add_fields(self) -> None:
        """The lines before `spent`, as on the page: errors are listed in the order of the fields."""
        shown: Report | None = self.corrected if self.is_new else self.instance  # type: ignore[assignment]  # of a project
        for reading in shown.readings.all() if shown else ():
            self.initial[f"value_{reading.milestone_id}"] = Decimal(number_text(reading.value))
        names, lines = list(self.fields), self.filing.lines
        self.fields |= {name: LineField(line, self.pace_day) for name, line in lines.items()}
        place = names.index("spent")
        self.order_fields([*names[:place], *lines, *names[place:]])
        self.fields["spent"] = spent_field(self.filing.project.snapshot)
        targets = [target.terms for line in lines.values() for target in line.targets]
        self.set_years(day for terms in targets for day in (terms.starts_on, terms.due_on))
        self.places = {line.milestone.row.address: name for name, line in lines.items()}

    def readings(self) -> list[MilestoneReading]:
        """Those of the inputs that were filled in, unsaved."""
        return [
            MilestoneReading(report=self.instance, milestone=line.milestone.row, value=self.cleaned_data[name])
            for name, line in self.filing.lines.items()
            if self.cleaned_data.get(name) is not None
        ]

    def content_reasons(self) -> Iterable[str]:
        expected = expectation_of(self.filing.about)
        return content_errors(self.instance, self.readings(), has_evidence=False, expected=expected)

    def save_parts(self) -> None:
        """Save the readings, too."""
        report, readings = self.instance, self.readings()
        report.readings.exclude(milestone__in=[reading.milestone for reading in readings]).delete()
        for reading in readings:
            report.readings.update_or_create(milestone=reading.milestone, defaults={"value": reading.value})
        super().save_parts()


class TaskReportForm(AbstractReportForm):
    """A report of one task or measure: what its department declares."""

    copied = (*COPIED, "declared")
    filing: TaskFiling

    class Meta(AbstractReportForm.Meta):
        model = TaskReport
        fields = (
            *("held_on", "declared", "text", "problem", "next_step", "delay"),
            *("correction_reason", "internal_note"),
        )

    def set_about(self) -> None:
        about = self.filing.about
        setattr(self.instance, str(about._meta.model_name), about)

    def add_fields(self) -> None:
        plan, due_on = self.filing.about.plan, self.filing.answer.due_on
        days = (plan.starts_on, plan.ends_on, due_on)
        self.set_years(day for day in days if day)

    def content_reasons(self) -> Iterable[str]:
        return declaration_errors(self.instance, has_evidence=False)


# Frequent notes with which reviewers send something back, by `word` of the fact.
READY_NOTES = {
    Report.word: (
        "数据和上次对不上，请核对后再报。",
        "没有附佐证材料，或者照片看不清，请补上。",
        "进展写得太笼统，请写清做到了哪一步、还差多少。",
        "完成投资的数请再核一遍。",
        "为什么慢了、下一步怎么办，请写上。",
        "有不宜公开的内容，请删改。",
    ),
    PromiseChange.word: (
        "批准文件没有写清，请写上文件名称和文号。",
        "原因写得太笼统，请写清为什么改、谁定的。",
        "改成的数或日期请再核一遍。",
        "有不宜公开的内容，请删改。",
    ),
}


class NoteForm(forms.Form):
    """Why something is sent back: ready sentences, a typed note, or both; `cleaned_data["text"]` joins them."""

    ready = forms.MultipleChoiceField(label="常用的意见", required=False)
    note = TextField(label="自己写", max_length=1000, required=False)

    def __init__(self, word: str, data: Mapping[str, Any]):
        """`word`: that of the fact."""
        super().__init__(data)
        field_of(self, "ready", forms.MultipleChoiceField).choices = [
            (sentence, sentence) for sentence in READY_NOTES[word]
        ]

    def clean(self):
        super().clean()
        data = self.cleaned_data
        text = "\n".join(filter(None, [*data.get("ready", ()), data.get("note", "").strip()]))
        if not self.errors and not text:
            raise ValidationError("退回要写明意见：勾一条常用的，或者自己写。")
        return data | {"text": text}
