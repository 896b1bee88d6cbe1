"""The forms of a plan by a table: sending it, and answering what it left open."""

from django import forms

from common.form_fields import DayField, TextField
from desk.workbooks.opening import LARGEST
from desk.workbooks.readings import WorkbookReading
from tasks.models import Pace

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


class AnswersForm(forms.Form):
    """A field for each doubt, which begins with what stands in the rows already, and the items that are confirmed."""

    def __init__(self, reading: WorkbookReading, *args, **kwargs):
        super().__init__(*args, **kwargs)
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
