"""The codes of what the 督查室 follows; `desk.words` says them."""

from enum import StrEnum


class Issue(StrEnum):
    """Why something stands on the list, the worst first."""

    OVERDUE = "OVERDUE"
    FAR_BEHIND = "FAR_BEHIND"
    BEHIND = "BEHIND"
    SILENT = "SILENT"
    HINDERED = "HINDERED"


class Stage(StrEnum):
    """How far the next report is, by what the person may see of it."""

    NONE = "NONE"
    DRAFT = "DRAFT"
    RETURNED = "RETURNED"
    SUBMITTED = "SUBMITTED"


class Column(StrEnum):
    """The states by which the promises of a department are counted."""

    DONE = "DONE"
    AHEAD = "AHEAD"
    ON_PACE = "ON_PACE"
    BEHIND = "BEHIND"
    FAR_BEHIND = "FAR_BEHIND"
    OVERDUE = "OVERDUE"
    UNREPORTED = "UNREPORTED"
    OTHER = "OTHER"
