"""Backs up and restores a PostgreSQL database with pg_dump and pg_restore."""

import os
import shutil
import subprocess  # nosec B404 # PostgreSQL's programs make its dumps
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient

from backups.archive import BackupError
from backups.content import SESSIONS, connection_to, table_names

MEMBER = "database.dump"
SCHEMA, STAGED = "public", "restoring"
DEBIAN = Path("/usr/lib/postgresql")  # has the programs of each version, which aren't on PATH


def program(name: str, major: int) -> str:
    """The path of the client program of that major version or the next newer one; older ones don't work with the server.

    Raises BackupError where there is none.
    """
    paths = {int(path.parts[-3]): path for path in DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdigit()}
    fitting = min((version for version in paths if version >= major), default=None)
    path = str(paths[fitting]) if fitting else shutil.which(name)
    if path is None:
        raise BackupError(
            f"这台机器上没有 {name}。请安装 PostgreSQL {major} 的客户端程序："
            f"sudo apt-get install postgresql-client-{major}（或 postgresql-client），再运行一次。"
        )
    return path


def _run(name: str, *arguments: str, stdin=None, stdout=None) -> subprocess.CompletedProcess:
    """Run the program on the database in use. Raises BackupError with its error output."""
    major = connection.pg_version // 10_000  # type: ignore[attr-defined]  # an attribute of PostgreSQL's connections only
    (_psql, *options), variables = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    database = ["--dbname", options.pop(), *options] if name != "pg_restore" else []
    finished = subprocess.run(  # noqa: S603  # nosec B603 # PostgreSQL's own program
        [program(name, major), *arguments, *database],
        env={**os.environ, **(variables or {})},
        stdin=stdin,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if finished.returncode:
        raise BackupError(f"{name} 没有成功：{finished.stderr.decode(errors='replace').strip()}")
    return finished


@contextmanager
def snapshot(folder: Path) -> Iterator[tuple[BaseDatabaseWrapper, Path]]:
    """A connection to the database as it is at one moment, and a dump of that in the folder. Raises BackupError."""
    dump = folder / MEMBER
    connection.ensure_connection()
    with closing(connection_to(connection.settings_dict)) as reader:
        with reader.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        reader.set_autocommit(False)
        with reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (exported,) = cursor.fetchone()
        _run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--schema={SCHEMA}",
            f"--exclude-table-data={SCHEMA}.{SESSIONS}",
            f"--snapshot={exported}",
            f"--file={dump}",
        )
        yield reader, dump


@contextmanager
def stage(dump: Path) -> Iterator[BaseDatabaseWrapper]:
    """A connection to the dump, loaded into a second schema, which `promote` then makes the one in use. Raises BackupError.

    A dump can be loaded only into a schema of the same name. So the schema in use is renamed meanwhile, in one transaction,
    so that other connections don't notice.
    """
    _execute(f"DROP SCHEMA IF EXISTS {STAGED} CASCADE")
    _check_privileges()
    script = dump.with_suffix(".sql")
    try:
        with script.open("wb") as file:
            file.write(f"ALTER SCHEMA {SCHEMA} RENAME TO {STAGED}_aside; CREATE SCHEMA {SCHEMA};\n".encode())
            file.flush()
            _run(
                "pg_restore", "--no-owner", "--no-privileges", f"--schema={SCHEMA}", "--file=-", str(dump), stdout=file
            )
            file.seek(0, os.SEEK_END)
            file.write(
                f"\nALTER SCHEMA {SCHEMA} RENAME TO {STAGED}; ALTER SCHEMA {STAGED}_aside RENAME TO {SCHEMA};\n".encode()
            )
        with script.open("rb") as file:
            _run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "--file=-", stdin=file)
        options = connection.settings_dict["OPTIONS"]
        search = f"{options.get('options', '')} -c search_path={STAGED}"
        with closing(connection_to({**connection.settings_dict, "OPTIONS": {**options, "options": search}})) as staged:
            yield staged
    finally:
        _execute(f"DROP SCHEMA IF EXISTS {STAGED} CASCADE")


def _check_privileges() -> None:
    """Raises BackupError where the database user can't create and rename schemas."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE'), pg_has_role(nspowner, 'USAGE')"
            " FROM pg_namespace WHERE nspname = %s",
            [SCHEMA],
        )
        if cursor.fetchone() != (True, True):
            name, user = connection.settings_dict["NAME"], connection.settings_dict["USER"]
            raise BackupError(
                f"数据库账号的权限不够，不能恢复。请让 PostgreSQL 的管理员运行：ALTER DATABASE {name} OWNER TO {user}; "
                f"再在这个数据库里运行：ALTER SCHEMA {SCHEMA} OWNER TO {user};"
            )


def promote(*, stamp: str, keeps_old: bool) -> str | None:
    """Make the staged database the one in use. Returns where the old one is, in words; None where it is dropped."""
    old = f"before_{stamp.replace('-', '_')}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'")
        tables = ", ".join(f"{SCHEMA}.{connection.ops.quote_name(name)}" for name in table_names(connection))
        if tables:
            # Waits for running transactions; later ones wait for this one and then use the new tables.
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {old}")
        cursor.execute(f"ALTER SCHEMA {STAGED} RENAME TO {SCHEMA}")
        if not keeps_old:
            cursor.execute(f"DROP SCHEMA {old} CASCADE")
    return f"数据库里的 schema {old}" if keeps_old else None


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
