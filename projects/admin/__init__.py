"""The admin of projects and facts: officials file and adjust, reviewers publish, administrators keep who is who."""

from projects.admin import changes, people, promises, redactions, reports, trail

__all__ = ["changes", "people", "promises", "redactions", "reports", "trail"]
