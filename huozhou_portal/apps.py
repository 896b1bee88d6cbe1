from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate

from huozhou_portal.roles import make_roles


class PortalConfig(AppConfig):
    name = "huozhou_portal"
    verbose_name = "门户"

    def ready(self) -> None:
        # The last app, by which time every permission exists.
        post_migrate.connect(_make_roles, sender=apps.get_app_config("news"))


class PortalAdminConfig(AdminConfig):
    default_site = "huozhou_portal.admin_site.PortalAdminSite"


def _make_roles(**kwargs) -> None:
    make_roles()
