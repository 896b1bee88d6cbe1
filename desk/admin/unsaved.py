"""Forms that can't be saved: shown again with what was typed or, where the form is gone, a page with the typed texts."""

import re
from collections.abc import Iterator
from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import InlineModelAdmin, get_content_type_for_model
from django.contrib.auth.models import User
from django.db import models
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from accounts.sessions import signed_in
from desk.admin.versions import edit_session

LONGEST_POSITION = 5  # digits


class InvalidFormSet:
    """Added to the formsets so that Django shows the form again: it is never valid, and has no errors of its own."""

    errors: ClassVar[list] = []

    def is_valid(self) -> bool:
        return False

    def non_form_errors(self) -> list:
        return []


class UnsavedAdmin(admin.ModelAdmin):
    """The base that shows a form which can't be saved, so that nobody has to type anything again."""

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)  # type: ignore[misc]  # not in the stubs
        invalid = [InvalidFormSet()] if edit_session(request).is_form_redisplayed else []
        return [*formsets, *invalid], inlines

    def unsaved(
        self, request: HttpRequest, reason: str, *, address: str = "", row: models.Model | None = None
    ) -> HttpResponse:
        """Status 409: a page with `reason` and the typed texts, to be copied, and a link to `address`, by default the form's."""
        context = {
            **self.admin_site.each_context(request),
            "title": "没有保存",
            "opts": self.opts,
            "reason": reason,
            "address": address or request.get_full_path(),
            "saved": last_saved(row, signed_in(request)) if row else "",
            "texts": list(self._typed(request)),
            "has_files": bool(request.FILES),
        }
        return TemplateResponse(request, "admin/unsaved.html", context, status=409)

    def _typed(self, request: HttpRequest) -> Iterator[tuple[str, str]]:
        """(label, text) of each input in which somebody typed or chose."""
        for name, values in request.POST.lists():
            text = "、".join(filter(None, values))
            if text and not re.search(r"^_|^csrfmiddlewaretoken$|__prefix__|_FORMS$", name):
                field = _field(*self._input(name)[:2])
                if field is None or not (field.is_relation or field.primary_key):
                    words = dict(field.flatchoices) if field else {}
                    yield self.label_of(name) or name, words.get(text, text)

    def label_of(self, name: str) -> str:
        """The label of an input by its name, with that of its inline row; empty for inputs that are no field."""
        model, field_name, row = self._input(name)
        field = _field(model, field_name)
        return row + (str(getattr(field, "label", field.verbose_name)) if field else "")

    def _input(self, name: str) -> tuple[type[models.Model], str, str]:
        """The model and the field name of an input, and the label of its inline row, ending in a space."""
        for inline, key in self.inline_keys():
            prefix = key.remote_field.get_accessor_name()
            if match := re.fullmatch(rf"{prefix}-([0-9]{{1,{LONGEST_POSITION}}})-(.+)", name):
                return inline.model, match[2], f"{inline.model._meta.verbose_name} {int(match[1]) + 1} "
        return self.model, name, ""

    def inline_keys(self) -> list[tuple[type[InlineModelAdmin], models.ForeignKey]]:
        """Each inline with its foreign key to this model."""
        return [(inline, _get_foreign_key(self.model, inline.model, inline.fk_name)) for inline in self.inlines]

    def address(self, name: str, *args: object) -> str:
        """The admin's address `name` of this model: changelist, add, change, publish …"""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)


def _field(model: type[models.Model], name: str) -> models.Field | None:
    return next((field for field in model._meta.fields if field.name == name), None)


def last_saved(row: models.Model, person: User) -> str:
    """Who last saved the row and when, for instance `王芳 2021-05-06 09:30`; empty where the admin's log has no entry."""
    content_type = get_content_type_for_model(row)
    entry = LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk)).select_related("user").first()
    if entry is None:
        return ""
    who = "您自己（在另一个窗口）" if entry.user == person else entry.user.get_full_name() or entry.user.get_username()
    return f"{who} {timezone.localtime(entry.action_time):%Y-%m-%d %H:%M}"
