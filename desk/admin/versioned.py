"""Optimistic locking: a form or action is refused where the row has changed since its page was shown."""

from typing import ClassVar

from django.contrib import messages
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.sessions import signed_in
from desk.admin.conflicts import InlineRows, rows_on_current, sections_of
from desk.admin.unsaved import UnsavedAdmin, last_saved
from desk.admin.versions import DECIDED_ON, EDITED_FROM, content_of, edit_session, version_of
from ledger.chain import PublicationError
from ledger.guard import block_publications


def _rows_of(model: type[models.Model], key: models.ForeignKey, row: models.Model) -> models.QuerySet:
    """The rows of an inline, locked inside a transaction."""
    rows = model._base_manager.filter(**{key.name: row}).order_by("pk")
    return rows.select_for_update(of=("self",)) if connection.in_atomic_block else rows


class VersionedAdmin(UnsavedAdmin):
    """Forms and actions send the version of the row that their page showed; nothing is written if it is another by now.

    `version_exclude` are fields that are no part of the version.
    """

    version_exclude: ClassVar[tuple[str, ...]] = ()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None):
        """The row, locked while a form about it is being saved."""
        from_field = from_field or None  # empty where the address has `?_to_field=`
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST" and connection.in_atomic_block:
            block_publications()
            locked = self.model._base_manager.select_for_update(of=("self",)).filter(pk=found.pk)
            found = super().get_object(request, object_id, from_field) if locked.first() else None
        return found

    # The versions of a row

    def parts(self, row: models.Model) -> dict[str, object]:
        """What the version is made of: the contents of the row and of its inlines' rows, which are locked in a transaction."""
        return {"": content_of(row, self.version_exclude)} | {
            inline.model._meta.label: list(map(content_of, _rows_of(inline.model, key, row)))
            for inline, key in self.inline_keys()
        }

    def publication_scope(self, row: models.Model) -> dict[str, object]:
        """What the row's actions decide on besides the row and its inlines."""
        return {}

    def edited_version(self, row: models.Model) -> str:
        return version_of(self.parts(row))

    def decided_version(self, row: models.Model) -> str:
        return version_of(self.parts(row) | self.publication_scope(row))

    def object_actions(self, request: HttpRequest, row: models.Model) -> list[tuple[str, str]]:
        """(label, address) of each button that the change form shows for a row in its present state; a press is a POST."""
        return []

    def versions(self, request: HttpRequest, row: models.Model) -> dict[str, str]:
        """The hidden inputs of the row's form, by name."""
        is_open = self.has_change_permission(request, row)
        versions = {EDITED_FROM: self.edited_version(row)} if is_open else {}
        return versions | ({DECIDED_ON: self.decided_version(row)} if self.object_actions(request, row) else {})

    def check_not_modified(self, request: HttpRequest, row: models.Model) -> None:
        """For an action, inside its transaction. Raises PublicationError where the page with its button showed another version."""
        if request.POST.get(DECIDED_ON) != self.decided_version(row):
            raise PublicationError("没有办：您打开这一页以后，内容有人改过。请看看现在的样子，再决定。")

    # Saving and deleting

    def _changeform_view(self, request, object_id, form_url, extra_context):
        if object_id is None:
            return super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]  # not in the stubs
        row = self._row_at(request, object_id)
        if self._is_closed_since(request, row):
            return self._closed(request, row)
        session = edit_session(request)
        # Read before Django reads the row for the page: a change in between makes the version too old, never too new.
        session.versions = self.versions(request, row) if row else {}
        if row and request.method == "POST" and session.versions.get(EDITED_FROM) != request.POST.get(EDITED_FROM):
            session.conflict = {}
        return super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]  # not in the stubs

    def _delete_view(self, request, object_id, extra_context):
        row = self._row_at(request, object_id)
        if row and self.has_delete_permission(request, row):
            version = self.edited_version(row)
            if request.method == "POST" and request.POST.get(EDITED_FROM) != version:
                self.message_user(request, "没有删除：您打开以后有人改过，请看看现在的样子。", messages.ERROR)
                return HttpResponseRedirect(self.address("change", row.pk))
            extra_context = {"versions": {EDITED_FROM: version}, **(extra_context or {})}
        return super()._delete_view(request, object_id, extra_context)  # type: ignore[misc]  # not in the stubs

    def _row_at(self, request: HttpRequest, object_id: str) -> models.Model | None:
        to_field = request.POST.get(TO_FIELD_VAR, request.GET.get(TO_FIELD_VAR))
        if to_field and not self.to_field_allowed(request, to_field):
            return None
        return self.get_object(request, unquote(object_id), to_field)

    def _is_closed_since(self, request: HttpRequest, row: models.Model | None) -> bool:
        """Whether a form is sent for a row that was deleted since, or that the person may no longer change."""
        if not (request.method == "POST" and EDITED_FROM in request.POST and self.has_change_permission(request)):
            return False
        return row is None or (self.has_view_permission(request, row) and not self.has_change_permission(request, row))

    def _closed(self, request: HttpRequest, row: models.Model | None) -> HttpResponse:
        if row is None:
            return self.unsaved(request, "您打开以后，这一份已经删掉了", address=self.address("changelist"))
        reason = "您打开以后，这一份已经送审、公布，或者不再归您办"
        return self.unsaved(request, reason, address=self.address("change", row.pk), row=row)

    # A form that was opened on an older version

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs, conflict = super().get_formset_kwargs(request, obj, inline, prefix), edit_session(request).conflict
        if conflict is None:
            return kwargs
        current = inline.get_formset(request, obj)(instance=obj, prefix=prefix, queryset=kwargs["queryset"])
        conflict[prefix] = rows_on_current(current, kwargs["data"], kwargs["files"])
        return {**kwargs, "data": conflict[prefix].data, "files": conflict[prefix].files}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        session = edit_session(request)
        if obj is not None:
            context["versions"] = session.versions
        if session.conflict is None:
            return super().render_change_form(request, context, add, change, form_url, obj)
        context |= {
            "conflict": self._conflict_context(request, context, obj, session.conflict),
            "title": "没有保存：有人改过",
        }
        if not context["conflict"]["sections"]:
            self.message_user(request, "没有再存：您填的和现在的一样。现在的样子就在下面。", messages.INFO)
            return HttpResponseRedirect(request.get_full_path())
        response = super().render_change_form(request, context, add, change, form_url, obj)
        response.status_code = 409
        return response

    def _conflict_context(
        self, request: HttpRequest, context: dict, row: models.Model, sent: dict[str, InlineRows]
    ) -> dict:
        """The differences between the typed and the stored version; `sections` is empty where there are none."""
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        names = flatten_fieldsets(context["adminform"].fieldsets)
        sections = sections_of(context["adminform"].form, names, formsets, sent)
        return {"sections": sections, "saved": last_saved(row, signed_in(request)), "has_files": bool(request.FILES)}
