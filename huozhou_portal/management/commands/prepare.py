import os
import secrets

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from huozhou_portal.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from ledger.models import Entry
from projects.models import Department, Membership
from projects.standing import led_slugs

PLAN = "fixtures/plan_2020.json"
ILLUSTRATIVE_YEAR = "fixtures/illustrative_2020.json"
ACCOUNTS_FILE = "accounts.txt"
ACCOUNTS = {
    "admin": ADMINISTRATOR,
    "official": OFFICIAL,
    "reviewer": REVIEWER,
    "reviewer2": REVIEWER,
    "editor": EDITOR,
}


class Command(BaseCommand):
    help = "Make DATA_DIR ready to serve: database, record, accounts and static files. What is there already stays."

    def add_arguments(self, parser):
        parser.add_argument(
            "--data",
            choices=["illustrative", "plan"],
            default="illustrative",
            help="what an empty database is given: the published plan with a made-up year on top, or the plan alone",
        )

    def handle(self, *, data, **options):
        call_command("migrate", interactive=False, verbosity=0)
        is_in_use = User.objects.exists()
        if not (is_in_use or Entry.objects.exists()):
            self.stdout.write("正在载入 2020 年的计划……" if data == "plan" else "正在载入 2020 年的计划和示例进展……")
            files = [PLAN] if data == "plan" else [PLAN, ILLUSTRATIVE_YEAR]
            call_command("load_record", *(settings.BASE_DIR / file for file in files), verbosity=0)
        call_command("make_renditions", verbosity=0)
        if not is_in_use:
            self._make_accounts()
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
            call_command("make_error_pages")
        if (settings.DATA_DIR / ACCOUNTS_FILE).is_file():
            self.stdout.write(f"账号和密码在 {settings.DATA_DIR / ACCOUNTS_FILE}")

    @transaction.atomic
    def _make_accounts(self):
        passwords = {name: secrets.token_urlsafe(12) for name in ACCOUNTS}
        for name, role in ACCOUNTS.items():
            user = User.objects.create_user(name, password=passwords[name], is_staff=True)
            user.groups.add(Group.objects.get(name=role))
            if role == OFFICIAL:
                _assign_official(user)
        lines = "".join(f"{name} {password}\n" for name, password in passwords.items())
        _write_private(settings.DATA_DIR / ACCOUNTS_FILE, lines)
        self.stdout.write(f"新账号：\n{lines}")


def _assign_official(user: User) -> None:
    """Put the user in the department that leads most projects, where there are departments."""
    department = max(Department.objects.order_by("slug"), key=lambda one: len(led_slugs(one)), default=None)
    if department:
        Membership.objects.create(user=user, department=department)


def _write_private(path, text: str) -> None:
    """Write a file that is at no moment readable by others."""
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
