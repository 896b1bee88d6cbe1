"""The initial passwords of the first accounts, in a file of the data folder until they are changed."""

import logging
from contextlib import suppress
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from common.data_folder import write_private

FILE = "accounts.txt"
logger = logging.getLogger(__name__)


def file() -> Path:
    return settings.DATA_DIR / FILE


def passwords() -> dict[str, str]:
    """By user name. Empty where there is no file."""
    with suppress(FileNotFoundError):
        return dict(line.split(" ", 1) for line in file().read_text().splitlines())
    return {}


def write(by_name: dict[str, str]) -> None:
    """Replace the file, or delete it where `by_name` is empty. Raises OSError."""
    if by_name:
        write_private(file(), "".join(f"{name} {password}\n" for name, password in by_name.items()))
    else:
        file().unlink(missing_ok=True)


def remove_outdated() -> None:
    """Remove the lines whose password isn't the account's any more, as after restoring another database. Raises OSError."""
    stored = passwords()
    users = {user.username: user for user in User.objects.filter(username__in=stored)}
    valid = {name: one for name, one in stored.items() if name in users and users[name].check_password(one)}
    if valid != stored:
        write(valid)


def _remove(name: str) -> None:
    stored = passwords()
    if name in stored:
        write({other: password for other, password in stored.items() if other != name})


class PrintedPasswordValidator:
    """Refuses the initial password as a new one, and removes its line from the file when the password is changed.

    A validator, because Django calls `password_changed` wherever a password is set, also in `manage.py changepassword`.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        if user is not None and password and passwords().get(user.username) == password:
            raise ValidationError("这是第一次发下来的密码，请换一个。", "password_printed")

    def get_help_text(self) -> str:
        return "不能是第一次发下来的那个密码。"

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is not None:
            transaction.on_commit(partial(self._changed, user.username))

    @staticmethod
    def _changed(name: str) -> None:
        try:
            _remove(name)
        except OSError as error:  # the password is already changed, so the line in the file is useless
            logger.error("%s 里 %s 的旧密码没有删掉：%s", FILE, name, error)
