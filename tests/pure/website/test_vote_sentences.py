"""What deputies said, read aloud."""

from datetime import date
from types import SimpleNamespace

import pytest

from tasks.models import Vote
from website.pictures.votes import ballot_segments
from website.sentences.votes import UNPUBLISHED_VOTES, vote_sentence, votes_missing


def a_vote(*counts: int, present: int = 180, body: str = "CONGRESS") -> Vote:
    answers = dict(zip(Vote.answers, counts, strict=True))
    return Vote(held_on=date(2021, 1, 20), body=body, present=present, **answers)


@pytest.mark.parametrize(
    ("vote", "text"),
    [
        pytest.param(
            a_vote(150, 25, 5),
            "人大代表测评（2021 年 1 月 20 日，到会 180 人）：满意 150 票，基本满意 25 票，不满意 5 票",
            id="everybody answered",
        ),
        pytest.param(
            a_vote(150, 25, 0),
            "人大代表测评（2021 年 1 月 20 日，到会 180 人）：满意 150 票，基本满意 25 票，不满意 0 票，另外 5 人没有选这三项",
            id="some answered nothing",
        ),
        pytest.param(
            a_vote(20, 1, 0, present=21, body="STANDING_COMMITTEE"),
            "人大常委会组成人员测评（2021 年 1 月 20 日，到会 21 人）：满意 20 票，基本满意 1 票，不满意 0 票",
            id="the standing committee",
        ),
    ],
)
def test_what_deputies_said_reads_as_a_sentence(vote, text):
    """docs/words.md: Votes."""
    assert vote_sentence(vote) == text


def test_the_bar_is_everybody_who_was_present():
    segments = ballot_segments(a_vote(90, 45, 0))
    assert [(name, segment.at, segment.width) for name, segment in segments] == [
        ("satisfied", 0, 50),
        ("fairly", 50, 25),
        ("others", 75, 25),
    ]


def test_where_nothing_is_known_of_any_that_is_told_once():
    """docs/rules.md: vote."""
    silent, voted = SimpleNamespace(votes=()), SimpleNamespace(votes=(a_vote(1, 0, 0),))
    assert votes_missing([silent, silent]) == UNPUBLISHED_VOTES
    assert votes_missing([silent, voted]) == votes_missing([]) == ""
