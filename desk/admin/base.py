"""What every page of the admin about the public record keeps to: what is public is read, never written."""

import json
import re
from collections.abc import Callable, Iterator
from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminErrorList
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.auth.forms import UsernameField
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, OperationalError, connection, models
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html

from accounts.audit_log import difference, record, snapshot
from accounts.models import Kind
from common.form_fields import EmailField, LineField, MomentField
from common.formsets import BoundedFormSet
from common.keys import KeysField
from common.media.door import Busy, taken_in
from common.media.store import DISK_IS_FULL, is_disk_full, stored_or_gone
from common.texts import clean_line
from desk.admin.conflicts import last_saved, rows_on_current, sections_of, typed_texts
from desk.admin.versions import DECIDED_ON, EDITED_FROM, content_of, version_of
from ledger.chain import Refusal
from ledger.guard import Guarded, PublishedRowError, Record, hold_off_publications
from ledger.models import Entry


def is_public(row: Guarded) -> bool:
    """Every part of a form asks. The answer stays with the row as it was read: once it is locked, it is read anew."""
    if isinstance(row, Record):
        return row.is_published
    if row.pk is None:
        return False
    if not hasattr(row, "is_public"):
        row.is_public = type(row).objects.filter(pk=row.pk).published().exists()
    return row.is_public


def moment_of_publication(row: Record) -> str:
    return f"{timezone.localtime(row.published_at):%Y-%m-%d %H:%M}"


def _rows_of(model: type[models.Model], key: models.ForeignKey, row: models.Model) -> models.QuerySet:
    rows = model._base_manager.filter(**{key.name: row}).order_by("pk")
    return rows.select_for_update(of=("self",)) if connection.in_atomic_block else rows


class NothingSaved:
    """Stands among the formsets of a form that is shown again whatever is in it, though its errors are found and shown."""

    errors: ClassVar[list] = []

    def is_valid(self) -> bool:
        return False

    def non_form_errors(self) -> list:
        return []


ASKED = ("exact", "isnull", "year", "month", "day")
LONGEST_SEARCH = 200  # SQLite gives up on a condition of a thousand parts, and each word is several


class AccountField(LineField, UsernameField):
    """The name of an account."""


