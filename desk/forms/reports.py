"""The form of a report, with one input for each milestone, those of its evidence, and that of a reviewer's note."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from pathlib import PurePath
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from common.form_fields import AddressField, DayField, NumberField, TextField, YuanField, field_of
from common.formats import number_text
from common.formsets import FilesFormSet
from common.media.renditions import CopiedPicture
from common.media.uploads import (
    CleanFile,
    CleanFileField,
    CleanFilesField,
    ConsentField,
    ask_to_choose_again,
    clean_evidence,
    random_name,
    title_of,
)
from common.money import written_yuan
from common.numbers import parse_share
from common.tokens import clean_token
from desk.filing import Line, ReportedProject
from projects.models import (
    LONGEST_URL,
    AbstractEvidence,
    EvidenceKind,
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

SUBMIT = "_submit"
PUBLIC, INTERNAL = "公开", "仅内部"
ACCEPTED_FILES = "image/jpeg,image/png,image/webp,application/pdf"
MOST_EVIDENCE = 20
FILES_HELP = "可以一次选几个，照片和 PDF 都行，每个最多 15 MB。"
TITLE_HELP = (
    "照片写看得见什么，文件写名称和文号。一次选了几个，都用这一句，后面编上号，存了草稿可以一个一个改。"
    "不写，照片就叫“某某项目的照片”，文件用它自己的名字。"
)
NOTHING_SHOWN = "请选照片或 PDF，或者填网址；没有文件可传的，写上名称和文号，勾选下面的“没有文件可传”。"
COPIED = ("held_on", "text", "problem", "next_step", "delay")


def add_reasons(form: forms.BaseForm, reasons: Iterable[str], places: Mapping[str, str]) -> None:
    """Add each reason to its field, or to the whole form. `places` maps a reason's `about` to the name of a field."""
    for reason in reasons:
        about = getattr(reason, "about", "")
        name = places.get(about, about)
        form.add_error(name if name in form.fields else None, str(reason))


def set_publicity(form: forms.BaseForm, *, internal: Iterable[str] = (), neither: Iterable[str] = ()) -> None:
    """Set `publicity` on each field, which the templates show; fields in `neither` are options without a text."""
    for name in form.fields.keys() - set(neither):
        form.fields[name].publicity = INTERNAL if name in internal else PUBLIC  # type: ignore[attr-defined]  # ours


def delete_file_on_commit(stored: FieldFile | None) -> None:
    """Delete a file, if there is one, once the transaction that removes its name from the row is committed."""
    if stored and stored.name:
        transaction.on_commit(partial(stored.storage.delete, stored.name))


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
        is_percent = clean_token(self.unit) == "%"
        if is_percent and self.target is not None:
            return parse_share(text, self.target, unit=self.unit)
        return super().read(text)

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


class AbstractReportForm(forms.ModelForm):
    """A report of the subject of `filing`. A new correction begins with what it corrects and may copy its evidence."""

    copied: ClassVar[tuple[str, ...]] = COPIED
    is_evidence_kept = forms.BooleanField(label="沿用原报告的佐证材料", required=False, initial=True)

    class Meta:
        widgets = {
            "text": AdminTextareaWidget(attrs={"rows": 4}),
            **dict.fromkeys(
                ("problem", "next_step", "over_investment_reason", "correction_reason", "internal_note"),
                AdminTextareaWidget(attrs={"rows": 2}),
            ),
        }

    def __init__(self, *args, filing: Filing | TaskFiling, **kwargs):
        super().__init__(*args, **kwargs)
        self.filing, self.corrected = filing, filing.corrected
        self.is_new = self.instance.pk is None
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

    def kept_evidence(self) -> list[AbstractEvidence]:
        """That of the corrected report which a new correction copies."""
        if not (self.is_new and self.corrected and self.cleaned_data.get("is_evidence_kept")):
            return []
        return list(self.corrected.evidence.exclude(salt=""))  # a redaction deletes the salt

    def save_parts(self) -> None:
        """Save the evidence that a new correction copies."""
        for evidence in self.kept_evidence():
            type(evidence).objects.create(report=self.instance, **copy_of(evidence))  # type: ignore[misc]  # of each kind


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
        names, lines, today = list(self.fields), self.filing.lines, timezone.localdate()
        self.fields |= {name: LineField(line, today) for name, line in lines.items()}
        place = names.index("spent")
        self.order_fields([*names[:place], *lines, *names[place:]])
        self.fields["spent"] = spent_field(self.filing.project.snapshot)
        targets = [target.terms for line in lines.values() for target in line.targets]
        field_of(self, "held_on", DayField).years = {
            day.year for terms in targets for day in (terms.starts_on, terms.due_on)
        }
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
        field_of(self, "held_on", DayField).years = {day.year for day in days if day}

    def content_reasons(self) -> Iterable[str]:
        return declaration_errors(self.instance, has_evidence=False)


def copy_of(evidence: AbstractEvidence) -> dict[str, Any]:
    """The fields of the same evidence for another report, with a file of its own."""
    fields = {name: getattr(evidence, name) for name in ("position", "kind", "title", "url", "is_consented")}
    name = evidence.file.name
    if name and evidence.file.storage.exists(name):
        fields["file"] = CopiedPicture(evidence.file.storage, name, random_name(PurePath(name).suffix))
    return fields


