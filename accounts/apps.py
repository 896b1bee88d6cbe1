from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from accounts.roles import make_roles


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "huozhou_portal"  # under which its tables, permissions and migrations are known
    verbose_name = "门户"

    def ready(self) -> None:
        # The last app with models, by which time every permission exists.
        post_migrate.connect(_make_roles, sender=apps.get_app_config("news"))


def _make_roles(**kwargs) -> None:
    make_roles()
