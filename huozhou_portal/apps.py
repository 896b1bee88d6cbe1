import os

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.templatetags import admin_list
from django.db.models.signals import post_migrate
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.roles import make_roles


class PortalConfig(AppConfig):
    name = "huozhou_portal"
    verbose_name = "门户"

    def ready(self) -> None:
        # Every process of the portal comes by here before it writes: what it writes is nobody else's to read, the database
        # that SQLite makes included.
        os.umask(0o077)
        # The last app, by which time every permission exists.
        post_migrate.connect(_make_roles, sender=apps.get_app_config("news"))


class PortalAdminConfig(AdminConfig):
    default_site = "desk.site.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        # Django draws yes and no and says them in English, with no setting or template that could say otherwise.
        admin_list._boolean_icon = _yes_or_no


def _yes_or_no(value: bool | None) -> SafeString:
    icon, words = {True: ("yes", "是"), False: ("no", "否"), None: ("unknown", "不知道")}[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{icon}.svg"), words)


def _make_roles(**kwargs) -> None:
    make_roles()
