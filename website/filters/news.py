"""Forms for the query strings of the news and of the search."""

import re

from django import forms

from common.form_fields import LineField, QueryField, WholeNumberField
from common.matching import words_of
from projects.models import Project
from tasks.models import Task
from website.search import ResultKind

MOST_CHARACTERS, MOST_WORDS = 50, 8
TASK = re.compile(r"([1-9][0-9]{3})-([a-z0-9_-]+)-([1-9][0-9]{0,3})")


class NewsFilter(forms.Form):
    """`task` is `YEAR-GROUP-NUMBER`, as in the address of its page."""

    task = LineField(required=False, max_length=40)
    project = forms.ModelChoiceField(Project.objects.published(), required=False, to_field_name="slug")
    page = WholeNumberField(required=False, min_value=1, max_value=100_000)

    def clean_task(self) -> Task | None:
        text = self.cleaned_data["task"]
        if not text:
            return None
        match = TASK.fullmatch(text)
        rows = Task.objects.published().select_related("group__plan")
        task = match and rows.filter(group__plan__year=match[1], group__code=match[2], number=match[3]).first()
        if not task:
            raise forms.ValidationError("没有这项任务。")
        return task

    def chosen(self, articles):
        if self.cleaned_data["task"]:
            articles = articles.filter(tasks=self.cleaned_data["task"])
        if self.cleaned_data["project"]:
            articles = articles.filter(projects=self.cleaned_data["project"])
        return articles


class SearchForm(forms.Form):
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
    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def clean_q(self) -> str:
        if len(words_of(self.cleaned_data["q"])) > MOST_WORDS:
            raise forms.ValidationError(f"最多写 {MOST_WORDS} 个词。")
        return self.cleaned_data["q"]