class CarefulAdmin(admin.ModelAdmin):
    """No bulk actions, no way to the public page but our own links, and no 500 for a crafted address or a lost race.

    `notices` and `tools` say what stands above the form of a row; `acts` are its buttons that write.
    What is sent from a page says which version of the row it showed; on top of any other nothing is written.
    `unwatched` are fields that no edit changes.
    Whatever is logged is also put in the audit trail, with the row as it was when it was locked and as it is now;
    `recorded_parts` are models that a form writes besides the inlines.
    """

    unwatched: ClassVar[tuple[str, ...]] = ()
    recorded_parts: ClassVar[tuple[type[models.Model], ...]] = ()

    # Of columns that aren't ours: moments, and those of Django's accounts.
    formfield_overrides: ClassVar = {
        models.DateTimeField: {"form_class": MomentField},
        models.CharField: {"form_class": LineField},
        models.EmailField: {"form_class": EmailField},
    }
    actions = None
    view_on_site = False
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None):
        """The row, locked while a form about it is being saved."""
        from_field = from_field or None  # an empty one in the address names no field
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST" and connection.in_atomic_block:
            hold_off_publications()
            locked = self.model._base_manager.select_for_update(of=("self",)).filter(pk=found.pk)
            found = super().get_object(request, object_id, from_field) if locked.first() else None
            if found:
                self._known(request)[found.pk] = self._snapshot(found)
        return found

    # The audit trail

    def _known(self, request: HttpRequest) -> dict:
        """How the rows of this request last stood."""
        if not hasattr(request, "known_rows"):
            request.known_rows = {}
        return request.known_rows.setdefault(self.model, {})

    def _snapshot(self, row: models.Model):
        parts = (*(inline.model for inline in self.inlines), *self.recorded_parts)
        return snapshot(self.model._base_manager.get(pk=row.pk), parts)

    def record(self, request: HttpRequest, row: models.Model, kind: Kind, note: str = "", changes=()) -> None:
        record(kind, request=request, by=request.user, about=row, changes=changes, note=note)

    def log_addition(self, request, obj, message):
        known = self._known(request)[obj.pk] = self._snapshot(obj)
        self.record(request, obj, Kind.ADD, changes=difference({}, known))
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message, kind=Kind.CHANGE):
        """`message` is a sentence, or what changed as the admin tells it; no record where nothing did."""
        before, known = self._known(request).get(obj.pk), self._snapshot(obj)
        self._known(request)[obj.pk] = known
        changes = [] if before is None else difference(before, known)
        is_act = isinstance(message, str)
        if changes or is_act:
            self.record(request, obj, kind, message if is_act and message != kind.label else "", changes)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for row in queryset:
            self.record(request, row, Kind.DELETE, changes=difference(self._snapshot(row), {}))
        return super().log_deletions(request, queryset)

    def construct_change_message(self, request, form, formsets, add=False):
        """Django's names each part; the name of evidence may be what a redaction has to hide."""
        message = super().construct_change_message(request, form, formsets, add)
        for part in (act for sentence in message for act in sentence.values() if "object" in act):
            part["object"] = "…"
        return message

    # Bad input and lost races

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str):
        return super().get_search_results(request, queryset, clean_line(search_term[:LONGEST_SEARCH]))

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest) -> bool:
        """Only what our filters ask; Django's lets a pattern be tried on any field, which SQLite falls over."""
        _field, is_asked_how, how = lookup.rpartition("__")
        return (not is_asked_how or how in ASKED) and super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if kwargs.get("form_class") is UsernameField:  # Django's form names it, so that no override reaches it
            kwargs["form_class"] = AccountField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

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
        may_write = self.has_add_permission(request) or self.has_change_permission(request)
        try:
            with taken_in(request.FILES if may_write else MultiValueDict()):
                return self._without_loss(request, super().changeform_view, object_id, form_url, extra_context)
        except Busy:
            reason = "服务器正忙着处理别人的照片，这一次没有存上，请过一会儿再存一次"
            return self._unsaved(request, None, reason, request.get_full_path())
        except OSError as error:
            if not is_disk_full(error) or getattr(request, "is_disk_full", False):
                raise
        request.is_disk_full = True  # once more, for the form to say so with everything that was typed in it
        return self.changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        return self._without_loss(request, super().delete_view, object_id, extra_context)

    # Versions: what a page showed, and whether it still stands

    def parts(self, row: models.Model) -> dict[str, object]:
        """What the form of the row shows for editing: the row and those of its inlines, locked where they are saved."""
        return {"": content_of(row, self.unwatched)} | {
            inline.model._meta.label: list(map(content_of, _rows_of(inline.model, key, row)))
            for inline, key in self._inline_keys()
        }

    def parts_below(self, row: models.Model) -> dict[str, object]:
        """What the row's acts decide on besides."""
        return {}

    def edited_version(self, row: models.Model) -> str:
        return version_of(self.parts(row))

    def decided_version(self, row: models.Model) -> str:
        return version_of(self.parts(row) | self.parts_below(row))

    def versions(self, request: HttpRequest, row: models.Model) -> dict[str, str]:
        """The hidden inputs of the row's form."""
        is_open = self.has_change_permission(request, row)
        versions = {EDITED_FROM: self.edited_version(row)} if is_open else {}
        return versions | ({DECIDED_ON: self.decided_version(row)} if self.acts(request, row) else {})

    def refuse_unseen(self, request: HttpRequest, row: models.Model) -> None:
        """To be asked by an act, in its transaction. Raises Refusal where its page showed something else."""
        if request.POST.get(DECIDED_ON) != self.decided_version(row):
            raise Refusal("没有办：您打开这一页以后，内容有人改过。请看看现在的样子，再决定。")

    def _row_at(self, request: HttpRequest, object_id: str) -> models.Model | None:
        to_field = request.POST.get(TO_FIELD_VAR, request.GET.get(TO_FIELD_VAR))
        if to_field and not self.to_field_allowed(request, to_field):
            return None
        return self.get_object(request, unquote(object_id), to_field)

    def _changeform_view(self, request, object_id, form_url, extra_context):
        if object_id is None:
            return super()._changeform_view(request, object_id, form_url, extra_context)
        row = self._row_at(request, object_id)
        if self._is_closed_since(request, row):
            reason = "您打开以后，这一份已经送审、公布，或者不再归您办" if row else "您打开以后，这一份已经删掉了"
            return self._unsaved(request, row, reason, self.address(*(("change", row.pk) if row else ("changelist",))))
        # Of a moment before the page reads the row: older than what it shows at worst, never newer.
        request.versions = self.versions(request, row) if row else {}
        if row and request.method == "POST" and request.versions.get(EDITED_FROM) != request.POST.get(EDITED_FROM):
            request.conflict = {}
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def _delete_view(self, request, object_id, extra_context):
        row = self._row_at(request, object_id)
        if row and self.has_delete_permission(request, row):
            version = self.edited_version(row)
            if request.method == "POST" and request.POST.get(EDITED_FROM) != version:
                self.message_user(request, "没有删除：您打开以后有人改过，请看看现在的样子。", messages.ERROR)
                return HttpResponseRedirect(self.address("change", row.pk))
            extra_context = {"versions": {EDITED_FROM: version}, **(extra_context or {})}
        return super()._delete_view(request, object_id, extra_context)

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)
        is_held = hasattr(request, "conflict") or getattr(request, "is_disk_full", False)
        return [*formsets, *([NothingSaved()] if is_held else [])], inlines

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if not hasattr(request, "conflict"):
            return kwargs
        current = inline.get_formset(request, obj)(instance=obj, prefix=prefix, queryset=kwargs["queryset"])
        rows = request.conflict[prefix] = rows_on_current(current, kwargs["data"], kwargs["files"])
        return {**kwargs, "data": rows.data, "files": rows.files}

    def _conflict(self, request: HttpRequest, context: dict, row: models.Model) -> dict:
        """What the page says of two versions; without sections where they say the same."""
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        names = flatten_fieldsets(context["adminform"].fieldsets)
        sections = sections_of(context["adminform"].form, names, formsets, request.conflict)
        return {"sections": sections, "saved": last_saved(row, request.user), "has_files": bool(request.FILES)}

    # What somebody typed when the row can't be changed any more, or is gone

    def _is_closed_since(self, request: HttpRequest, row: models.Model | None) -> bool:
        was_open = request.method == "POST" and EDITED_FROM in request.POST and self.has_change_permission(request)
        if not was_open or "_saveasnew" in request.POST:
            return False
        return row is None or (self.has_view_permission(request, row) and not self.has_change_permission(request, row))

    def _unsaved(self, request: HttpRequest, row: models.Model | None, reason: str, address: str) -> HttpResponse:
        """A page with what was typed, to be copied, where no form can show it."""
        context = {
            **self.admin_site.each_context(request),
            "title": "没有保存",
            "opts": self.opts,
            "reason": reason,
            "address": address,
            "saved": last_saved(row, request.user) if row else "",
            "texts": list(self._typed(request)),
            "has_files": bool(request.FILES),
        }
        return TemplateResponse(request, "admin/unsaved.html", context, status=409)

    def _typed(self, request: HttpRequest) -> Iterator[tuple[str, str]]:
        """(label, text) of each input but for the keys of rows."""
        for name, text in typed_texts(request.POST, self._hidden()):
            field = self._field_of(name)
            if field is None or not field.is_relation:
                words = dict(field.flatchoices) if field else {}
                yield self.label_of(name) or name, words.get(text, text)

    def _field_of(self, name: str) -> models.Field | None:
        model, name = next(
            ((inline.model, match[1]) for inline, match in self._inlines_named(name)), (self.model, name)
        )
        return next((field for field in model._meta.fields if field.name == name), None)

    def _inlines_named(self, name: str) -> Iterator[tuple[type[admin.options.InlineModelAdmin], re.Match]]:
        """The inline whose input it is, with a match of its field and position."""
        for inline, key in self._inline_keys():
            match = re.fullmatch(f"{key.remote_field.get_accessor_name()}-[0-9]+-(.+)", name)
            if match:
                yield inline, match

    def label_of(self, name: str) -> str:
        """What people call an input; empty where only we know it."""
        field = self._field_of(name)
        label = str(getattr(field, "label", field.verbose_name)) if field else ""
        for inline, match in self._inlines_named(name):
            position = int(match[0].split("-")[-2]) + 1
            return f"{inline.model._meta.verbose_name} {position} {label}"
        return label

    def _inline_keys(self) -> list[tuple[type[admin.options.InlineModelAdmin], models.ForeignKey]]:
        """The inlines, each with its foreign key to the row."""
        return [(inline, _get_foreign_key(self.model, inline.model, inline.fk_name)) for inline in self.inlines]

    def _hidden(self) -> tuple[str, ...]:
        """How the names of inputs end in which nobody types."""
        return ("_FORMS", "csrfmiddlewaretoken", "-id", *(f"-{key.name}" for _inline, key in self._inline_keys()))

    def _without_loss(self, request: HttpRequest, view, object_id: str | None, *args) -> HttpResponse:
        """The view's answer, or, where somebody else was faster, what happened in words."""
        try:
            with stored_or_gone():
                return view(request, object_id, *args)
        except PublishedRowError as error:
            self.message_user(request, str(error), messages.ERROR)
        except (IntegrityError, models.ProtectedError):
            self.message_user(request, "没有保存：同一时间有人改了相关的内容，请看看现在的样子再改。", messages.ERROR)
        except OperationalError:  # others held the lock for longer than anybody should wait, or its disk is full
            if request.method != "POST":
                raise
            return self._unsaved(
                request,
                None,
                "数据库太忙，或者暂时写不进去，这一次没有存上，请再存一次",
                request.get_full_path(),
            )
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
                "versions": request.versions,
            }
        if getattr(request, "is_disk_full", False):
            form, formsets = context["adminform"].form, context["inline_admin_formsets"]
            form.add_error(None, DISK_IS_FULL)
            context["errors"] = AdminErrorList(form, [inline.formset for inline in formsets])
        if not hasattr(request, "conflict"):
            return super().render_change_form(request, context, add, change, form_url, obj)
        context |= {"conflict": self._conflict(request, context, obj), "title": "没有保存：有人改过"}
        if not context["conflict"]["sections"]:
            self.message_user(request, "没有再存：您填的和现在的一样。现在的样子就在下面。", messages.INFO)
            return HttpResponseRedirect(request.get_full_path())
        response = super().render_change_form(request, context, add, change, form_url, obj)
        response.status_code = 409
        return response

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

    formset = BoundedFormSet
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
    list_display = ("seq", "at", "kind", "subject")
    list_filter = ("kind",)
    search_fields = ("subject", "hash")
    date_hierarchy = "published_on"
    ordering = ("-seq",)
    fields: ClassVar = ("seq", "at", "kind", "subject", "content", "previous", "hash")

    @admin.display(description="内容")
    def content(self, entry: Entry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(entry.payload, ensure_ascii=False, indent=2))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
