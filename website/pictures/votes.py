"""Ballots as one bar. Pure functions, without queries or a clock."""

from common import charts
from common.charts import Segment
from tasks.models import Vote


def ballot_segments(vote: Vote) -> list[tuple[str, Segment]]:
    """Of all who were present: each answer that somebody gave, by its name, then `others` for who gave none."""
    counts = {name: getattr(vote, name) for name in (*Vote.answers, "others")}
    segments = zip(counts, charts.segments_of(list(counts.values())), strict=True)
    return [(name, segment) for name, segment in segments if counts[name]]