class EvidenceForm(forms.ModelForm):
    """A new form takes several photos and PDFs, or a link, or a document cited by its title; that of a stored row, one.

    The row's `kind` follows from what was given.
    """

    file = CleanFileField(label="照片或 PDF", required=False, cleaner=clean_evidence, accept=ACCEPTED_FILES)
    is_consented = ConsentField()
    url = AddressField(
        label="网址", required=False, max_length=LONGEST_URL, assume_scheme="https",
        widget=forms.URLInput(attrs={"class": "vTextField"}),
    )  # fmt: skip
    is_cited = forms.BooleanField(label="没有文件可传，只写文件的名称和文号", required=False)

    class Meta:
        model = AbstractEvidence
        fields = ("title", "file", "is_consented", "url", "is_cited")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        evidence = self.instance
        self.is_new = evidence.pk is None
        self.files_chosen: list[CleanFile] = []
        if self.is_new:
            self.fields["title"].required, self.fields["title"].help_text = False, TITLE_HELP
            self.fields["file"] = CleanFilesField(
                label="照片或 PDF", required=False, cleaner=clean_evidence, accept=ACCEPTED_FILES, most=MOST_EVIDENCE,
                help_text=FILES_HELP,
            )  # fmt: skip
        elif evidence.file:
            for name in ("url", "is_cited"):  # a link or a citation is a row of its own
                self.fields[name].widget = self.fields[name].hidden_widget()
        else:
            self.initial["is_cited"] = evidence.kind == EvidenceKind.DOCUMENT
        if not self.fields["is_cited"].widget.is_hidden:
            advice = f"没有网址的，勾选“{self.fields['is_cited'].label}”。"
            self.fields["url"].error_messages["invalid"] += advice
        ask_to_choose_again(self)
        set_publicity(self, neither=("id", "report", "is_consented", "is_cited", "DELETE"))

    def clean(self):
        super().clean()
        data = self.cleaned_data
        self._take_files(data)
        if not {"file", "url"} & self.errors.keys():
            self._clean_kind(data)
        return data

    def _take_files(self, data: dict) -> None:
        """`data["file"]` becomes the first of the files, which belongs to the form's own row."""
        sent = data.get("file")
        if self.is_new:
            self.files_chosen = sent or []
            data["file"] = self.files_chosen[0] if self.files_chosen else None
        elif "file" in self.changed_data and sent:
            self.files_chosen = [sent]

    def _clean_kind(self, data: dict) -> None:
        if data.get("file") and data.get("url"):
            self.add_error("url", "文件和网址各算一份佐证。请留下一样，另一样再加一行。")
        elif data.get("file"):
            self._clean_consent(data)
        elif data.get("url"):
            self.instance.kind = EvidenceKind.LINK
        elif data.get("is_cited"):
            self._clean_citation(data)
        else:
            self.add_error("file", NOTHING_SHOWN)

    def _clean_consent(self, data: dict) -> None:
        """A photo needs consent when it is uploaded; one stored without, when the report is submitted."""
        kinds = list(map(kind_of_file, self.files_chosen)) or [self.instance.kind]
        self.instance.kind = kinds[0]
        is_wanted = bool(self.files_chosen) or SUBMIT in self.data
        if EvidenceKind.PHOTO in kinds and is_wanted and not data.get("is_consented"):
            self.add_error("is_consented", ConsentField.missing)

    def _clean_citation(self, data: dict) -> None:
        self.instance.kind = EvidenceKind.DOCUMENT
        if not data.get("title") and "title" not in self.errors:
            self.add_error("title", "请写文件的名称和文号。")

    def rows(self) -> list[AbstractEvidence]:
        """The unsaved rows of a new form, one a file."""
        first = self.instance
        if not self.files_chosen:
            first.title = first.title or f"网页：{urlsplit(first.url).hostname}"[:200]
            return [first]
        titles = titles_of(self.files_chosen, first.title, name_of_subject(first.report.about))
        shared = {"report": first.report, "is_consented": first.is_consented}
        rows = [first, *(type(first)(file=file, **shared) for file in self.files_chosen[1:])]
        for row, title, file in zip(rows, titles, self.files_chosen, strict=True):
            row.title, row.kind = title, kind_of_file(file)
        return rows


def kind_of_file(file: CleanFile) -> EvidenceKind:
    """By its suffix, which `clean_evidence` chose by the content."""
    return EvidenceKind.DOCUMENT if str(file.name).endswith(".pdf") else EvidenceKind.PHOTO


def name_of_subject(about: Project | Task | Measure) -> str:
    return getattr(about, "short_title", "") or about.title[:60]


def titles_of(files: Sequence[CleanFile], title: str, name: str) -> list[str]:
    """One for each file: the typed title, numbered; without one, the file name of a PDF and, for photos, `name`."""
    if title:
        return numbered(title, len(files))
    are_photos = [kind_of_file(file) == EvidenceKind.PHOTO for file in files]
    photos = iter(numbered(f"{name}的照片", sum(are_photos)))
    kinds = zip(files, are_photos, strict=True)
    return [next(photos) if is_photo else title_of(file.sent_as) or f"{name}的文件" for file, is_photo in kinds]


def numbered(title: str, n: int) -> list[str]:
    return [title] if n == 1 else [f"{title[:190]}（{number}）" for number in range(1, n + 1)]


class EvidenceFormSet(FilesFormSet):
    number, most, item_words = "position", MOST_EVIDENCE, ("份", "佐证材料")

    def clean(self):
        super().clean()
        wanted = getattr(self.instance, "wanted_evidence", ())
        if wanted and not self.remaining_forms():
            raise ValidationError(list(wanted))

    def save(self, commit=True):
        """Files that were replaced or whose row was deleted are deleted as well."""
        saved = super().save(commit)
        replaced = [form for form in self.initial_forms if "file" in form.changed_data or form in self.deleted_forms]
        for form in replaced:
            delete_file_on_commit(form.initial.get("file"))  # none where the row was deleted in another window
        return saved


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
