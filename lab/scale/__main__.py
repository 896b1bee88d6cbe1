"""Makes the empty database of DATA_DIR, or of DATABASE_URL, and fills it with N invented projects and M reports of each.

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
asked = parser.parse_args()
call_command("migrate", verbosity=0)
try:
    print(fill(asked.projects, asked.reports, asked.seed), "entries")
except PublicationError as error:
    parser.exit(1, f"{error}\n")
