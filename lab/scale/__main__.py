"""Migrates the empty database of DATA_DIR or DATABASE_URL, and fills it with N invented projects with M reports each.

python -m lab.scale N [M] [--seed 1]
"""

import argparse

from django.core.management import call_command

from lab.scale.plan import fill
from ledger.chain import PublicationError

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("projects", type=int)
parser.add_argument("reports", type=int, nargs="?", default=12)
parser.add_argument("--seed", type=int, default=1, help="the same number makes the same ledger")
options = parser.parse_args()
call_command("migrate", verbosity=0)
try:
    print(fill(options.projects, options.reports, options.seed), "entries")
except PublicationError as error:
    parser.exit(1, f"{error}\n")
