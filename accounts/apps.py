from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from accounts.roles import make_roles


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "huozhou_portal"  # the app that the models were moved from, which names their tables
    verbose_name = "门户"

    def ready(self) -> None:
        # `news` is the last app with models: when its signal is sent, the permissions of all apps exist.
        post_migrate.connect(_make_roles, sender=apps.get_app_config("news"))


def _make_roles(**kwargs) -> None:
    make_roles()
