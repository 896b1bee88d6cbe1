"""What shows that a fact is true."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, ClassVar

from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.fields.files import FieldFile

from common.media.renditions import rendition_names
from common.media.uploads import evidence_path
from common.model_fields import CharField, PositiveSmallIntegerField, URLField
from ledger.chain import digest, new_salt
from ledger.guard import Part
from projects.models.columns import LONGEST_URL
from projects.models.facts import CorrectableFact


class EvidenceKind(models.TextChoices):
    PHOTO = "PHOTO", "照片"
    DOCUMENT = "DOCUMENT", "文件"
    LINK = "LINK", "链接"


class EvidencedFact(CorrectableFact):
    """A fact with files, links and titles that show that it is true: its `evidence`, which goes with it."""

    evidence: "models.QuerySet[AbstractEvidence]"

    class Meta(CorrectableFact.Meta):
        abstract = True

    @property
    def about(self) -> Any:
        """The promise that it is about: a record with an `address`; of a report one with `leads` and `reports`."""
        raise NotImplementedError

    def add_salts(self) -> None:
        super().add_salts()
        for evidence in self.evidence.all():
            evidence.salt = new_salt()
            evidence.save(update_fields=["salt"])

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "evidence"]

    def payload(self) -> dict:
        return self.payload_with(self.evidence.all())

    def payload_with(self, evidence: "Iterable[AbstractEvidence]") -> dict:
        """The payload with this evidence."""
        return {**super().payload(), "evidence": [one.payload() for one in evidence]}


def bytes_of_file(file: FieldFile, name: str) -> bytes | None:
    """Of a file in the same store; None where it is gone."""
    try:
        with file.storage.open(name) as stored:
            return stored.read()
    except OSError:
        return None


class AbstractEvidence(Part):
    """What shows that a fact is true, its `report` of whatever kind. A document may be cited by its title alone."""

    parent = "report"
    natural = ("report__code", "position")
    report: Any
    free_text = ("title", "url", "file")  # what a redaction may hide, which the audit trail doesn't tell

    position = PositiveSmallIntegerField("序号", least=1, default=1)
    kind = CharField("种类", max_length=10, choices=EvidenceKind.choices)
    title = CharField("说明", max_length=200, help_text="照片写看得见什么，文件写名称和文号。")
    file = models.FileField("文件", upload_to=evidence_path, blank=True)
    url = URLField("网址", max_length=LONGEST_URL, blank=True)
    # Between the city and who is in the photo: no part of what is published. Loaded photos have a source instead.
    is_consented = models.BooleanField("没有能认出的人，或者本人同意公开", default=False)
    salt = CharField("盐", max_length=32, blank=True, editable=False)

    class Meta(Part.Meta):
        abstract = True
        verbose_name = verbose_name_plural = "佐证材料"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "position"], name="%(app_label)s_%(class)s_position_once"),
            models.CheckConstraint(
                condition=Q(kind__in=EvidenceKind.values), name="%(app_label)s_%(class)s_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def payload(self) -> dict:
        contents = {"title": self.title, "url": self.url, "file": self._content()}
        digests = {name: digest(self.salt, content) for name, content in contents.items() if content}
        return {"position": self.position, "kind": self.kind, **digests, **self._digests_of_renditions()}

    def _content(self) -> bytes | None:
        """The bytes of the file; None where there is none, or where it is gone from the store."""
        return bytes_of_file(self.file, str(self.file)) if self.file else None

    def _digests_of_renditions(self) -> dict:
        """By what their names add to that of the picture, such as `-480.webp`."""
        if not self.file:
            return {}
        stem = str(PurePath(str(self.file)).with_suffix(""))
        contents = {name.removeprefix(stem): bytes_of_file(self.file, name) for name in rendition_names(str(self.file))}
        digests = {added: digest(self.salt, content) for added, content in contents.items() if content}
        return {"renditions": digests} if digests else {}

    def contents(self) -> tuple[str | bytes | None, ...]:
        """By which the same evidence is known elsewhere, whatever it is called there."""
        return self.url, self._content()
