from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.templatetags import admin_list
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


class DeskAdminConfig(AdminConfig):
    default_site = "desk.site.DeskSite"

    def ready(self) -> None:
        super().ready()
        # Django's icons have English alternative texts, which no setting or template can change.
        admin_list._boolean_icon = _yes_or_no  # type: ignore[attr-defined]  # not in the stubs


class DeskConfig(AppConfig):
    name = "desk"


def _yes_or_no(value: bool | None) -> SafeString:
    icon, words = {True: ("yes", "是"), False: ("no", "否"), None: ("unknown", "不知道")}[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{icon}.svg"), words)
