"""The admin: officials file and adjust, reviewers publish, administrators keep who is who, editors write."""

from desk.admin import (
    articles,
    audit_log,
    changes,
    finding,
    observations,
    papers,
    plans,
    promises,
    redactions,
    reports,
    site_settings,
    supervision,
    users,
    votes,
)

__all__ = [
    "articles",
    "audit_log",
    "changes",
    "finding",
    "observations",
    "papers",
    "plans",
    "promises",
    "redactions",
    "reports",
    "site_settings",
    "supervision",
    "users",
    "votes",
]
