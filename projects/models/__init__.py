"""Sources, departments, promises and facts: a module a subject. Tables are made and saved in this order."""

# ruff: noqa: I001

from projects.models.columns import LONGEST_URL, DepartmentsField, InferredField, MoneyField, StepsField, ValueField
from projects.models.facts import CorrectableFact, Fact, Note, ReviewedFact, Source, SourceKind, new_code
from projects.models.departments import Department, Membership
from projects.models.promises import Milestone, Project
from projects.models.evidence import AbstractEvidence, EvidencedFact, EvidenceKind
from projects.models.reports import (
    AbstractReport,
    DelayReason,
    Evidence,
    MilestoneReading,
    Report,
    ReviewNote,
)
from projects.models.adjustments import FILE_OR_LINK, Adjustment, DecidedBy, PromiseChange, exactly_one
from projects.models.redactions import HiddenContent, Redaction, RedactionDecision
from projects.models.reviewers import Appointment, FirstReviewer

__all__ = [
    "FILE_OR_LINK",
    "LONGEST_URL",
    "AbstractEvidence",
    "AbstractReport",
    "Adjustment",
    "Appointment",
    "CorrectableFact",
    "DecidedBy",
    "DelayReason",
    "Department",
    "DepartmentsField",
    "Evidence",
    "EvidenceKind",
    "EvidencedFact",
    "Fact",
    "FirstReviewer",
    "HiddenContent",
    "InferredField",
    "Membership",
    "Milestone",
    "MilestoneReading",
    "MoneyField",
    "Note",
    "Project",
    "PromiseChange",
    "Redaction",
    "RedactionDecision",
    "Report",
    "ReviewNote",
    "ReviewedFact",
    "Source",
    "SourceKind",
    "StepsField",
    "ValueField",
    "exactly_one",
    "new_code",
]
