"""The guard that keeps published rows unchanged, whichever way the ORM writes.

A `Record` is published by one ledger entry; a `Part` belongs to a record and is as public as its record.
Once public, neither can be changed, deleted or given new parts by `save`, `delete`, `update`, `bulk_update`,
`bulk_create`, cascades or fixtures: each raises PublishedRowError outside of `publishing()`. Changes made in the
database itself are found by the command `verify_ledger`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import reduce
from typing import Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Q
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from common.constraints import QuicklyValidated
from ledger.natural_keys import cached_row, related_value

PUBLICATION_FIELDS = frozenset({"entry", "entry_id", "published_at", "published_on"})

_is_publishing: ContextVar[bool] = ContextVar("is_publishing", default=False)


class PublishedRowError(Exception):
    """A write would change, delete or add to something that is already public."""

    def __init__(self, what: object):
        super().__init__(f"“{what}”已经公布，不能修改或删除；请用更正、调整或隐去。")


@contextmanager
def publishing() -> Iterator[None]:
    """A block in which public rows may be written: one publication or redaction."""
    token = _is_publishing.set(True)
    try:
        yield
    finally:
        _is_publishing.reset(token)


def block_publications(using: str = DEFAULT_DB_ALIAS) -> None:
    """Wait for a running publication to end, and let none begin before this transaction ends.

    Otherwise a draft could change between the moment when its payload is read and the moment when it becomes public.
    Call it before locking a row: a publication locks the ledger first and rows afterwards, so another order deadlocks.
    On SQLite it does nothing: transactions there write one at a time (transaction_mode IMMEDIATE).
    """
    connection = connections[using]
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        table = connection.ops.quote_name(apps.get_model("ledger.Entry")._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")


Row = TypeVar("Row", bound="Guarded")


class GuardedQuerySet(models.QuerySet[Row]):
    """Raises PublishedRowError for writes to public rows. Every public channel reads by `published` or `as_of`."""

    def get_by_natural_key(self, *key):
        return cached_row(self.model, key, lambda: self.get(**dict(zip(self.model.natural, key, strict=True))))

    def published(self) -> Self:
        return self.filter(self.model.published_condition())

    def drafts(self) -> Self:
        return self.exclude(self.model.published_condition())

    def as_of(self, day: date) -> Self:
        """Rows public by the end of `day` (Asia/Shanghai)."""
        return self.filter(self.model.published_condition(day))

    def update(self, **values):
        if not _is_publishing.get():
            block_publications(self.db)
            fixed = PUBLICATION_FIELDS | self.model.parent_names()
            if fixed & values.keys() or self.order_by().published().exists():
                raise PublishedRowError(self.model._meta.verbose_name)
        return super().update(**values)

    def _raw_delete(self, using):
        # Django calls this for deletions that need no signals, so `_guard_delete` would not see them.
        if not _is_publishing.get():
            block_publications(using)
            if self.using(using).published().exists():
                raise PublishedRowError(self.model._meta.verbose_name)
        return super()._raw_delete(using)

    def bulk_create(
        self,
        objs: Iterable[Row],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        *args,
        **kwargs,
    ):
        objs = list(objs)
        if update_conflicts:
            raise PublishedRowError(self.model._meta.verbose_name)
        if objs:
            _check_not_public(objs, self.db)
        return super().bulk_create(objs, batch_size, ignore_conflicts, update_conflicts, *args, **kwargs)


class Guarded(QuicklyValidated):
    """A model whose rows the guard protects.

    `parent` names the foreign key from a part to what it belongs to; `natural` has the lookups of the natural key by
    which fixtures refer to a row.
    """

    parent: ClassVar[str | None] = None
    natural: ClassVar[tuple[str, ...]] = ()

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def natural_key(self) -> tuple:
        return tuple(reduce(related_value, lookup.split("__"), self) for lookup in self.natural)

    @classmethod
    def parent_model(cls) -> type["Guarded"] | None:
        return cls._meta.get_field(cls.parent).related_model if cls.parent else None  # type: ignore[return-value]  # parents are guarded

    def is_closed(self, using: str) -> bool:
        """Whether nothing can be written where the draft belongs, whatever its own state."""
        return False

    @property
    def record(self) -> "Record":
        """The record that a part is published with; a record itself."""
        return getattr(self, self.parent).record if self.parent else self  # type: ignore[return-value]  # what has no parent is a record

    @classmethod
    def publication_path(cls) -> str:
        """The lookup from this model to the record it is published with, empty or ending in `__`."""
        parent = cls.parent_model()
        return f"{cls.parent}__{parent.publication_path()}" if parent else ""

    @classmethod
    def published_condition(cls, day: date | None = None) -> Q:
        path = cls.publication_path()
        if day is None:
            return Q(**{f"{path}published_on__isnull": False})
        return Q(**{f"{path}published_on__lte": day})

    @classmethod
    def parent_names(cls) -> set[str]:
        return {cls.parent, f"{cls.parent}_id"} if cls.parent else set()


class Part(Guarded):
    """A row of a record or of another part, public exactly when the record is."""

    class Meta(Guarded.Meta):
        abstract = True


class Record(Guarded):
    """A row that one ledger entry made public, at `published_at`, on the Shanghai day `published_on`."""

    # A draft has none of the three (`is_published`); the types are those of a published row, as the type of `id` is that
    # of a saved one.
    entry = models.ForeignKey(
        "ledger.Entry", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name="凭证号"
    )
    published_at: "models.DateTimeField[Any, datetime]" = models.DateTimeField(  # type: ignore[misc]
        "公布时间", null=True, blank=True, editable=False
    )
    published_on: "models.DateField[Any, date]" = models.DateField(  # type: ignore[misc]
        "公布日期", null=True, blank=True, editable=False, db_index=True
    )

    class Meta(Guarded.Meta):
        abstract = True
        constraints: ClassVar[list] = [
            models.CheckConstraint(
                condition=Q(entry__isnull=True, published_at__isnull=True, published_on__isnull=True)
                | Q(entry__isnull=False, published_at__isnull=False, published_on__isnull=False),
                name="%(app_label)s_%(class)s_published_whole",
                violation_error_message="公布时间、公布日期和凭证号必须同时有或同时没有。",
            )
        ]

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


ASKED_AT_ONCE = 500  # keys in a statement


def _public_keys(model: type[Guarded], keys: Iterable[Any], using: str) -> set[Any]:
    """Those of the rows that are public."""
    wanted = sorted({key for key in keys if key is not None})
    rows = model._base_manager.using(using).filter(model.published_condition())
    return {
        key
        for first in range(0, len(wanted), ASKED_AT_ONCE)
        for key in rows.filter(pk__in=wanted[first : first + ASKED_AT_ONCE]).values_list("pk", flat=True)
    }


def _check_not_public(instances: Sequence[Guarded], using: str) -> None:
    """Raises PublishedRowError where writing any of them would change a public row, or make a row public without an entry.

    All are of one model; a thousand of them cost few queries more than one.
    """
    if _is_publishing.get():
        return
    block_publications(using)
    model, parent = type(instances[0]), type(instances[0]).parent_model()
    own = _public_keys(model, (one.pk for one in instances), using)
    above = _public_keys(parent, (getattr(one, f"{model.parent}_id") for one in instances), using) if parent else set()
    for one in instances:
        if (
            any(getattr(one, name, None) for name in PUBLICATION_FIELDS)
            or one.pk in own
            or (parent and getattr(one, f"{model.parent}_id") in above)
            or one.is_closed(using)
        ):
            raise PublishedRowError(one)


@receiver(pre_save)
def _guard_save(sender, instance, using, **kwargs):
    # A signal, because fixtures are saved by Model.save_base: an override of save() would not be called.
    if issubclass(sender, Guarded):
        _check_not_public([instance], using)


@receiver(pre_delete)
def _guard_delete(sender, instance, using, **kwargs):
    if issubclass(sender, Guarded) and not _is_publishing.get():
        block_publications(using)
        if _public_keys(sender, [instance.pk], using):
            raise PublishedRowError(instance)
