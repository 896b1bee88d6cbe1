"""The form for the query string of the search."""

from django import forms

from common.form_fields import LineField, QueryField, WholeNumberField
from common.matching import words_of
from website.search.results import ResultKind

MOST_CHARACTERS, MOST_WORDS = 100, 8  # a voucher has about 80 characters


class SearchForm(forms.Form):
    """`about` is the address in the record of what a group is about, such as `project:city-roads`."""

    q = QueryField(
        label="找什么",
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    kind = forms.ChoiceField(
        label="种类",
        required=False,
        choices=[("", "全部"), *ResultKind.choices],
        error_messages={"invalid_choice": "没有这个种类。"},
    )
    about = LineField(required=False, max_length=120, widget=forms.HiddenInput)
    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def clean_q(self) -> str:
        if len(words_of(self.cleaned_data["q"])) > MOST_WORDS:
            raise forms.ValidationError(f"最多写 {MOST_WORDS} 个词。")
        return self.cleaned_data["q"]
