from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk.reminders import body_of, current_messages, department_texts, remind, subject_of


class Command(BaseCommand):
    help = (
        "提醒：快到期、逾期未更新、被退回的告诉填报员，等了三天以上的告诉审核员。每天运行一次；多运行几次也不会重复提醒。"
        "有一封没发出去就返回 1，下次运行再发，工作台上照样看得到。"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--text", action="store_true", help="每个部门打印一行，可以贴到工作群；不发邮件，不记下来。"
        )
        parser.add_argument("--dry-run", action="store_true", help="只打印要提醒谁什么；不发邮件，不记下来。")

    def handle(self, *, text, dry_run, **options):
        now = timezone.now()
        if text:
            self._write_all(department_texts(now))
        elif dry_run:
            today = timezone.localdate(now)
            self._write_all(f"{_to(m.person)}\n{subject_of(m)}\n\n{body_of(m, today)}\n" for m in current_messages(now))
        else:
            self._remind(now)

    def _write_all(self, texts):
        texts = list(texts)
        for text in texts or ["没有要提醒的。"]:
            self.stdout.write(text)

    def _remind(self, now):
        result = remind(now)
        self.stdout.write(f"发出邮件 {result.by_email} 封，只在工作台提醒 {result.on_desk} 人。")
        if not settings.EMAIL_URL:
            self.stdout.write("没有配置邮件（EMAIL_URL），提醒都只在工作台上。")
        if result.failures:
            names = "、".join(person.get_username() for person, _reason in result.failures)
            reasons = "；".join(dict.fromkeys(reason for _person, reason in result.failures))
            raise CommandError(
                f"{len(result.failures)} 封邮件没有发出去（{names}），下次运行再发，工作台上照样看得到。{reasons}",
                returncode=1,
            )


def _to(person) -> str:
    return f"== {person.get_username()} <{person.email or '没有邮箱，只在工作台'}>"
