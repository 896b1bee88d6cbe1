"""Asks the published advisories about every package in the locks, and says of which nobody could be asked.

Ends with 1 where a weakness is known, and with STRICT=on also where anything stayed unasked; else with 0: a machine
without the network is no fault of the change at hand.
"""

import json
import os
import subprocess  # nosec B404 # pip-audit has no other door
import sys
from typing import NamedTuple

LOCK = "requirements-dev.txt"  # holds the runtime's packages too
ASK = ["pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "-r", LOCK]


class Verdict(NamedTuple):
    known: list[str]
    n_asked: int
    unasked: list[str]

    def told(self) -> str:
        lines = [f"Known weakness: {line}" for line in self.known]
        if self.unasked:
            names = f": {', '.join(self.unasked)}" if self.n_asked else ""
            lines.append(
                f"NOT CHECKED against advisories, they could not be reached: {len(self.unasked)} packages{names}."
            )
        if self.n_asked:
            lines.append(f"{self.n_asked} packages checked against advisories, {len(self.known)} known weaknesses.")
        return "\n".join(lines)

    def status(self, *, is_strict: bool) -> int:
        return int(bool(self.known or (is_strict and self.unasked)))


def verdict_of(answer: str, packages: list[str]) -> Verdict:
    """Of what pip-audit wrote; of nothing, where it reached nobody."""
    try:
        found = json.loads(answer)["dependencies"]
    except ValueError:
        return Verdict([], 0, packages)
    known = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in found
        for flaw in one.get("vulns", ())
    ]
    unasked = [one["name"] for one in found if "skip_reason" in one]
    return Verdict(known, len(found) - len(unasked), unasked)


def locked(lock: str) -> list[str]:
    return [line.partition("==")[0] for line in lock.splitlines() if "==" in line and line[0].isalnum()]


def main() -> int:
    asked = subprocess.run([sys.executable, "-m", *ASK], capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603 # our own words
    with open(LOCK, encoding="utf-8") as lock:
        verdict = verdict_of(asked.stdout, locked(lock.read()))
    print(verdict.told(), flush=True)
    return verdict.status(is_strict=os.environ.get("STRICT") == "on")


if __name__ == "__main__":
    sys.exit(main())
