from django.core.management.base import BaseCommand, CommandError

from ledger.chain import Refusal
from tasks.scale import fill


class Command(BaseCommand):
    help = "往空的数据库里放一个很大的示例计划（编的，页面上都标明示例），用来看项目很多的时候门户快不快。"

    def add_arguments(self, parser):
        parser.add_argument("--projects", type=int, required=True, metavar="N", help="多少个项目")
        parser.add_argument("--reports", type=int, default=12, metavar="M", help="一年里每个项目报几次（默认 12）")
        parser.add_argument("--seed", type=int, default=1, help="同一个数，每次生成的内容都一样（默认 1）")
        parser.add_argument("--if-empty", action="store_true", help="数据库里已经有内容就什么都不做，不算错")

    def handle(self, *args, projects, reports, seed: int, if_empty, **options):
        if not (1 <= projects <= 30_000 and 0 <= reports <= 120):
            raise CommandError("项目要在 1 到 30000 个之间，报告要在 0 到 120 份之间。")
        try:
            n = fill(projects, reports, seed)
        except Refusal as refusal:
            if if_empty:
                self.stdout.write(str(refusal))
                return
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"放进了 {projects} 个示例项目，公开记录一共 {n} 条。")
