"""What is said of the advisories: a package about which nobody was asked never reads as a safe one."""

import json

import pytest

from scripts.advisories import locked, verdict_of

SAFE = {"name": "a", "version": "1.0", "vulns": []}
WEAK = {"name": "b", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
HOPELESS = {"name": "c", "version": "3.0", "vulns": [{"id": "CVE-2", "fix_versions": []}]}
UNASKED = {"name": "d", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "said", "status", "strict"),
    [
        ([SAFE], ["1 packages checked against advisories, 0 known weaknesses."], 0, 0),
        ([SAFE, WEAK], ["Known weakness: b 2.0: CVE-1, mended in 2.1", "2 packages checked"], 1, 1),
        ([HOPELESS], ["Known weakness: c 3.0: CVE-2, mended in no version yet"], 1, 1),
        ([SAFE, UNASKED], ["NOT CHECKED against advisories, they could not be reached: 1 packages: d.", "1 packages checked"], 0, 1),
        ([UNASKED], ["NOT CHECKED against advisories, they could not be reached: 1 packages."], 0, 1),
        ([UNASKED, WEAK], ["Known weakness: b", "NOT CHECKED"], 1, 1),
        (None, ["NOT CHECKED against advisories, they could not be reached: 2 packages."], 0, 1),
    ],
    ids=["safe", "weak", "weak without a remedy", "one unasked", "all unasked", "unasked and weak", "nobody reached"],
)  # fmt: skip
def test_what_is_said(found, said, status, strict):
    verdict = verdict_of("" if found is None else json.dumps({"dependencies": found}), ["a", "b"])
    assert [sentence for sentence in said if sentence not in verdict.report()] == []
    assert (verdict.status(is_strict=False), verdict.status(is_strict=True)) == (status, strict)


def test_the_packages_of_a_lock():
    assert locked("# made\nasgiref==3.13.0 \\\n    --hash=sha256:x\n    # via django\ndjango==5.2 \\\n") == [
        "asgiref",
        "django",
    ]
