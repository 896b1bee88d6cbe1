"""What became of the terms of promises."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, JSONField, TextField
from ledger.models import EntryKind
from projects.adjustable import AdjustableField
from projects.models.departments import Department
from projects.models.facts import Fact, Note, ReviewedFact
from projects.models.promises import Milestone, Project


def exactly_one(*names: str) -> Q:
    """Exactly one of the nullable foreign keys is set."""
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


class PromiseChange(ReviewedFact):
    """What every adjustment carries: `changes` maps a field to [old, new], encoded as in the ledger."""

    word, published_hint = "调整", "写错了，请再起草一份调整。"
    kind = EntryKind.ADJUSTMENT
    free_text = ("reason", "document")
    targets: ClassVar[tuple[str, ...]] = ()

    changes = JSONField("改动", default=dict)
    decided_on = DateField("决定日期", is_past=True)
    reason = TextField("原因", max_length=1000)
    document = CharField("批准文件", max_length=200, help_text="文件名称和文号。")

    class Meta(ReviewedFact.Meta):
        abstract = True
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(decided_on__lte=F("published_on")),
                name="%(app_label)s_%(class)s_decided_before_published",
                violation_error_message="决定日期不能晚于公布日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"调整：{self.promise}"

    @property
    def target(self) -> str:
        """The name of the foreign key that is set."""
        return next((name for name in self.targets if getattr(self, f"{name}_id")), self.targets[0])

    @property
    def promise(self):
        return getattr(self, self.target)

    def field_changes(self) -> Iterator[tuple[AdjustableField, Any, Any]]:
        """Each field that it changes, with its old and its new value, encoded."""
        fields = self.promise.adjustable
        for name, (old, new) in self.changes.items():
            yield fields[name], old, new

    @property
    def labels(self) -> str:
        """What it changes; a draft may name what the promise doesn't have."""
        fields = self.promise.adjustable
        return "、".join(fields[name].label for name in self.changes if name in fields)

    @property
    def counts_as_changed(self) -> bool:
        """Whether it moved a date, a target, a goal or a part; names, places and departments don't count."""
        return any(field.counts_as_changed for field, _old, _new in self.field_changes())

    @property
    def is_reckoned(self) -> bool:
        """Whether what is planned by a day may be another by it."""
        return any(field.is_reckoned for field, _old, _new in self.field_changes())

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), *cls.targets]

    @property
    def subject(self) -> str:
        return self.promise.address

    def payload(self) -> dict:
        return {
            "promise": self.subject,
            "changes": self.changes,
            "decided_on": self.decided_on.isoformat(),
            "texts": self.digests(),
            "source": self.source_payload(),
        }


class Adjustment(PromiseChange):
    """A change of what was promised about a project, one of its milestones, or who a department is."""

    targets = ("project", "milestone", "department")

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "milestone__project"]

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="项目"
    )
    milestone = models.ForeignKey(
        Milestone, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="节点"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="部门"
    )

    class Meta(PromiseChange.Meta):
        verbose_name = verbose_name_plural = "项目调整"
        ordering: ClassVar = ["-decided_on", "-pk"]
        permissions: ClassVar = [("publish_adjustment", "可以公布项目调整")]
        constraints: ClassVar = [
            *PromiseChange.Meta.constraints,
            models.CheckConstraint(
                condition=exactly_one("project", "milestone", "department"),
                name="projects_adjustment_one_promise",
                violation_error_message="一份调整只能针对一项：项目、节点或部门。",
            ),
        ]


class AdjustmentNote(Note):
    adjustment = models.ForeignKey(Adjustment, models.PROTECT, related_name="review_notes", verbose_name="项目调整")
