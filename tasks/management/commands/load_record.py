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
        except (PublicationError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"载入 {rows} 行，公布 {len(entries)} 条。")
        call_command("spell_names", verbosity=0)
