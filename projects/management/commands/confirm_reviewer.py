from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from ledger.chain import PublicationError
from projects.appointments import confirm_on_server


class Command(BaseCommand):
    help = "在服务器上确认一位审核员：没有别人能确认，或者有人提出过异议。记进公开记录。"

    def add_arguments(self, parser):
        parser.add_argument("username", metavar="账号")

    def handle(self, *, username, **options):
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"没有叫 {username} 的账号。")
        try:
            entry = confirm_on_server(person)
        except PublicationError as error:
            raise CommandError(str(error)) from error
        if entry is None:
            self.stdout.write(f"{username} 本来就可以公布，不用确认。")
        else:
            self.stdout.write(f"已确认 {username}，现在可以公布；记进了公开记录{entry}。")
