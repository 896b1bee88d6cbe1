"""Plans, tasks, promises, indicators and changes of them: a module a subject."""

from tasks.models.adjustments import PlanAdjustment, PlanAdjustmentNote
from tasks.models.finding import Aliases, MissedSearch, SpelledName
from tasks.models.indicators import Comparator, Indicator, IndicatorKind, Reading
from tasks.models.papers import IssuedPaper, PaperKind
from tasks.models.plans import (
    LONGEST_GRACE,
    Addition,
    Outline,
    OutlineItem,
    Plan,
    PlanQuerySet,
    current_of,
    front_of,
    promised_payload,
    promised_with,
)
from tasks.models.promises import RESIDENT_GOALS, Commitment, Goal, Pace, Series, Target
from tasks.models.reminders import Channel, GroupMessage, GroupTextKind, Reminder, Robot
from tasks.models.reports import (
    Check,
    CheckEvidence,
    Declared,
    Finding,
    Observer,
    TaskEvidence,
    TaskReport,
    TaskReportNote,
)
from tasks.models.rows import Promised
from tasks.models.tasks import Answerable, Contribution, Measure, Task, TaskGroup
from tasks.models.votes import Vote, VoteEvidence, VotingBody

__all__ = [
    "LONGEST_GRACE",
    "RESIDENT_GOALS",
    "Addition",
    "Aliases",
    "Answerable",
    "Channel",
    "Check",
    "CheckEvidence",
    "Commitment",
    "Comparator",
    "Contribution",
    "Declared",
    "Finding",
    "Goal",
    "GroupMessage",
    "GroupTextKind",
    "Indicator",
    "IndicatorKind",
    "IssuedPaper",
    "Measure",
    "MissedSearch",
    "Observer",
    "Outline",
    "OutlineItem",
    "Pace",
    "PaperKind",
    "Plan",
    "PlanAdjustment",
    "PlanAdjustmentNote",
    "PlanQuerySet",
    "Promised",
    "Reading",
    "Reminder",
    "Robot",
    "Series",
    "SpelledName",
    "Target",
    "Task",
    "TaskEvidence",
    "TaskGroup",
    "TaskReport",
    "TaskReportNote",
    "Vote",
    "VoteEvidence",
    "VotingBody",
    "current_of",
    "front_of",
    "promised_payload",
    "promised_with",
]
