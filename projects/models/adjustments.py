"""What became of the terms of promises."""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q

from common.media.uploads import evidence_path
from common.model_fields import CharField, DateField, JSONField, TextField, URLField
from ledger.chain import digest
from ledger.models import EntryKind
from projects.adjustable import MOVES, AdjustableField, ChangeKind
from projects.models.columns import LONGEST_URL
from projects.models.departments import Department
from projects.models.evidence import bytes_of_file
from projects.models.facts import Fact, Note, ReviewedFact
from projects.models.promises import Milestone, Project

FILE_OR_LINK = "批准文件传了文件，又写了网址。请留下一样。"


def exactly_one(*names: str) -> Q:
    """Exactly one of the nullable foreign keys is set."""
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


class DecidedBy(models.TextChoices):
    """Who decided on a change."""

    CONGRESS = "CONGRESS", "人大或其常委会"
    PARTY = "PARTY", "党委"
    GOVERNMENT = "GOVERNMENT", "政府"
    SUPERIOR = "SUPERIOR", "上级"
    DEPARTMENT = "DEPARTMENT", "部门"
    UNSTATED = "UNSTATED", "没有写"


class PromiseChange(ReviewedFact):
    """What every adjustment carries: `changes` maps a field to [old, new], encoded as in the ledger."""

    word, published_hint = "调整", "写错了，请再起草一份调整。"
    kind = EntryKind.ADJUSTMENT
    free_text = ("reason", "document")
    hidden_with: ClassVar = {"document": ("document_number", "document_on", "document_url", "document_file")}
    promise_fields: ClassVar[tuple[str, ...]] = ()  # the foreign keys, one of which is set

    changes = JSONField("改动", default=dict)
    decided_on = DateField("决定日期", is_past=True)
    decided_by = CharField("谁决定的", max_length=20, choices=DecidedBy.choices, default=DecidedBy.UNSTATED)
    reason = TextField("原因", max_length=1000)
    document = CharField("批准文件", max_length=200, help_text="文件的名称。")
    document_number = CharField("文号", max_length=200, blank=True, help_text="没有就留空。")
    document_on = DateField("文件日期", is_past=True, null=True, blank=True)
    document_url = URLField("文件的网址", max_length=LONGEST_URL, blank=True, help_text="网上公开了的，写网址。")
    document_file = models.FileField("文件（PDF）", upload_to=evidence_path, blank=True)

    class Meta(ReviewedFact.Meta):
        abstract = True
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(decided_on__lte=F("published_on")),
                name="%(app_label)s_%(class)s_decided_before_published",
                violation_error_message="决定日期不能晚于公布日期。",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__in=DecidedBy.values), name="%(app_label)s_%(class)s_decided_by_known"
            ),
            models.CheckConstraint(
                condition=~Q(document="")
                | Q(document_number="", document_on__isnull=True, document_url="", document_file=""),
                name="%(app_label)s_%(class)s_document_has_a_title",
                violation_error_message="写了文号、文件日期、网址，或者传了文件的，要写批准文件的名称。",
            ),
            models.CheckConstraint(
                condition=Q(document_url="") | Q(document_file=""),
                name="%(app_label)s_%(class)s_document_in_one_place",
                violation_error_message=FILE_OR_LINK,
            ),
        ]

    def __str__(self) -> str:
        return f"调整：{self.promise}"

    @property
    def promise_field(self) -> str:
        """The name of the foreign key that is set."""
        fields = self.promise_fields
        return next((name for name in fields if getattr(self, f"{name}_id")), fields[0])

    @property
    def promise(self):
        return getattr(self, self.promise_field)

    def field_changes(self) -> Iterator[tuple[AdjustableField, Any, Any]]:
        """Each field that it changes, with its old and its new value, encoded; not what the promise doesn't have."""
        fields = self.promise.adjustable
        for name, (old, new) in self.changes.items():
            if name in fields:
                yield fields[name], old, new

    @property
    def labels(self) -> str:
        """What it changes; a draft may name what the promise doesn't have."""
        fields = self.promise.adjustable
        return "、".join(fields[name].label for name in self.changes if name in fields)

    @cached_property
    def field_kinds(self) -> dict[str, ChangeKind]:
        """What kind of change each field had, in the order of `changes`. Asks the database for what came before it.

        Whoever has all adjustments of the promise at hand sets it without asking (`projects.snapshots.Adjustments`).
        """
        earlier = self.promise.adjustments.published().order_by("entry")
        if self.entry_id:
            earlier = earlier.filter(entry__lt=self.entry_id)
        return self.kinds_after({name for change in earlier for name in change.changes})

    def kinds_after(self, changed: Collection[str]) -> dict[str, ChangeKind]:
        """The kinds, where fields named in `changed` were changed before: their values are the city's word."""
        inferred = set(getattr(self.promise, "inferred", ())) - set(changed)
        return {
            field.name: field.kind_of(old, new, self.promise, is_inferred=field.name in inferred)
            for field, old, new in self.field_changes()
        }

    @property
    def is_move(self) -> bool:
        """Whether it loosened or tightened what was promised."""
        return not MOVES.isdisjoint(self.field_kinds.values())

    @property
    def is_reckoned(self) -> bool:
        """Whether what is planned by a day may be another by it."""
        return any(field.is_reckoned for field, _old, _new in self.field_changes())

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), *cls.promise_fields]

    @property
    def subject(self) -> str:
        return self.promise.address

    def document_content(self) -> bytes | None:
        """The bytes of the document's file; None where there is none, or where it is gone from the store."""
        return bytes_of_file(self.document_file, str(self.document_file)) if self.document_file else None

    def document_contents(self) -> tuple[str | bytes | None, ...]:
        """By which the same document is known elsewhere, whatever it is called there."""
        return self.document_url, self.document_content()

    def document_payload(self) -> dict:
        """What there is besides the title, whose salt is that of all of it."""
        contents = {"number": self.document_number, "url": self.document_url, "file": self.document_content()}
        salt = self.salts.get("document", "")
        told = {name: digest(salt, content) for name, content in contents.items() if content}
        if self.document_file and "file" not in told:
            told["file"] = ""  # gone: not the same as none
        return told | ({"date": self.document_on.isoformat()} if self.document_on else {})

    def payload(self) -> dict:
        document = self.document_payload()
        return {
            "promise": self.subject,
            "changes": self.changes,
            "kinds": {name: kind.value for name, kind in self.field_kinds.items()},
            "decided_on": self.decided_on.isoformat(),
            "decided_by": self.decided_by,
            "texts": self.digests(),
            "source": self.source_payload(),
            **({"document": document} if document else {}),
        }


class Adjustment(PromiseChange):
    """A change of what was promised about a project, one of its milestones, or who a department is."""

    promise_fields = ("project", "milestone", "department")

    @property
    def answered_by_leads_of(self) -> Project | None:
        return self.milestone.project if self.milestone else self.project

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
