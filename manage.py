#!/usr/bin/env python
import os
import sys
from collections.abc import Sequence

from django.core.management import BaseCommand, ManagementUtility
from django.db import connection

from backups.failures import explain
from backups.first_form import check_not_first_form

# The commands that leave the tables of the record alone. Every other one refuses a database of the first form.
WITHOUT_RECORD = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "make_error_pages",
    "makemessages",
    "makemigrations",
    "sendtestemail",
    "startapp",
    "startproject",
    "test",
}


class Utility(ManagementUtility):
    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Django's own. Raises Unfit before a command is run on a database of the first form."""
        command = super().fetch_command(subcommand)
        # `help migrate` fetches the command that it tells about, too.
        is_asked_about = subcommand != self.argv[1] or not {"-h", "--help"}.isdisjoint(self.argv)
        if not is_asked_about and subcommand not in WITHOUT_RECORD:
            check_not_first_form(connection)
        return command


def main(argv: Sequence[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    try:
        Utility(list(argv)).execute()
    except Exception as error:
        if "--traceback" in argv or not (sentence := explain(error)):
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main(sys.argv)
