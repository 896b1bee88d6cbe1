from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts import first_accounts
from backups import media
from backups.archive import Archive, BackupError
from backups.backends import NAMES, current_backend
from backups.content import connected_to, digests_of_tables, is_empty, unknown_migrations
from backups.failures import explain
from backups.first_form import is_of_first_form, message
from backups.names import newest
from common.media.store import is_disk_full
from ledger import chain
from projects.verification import differences

MOST_FAULTS = 20


class Command(BaseCommand):
    help = "从备份恢复：先在旁边恢复好、核对好，再一下子换上；中途失败，现在的数据不变。请先停止服务。"

    def add_arguments(self, parser):
        parser.add_argument(
            "archive", type=Path, help="备份文件；写目录，就用里面最新的那一份；写 -，就读标准输入（restore - < 文件）"
        )
        parser.add_argument("--replace", action="store_true", help="现在的数据库里有内容，也要换掉（旧的留在旁边）")
        parser.add_argument("--despite-faults", action="store_true", help="核对不通过也要恢复：只有这一份备份的时候")

    def handle(self, *, archive, replace, despite_faults, **options):
        stamp = f"{timezone.localtime():%Y%m%d-%H%M%S}"
        try:
            with Archive.opened(self._chosen(archive)) as opened:
                self._check_compatible(opened.manifest)
                keeps_old = not self._is_empty()
                if keeps_old and not replace:
                    raise BackupError(
                        "现在的数据库或上传的文件里有内容。确定要换掉，请加上 --replace（旧的会留在旁边）。"
                    )
                replaced = self._restore(opened, stamp, keeps_old, despite_faults)
        except BackupError as error:
            raise CommandError(f"没有恢复，现在的数据没有动。{error}") from error
        except DatabaseError as error:
            raise CommandError(f"没有恢复，现在的数据没有动。{explain(error) or f'数据库出了错：{error}'}") from error
        except OSError as error:
            reason = "磁盘满了。" if is_disk_full(error) else str(error)
            raise CommandError(f"没有恢复，现在的数据没有动。{reason}") from error
        first_accounts.remove_outdated()
        self.stdout.write(f"恢复好了，大家要重新登录。{self.voucher}")
        for one in replaced:
            self.stdout.write(f"原来的还留着，确认没有用了再删：{one}")

    def _chosen(self, archive: Path) -> Path:
        """The archive; the newest one of a folder. Raises BackupError for a folder without any."""
        if not archive.is_dir():
            return archive
        if not (path := newest(archive)):
            raise BackupError(f"{archive} 里没有自动起名的备份（huozhou-年月日-时分秒.tar），请写是哪个文件。")
        self.stdout.write(f"恢复最新的一份：{path}")
        return path

    def _check_compatible(self, manifest: dict) -> None:
        """Raises BackupError for a backup of the other kind of database, or of a newer version of this program."""
        theirs, ours = manifest["vendor"], connection.vendor
        if theirs != ours:
            advice = (
                "请先不写 DATABASE_URL，恢复到 SQLite，再用 manage.py move_to 搬到 PostgreSQL。"
                if theirs == "sqlite"
                else "请把 DATABASE_URL 写成一个空的 PostgreSQL 数据库，再恢复。"
            )
            raise BackupError(f"这份备份是 {NAMES[theirs]} 的，现在用的是 {NAMES[ours]}。{advice}")
        if is_of_first_form(manifest["tables"]):
            raise BackupError(message("这份备份"))
        if unknown := unknown_migrations(manifest["migrations"]):
            raise BackupError(f"这份备份是更新的版本做的（{'、'.join(unknown)}）。请先升级本程序，再恢复。")

    def _is_empty(self) -> bool:
        try:
            return is_empty(connection) and not media.has_files()
        except DatabaseError:  # a damaged database may have data that can still be rescued
            return False

    def _restore(self, archive: Archive, stamp: str, keeps_old: bool, despite_faults: bool) -> list[str]:
        """Returns where the replaced database and files are."""
        backend = current_backend()
        swap = media.FileSwap(stamp)
        media.media_folder().mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="restore-", dir=media.media_folder().parent)))
            archive.extract(backend.MEMBER, folder / backend.MEMBER)
            files = stack.enter_context(media.stage(archive))
            reader = stack.enter_context(backend.stage(folder / backend.MEMBER))
            self._verify(archive.manifest, reader, files, despite_faults)
            reader.close()
            try:
                swap.promote(files)
                old_database = backend.promote(stamp=stamp, keeps_old=keeps_old)
            except BaseException:
                swap.undo()
                raise
        swap.set_aside_others(set(archive.media))
        return [one for one in (old_database, str(swap.replaced) if swap.replaced.is_dir() else None) if one]

    def _verify(self, manifest: dict, reader, files: Path, despite_faults: bool) -> None:
        """Compare the staged tables with the manifest, migrate them, and verify the ledger. Raises BackupError."""
        if digests_of_tables(reader) != manifest["tables"]:
            raise BackupError("恢复出来的表和备份时的不一样。")
        with connected_to(reader):
            call_command("migrate", interactive=False, verbosity=0)
            faults = list(islice(differences(_noted(manifest), files=FileSystemStorage(files)), MOST_FAULTS))
            last = chain.head()
        for fault in faults:
            self.stderr.write(fault)
        if faults and not despite_faults:
            raise BackupError("台账核对不通过（见上）。如果只有这一份备份，可以加上 --despite-faults。")
        self.voucher = f"台账核对{'没有' if faults else ''}通过：{last.seq if last else 0} 条，凭证 {last.voucher if last else '（还没有）'}。"


def _noted(manifest: dict) -> chain.Head | None:
    return chain.Head(**manifest["head"]) if manifest["head"] else None
