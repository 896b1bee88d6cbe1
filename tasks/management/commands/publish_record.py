from django.core.management.base import BaseCommand, CommandError

from ledger.chain import PublicationError
from tasks.loading import publish_loaded


class Command(BaseCommand):
    help = "公布已载入的草稿：按它们自带的公布时间，一条一条，经过与后台相同的检查。要么全部公布，要么一条也不公布。"

    def handle(self, *args, **options):
        try:
            entries = publish_loaded()
        except PublicationError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"公布了 {len(entries)} 条。")
