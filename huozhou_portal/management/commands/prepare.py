import json
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import first_accounts, passwords
from accounts.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from backups.failures import is_installed
from backups.loss import check_not_lost
from common import data_folder
from ledger.models import Entry
from projects.appointments import confirm_on_server
from projects.models import Department, Membership, Source, SourceKind
from projects.snapshots import led_slugs
from tasks.models import Plan

EMPTY, PLAN, ILLUSTRATIVE = "empty", "plan", "illustrative"
FILES: dict[str, list[str]] = {
    EMPTY: [],
    PLAN: ["fixtures/plan_2020.json", "fixtures/aliases.json"],
    ILLUSTRATIVE: [
        "fixtures/plan_2020.json",
        "fixtures/illustrative_2020.json",
        "fixtures/illustrative_2021.json",
        "fixtures/aliases.json",
        "fixtures/aliases_illustrative.json",
    ],
}
NAMES = {PLAN: "2020 年的计划", ILLUSTRATIVE: "2020 年的计划和示例进展"}
ACCOUNTS = {
    "admin": ADMINISTRATOR,
    "official": OFFICIAL,
    "reviewer": REVIEWER,
    "reviewer2": REVIEWER,
    "editor": EDITOR,
}


class Command(BaseCommand):
    help = "Prepare DATA_DIR: database, record, accounts and static files. Existing data is kept."

    def add_arguments(self, parser):
        parser.add_argument(
            "--data",
            help="what to load into an empty database: `empty`, nothing but accounts; `plan`, the published plan; "
            "`illustrative` (the default), which adds a made-up year of progress; or the path of a record of one's own, a "
            ".json file as fixtures are. An error where the database has other data. An installation that residents read "
            "(deploy/install) takes `plan` by default",
        )

    def handle(self, *, data, **options):
        if data and data not in FILES and not data.endswith(".json"):
            raise CommandError(
                "DATA 只能写 empty（空的，自己建立计划）、plan（只有公布过的计划）、illustrative（加上示例进展），"
                f"或者一个 .json 记录文件，没有 {data}。"
            )
        if data and data not in FILES and not Path(data).is_file():
            raise CommandError(f"DATA 写的文件不在：{data}。")
        data_folder.check(settings.DATA_DIR)
        data_folder.check_trial(settings.DATA_DIR, is_trial=settings.TRIAL)
        with data_folder.locked(settings.DATA_DIR, data_folder.PREPARING):
            self._prepare(data)

    def _prepare(self, data):
        check_not_lost()
        call_command("migrate", interactive=False, verbosity=0)
        if settings.TRIAL:
            data_folder.begin_trial(settings.DATA_DIR, has_record=Entry.objects.exists())
        is_in_use = User.objects.exists()
        if data and (is_in_use or Entry.objects.exists()):
            _check_loaded(data)
        if not is_in_use:
            self._initialize(data or (PLAN if is_installed() else ILLUSTRATIVE))
        call_command("make_renditions", verbosity=0)
        call_command("spell_names", verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
            call_command("make_error_pages")
        data_folder.make_private(settings.DATA_DIR, public=settings.STATIC_ROOT)
        if first_accounts.file().is_file():
            self.stdout.write(f"第一次登录用的账号和密码在 {first_accounts.file()}，登录后要换成自己的。")

    @transaction.atomic
    def _initialize(self, data: str):
        """Create the accounts, and load the record where there is none.

        The accounts come first, because the ledger entry of a plan has the number of reviewers.
        """
        initial = {name: secrets.token_urlsafe(12) for name in ACCOUNTS}
        people = {name: _create_account(name, initial[name]) for name in ACCOUNTS}
        if Entry.objects.exists():
            for name, role in ACCOUNTS.items():
                if role == REVIEWER:
                    confirm_on_server(people[name])
        elif data != EMPTY:
            self.stdout.write(f"正在载入 {NAMES.get(data, data)}……")
            call_command("load_record", *_files_of(data), verbosity=0)
        for name, role in ACCOUNTS.items():
            if role == OFFICIAL:
                _assign_official(people[name])
        first_accounts.write(initial)
        if self.stdout.isatty():  # so that no log has the passwords
            self.stdout.write("新账号：")
            for name, password in initial.items():
                self.stdout.write(f"{name} {password}")


def _create_account(name: str, password: str) -> User:
    user = User.objects.create_user(name, password=password, is_staff=True)
    user.groups.add(Group.objects.get(name=ACCOUNTS[name]))
    passwords.mark_given(user)
    return user


def _files_of(data: str) -> list[Path]:
    return [settings.BASE_DIR / file for file in FILES[data]] if data in FILES else [Path(data)]


def _check_loaded(data: str) -> None:
    """Raises CommandError where the database has other data than asked for.

    One that was begun empty has people and no entry, and once it has a plan of its own it is like any other record.
    """
    has_illustration = Source.objects.filter(kind=SourceKind.ILLUSTRATIVE).exists()
    if not Entry.objects.exists():
        is_same, content = data == EMPTY, "账号，还没有公布过什么"
    elif has_illustration:
        is_same, content = data == ILLUSTRATIVE or (data != PLAN and _is_loaded(data)), "示例进展"
    else:
        is_same, content = data not in (EMPTY, ILLUSTRATIVE) and _is_loaded(data), "没有示例进展的记录"
    if not is_same:
        raise CommandError(
            f"{settings.DATA_DIR} 里已经有{content}，和 DATA={data} 不一样：要它就不写 DATA，"
            f"要别的就另用一个空的数据目录，例如 DATA={data} DATA_DIR=/srv/huozhou-{Path(data).stem}。"
        )


def _is_loaded(data: str) -> bool:
    """Whether the plans of its files are those of the database, by their years and the names they were first published by."""
    try:
        rows = [row for file in _files_of(data) for row in json.loads(file.read_text(encoding="utf-8-sig"))]
        plans = {(row["fields"]["year"], row["fields"]["title"]) for row in rows if row["model"] == "tasks.plan"}
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"DATA 写的文件读不懂：{data}。照 fixtures/plan_2020.json 的样子写。") from error
    return bool(plans) and plans <= set(Plan.objects.values_list("year", "title"))


def _assign_official(user: User) -> None:
    """Make the user a member of the department that leads the most projects. Does nothing without departments."""
    department = max(Department.objects.order_by("slug"), key=lambda one: len(led_slugs(one)), default=None)
    if department:
        Membership.objects.create(user=user, department=department)
