import os

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "huozhou_portal"
    label = "portal"

    def ready(self) -> None:
        # Called in every process before it writes files, so that other users can't read them, including SQLite's database.
        os.umask(0o077)
