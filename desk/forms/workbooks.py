"""The forms of a plan by a table: sending it, and answering what it left open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from common.form_fields import DayField, TextField
from desk.workbooks.alike import ItemGroup
from desk.workbooks.opening import LARGEST
from desk.workbooks.readings import DoubtKind, WorkbookReading
from tasks.models import Pace

ALIKE = "alike"  # the name of the presses that answer all of a kind
ENDINGS = (".xlsx", ".xls", ".et", ".docx", ".csv")


class UploadForm(forms.Form):
    file = forms.FileField(
        label="表格文件",
        help_text="Excel（.xlsx、.xls）、WPS（.et）、Word 里的表格（.docx）或 .csv，最大 10 MB。",
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
    )
    year = TextField(
        label="哪一年的计划", required=False, max_length=12, help_text="表的标题里写了年份，就不用填。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    reason = TextField(
        label="这一年的计划已经公布了，是追加的：为什么追加", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="公布以后居民看得到。第一次建立这一年的计划，不用填。",
    )  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("文件最大 10 MB。请只留下要交的那张表，另存一份再传。")
        return file

    def clean_year(self) -> int | None:
        text = self.cleaned_data["year"].strip().removesuffix("年").strip()
        if not text:
            return None
        if not (text.isdecimal() and 1949 <= int(text) <= 9999):
            raise forms.ValidationError("写四位年份，例如 2024。")
        return int(text)


class ReasonForm(forms.Form):
    """Why a table is an addition to a plan that is public."""

    reason = TextField(
        label="为什么追加", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), help_text="公布以后居民看得到。"
    )


@dataclass(frozen=True)
class DoubtGroup:
    """Doubts of one kind. `presses` are (value, label) of what answers all of them; there are none for a single doubt."""

    question: str
    fields: Sequence[forms.BoundField]
    presses: Sequence[tuple[str, str]] = ()


def answered_alike(data: QueryDict, groups: Sequence[DoubtGroup], items: Sequence[ItemGroup]) -> QueryDict:
    """What was sent, with the answer of the press in every field of its kind. Nonsense changes nothing."""
    answered = data.copy()
    kind, _, which = data.get(ALIKE, "").partition(":")
    if kind == "doubts":
        for group in (one for one in groups if data[ALIKE] in dict(one.presses)):
            for field in group.fields:
                answered[field.html_name] = which.partition(":")[2]
    for item_group in (one for one in items if one.is_alike and kind in ("items", "none") and one.key == which):
        own = {item.key for item in item_group.items}
        others = [key for key in data.getlist("confirmed") if key not in own]
        answered.setlist("confirmed", [*others, *(sorted(own, key=int) if kind == "items" else ())])
    return answered


class AnswersForm(forms.Form):
    """A field for each doubt, which begins with what stands in the rows already, and the items that are confirmed."""

    def __init__(self, reading: WorkbookReading, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.reading = reading
        for number, doubt in enumerate(reading.doubts):
            self.fields[f"doubt-{number}"] = forms.TypedChoiceField(
                label=doubt.question,
                help_text=doubt.cell,
                choices=[(position, choice.label) for position, choice in enumerate(doubt.choices)],
                coerce=int,
                initial=0,
                widget=forms.RadioSelect,
            )
        if "due_on" in reading.unsaid:
            years = [row.values["year"] for row in reading.of("tasks.plan")]
            self.fields["due_on"] = DayField(
                label="没有写日子的，都按哪一天", required=False, years=years, help_text="空着就是计划的最后一天。"
            )
        if "pace" in reading.unsaid:
            self.fields["pace"] = forms.ChoiceField(
                label="没有写分步的，序时进度怎么算", choices=[("", "照表里读的"), *Pace.choices], required=False
            )
        self.fields["confirmed"] = forms.TypedMultipleChoiceField(
            choices=[(number, item.title) for number, item in enumerate(reading.items)], coerce=int, required=False
        )
        self.fields["seen"] = forms.CharField(widget=forms.HiddenInput, max_length=32)

    @property
    def doubts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("doubt-")]

    @property
    def doubt_groups(self) -> list[DoubtGroup]:
        """What asks alike stands together, where its first doubt stands."""
        return list(self._doubt_groups())

    def _doubt_groups(self) -> Iterator[DoubtGroup]:
        by_kind: dict[object, list[forms.BoundField]] = {}
        for number, (doubt, field) in enumerate(zip(self.reading.doubts, self.doubts, strict=True)):
            by_kind.setdefault(doubt.kind or number, []).append(field)
        for number, (kind, fields) in enumerate(by_kind.items()):
            if isinstance(kind, DoubtKind) and len(fields) > 1:
                presses = [(f"doubts:{number}:{choice}", answer) for choice, answer in enumerate(kind.answers)]
                yield DoubtGroup(kind.question, fields, presses)
            else:
                yield DoubtGroup("", fields)

    @property
    def plan_wide(self) -> list[forms.BoundField]:
        return [self[name] for name in ("due_on", "pace") if name in self.fields]

    @property
    def defaults(self) -> dict[str, str]:
        """The day as YYYY-MM-DD, and the pace, where the person chose them."""
        chosen = {name: self.cleaned_data.get(name) for name in ("due_on", "pace")}
        return {name: str(value) for name, value in chosen.items() if value}

    @property
    def answers(self) -> list[int]:
        return [self.cleaned_data[name] for name in self.fields if name.startswith("doubt-")]

    @property
    def ticked(self) -> set[str]:
        """The items that are ticked as the form was sent."""
        return set(map(str, self["confirmed"].value() or ()))
