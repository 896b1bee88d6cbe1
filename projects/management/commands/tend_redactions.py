from django.core.management.base import BaseCommand

from projects import hidden
from projects.redactions import restore_unconfirmed


class Command(BaseCommand):
    help = "恢复到期没有人确认的隐去，销毁已经确认、还没有销毁完的。每天运行一次。"

    def handle(self, *, verbosity, **options):
        entries = restore_unconfirmed()
        hidden.finish()
        if verbosity:
            self.stdout.write(f"恢复公开了 {len(entries)} 处没有人确认的隐去。")
