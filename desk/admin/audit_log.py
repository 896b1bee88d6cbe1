"""The page of the audit log: read-only, with a CSV export."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.audit_log import record
from accounts.models import AuditAction, AuditRecord
from accounts.sessions import signed_in
from common.exports import csv_response
from desk.admin.base import ReadOnlyAdmin

NOTHING = "—"
COLUMNS = ["时间", "谁", "账号", "做了什么", "关于", "原来 → 现在", "说明", "从哪里", "浏览器"]


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnlyAdmin):
    list_display = ("moment", "person_name", "act", "address")
    list_filter = ("kind", ("person", admin.RelatedOnlyFieldListFilter))
    search_fields = ("person_name", "subject", "note", "address")
    search_help_text = "按姓名、内容或来访地址查找"
    date_hierarchy = "at"
    fields = ("moment", "person_name", "kind", "subject", "changes_text", "note", "address", "agent")

    def get_urls(self):
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="huozhou_portal_auditrecord_export"), *super().get_urls()]

    @method_decorator(require_safe)
    def export_view(self, request: HttpRequest) -> HttpResponse:
        """A CSV of the filtered list, all pages of it. The export is audited as well."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = list(self.get_changelist_instance(request).queryset.select_related("person"))
        except (IncorrectLookupParameters, ValueError, OverflowError, DataError):
            return HttpResponseRedirect(f"{self.address('changelist')}?e=1")
        record(AuditAction.EXPORT, request=request, by=signed_in(request), note=f"审计记录 {len(rows)} 条")
        return csv_response([COLUMNS, *map(self._line, rows)], f"audit-{timezone.localdate()}.csv")

    def _line(self, row: AuditRecord) -> list[str]:
        account = row.person.get_username() if row.person else ""
        changes = "；".join(f"{label}：{old or NOTHING} → {new or NOTHING}" for label, old, new in row.changes)
        about = [row.get_kind_display(), row.subject, changes, row.note]
        return [self.moment(row), row.person_name, account, *about, row.address or "", row.agent]

    @admin.display(description="时间", ordering="at")
    def moment(self, row: AuditRecord) -> str:
        return f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="做了什么", ordering="kind")
    def act(self, row: AuditRecord) -> str:
        return " · ".join(filter(None, (row.get_kind_display(), row.subject, row.note)))

    @admin.display(description="原来 → 现在")
    def changes_text(self, row: AuditRecord) -> str | SafeString:
        if not row.changes:
            return NOTHING
        changes = ((label, old or NOTHING, new or NOTHING) for label, old, new in row.changes)
        lines = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', changes)
        head = '<thead><tr><th scope="col">内容</th><th scope="col">原来</th><th scope="col">现在</th></tr></thead>'
        return format_html('<table class="desk-table">{}<tbody>{}</tbody></table>', SafeString(head), lines)
