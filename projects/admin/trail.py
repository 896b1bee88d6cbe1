"""The audit trail, to be read."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from huozhou_portal.models import AuditRecord
from ledger.admin import CarefulAdmin

NOTHING = "—"


@admin.register(AuditRecord)
class AuditRecordAdmin(CarefulAdmin):
    list_display = ("moment", "person_name", "act", "address")
    list_filter = ("kind", ("person", admin.RelatedOnlyFieldListFilter))
    search_fields = ("person_name", "subject", "note", "address")
    search_help_text = "按姓名、内容或来访地址查找"
    date_hierarchy = "at"
    fields = ("moment", "person_name", "kind", "subject", "changes_told", "note", "address", "agent")

    @admin.display(description="时间", ordering="at")
    def moment(self, record: AuditRecord) -> str:
        return f"{timezone.localtime(record.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="做了什么", ordering="kind")
    def act(self, record: AuditRecord) -> str:
        return " · ".join(filter(None, (record.get_kind_display(), record.subject, record.note)))

    @admin.display(description="原来 → 现在")
    def changes_told(self, record: AuditRecord) -> str | SafeString:
        if not record.changes:
            return NOTHING
        told = ((label, old or NOTHING, new or NOTHING) for label, old, new in record.changes)
        rows = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', told)
        head = '<thead><tr><th scope="col">内容</th><th scope="col">原来</th><th scope="col">现在</th></tr></thead>'
        return format_html('<table class="desk-table">{}<tbody>{}</tbody></table>', SafeString(head), rows)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
