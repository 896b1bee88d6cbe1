from django.core.management.base import BaseCommand, CommandError

from backups.loss import check_not_lost
from ledger import chain
from projects.verification import differences


class Command(BaseCommand):
    help = "核对公开台账：每一条是否接得上，每一项已公布的承诺、报告、数据和佐证文件是否仍与台账一致。"

    def add_arguments(self, parser):
        parser.add_argument(
            "--head", metavar="SEQ:HASH", nargs="+", default=[],
            help="以前记下的整个凭证，可以连同前后的话、分成几段粘贴；能查出末尾被截断或历史被改写。",
        )  # fmt: skip

    def handle(self, *args, head, **options):
        try:
            noted = chain.Head.parse(" ".join(head)) if head else None
        except ValueError as error:
            raise CommandError(str(error)) from error
        check_not_lost()
        fault = next(differences(noted), None)
        if fault:
            raise CommandError(f"台账核对不通过：{fault}", returncode=1)
        last = chain.head()
        self.stdout.write(f"台账核对通过：{last.seq if last else 0} 条。凭证 {last.voucher if last else '（还没有）'}")
