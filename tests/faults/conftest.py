import secrets

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from backups.content import connected_to, connection_to
from tests.faults.installation import IS_POSTGRES, Cluster, Portal, rounds
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, put

# What only PostgreSQL can do: be moved to, and hang.
collect_ignore = [] if IS_POSTGRES else ["test_moving.py", "test_hanging.py"]
collect_ignore += [] if rounds(1) > 1 else ["test_seldom.py"]


@pytest.fixture(scope="session")
def cluster():
    """None where the tests run on SQLite."""
    found = Cluster() if IS_POSTGRES else None
    yield found
    if found:
        found.stop()


@pytest.fixture(scope="session")
def template(cluster, tmp_path_factory, django_db_setup, django_db_blocker) -> str:
    """A migrated database that nothing is in, to be copied; itself a copy of the one that other tests begin with."""
    with django_db_blocker.unblock():
        if not cluster:
            return connection.settings_dict["NAME"]
        connection.close()
        name, dump = "template_portal", cluster.folder / "template.sql"
        (_psql, *where), variables = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
        cluster.run("pg_dump", "-f", dump, *where, **(variables or {}))
        cluster.sql(f"CREATE DATABASE {name}")
        cluster.run("psql", "-X", "-q", "-h", cluster.folder, "-U", "postgres", "-d", name, "-f", dump)
        return name


@pytest.fixture
def install(db, cluster, template, tmp_path):
    """Makes installations with nothing in them."""
    made = []

    def install() -> Portal:
        name = f"portal_{secrets.token_hex(4)}"
        url = cluster.url(name) if cluster else f"sqlite:///{tmp_path / name}.sqlite3"
        portal = Portal(tmp_path / name, url, cluster)
        portal.copy_from(template)
        made.append(name)
        return portal

    yield install
    for name in made if cluster else ():
        cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def portal(install, settings, django_db_blocker) -> Portal:
    """An installation on which the test and its factories work too, as one more process would."""
    portal = install()
    settings.DATA_DIR, settings.MEDIA_ROOT = portal.data, portal.data / "media"
    settings.PASSWORD_HASHERS = [f"{PBKDF2PasswordHasher.__module__}.{PBKDF2PasswordHasher.__qualname__}"]
    options = {} if portal.cluster else {**settings.DATABASES["default"]["OPTIONS"]}
    with django_db_blocker.unblock(), connected_to(connection_to({**portal.database, "OPTIONS": options})):
        yield portal
        connection.close()


@pytest.fixture
def record(portal):
    """An installation with the illustrative year."""
    put(PLAN_FILE, ILLUSTRATIVE_FILE)
    return portal
