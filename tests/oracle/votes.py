"""What deputies said of a promise: docs/rules.md on votes, which follow from nothing and which nothing follows from."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from tests.oracle.changes import uncorrected
from tests.oracle.comparing import differences
from tests.oracle.days_and_numbers import day, shanghai_day

ANSWERS = ("satisfied", "fairly", "dissatisfied")


def faults_of_votes(place: str, votes: list[dict], as_of: date) -> Iterator[str]:
    for vote in votes:
        name, counts = f"{place} vote {vote['id']}", [vote[answer] for answer in ANSWERS]
        yield from differences(name, vote, {"others": vote["present"] - sum(counts)})
        if min(counts) < 0 or not 0 < sum(counts) <= vote["present"]:
            yield f"{name}: {counts} ballots of {vote['present']} people"
        if not day(vote["held_on"]) <= shanghai_day(vote["published_at"]) <= as_of:
            yield f"{name}: public before it was held, or after {as_of}"
    held = Counter((vote["body"], vote["held_on"]) for vote in uncorrected(votes))
    yield from (f"{place}: {n} votes of {body} on {on}" for (body, on), n in held.items() if n > 1)
