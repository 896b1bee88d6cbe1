from django.core.management.base import BaseCommand

from tasks.finding import all_names, store_spellings


class Command(BaseCommand):
    help = "给还没有拼音的名称存上拼音，搜索靠它认拼音。已经有的不动；载入记录以后、每次启动时都会做。"

    def handle(self, *args, verbosity, **options):
        n = store_spellings(all_names())
        if verbosity:
            self.stdout.write(f"存了 {n} 个名称的拼音。")
