"""The forms of the month's sheet as a workbook: which day it is of, the files that come back, and what they leave to decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from common.form_fields import DayField
from desk.forms.workbooks import ENDINGS
from desk.returns.dry_run import MEANT, TYPED, DryRun, FieldText
from desk.returns.months import day_error
from desk.returns.own_reading import PASSED_OVER
from desk.returns.readings import Conflict, Doubt, FileReading, Unmatched
from desk.workbooks.opening import LARGEST

MOST_FILES = 40
MOST_BYTES = 60 * 1024 * 1024  # of all files of a request
OTHER = "other-"  # before the name of an input: any other item than those that are offered first
MOST_OTHERS = 20_000  # of a page, all its questions together
ANSWERS = ("match-", "doubt-", "conflict-", "file-")  # begin the names of the inputs that answer something
EMPTY = "（空）"


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/input.html"


class FilesField(forms.FileField):
    """Several files, each of which is checked; cleaned to a list."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]  # Django's takes one file
        files = [super(FilesField, self).clean(one, initial) for one in data or [None]]
        if len(files) > MOST_FILES:
            raise ValidationError(f"一次最多传 {MOST_FILES} 个文件，这里有 {len(files)} 个。请分几次传。")
        if sum(file.size for file in files) > MOST_BYTES:
            raise ValidationError(f"一次最多 {MOST_BYTES // 1024 // 1024} MB。请分几次传。")
        return files


class ReturnedDayForm(forms.Form):
    """Which data day a sheet is of."""

    day = DayField(label="数据日期", is_past=True, help_text="填到哪一天为止，通常是月底。")

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if error := day_error(day):
            raise ValidationError(error)
        return day


class ReturnForm(ReturnedDayForm):
    """The files that come back."""

    sheets = FilesField(
        label="填好的表",
        help_text=(
            f"可以一次选几个，最多 {MOST_FILES} 个：从这里下载的表，或者部门自己的进展表。"
            "Excel（.xlsx、.xls）、WPS（.et）、Word 里的表格（.docx）或 .csv，每个最大 10 MB。"
        ),
        error_messages={"required": "请选文件。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sheets"].widget.attrs["accept"] = ",".join(ENDINGS)

    def clean_sheets(self) -> list[UploadedFile]:
        files = self.cleaned_data["sheets"]
        large = [file.name for file in files if file.size > LARGEST]
        if large:
            raise ValidationError(f"每个文件最大 10 MB，太大的是：{'、'.join(map(str, large))}。")
        return files


# What somebody decides


@dataclass(frozen=True)
class Choice:
    """An answer: `text` is what would then be stored, "" where the label says it."""

    value: str
    label: str
    is_chosen: bool
    text: str = ""


@dataclass(frozen=True)
class Asked:
    """A question with the inputs that answer it, of which one is chosen; `before` is what was exported, "" of no export."""

    name: str
    cell: str
    question: str
    choices: tuple[Choice, ...]
    before: str = ""
    others: tuple[tuple[str, str], ...] = ()  # (value, label) of what is chosen from a list

    @property
    def name_of_others(self) -> str:
        return f"{OTHER}{self.name}"


def answers_in(data: Mapping[str, str]) -> dict[str, str]:
    """What was answered, by the name of the input."""
    answers = {name: value for name, value in data.items() if name.startswith(ANSWERS)}
    others = {name.removeprefix(OTHER): value for name, value in data.items() if value and name.startswith(OTHER)}
    return answers | {name: value for name, value in others.items() if name.startswith(ANSWERS)}


def asked_of(run: DryRun, answers: Mapping[str, str]) -> list[Asked]:
    """In the order of the files; rows that two of them speak of stand first. What was answered is chosen again."""
    found = []
    for twice in run.twice:
        names = [
            (str(number), f"用“{run.files[number].name}”里的（{cell}）", _differing_text(texts))
            for number, cell, texts in zip(twice.files, twice.cells, twice.differing, strict=True)
        ]
        question = f"“{twice.row.title}”有 {len(names)} 个文件都写了，而且不一样，不一样的是"
        found.append(_asked(twice.key, "", question, [("", "都先不写"), *names], answers))
    n_others = sum(len(one.others) for reading in run.files for one in reading.unmatched)
    for reading in run.files:
        for title, one in reading.asked():
            place = " · ".join(filter(None, (title, _place(reading, one, run))))
            before = (one.exported or EMPTY) if isinstance(one, Conflict) and reading.is_form else ""
            asked = _asked(reading.input_of(one), place, *_question(one), answers, before)
            if isinstance(one, Unmatched) and n_others <= MOST_OTHERS:
                asked = replace(asked, others=tuple((row.key, row.title) for row in one.others))
            found.append(asked)
    return found


def _differing_text(texts: Iterable[FieldText]) -> str:
    """`进展（表!I4）写“路基完成”；下一步没有写`."""
    return "；".join(
        f"{one.word}没有写"
        if one.text is None
        else f"{one.word}（{one.cell}）写{f'“{one.text}”' if one.text else '空的'}"
        for one in texts
    )


def _place(reading: FileReading, one: Conflict | Doubt | Unmatched, run: DryRun) -> str:
    return f"{reading.name} {one.cell}" if len(run.files) > 1 else one.cell


def _question(one: Conflict | Doubt | Unmatched) -> tuple[str, list[tuple[str, ...]]]:
    """What is asked, and each answer: its value, its label, what would be stored."""
    match one:
        case Unmatched():
            rows = [(row.key, f"就是“{row.title}”") for row in one.candidates]
            return f"“{one.title}”是哪一项？", [("", "先不读"), *rows, (PASSED_OVER, "都不是，不读")]
        case Doubt():
            return f"{one.word}：{one.question}", [("", "先不取"), (MEANT, f"是 {one.meant}")]
    kept = "、".join(filter(None, (one.by, f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}" if one.at else "")))
    return f"{one.word}：表里的和现在存的不一样", [
        ("", f"留着现在的{f'（{kept}）' if kept else ''}", one.current or EMPTY),
        (TYPED, "改成表里的", one.typed or EMPTY),
    ]


def _asked(
    name: str,
    cell: str,
    question: str,
    choices: Sequence[tuple[str, ...]],
    answers: Mapping[str, str],
    before: str = "",
) -> Asked:
    given = answers.get(name, "")
    chosen = given if given in {value for value, *_rest in choices} else ""
    made = (Choice(value, label, value == chosen, *text) for value, label, *text in choices)
    return Asked(name, cell, question, tuple(made), before)


def names_answered(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to which item a name is: by them other rows are read."""
    return {name: value for name, value in answers.items() if value and name.startswith("match-")}


def settled_answers(run: DryRun, answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Those that are asked no more, because they were answered: they go along with the next page."""
    asked = {one.name for one in asked_of(run, answers)}
    yield from ((name, value) for name, value in answers.items() if name not in asked and name.startswith("match-"))
