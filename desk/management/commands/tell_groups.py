from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk.robots import robots, tell_groups, texts_for_the_desk


class Command(BaseCommand):
    help = (
        "发到工作群（企业微信、钉钉的群机器人）：谁该填报、谁逾期了、公布了什么，只写部门。同一段话一天最多一次，"
        "多运行几次也不会重复。没有配置机器人就什么也不发。有一条没发出去就返回 1，下次运行再发；不知道到了没有的，当天不再发。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="只打印要发的话；不发，不记下来。")

    def handle(self, *, dry_run, **options):
        now = timezone.now()
        if dry_run:
            texts = [one.text for one in texts_for_the_desk(now) if one.text]
            self.stdout.write("\n\n".join(texts) or "没有要说的。")
        elif not robots():
            self.stdout.write("没有配置群机器人（WECOM_ROBOT、DINGTALK_ROBOT），什么也没有发。")
        else:
            self._send(now)

    def _send(self, now):
        result = tell_groups(now)
        self.stdout.write("，".join(f"{robot.label}发出 {n} 条" for robot, n in result.sent.items()) + "。")
        told = []
        if result.failures:
            reasons = "；".join(result.failures)
            told.append(f"{len(result.failures)} 条没有发出去，下次运行再发，后台照样看得到：{reasons}。")
        if result.uncertain:
            reasons = "；".join(result.uncertain)
            told.append(f"{len(result.uncertain)} 条不知道到了没有，今天不再发，请到群里看一眼：{reasons}。")
        if told:
            raise CommandError("\n".join(told), returncode=1)
