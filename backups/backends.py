from types import ModuleType

from django.db import connection

from backups import postgresql, sqlite

BACKENDS = {"sqlite": sqlite, "postgresql": postgresql}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def current_backend() -> ModuleType:
    """The module that backs up and restores the database in use."""
    return BACKENDS[connection.vendor]
