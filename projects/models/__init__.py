"""Sources, departments, promises and facts: a module a subject. Tables are made and saved in this order."""

# ruff: noqa: I001

from projects.models.columns import LONGEST_URL, MoneyField, ValueField
from projects.models.facts import Fact, Note, ReviewedFact, Source, SourceKind, new_code
from projects.models.departments import Department, Membership
from projects.models.promises import Milestone, Pace, Partnership, Project
from projects.models.reports import Evidence, EvidenceKind, MilestoneReading, Report, ReviewNote
from projects.models.adjustments import Adjustment, PromiseChange, exactly_one
from projects.models.redactions import HiddenContent, Redaction, RedactionDecision
from projects.models.reviewers import Appointment, FirstReviewer

__all__ = [
    "LONGEST_URL",
    "Adjustment",
    "Appointment",
    "Department",
    "Evidence",
    "EvidenceKind",
    "Fact",
    "FirstReviewer",
    "HiddenContent",
    "Membership",
    "Milestone",
    "MilestoneReading",
    "MoneyField",
    "Note",
    "Pace",
    "Partnership",
    "Project",
    "PromiseChange",
    "Redaction",
    "RedactionDecision",
    "Report",
    "ReviewNote",
    "ReviewedFact",
    "Source",
    "SourceKind",
    "ValueField",
    "exactly_one",
    "new_code",
]
