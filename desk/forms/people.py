"""The form that sends a sheet of people."""

from django import forms

from desk.workbooks.opening import LARGEST

ENDINGS = (".xlsx", ".csv", ".xls", ".et")
TOO_LARGE = f"文件最大 {LARGEST // 1024 // 1024} MB。请只留下人员那张表，另存一份再传。"


class PeopleSheetForm(forms.Form):
    file = forms.FileField(
        label="人员表",
        help_text="Excel（.xlsx、.xls）、WPS（.et）或 .csv。",
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": "请选一个文件。"},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file
