"""The four roles as groups, with the permissions of each. They are reset to this after every `migrate`."""

from django.apps import apps
from django.db.models import Q

ADMINISTRATOR = "管理员"
OFFICIAL = "部门填报员"
REVIEWER = "督查审核员"
EDITOR = "编辑"

_ALL = ("view", "add", "change", "delete")
_PROMISES = (
    "tasks.plan",
    "tasks.outline",
    "tasks.outlineitem",
    "tasks.taskgroup",
    "tasks.task",
    "tasks.measure",
    "tasks.contribution",
    "tasks.series",
    "tasks.commitment",
    "tasks.target",
    "tasks.addition",
    "tasks.indicator",
    "projects.project",
    "projects.milestone",
    "projects.source",
)
_REPORT = (
    "projects.report",
    "projects.milestonereading",
    "projects.evidence",
    "tasks.taskreport",
    "tasks.taskevidence",
)
# What people search by, and what they searched for in vain.
_FINDING = {"tasks.aliases": _ALL, "tasks.missedsearch": ("view", "delete")}
_FACTS = (
    *(*_REPORT, "projects.adjustment", "projects.redaction", "tasks.reading"),
    *("tasks.check", "tasks.checkevidence", "tasks.vote", "tasks.voteevidence", "tasks.planadjustment"),
)

# role -> model -> actions
GRANTS: dict[str, dict[str, tuple[str, ...]]] = {
    ADMINISTRATOR: {
        **dict.fromkeys(_PROMISES, _ALL),
        **dict.fromkeys(_FACTS, ("view",)),
        "projects.adjustment": _ALL,
        "projects.department": _ALL,
        "projects.membership": _ALL,
        "projects.adjustmentnote": ("view",),
        "tasks.planadjustment": _ALL,
        "tasks.addition": _ALL,
        "tasks.planadjustmentnote": ("view",),
        "tasks.issuedpaper": ("view",),
        "ledger.entry": ("view",),
        "auth.user": ("view", "add", "change"),
        "auth.group": ("view",),
        "huozhou_portal.auditrecord": ("view",),
        "huozhou_portal.sitesettings": ("view", "add", "change"),
        **_FINDING,
    },
    OFFICIAL: {
        **dict.fromkeys(_REPORT, _ALL),
        "projects.adjustment": _ALL,
        "tasks.planadjustment": _ALL,
        "tasks.planadjustmentnote": ("view",),
        "projects.project": ("view",),
        "projects.milestone": ("view",),
        "tasks.reading": _ALL,
        "projects.reviewnote": ("view",),
        "tasks.taskreportnote": ("view",),
        "projects.adjustmentnote": ("view",),
    },
    REVIEWER: {
        **dict.fromkeys(_PROMISES, ("view",)),
        **dict.fromkeys(_REPORT, ("view",)),
        "projects.report": ("view", "publish"),
        "tasks.taskreport": ("view", "publish"),
        "projects.adjustment": ("view", "publish"),
        "projects.department": ("view", "publish"),
        "projects.redaction": (*_ALL, "publish"),
        "projects.reviewnote": ("view", "add"),
        "tasks.taskreportnote": ("view", "add"),
        "projects.adjustmentnote": ("view", "add"),
        "tasks.planadjustmentnote": ("view", "add"),
        "projects.source": ("view", "add"),
        "tasks.plan": ("view", "publish"),
        "tasks.addition": ("view", "publish"),
        "tasks.reading": (*_ALL, "publish"),
        "tasks.check": (*_ALL, "publish"),
        "tasks.checkevidence": _ALL,
        "tasks.vote": (*_ALL, "publish"),
        "tasks.voteevidence": _ALL,
        "tasks.planadjustment": ("view", "publish"),
        "tasks.issuedpaper": ("view", "add"),
        "ledger.entry": ("view",),
    },
    EDITOR: {
        "news.article": _ALL,
        "news.articleimage": _ALL,
        **_FINDING,
        "tasks.task": ("view",),
        "projects.project": ("view",),
        "projects.source": ("view", "add"),
    },
}


def make_roles() -> None:
    """Create the groups and set their permissions to exactly those of GRANTS."""
    Group, Permission = apps.get_model("auth.Group"), apps.get_model("auth.Permission")
    for role, grants in GRANTS.items():
        wanted = Q(pk__in=[])
        for label, actions in grants.items():
            app, model = label.split(".")
            names = [f"{action}_{model}" for action in actions]
            wanted |= Q(content_type__app_label=app, content_type__model=model, codename__in=names)
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(wanted))
