"""The forms of evidence, whatever the fact that it shows to be true."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.fields.files import FieldFile

from common.form_fields import AddressField
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
from desk.forms.base import SUBMIT, delete_file_on_commit, set_publicity
from projects.models import LONGEST_URL, AbstractEvidence, EvidencedFact, EvidenceKind, Project
from tasks.models import Commitment, Measure, Task

ACCEPTED_FILES = "image/jpeg,image/png,image/webp,application/pdf"
MOST_EVIDENCE = 20
FILES_HELP = "可以一次选几个，照片和 PDF 都行，每个最多 15 MB。"
TITLE_HELP = (
    "照片写看得见什么，文件写名称和文号。一次选了几个，都用这一句，后面编上号，存了草稿可以一个一个改。"
    "不写，照片就叫“某某项目的照片”，文件用它自己的名字。"
)
NOTHING_SHOWN = "请选照片或 PDF，或者填网址；没有文件可传的，写上名称和文号，勾选下面的“没有文件可传”。"


class EvidencedForm(forms.ModelForm):
    """Of a fact with evidence. A new correction of `corrected` may copy what it has."""

    corrected: EvidencedFact | None = None
    is_evidence_kept = forms.BooleanField(label="沿用原来的佐证材料", required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_new = self.instance.pk is None  # until it is saved

    def kept_evidence(self) -> list[AbstractEvidence]:
        """That of the corrected report which a new correction copies."""
        if not (self.is_new and self.corrected and self.cleaned_data.get("is_evidence_kept")):
            return []
        return list(self.corrected.evidence.exclude(salt=""))  # a redaction deletes the salt

    def save_parts(self) -> None:
        """Save the evidence that a new correction copies."""
        for evidence in self.kept_evidence():
            type(evidence).objects.create(report=self.instance, **copy_of(evidence))  # type: ignore[misc]  # of each kind


def copy_of(evidence: AbstractEvidence) -> dict[str, Any]:
    """The fields of the same evidence for another report, with a file of its own."""
    fields = {name: getattr(evidence, name) for name in ("position", "kind", "title", "url", "is_consented")}
    copied = copied_file(evidence.file)
    return {**fields, "file": copied} if copied else fields


def copied_file(stored: FieldFile) -> CopiedPicture | None:
    """The same file, to be stored once more under a name of its own; None where there is none."""
    name = stored.name
    if not (name and stored.storage.exists(name)):
        return None
    return CopiedPicture(stored.storage, name, random_name(PurePath(name).suffix))


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


def name_of_subject(about: Project | Task | Measure | Commitment) -> str:
    about = about.project if isinstance(about, Commitment) else about
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
