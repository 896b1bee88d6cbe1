"""What helps people to find something. None of it is part of the record: see decision 35."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from common.model_fields import CharField, DateField, PositiveSmallIntegerField
from projects.models import Department, Project, exactly_one
from tasks.models.indicators import Indicator

NAMED = ("project", "department", "indicator")


class AliasesQuerySet(models.QuerySet["Aliases"]):
    def get_by_natural_key(self, field: str, *key) -> "Aliases":
        model: Any = self.model._meta.get_field(field).related_model
        return self.get(**{field: model.objects.get_by_natural_key(*key)})


class Aliases(models.Model):
    """Other words by which people look for a project, a department or an indicator. They change freely, have no day, and
    say nothing about it."""

    project = models.OneToOneField(
        Project, models.PROTECT, null=True, blank=True, related_name="aliases", verbose_name="项目"
    )
    department = models.OneToOneField(
        Department, models.PROTECT, null=True, blank=True, related_name="aliases", verbose_name="部门"
    )
    indicator = models.OneToOneField(
        Indicator, models.PROTECT, null=True, blank=True, related_name="aliases", verbose_name="指标"
    )
    words = CharField(
        "别的叫法",
        max_length=300,
        help_text="居民怎么叫它，用顿号隔开，例如“看病、就医、县医院”。只帮人找到，页面上不当作名称。",
    )
    updated_at = models.DateTimeField("最近修改", default=timezone.now, editable=False)

    objects = AliasesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "别的叫法"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=exactly_one(*NAMED),
                name="tasks_aliases_one_named",
                violation_error_message="一行只写一个项目、一个部门或者一个指标的叫法。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.named)

    def save(self, *args, **kwargs) -> None:
        self.updated_at = timezone.now()  # `auto_now` leaves it empty in what is loaded from a file
        super().save(*args, **kwargs)

    @property
    def field(self) -> str:
        """The name of the foreign key that is set."""
        return next((name for name in NAMED if getattr(self, f"{name}_id")), NAMED[0])

    @property
    def named(self) -> Any:
        return getattr(self, self.field)

    def natural_key(self) -> tuple:
        return self.field, *self.named.natural_key()


class SpelledName(models.Model):
    """A name that stands anywhere in the record, and its syllables in pinyin, stored when it is saved."""

    text = CharField("名称", max_length=300, unique=True)
    syllables = CharField("拼音", max_length=2000)

    class Meta:
        verbose_name = verbose_name_plural = "名称的拼音"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text


class MissedSearch(models.Model):
    """A word for which nothing was found, how often, and on which day last: nothing about who asked."""

    word = CharField("找的词", max_length=20, unique=True)
    n_times = PositiveSmallIntegerField("几次", default=1)
    last_on = DateField("最近一次")

    class Meta:
        verbose_name = verbose_name_plural = "没有找到的词"
        ordering: ClassVar = ["-n_times", "-last_on", "word"]

    def __str__(self) -> str:
        return self.word
