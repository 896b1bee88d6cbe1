"""The forms of the month's sheet: one for each row, with the rules of the forms of single reports, and that of its data day."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.datastructures import MultiValueDict

from common.form_fields import DayField
from common.media.uploads import CleanFilesField, ConsentField, ask_to_choose_again, clean_evidence
from desk.forms.evidence import (
    ACCEPTED_FILES,
    FILES_HELP,
    MOST_EVIDENCE,
    kind_of_file,
    name_of_subject,
    titles_of,
)
from desk.forms.observations import ReadingForm
from desk.forms.reports import Filing, ReportForm, TaskFiling, TaskReportForm
from desk.monthly.rows import CONTENTS, SheetRow
from projects.models import AbstractReport, EvidenceKind, Report
from tasks.models import Reading, TaskReport

UNCHANGED = "is_unchanged"  # the box of a row
CONSENT = "is_consented"  # the box beside the files of a row
ATTACHED = ("attached", CONSENT)  # what is added to a row, whatever else is said in it
BOTH = "勾了“无变化”，又填了别的。没有变化就不用填；有变化就去掉勾。"


class DataDayForm(forms.Form):
    """The data day of the whole sheet. `years` are those that a day typed without one may be of."""

    day = DayField(label="数据日期", is_past=True)

    def __init__(self, *args, years: Iterable[int] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["day"].years = set(years)  # type: ignore[attr-defined]  # a DayField


class RowForm(forms.ModelForm):
    """What the forms of all kinds of rows share: their inputs say of which row they are, and they know no day of their own."""

    is_unchanged = forms.BooleanField(label="无变化", required=False)

    def __init__(self, *args, row: SheetRow, **kwargs):
        super().__init__(*args, **kwargs)
        self.row = row
        if not row.can_be_unchanged:
            del self.fields[UNCHANGED]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{row.title}：{field.label}"
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs |= {"rows": 2, "cols": 20}

    @property
    def changed_names(self) -> list[str]:
        """Those of the inputs in which something else stands than in the draft; without evidence, which is only added."""
        return [name for name in self.changed_data if name not in (UNCHANGED, *ATTACHED)]

    @property
    def is_ticked(self) -> bool:
        """Whether it is to say what was published last, which asks for nothing else."""
        return bool(self.data.get(self.add_prefix(UNCHANGED)))

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.is_ticked:
            for name in self.errors.keys() - set(ATTACHED):
                del self.errors[name]
            for text in [BOTH] if self.changed_names else self.row.unchanged_errors:
                self.add_error(UNCHANGED if UNCHANGED in self.fields else None, text)


class EvidencedRowForm(RowForm):
    """Of a row whose report takes photos and PDFs; what has no file is added in the form of the single report."""

    attached = CleanFilesField(
        label="照片或 PDF", required=False, cleaner=clean_evidence, accept=ACCEPTED_FILES, most=MOST_EVIDENCE,
        help_text=FILES_HELP,
    )  # fmt: skip
    is_consented = ConsentField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ask_to_choose_again(self)

    @property
    def n_attached(self) -> int:
        """How many the draft has already."""
        return len(self.instance.evidence.all()) if self.instance.pk else 0

    def clean(self):
        data = super().clean()
        files = self.cleaned_data.get("attached") or []
        if EvidenceKind.PHOTO in map(kind_of_file, files) and not self.cleaned_data.get("is_consented"):
            self.add_error("is_consented", ConsentField.missing)
        n = self.n_attached + len(files)
        if files and n > MOST_EVIDENCE:
            text = f"最多 {MOST_EVIDENCE} 份佐证材料，连同已有的一共 {n} 份。请少选 {n - MOST_EVIDENCE} 份。"
            self.add_error("attached", text)
        return data

    def attach_to(self, report: AbstractReport) -> None:
        """Save the files as evidence of the report, after what it has."""
        files = self.cleaned_data.get("attached") or []
        last = max((one.position for one in report.evidence.all()), default=0) if files else 0  # type: ignore[attr-defined]
        titles = titles_of(files, "", name_of_subject(report.about))
        for position, (file, title) in enumerate(zip(files, titles, strict=True), start=last + 1):
            row = report.evidence.model(position=position, title=title, file=file)  # type: ignore[attr-defined]
            row.report, row.kind = report, kind_of_file(file)
            row.is_consented = bool(self.cleaned_data.get(CONSENT))
            row.save()


class MonthReportForm(EvidencedRowForm, ReportForm):
    is_evidence_kept = None  # type: ignore[assignment]  # Django's way to leave an inherited field out

    class Meta(ReportForm.Meta):
        fields = CONTENTS[Report]  # type: ignore[assignment]  # fewer than there


class MonthTaskReportForm(EvidencedRowForm, TaskReportForm):
    is_evidence_kept = None  # type: ignore[assignment]  # as above

    class Meta(TaskReportForm.Meta):
        fields = CONTENTS[TaskReport]  # type: ignore[assignment]  # fewer than there


class MonthReadingForm(RowForm, ReadingForm):
    class Meta(ReadingForm.Meta):
        fields = CONTENTS[Reading]  # type: ignore[assignment]  # fewer than there
        widgets: Mapping[str, Any] = {"note": AdminTextareaWidget(attrs={"rows": 2})}

    def unit_of(self, _name: str) -> str:
        return str(self.instance.indicator.unit)


FORMS: dict[type, Any] = {Report: MonthReportForm, TaskReport: MonthTaskReportForm, Reading: MonthReadingForm}


def form_of(
    row: SheetRow,
    data: Mapping[str, str] | None = None,
    *,
    prefix: str | None = None,
    files: MultiValueDict | None = None,
) -> Any:
    """Of the row's draft, or of a new one of its day; `data` has the typed texts by the name of their input.

    Without a query, as long as it is not validated.
    """
    kwargs: dict[str, Any] = {"instance": row.draft or _begun(row), "prefix": prefix, "row": row}
    if row.model is Report:
        kwargs |= {"filing": Filing(row.known, None), "pace_day": row.day}
    elif row.model is TaskReport:
        kwargs["filing"] = TaskFiling(row.known, None)
    return FORMS[row.model](data, files, **kwargs)


def _begun(row: SheetRow) -> Any:
    return row.model(**{str(row.about._meta.model_name): row.about}, held_on=row.day)
