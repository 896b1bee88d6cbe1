"""The form for the query string of the news."""

import re

from django import forms

from common.form_fields import LineField, WholeNumberField
from projects.models import Project
from tasks.models import Task

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
