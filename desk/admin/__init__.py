"""The admin of projects and facts: officials file and adjust, reviewers publish, administrators keep who is who."""

from desk.admin import audit_log, changes, promises, redactions, reports, users

__all__ = ["changes", "people", "promises", "redactions", "reports", "trail"]
