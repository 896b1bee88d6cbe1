from types import ModuleType

from django.db import connection

from backups import postgresql, sqlite

VENDORS = {"sqlite": sqlite, "postgresql": postgresql}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def own_vendor() -> ModuleType:
    """What backs up and brings back the database in use."""
    return VENDORS[connection.vendor]
