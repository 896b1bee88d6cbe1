"""What every page of the admin about the public record keeps to: what is public is read, never written."""

import json
from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, connection, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from huozhou_portal.keys import KeysField
from huozhou_portal.storage import DISK_IS_FULL, is_disk_full, stored_or_gone
from ledger.guard import Guarded, PublishedRowError, Record, hold_off_publications
from ledger.models import Entry


def is_public(row: Guarded) -> bool:
    if isinstance(row, Record):
        return row.is_published
    return row.pk is not None and type(row).objects.filter(pk=row.pk).published().exists()


def moment_of_publication(row: Record) -> str:
    return f"{timezone.localtime(row.published_at):%Y-%m-%d %H:%M}"


ASKED = ("exact", "isnull", "year", "month", "day")
LONGEST_SEARCH = 200  # SQLite gives up on a condition of a thousand parts, and each word is several


class OnFullDisk:
    """Added to a form whose files the disk couldn't hold."""

    def clean(self):
        self.add_error(None, DISK_IS_FULL)
        return super().clean()


class CarefulAdmin(admin.ModelAdmin):
    """No bulk actions, no way to the public page but our own links, and no 500 for a crafted address or a lost race.

    `notices` and `tools` say what stands above the form of a row; `acts` are its buttons that write.
    """

    actions = None
    view_on_site = False
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None):
        """The row, locked while a form about it is being saved."""
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST" and connection.in_atomic_block:
            hold_off_publications()
            locked = self.model._base_manager.select_for_update(of=("self",)).filter(pk=found.pk)
            return super().get_object(request, object_id, from_field) if locked.first() else None
        return found

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str):
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest) -> bool:
        """Only what our filters ask; Django's lets a pattern be tried on any field, which SQLite falls over."""
        _field, is_asked_how, how = lookup.rpartition("__")
        return (not is_asked_how or how in ASKED) and super().lookup_allowed(lookup, value, request)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KeysField, **kwargs})

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        named = {"title": self.opts.verbose_name_plural, **(extra_context or {})}
        try:
            response = super().changelist_view(request, named)
            return response.render() if hasattr(response, "render") else response
        except (ValueError, OverflowError, DataError):  # a year of 20 digits, for one
            return HttpResponseRedirect(f"{request.path}?e=1")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if "_saveasnew" in request.POST:
            raise PermissionDenied
        try:
            return self._without_loss(request, super().changeform_view, object_id, form_url, extra_context)
        except OSError as error:
            if not is_disk_full(error) or getattr(request, "is_disk_full", False):
                raise
        request.is_disk_full = True  # once more, for the form to say so with everything that was typed in it
        return self.changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (OnFullDisk, form), {}) if getattr(request, "is_disk_full", False) else form

    def delete_view(self, request, object_id, extra_context=None):
        return self._without_loss(request, super().delete_view, object_id, extra_context)

    def _without_loss(self, request: HttpRequest, view, object_id: str | None, *args) -> HttpResponse:
        """The view's answer, or, where somebody else was faster, what happened in words."""
        try:
            with stored_or_gone():
                return view(request, object_id, *args)
        except PublishedRowError as error:
            self.message_user(request, str(error), messages.ERROR)
        except (IntegrityError, models.ProtectedError):
            self.message_user(request, "没有保存：同一时间有人改了相关的内容，请看看现在的样子再改。", messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def notices(self, request: HttpRequest, row: models.Model) -> list[str]:
        return []

    def tools(self, request: HttpRequest, row: models.Model) -> list[tuple[str, str]]:
        """(label, address) of pages that go on from this one."""
        return []

    def acts(self, request: HttpRequest, row: models.Model) -> list[tuple[str, str]]:
        """(label, address) of what can be done with the row as it stands."""
        return []

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context |= {
                "notices": self.notices(request, obj),
                "tools": self.tools(request, obj),
                "acts": self.acts(request, obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def address(self, name: str, *args: object) -> str:
        """The admin's address `name` of this model: changelist, add, change, publish …"""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)


class Told:
    """On pages that are only read, `told` puts a column of words in the place of a field's stored digits."""

    told: ClassVar[dict[str, str]] = {}

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        is_read = obj is not None and not self.has_change_permission(request, obj)
        return [self._told(field) for field in fields] if is_read else fields

    def _told(self, field):
        return tuple(map(self._told, field)) if isinstance(field, tuple) else self.told.get(field, field)

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *self.told.values())


def told_column(name: str, label: str, words: Callable[[models.Model], str]) -> Callable:
    """A column of an admin: `words` of the row, sorted by the field `name`; nothing where that is null."""

    @admin.display(description=label, ordering=name)
    def column(self, row: models.Model) -> str:
        return "没有公布" if getattr(row, name) is None else words(row)

    return column


class GuardedAdmin(Told, CarefulAdmin):
    """Rows of the public record: drafts can be written, public ones only read."""

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and is_public(obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and is_public(obj))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == self.model.parent:
            kwargs["queryset"] = self.model.parent_model().objects.drafts()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def notices(self, request, row):
        if not is_public(row):
            return []
        when = f"（{moment_of_publication(row)}，{row.entry}）" if isinstance(row, Record) else ""
        return [f"已经公布{when}，不能修改或删除。{self.way_to_mend}"]

    way_to_mend = "要改，请起草“调整”。"


class GuardedInline(Told, admin.options.InlineModelAdmin):
    """Parts of a row, to be combined with a layout: as fixed as the row they belong to."""

    extra = 0
    show_change_link = False
    view_on_site = False

    def has_add_permission(self, request, obj):
        return super().has_add_permission(request, obj) and not (obj and is_public(obj))

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and is_public(obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and is_public(obj))


@admin.register(Entry)
class EntryAdmin(CarefulAdmin):
    list_display = ("seq", "at", "kind", "subject", "short_hash")
    list_filter = ("kind",)
    search_fields = ("subject", "hash")
    date_hierarchy = "published_on"
    ordering = ("-seq",)
    fields: ClassVar = ("seq", "at", "kind", "subject", "content", "previous", "hash")

    @admin.display(description="哈希")
    def short_hash(self, entry: Entry) -> str:
        return entry.hash[:12]

    @admin.display(description="内容")
    def content(self, entry: Entry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(entry.payload, ensure_ascii=False, indent=2))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
