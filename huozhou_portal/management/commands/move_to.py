from contextlib import closing

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from backups.archive import BackupError
from backups.content import connected_to, connection_to, is_empty, migrations_of, table_names
from backups.copy_database import copy, first_difference, n_rows
from backups.first_form import check_not_first_form
from common.data_folder import Unfit
from huozhou_portal.settings import env
from ledger import chain
from projects.verification import differences


class Command(BaseCommand):
    help = "把全部数据搬到另一个空的 PostgreSQL 数据库：一行不少，台账不变。请先停止服务；现在的数据库不会改动。"

    def add_arguments(self, parser):
        parser.add_argument("database_url", help="postgres://用户:密码@主机:5432/数据库名")

    def handle(self, *, database_url, **options):
        try:
            with closing(self._target(database_url)) as target:
                self._move(target)
        except (BackupError, Unfit) as error:
            raise CommandError(f"没有搬，两边都没有改动。{error}") from error
        except DatabaseError as error:
            raise CommandError(f"没有搬，目标数据库里没有留下一行数据：{error}") from error
        self.stdout.write("现在把 .env 里的 DATABASE_URL 改成这个地址，再启动服务。旧数据库先留着，不要再用。")

    def _target(self, database_url: str):
        try:
            database = env.db_url_config(database_url)
        except (ValueError, ImproperlyConfigured) as error:
            raise BackupError(f"数据库地址读不懂：{error}") from error
        if database.get("ENGINE") != "django.db.backends.postgresql":
            raise BackupError("目标要是 PostgreSQL：postgres://用户:密码@主机:5432/数据库名。")
        return connection_to({**database, "OPTIONS": {"connect_timeout": 3, **database.get("OPTIONS", {})}})

    def _move(self, target) -> None:
        source = connections[DEFAULT_DB_ALIAS]  # not `django.db.connection`, which `connected_to` replaces
        if not table_names(target):
            with connected_to(target):
                call_command("migrate", interactive=False, verbosity=0)
        check_not_first_form(target)
        if migrations_of(target) != migrations_of(source):
            raise BackupError("两边的数据表不是同一个版本：请在两边都先运行 manage.py migrate。")
        if not is_empty(target):
            raise BackupError("目标数据库里已经有内容了，请换一个空的。")
        # On SQLite this locks the source for writing, so that nothing is saved there that isn't copied.
        with transaction.atomic():
            self._copy(source, target)

    def _copy(self, source, target) -> None:
        with connected_to(target), transaction.atomic():
            with connected_to(source):
                source.check_constraints()
            copy(source, target)
            if table := first_difference(source, target):
                raise BackupError(f"{table} 两边不一样。")
            if fault := next(differences(), None):
                raise BackupError(f"台账核对不通过：{fault}")
            n, last = n_rows(target), chain.head()
        self.stdout.write(
            f"搬好了：{n} 行，每张表两边一样。台账核对通过：{last.seq if last else 0} 条，"
            f"凭证 {last.voucher if last else '（还没有）'}。"
        )
