"""The passwords of the first accounts, in a file of the data folder for as long as they hold."""

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
    """By the name of the account."""
    with suppress(FileNotFoundError):
        return dict(line.split(" ", 1) for line in file().read_text().splitlines())
    return {}


def write(by_name: dict[str, str]) -> None:
    """The file goes with its last line."""
    if by_name:
        write_private(file(), "".join(f"{name} {password}\n" for name, password in by_name.items()))
    else:
        file().unlink(missing_ok=True)


def forget_changed() -> None:
    """Leave the passwords alone that open the accounts as the database now has them."""
    found = passwords()
    users = {user.username: user for user in User.objects.filter(username__in=found)}
    kept = {name: one for name, one in found.items() if name in users and users[name].check_password(one)}
    if kept != found:
        write(kept)


def _forget(name: str) -> None:
    found = passwords()
    if name in found:
        write({other: password for other, password in found.items() if other != name})


class PrintedPasswordValidator:
    """Django tells validators of every new password, whoever sets it and wherever."""

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
            _forget(name)
        except OSError as error:  # the password is changed all the same, and opens nothing any more
            logger.error("%s 里 %s 的旧密码没有删掉：%s", FILE, name, error)
