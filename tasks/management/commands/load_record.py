from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ledger.chain import PublicationError
from tasks.loading import load_files


class Command(BaseCommand):
    help = (
        "载入一个或几个记录文件（fixtures）并公布：要么全部成功，要么什么都不变。同一个文件再载入一次，不改变任何东西。"
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")

    def handle(self, *args, files, **options):
        try:
            rows, entries = load_files(files)
        except PublicationError as error:
            raise CommandError("\n".join([*error.messages, "什么都没有载入。"])) from error
        except OSError as error:
            raise CommandError(f"{error}。什么都没有载入。") from error
        self.stdout.write(f"载入 {rows} 行，公布 {len(entries)} 条。")
        call_command("spell_names", verbosity=0)
