"""What deputies said of promises, in words that can be read aloud."""

from collections.abc import Iterable

from common.formats import day_text
from tasks.models import Vote, VotingBody
from tasks.snapshots import CommitmentSnapshot
from tasks.words import RESIDENT_BODIES

UNPUBLISHED_VOTES = "人大代表对这些承诺的满意度测评：没有公布。"


def vote_heading(vote: Vote) -> str:
    """`人大代表测评（2021 年 1 月 20 日，到会 180 人）`"""
    body = RESIDENT_BODIES[VotingBody(vote.body)]
    return f"{body}测评（{day_text(vote.held_on)}，到会 {vote.present} 人）"


def ballots_text(vote: Vote) -> str:
    """`满意 150 票，基本满意 25 票，不满意 5 票`, and how many who were present said none of these."""
    told = "，".join(f"{word} {number} 票" for word, number in ballots_of(vote))
    return f"{told}，另外 {vote.others} 人没有选这三项" if vote.others else told


def ballots_of(vote: Vote) -> list[tuple[str, int]]:
    """The three words with their ballots, the best first."""
    return [(str(vote._meta.get_field(name).verbose_name), getattr(vote, name)) for name in Vote.answers]  # type: ignore[union-attr]  # columns


def vote_sentence(vote: Vote) -> str:
    """`人大代表测评（2021 年 1 月 20 日，到会 180 人）：满意 150 票，基本满意 25 票，不满意 5 票`"""
    return f"{vote_heading(vote)}：{ballots_text(vote)}"


def votes_missing(commitments: Iterable[CommitmentSnapshot]) -> str:
    """Told once for all of them, where nothing is known of any; empty where something is."""
    found = list(commitments)
    return UNPUBLISHED_VOTES if found and not any(one.votes for one in found) else ""
