"""Checks every locked package for published vulnerabilities with pip-audit, and lists those that couldn't be checked.

Exits with 1 where a vulnerability is known, and with STRICT=on also where a package couldn't be checked. Else with 0, because
a machine without network isn't a fault of the change that is tested.
"""

import json
import os
import subprocess  # nosec B404 # pip-audit has no API
import sys
from typing import NamedTuple

LOCK = "requirements-dev.txt"  # includes the packages of the runtime
AUDIT = ["pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "-r", LOCK]


class Verdict(NamedTuple):
    known: list[str]
    n_checked: int
    unchecked: list[str]

    def report(self) -> str:
        lines = [f"Known weakness: {line}" for line in self.known]
        if self.unchecked:
            names = f": {', '.join(self.unchecked)}" if self.n_checked else ""
            lines.append(
                f"NOT CHECKED against advisories, they could not be reached: {len(self.unchecked)} packages{names}."
            )
        if self.n_checked:
            lines.append(f"{self.n_checked} packages checked against advisories, {len(self.known)} known weaknesses.")
        return "\n".join(lines)

    def status(self, *, is_strict: bool) -> int:
        """The exit status."""
        return int(bool(self.known or (is_strict and self.unchecked)))


def verdict_of(answer: str, packages: list[str]) -> Verdict:
    """From the output of pip-audit, which isn't JSON where it couldn't connect."""
    try:
        dependencies = json.loads(answer)["dependencies"]
    except ValueError:
        return Verdict([], 0, packages)
    known = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in dependencies
        for flaw in one.get("vulns", ())
    ]
    unchecked = [one["name"] for one in dependencies if "skip_reason" in one]
    return Verdict(known, len(dependencies) - len(unchecked), unchecked)


def locked(lock: str) -> list[str]:
    """The names of the packages in the text of a lock file."""
    return [line.partition("==")[0] for line in lock.splitlines() if "==" in line and line[0].isalnum()]


def main() -> int:
    finished = subprocess.run([sys.executable, "-m", *AUDIT], capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603 # a fixed command
    with open(LOCK, encoding="utf-8") as lock:
        verdict = verdict_of(finished.stdout, locked(lock.read()))
    print(verdict.report(), flush=True)
    return verdict.status(is_strict=os.environ.get("STRICT") == "on")


if __name__ == "__main__":
    sys.exit(main())
