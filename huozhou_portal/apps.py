import os

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "huozhou_portal"
    label = "portal"

    def ready(self) -> None:
        # Every process of the portal comes by here before it writes: what it writes is nobody else's to read, the database
        # that SQLite makes included.
        os.umask(0o077)
