#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from backups.failures import explain


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        if "--traceback" in sys.argv or not (sentence := explain(error)):
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
