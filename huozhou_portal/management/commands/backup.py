from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from backups.archive import BackupError
from backups.content import table_names
from backups.dump import take
from backups.failures import command, explain
from backups.loss import check_not_lost
from backups.names import DEFAULT_NAME, default_name, named_archives
from common.data_folder import Unfit
from common.media.store import is_disk_full
from ledger import chain

NOTHING_TO_BACK_UP = 3  # what the process ends with, for deploy/install


def head() -> dict | None:
    """{seq, hash} of the last entry of the ledger."""
    last = chain.Entry.objects.order_by("-seq").values("seq", "hash").first()
    return last and dict(last)


class Command(BaseCommand):
    help = "备份：把数据库和上传的文件存成一个文件，不用停止服务。密钥不在里面，要另外保管。"

    def add_arguments(self, parser):
        parser.add_argument(
            "target",
            nargs="?",
            help="放到哪个目录，或者存成哪个文件；不写就放到 DATA_DIR 里的 backups 目录，用日期作名字",
        )
        parser.add_argument(
            "--keep", type=int, metavar="N", help="做好以后，同一目录里用日期作名字的备份只留最新的 N 份"
        )

    def handle(self, *, target, keep, **options):
        path = self._path(target)
        if keep is not None and (keep < 1 or not DEFAULT_NAME.fullmatch(path.name)):
            raise CommandError("--keep 要写 1 或更大的数，并且只能和目录一起用。什么都没有做。")
        try:
            check_not_lost()  # else --keep would delete the good backups after some backups of an empty database
            if not table_names(connection):
                raise CommandError(
                    f"数据库里还没有表，没有什么可备份。请先运行 {command('prepare')}。", returncode=NOTHING_TO_BACK_UP
                )
            manifest = take(path, head)
        except (BackupError, Unfit) as error:
            raise CommandError(f"没有做成备份。{error}") from error
        except DatabaseError as error:
            raise CommandError(f"没有做成备份。{explain(error) or f'数据库读不出来：{error}'}") from error
        except OSError as error:
            reason = "磁盘满了" if is_disk_full(error) else str(error)
            raise CommandError(f"没有做成备份：{reason}。") from error
        last = manifest["head"]
        self.stdout.write(f"备份好了：{path}（{path.stat().st_size / 1_000_000:.1f} MB）")
        self.stdout.write(f"公开记录到 {last['seq']}:{last['hash']}。" if last else "还没有公开记录。")
        if keep is not None:
            self._prune(path, keep)
        if manifest["missing"]:
            raise CommandError(
                f"备份做好了，但是有 {len(manifest['missing'])} 个文件早就不见了，备份里也没有：{'、'.join(manifest['missing'])}。"
                "请运行 manage.py verify_ledger，从以前的备份里找回来。",
                returncode=2,
            )

    def _path(self, target: str | None) -> Path:
        folder = Path(target) if target else settings.DATA_DIR / "backups"
        if not target:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / default_name(timezone.now()) if folder.is_dir() else folder
        if path.exists():
            raise CommandError(f"已经有这个文件了，没有覆盖：{path}")
        if not path.parent.is_dir():
            raise CommandError(f"没有这个目录：{path.parent}")
        return path

    def _prune(self, new: Path, keep: int) -> None:
        """Delete all but the newest `keep` archives up to the new one.

        Archives with a later name are neither counted nor deleted: the clock was wrong when they were named, or is now.
        """
        archives = named_archives(new.parent)
        for old in [path for path in archives if path.name <= new.name][:-keep]:
            old.unlink()
            self.stdout.write(f"删掉了旧的备份：{old.name}")
        if later := [path.name for path in archives if path.name > new.name]:
            self.stdout.write(
                f"名字比刚做的还晚，没有算也没有删：{'、'.join(later)}。请看机器的时间对不对，确认没有用了再删。"
            )
