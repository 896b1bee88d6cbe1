"""Writes what is done in the admin to the audit log."""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import connection, models
from django.http import HttpRequest

from accounts.audit_log import Act, Snapshot, difference, record, record_all, snapshot, snapshots_of
from accounts.models import AuditAction
from accounts.sessions import signed_in
from desk.admin.versions import edit_session


class AuditedAdmin(admin.ModelAdmin):
    """Each entry of Django's admin log gets an audit record, with the row as it was when it was locked and as it is now.

    `audited_parts` are models that the form writes besides those of the inlines.
    """

    audited_parts: ClassVar[tuple[type[models.Model], ...]] = ()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None):
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST" and connection.in_atomic_block:
            self._take_snapshot(request, found)
        return found

    def _take_snapshot(self, request: HttpRequest, row: models.Model) -> tuple[Snapshot | None, Snapshot]:
        """The previous snapshot that this request took of the row, None before the first, and the one of now."""
        snapshots, key = edit_session(request).snapshots, (self.model, row.pk)
        before, snapshots[key] = snapshots.get(key), self._snapshot(row)
        return before, snapshots[key]

    def _snapshot(self, row: models.Model) -> Snapshot:
        return snapshot(self.model._base_manager.get(pk=row.pk), self._parts)

    @property
    def _parts(self) -> tuple[type[models.Model], ...]:
        return (*(inline.model for inline in self.inlines), *self.audited_parts)

    def take_snapshots(self, request: HttpRequest, rows: Sequence[models.Model]) -> list[Snapshot]:
        """As `_take_snapshot`, of many rows in as many queries as of one; those of now, in their order."""
        found = snapshots_of(self.model, [row.pk for row in rows], self._parts)
        edit_session(request).snapshots |= {(self.model, key): one for key, one in found.items()}
        return [found[row.pk] for row in rows]

    def log_saved(self, request: HttpRequest, saved: Sequence[tuple[models.Model, bool]], note: str) -> None:
        """As `log_addition` and `log_change` for each of them, new or not, of which `take_snapshots` was asked before."""
        earlier = dict(edit_session(request).snapshots)
        acts = []
        for (row, is_new), now in zip(saved, self.take_snapshots(request, [row for row, _new in saved]), strict=True):
            before = {} if is_new else earlier.get((self.model, row.pk), now)
            kind, told = (AuditAction.ADD, "") if is_new else (AuditAction.CHANGE, note)
            acts.append(Act(kind, row, difference(before, now), told))
        record_all(acts, request=request, by=signed_in(request))
        for flag, wanted in ((ADDITION, True), (CHANGE, False)):
            if rows := [row for row, is_new in saved if is_new is wanted]:
                LogEntry.objects.log_actions(signed_in(request).pk, rows, flag, note)

    def record(self, request: HttpRequest, row: models.Model, kind: AuditAction, note: str = "", changes=()) -> None:
        record(kind, request=request, by=signed_in(request), about=row, changes=changes, note=note)

    def log_addition(self, request, obj, message):
        _before, now = self._take_snapshot(request, obj)
        self.record(request, obj, AuditAction.ADD, changes=difference({}, now))
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message, kind=AuditAction.CHANGE):
        """`message` is a sentence, or Django's list of changes; without any change the latter is not recorded."""
        before, now = self._take_snapshot(request, obj)
        changes = [] if before is None else difference(before, now)
        note = message if isinstance(message, str) else ""
        if changes or note:
            self.record(request, obj, kind, note if note != kind.label else "", changes)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for row in queryset:
            self.record(request, row, AuditAction.DELETE, changes=difference(self._snapshot(row), {}))
        return super().log_deletions(request, queryset)

    def construct_change_message(self, request, form, formsets, add=False):
        """Without the names of parts: the title of evidence may be what a redaction has to hide."""
        message = super().construct_change_message(request, form, formsets, add)
        for part in (act for sentence in message for act in sentence.values() if "object" in act):
            part["object"] = "…"  # type: ignore[assignment]  # a text; the stubs allow only lists
        return message
