import getpass

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User
from django.core.management.base import CommandError

from ledger import chain
from ledger.chain import PublicationError
from projects.appointments import note_password


class Command(changepassword.Command):
    """Django's own, and of a reviewer's password an entry: who commands the server is seen as well."""

    def handle(self, *args, username, **options):
        try:
            chain.moment()  # else the password would be set and the entry not made
        except PublicationError as error:
            raise CommandError(str(error)) from error
        told = super().handle(*args, username=username, **options)
        entry = note_password(User.objects.get(username=username or getpass.getuser()), by=None)
        if entry is not None:
            self.stdout.write(
                f"已记进公开记录（{entry}）。另一位审核员在工作台上确认以前，或者 24 小时没有人提出异议以前，这位审核员不能公布。"
            )
        return told
