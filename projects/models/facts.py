"""What every fact has, and where it was read."""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Prefetch, Q, prefetch_related_objects
from django.utils import timezone

from common.model_fields import CharField, DateField, SlugField, TextField, URLField
from ledger.chain import digest, new_salt
from ledger.guard import Record
from ledger.models import EntryKind
from projects.models.columns import LONGEST_URL

FORM = 2  # of payloads: what reads an entry knows by it which fields to expect


def new_code() -> str:
    return uuid4().hex


class SourceKind(models.TextChoices):
    GOVERNMENT = "GOVERNMENT", "政府文件"
    NEWS = "NEWS", "新闻报道"
    ILLUSTRATIVE = "ILLUSTRATIVE", "示例"


class Source(Record):
    """Where a promise or a loaded fact was read. Fixed from the first publication that cites it."""

    natural = ("key",)

    key = SlugField("代号", max_length=80, unique=True)
    kind = CharField("种类", max_length=20, choices=SourceKind.choices)
    title = CharField("标题", max_length=200)
    publisher = CharField("发布单位", max_length=100, blank=True)
    editor = CharField("责任编辑", max_length=50, blank=True)
    issued_on = DateField("发布日期", is_past=True, null=True, blank=True)
    url = URLField("网址", max_length=LONGEST_URL, blank=True)

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "资料来源"
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_illustrative(self) -> bool:
        return self.kind == SourceKind.ILLUSTRATIVE

    def payload(self) -> dict:
        return {
            "key": self.key,
            "kind": self.kind,
            "title": self.title,
            "publisher": self.publisher,
            "editor": self.editor,
            "issued_on": self.issued_on and self.issued_on.isoformat(),
            "url": self.url,
        }


class Fact(Record):
    """A record with an entry of its own: drafted by one person and published by another, or loaded from a source.

    Free text enters the ledger as salted digests: `salts` keeps one salt for each field in `free_text`.
    `release_at` is the moment at which a loaded draft became public in its source.
    """

    kind: ClassVar[EntryKind]
    kinds: ClassVar[tuple[EntryKind, ...]] = ()  # of its entries, where there are several
    free_text: ClassVar[tuple[str, ...]] = ()
    hidden_with: ClassVar[dict[str, tuple[str, ...]]] = {}  # by free text the columns that are nothing without it
    takes_two: ClassVar[bool] = True  # people, to draft and to publish it
    natural = ("code",)

    code = SlugField("代号", max_length=80, unique=True, default=new_code, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="资料来源")
    release_at = models.DateTimeField("载入的公布时间", null=True, blank=True, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="起草人",
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="公布人",
    )
    salts = models.JSONField("盐", default=dict, editable=False, blank=True)
    # Who did what, without a name: the salt is never published, so that nobody guesses one.
    acts = models.JSONField("办理", default=list, editable=False, blank=True)
    acts_salt = CharField("办理的盐", max_length=32, blank=True, editable=False)

    class Meta(Record.Meta):
        abstract = True
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=True, source__isnull=False)
                | (
                    Q(published_at__isnull=False, published_by__isnull=False, drafted_by__isnull=False)
                    & ~Q(drafted_by=F("published_by"))
                ),
                name="%(app_label)s_%(class)s_two_people",
                violation_error_message="起草和公布必须是两个人；没有起草人的，必须有资料来源。",
            ),
        ]

    @property
    def subject(self) -> str:
        """The address of the promise that it is about."""
        raise NotImplementedError

    def payload(self) -> dict:
        """The values that its entry publishes."""
        raise NotImplementedError

    @property
    def is_illustrative(self) -> bool:
        return self.source is not None and self.source.is_illustrative

    def add_salts(self) -> None:
        """Give each free text its salt. Called once, at publication."""
        self.salts = {name: new_salt() for name in self.free_text if getattr(self, name)}

    def digests(self) -> dict[str, str]:
        return {
            name: digest(self.salts.get(name, ""), getattr(self, name))
            for name in self.free_text
            if getattr(self, name)
        }

    def source_payload(self) -> dict | None:
        return self.source.payload() if self.source else None

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        """What of other tables the payload tells, to be loaded for many facts at once."""
        return ["source"]

    def entry_payload(self) -> dict:
        """What the entry holds: the published values, and who did what."""
        prefetch_related_objects([self], *self.payload_relations())
        return self.loaded_payload()

    def loaded_payload(self) -> dict:
        """As `entry_payload`, once what `payload_relations` names is loaded."""
        return {"form": FORM, **self.payload(), "acts": self.acts}

    @property
    def answered_by_leads_of(self) -> Any:
        """The record whose `leads` answer for what the fact says; None where no department does."""
        return None

    def people(self) -> dict[str, Any]:
        """Whoever did what, by what `acts` calls it; nobody where a source stands for it."""
        return {"drafted": self.drafted_by, "published": self.published_by} if self.published_by_id else {}

    def published_together(self) -> list[Record]:
        """Records that become public with this one: its source, where nothing public cited it yet."""
        return [self.source] if self.source and not self.source.is_published else []


class CorrectableFact(Fact):
    """A fact that a later one of its kind may correct, with a reason. `kinds` are its own and that of a correction."""

    corrects: Any  # declared by each kind of fact, of itself
    corrects_id: int | None

    class Meta(Fact.Meta):
        abstract = True

    @property
    def kind(self) -> EntryKind:  # type: ignore[override]  # not of the class alone
        return EntryKind.CORRECTION if self.corrects_id else self.kinds[0]

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "corrects"]

    def payload(self) -> dict:
        """What all of them tell; each kind adds its own."""
        return {
            "corrects": self.corrects.entry_id if self.corrects else None,
            "texts": self.digests(),
            "source": self.source_payload(),
        }


class ReviewedFact(Fact):
    """A fact that its department drafts and hands to the reviewers, who publish it or send it back with a note.

    `submitted_at` and `submitted_by` are set while it waits for its reviewer; `review_notes` say why it was sent back,
    each kind in rows of its own. A loaded one needs none of them.
    """

    word: ClassVar[str]  # what people call it in a sentence
    published_hint: ClassVar[str]  # what to do where a published one is wrong
    review_notes: "models.QuerySet[Note]"

    submitted_at = models.DateTimeField("送审时间", null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="送审人",
    )

    class Meta(Fact.Meta):
        abstract = True

    @property
    def submission(self) -> str:
        """Who submitted it, and the minute in Shanghai."""
        by = self.submitted_by or self.drafted_by
        name = f"{by.get_full_name() or by.get_username()}，" if by else ""
        return f"{name}{timezone.localtime(self.submitted_at):%Y-%m-%d %H:%M}"


class Note(models.Model):
    """Why a reviewer sent something back: between the two of them, in no public channel."""

    internal_text = ("text",)

    text = TextField("退回意见", max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="退回人")
    at = models.DateTimeField("退回时间", auto_now_add=True)

    class Meta:
        abstract = True
        verbose_name = verbose_name_plural = "退回意见"
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.text[:40]
