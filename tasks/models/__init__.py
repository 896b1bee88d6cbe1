"""Plans, tasks, promises, indicators and changes of them: a module a subject."""

from tasks.models.adjustments import PlanAdjustment, PlanAdjustmentNote
from tasks.models.indicators import Comparator, Indicator, Reading
from tasks.models.plans import LONGEST_WAIT, Outline, OutlineItem, Plan, PlanQuerySet, front_of
from tasks.models.promises import RESIDENT_GOALS, Commitment, CommitmentMilestone, Goal, Series
from tasks.models.reminders import Channel, Reminder
from tasks.models.tasks import Contribution, Measure, Task, TaskGroup

__all__ = [
    "LONGEST_WAIT",
    "RESIDENT_GOALS",
    "Channel",
    "Commitment",
    "CommitmentMilestone",
    "Comparator",
    "Contribution",
    "Goal",
    "Indicator",
    "Measure",
    "Outline",
    "OutlineItem",
    "Plan",
    "PlanAdjustment",
    "PlanAdjustmentNote",
    "PlanQuerySet",
    "Reading",
    "Reminder",
    "Series",
    "Task",
    "TaskGroup",
    "front_of",
]
