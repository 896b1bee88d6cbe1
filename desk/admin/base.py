"""Bases of the admin's pages: published rows are read-only there, drafts can be edited."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.forms import BaseModelForm, BaseModelFormSet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.html import format_html

from common.formsets import BoundedFormSet
from common.keys import is_key
from desk.admin.audited import AuditedAdmin
from desk.admin.robust import RobustAdmin
from desk.admin.versioned import VersionedAdmin
from ledger.guard import Guarded, Record
from ledger.models import Entry
from tasks.finding import names_of, store_spellings

Row = TypeVar("Row", bound=Model)


def row_or_404(rows: QuerySet[Row], key: str) -> Row:
    """By primary key. Raises Http404 also where `key` is no number."""
    if not is_key(key):
        raise Http404
    return get_object_or_404(rows, pk=key)


def is_public(row: Guarded) -> bool:
    """For a part, one query an instance, which keeps the answer: every inline of a form needs it. A row that is locked is
    loaded anew, as another instance."""
    if isinstance(row, Record):
        return row.is_published
    if row.pk is None:
        return False
    attributes = vars(row)
    if "is_public" not in attributes:
        attributes["is_public"] = type(row).objects.filter(pk=row.pk).published().exists()
    return attributes["is_public"]


def publication_text(row: Record) -> str:
    """`YYYY-MM-DD HH:MM`, in Shanghai."""
    return f"{timezone.localtime(row.published_at):%Y-%m-%d %H:%M}"


class DeskAdmin(AuditedAdmin, VersionedAdmin, RobustAdmin):
    """The base of every page at the desk: no bulk actions, and no links to public pages but our own.

    The change form shows `object_messages` and `object_links` above the fields, and `object_actions` below them.
    """

    actions = None
    view_on_site = False
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def object_messages(self, request: HttpRequest, row: models.Model) -> list[str]:
        return []

    def object_links(self, request: HttpRequest, row: models.Model) -> list[tuple[str, str]]:
        """(label, address) of each page that the change form links to."""
        return []

    def construct_change_message(self, request, form, formsets, add=False):
        """Called with whatever was saved: the names in it are spelled once that is certain, and a failure breaks nothing."""
        own = [form.instance] if isinstance(form, BaseModelForm) else []  # not of a password
        saved = [*own, *(row for formset in formsets or () for row in _saved_rows(formset))]
        names = [name for row in saved for name in names_of(row)]
        if names:
            transaction.on_commit(partial(store_spellings, names), robust=True)
        return super().construct_change_message(request, form, formsets, add)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context |= {
                "object_messages": self.object_messages(request, obj),
                "object_links": self.object_links(request, obj),
                "object_actions": self.object_actions(request, obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)


def _saved_rows(formset: BaseModelFormSet) -> list[models.Model]:
    return [*formset.new_objects, *(row for row, _names in formset.changed_objects)]


class DisplayFields(admin.options.BaseModelAdmin):
    """`display_fields` maps a field to the read-only method that shows it, formatted, to whoever may only view the row."""

    display_fields: ClassVar[dict[str, str]] = {}

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        is_read_only = obj is not None and not self.has_change_permission(request, obj)
        return [self._displayed(field) for field in fields] if is_read_only else fields

    def _displayed(self, field):
        return tuple(map(self._displayed, field)) if isinstance(field, tuple) else self.display_fields.get(field, field)

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *self.display_fields.values())


def display_column(name: str, label: str, text_of: Callable[[Any], str]) -> Callable:
    """A method for `list_display`: `text_of(row)`, sorted by the field `name`; 没有公布 where that is null."""

    @admin.display(description=label, ordering=name)
    def column(self, row: models.Model) -> str:
        return "没有公布" if getattr(row, name) is None else text_of(row)

    return column


def yes_no_column(name: str, label: str) -> Callable:
    """A method for `list_display` of a field that is true or false, in words: a red cross would say that something is wrong."""

    @admin.display(description=label, ordering=name)
    def column(self, row: models.Model) -> str:
        return "是" if getattr(row, name) else "否"

    return column


class GuardedAdmin(DisplayFields, DeskAdmin):
    """The base for guarded models: drafts can be edited and deleted, published rows only viewed.

    `published_hint` says what to do where a published row is wrong.
    """

    published_hint = "要改，请起草“调整”。"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and is_public(obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and is_public(obj))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == self.model.parent:
            kwargs["queryset"] = self.model.parent_model().objects.drafts()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def object_messages(self, request, row):
        if not is_public(row):
            return []
        when = f"（{publication_text(row)}，{row.entry}）" if isinstance(row, Record) else ""
        return [f"已经公布{when}，不能修改或删除。{self.published_hint}"]


class FixableInline(admin.options.InlineModelAdmin):
    """To be combined with a tabular or stacked inline: its rows are read-only where `is_fixed(request, row)`."""

    formset = BoundedFormSet
    extra = 0
    show_change_link = False
    view_on_site = False

    def is_fixed(self, request: HttpRequest, row: models.Model) -> bool:
        raise NotImplementedError

    def _is_open(self, request: HttpRequest, row: models.Model | None) -> bool:
        return row is None or not self.is_fixed(request, row)

    def has_add_permission(self, request, obj):  # type: ignore[override]  # an inline's takes the row, too
        return super().has_add_permission(request, obj) and self._is_open(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_open(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_open(request, obj)


class GuardedInline(DisplayFields, FixableInline):
    """Parts of a guarded row: read-only once it is published."""

    def is_fixed(self, request, row):
        return is_public(row)


class ReadOnlyAdmin(DeskAdmin):
    """Rows that nobody adds, changes or deletes in the admin."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("seq", "at", "kind", "subject")
    list_filter = ("kind",)
    search_fields = ("subject", "hash")
    date_hierarchy = "published_on"
    ordering = ("-seq",)
    fields: ClassVar = ("seq", "at", "kind", "subject", "content", "previous", "hash")

    @admin.display(description="内容")
    def content(self, entry: Entry) -> str:
        return format_html('<pre tabindex="0">{}</pre>', json.dumps(entry.payload, ensure_ascii=False, indent=2))
