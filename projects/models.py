from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import PurePath
from typing import Any, ClassVar
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Prefetch, Q, prefetch_related_objects
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from common.form_fields import NumberField, YuanField
from common.media.door import evidence_path
from common.media.renditions import rendition_names
from common.model_fields import (
    CharField,
    DateField,
    DecimalField,
    JSONField,
    OwnForm,
    PositiveSmallIntegerField,
    SlugField,
    TextField,
    URLField,
)
from ledger.chain import decimal_text, digest, new_salt
from ledger.guard import Part, Record
from ledger.models import Entry, Kind
from projects.adjustable import (
    AdjustableField,
    AdjustableFields,
    Amount,
    Day,
    Departments,
    Dropped,
    Money,
    Move,
    OneDepartment,
    Text,
)

LONGEST_URL = 2000  # an article of a public account has an address of 350 characters, one that was shared more


def new_code() -> str:
    return uuid4().hex


def exactly_one(*names: str) -> Q:
    """Exactly one of the nullable foreign keys is set."""
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


class MoneyField(OwnForm, models.DecimalField):
    """Whole yuan; null is unknown, never zero. One that `is_positive` can't be nothing at all."""

    form_class = YuanField

    def __init__(self, verbose_name=None, *, is_positive: bool = False, **kwargs):
        super().__init__(verbose_name, **{"max_digits": 15, "decimal_places": 0, **kwargs})
        self.is_positive = is_positive

    @property
    def label(self) -> str:
        """The name without the unit of what is stored: boxes say their own."""
        return str(self.verbose_name).removesuffix("（元）")

    def formfield(self, **kwargs):
        return super().formfield(**{"label": self.label, "is_positive": self.is_positive, **kwargs})

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if self.is_positive and value == 0:
            raise ValidationError("没有公布就留空，不要填 0。")


class ValueField(OwnForm, models.DecimalField):
    """So much of a unit. `counts`: of what is counted, a whole number."""

    form_class = NumberField

    def __init__(self, verbose_name=None, *, counts: bool = False, **kwargs):
        super().__init__(verbose_name, **{"max_digits": 14, "decimal_places": 4, **kwargs})
        self.counts = counts

    def formfield(self, **kwargs):
        return super().formfield(**{"unit": None, "counts": self.counts, **kwargs})


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

    kind: ClassVar[Kind]
    kinds: ClassVar[tuple[Kind, ...]] = ()  # of its entries, where there are several
    free_text: ClassVar[tuple[str, ...]] = ()
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
    def is_illustrative(self) -> bool:
        return self.source is not None and self.source.is_illustrative

    def seal(self) -> None:
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
    def told_of(cls) -> list[str | Prefetch]:
        """What of other tables the payload tells, to be loaded for many facts at once."""
        return ["source"]

    def entry_payload(self) -> dict:
        """What the entry holds: the published values, and who did what."""
        prefetch_related_objects([self], *self.told_of())
        return self.loaded_payload()

    def loaded_payload(self) -> dict:
        """As `entry_payload`, once what `told_of` names is loaded."""
        return {**self.payload(), "acts": self.acts}

    def people(self) -> dict[str, Any]:
        """Whoever did what, by what `acts` calls it; nobody where a source stands for it."""
        return {"drafted": self.drafted_by, "published": self.published_by} if self.published_by_id else {}

    def companions(self) -> list[Record]:
        """Records that become public with this one: its source, where nothing public cited it yet."""
        return [self.source] if self.source and not self.source.is_published else []


class ReviewedFact(Fact):
    """A fact that its department drafts and hands to the reviewers, who publish it or send it back with a note.

    `submitted_at` and `submitted_by` are set while it waits for its reviewer; `review_notes` say why it was sent back,
    each kind in rows of its own. A loaded one needs none of them.
    """

    word: ClassVar[str]  # what people call it in a sentence
    way_to_mend: ClassVar[str]  # what to do once it is public and wrong

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


class Department(Fact):
    """Who answers for a project, and the phone that residents may call."""

    kind = Kind.DEPARTMENT
    natural = ("slug",)
    adjustable = AdjustableFields(name=Text(), phone=Text())

    code = None
    slug = SlugField("网址代号", max_length=60, unique=True, help_text="小写英文、数字和连字符，公布后不能改。")
    name = CharField("名称", max_length=100, unique=True)
    phone = CharField("公开电话", max_length=50, blank=True)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "部门"
        ordering: ClassVar = ["slug"]
        permissions: ClassVar = [("publish_department", "可以公布部门")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"department:{self.slug}"

    @property
    def subject(self) -> str:
        return self.address

    def payload(self) -> dict:
        return {"slug": self.slug, "name": self.name, "phone": self.phone, "source": self.source_payload()}


class Membership(models.Model):
    """A person who files reports for a department."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name="用户")
    department = models.ForeignKey(Department, models.PROTECT, related_name="memberships", verbose_name="部门")

    class Meta:
        verbose_name = verbose_name_plural = "所属部门"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "department"],
                name="projects_membership_once",
                violation_error_message="这个人已经在这个部门里了。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.department}"


class Project(Record):
    """A piece of work that outlives the year. Its terms here are those first promised; adjustments come on top."""

    natural = ("slug",)
    adjustable = AdjustableFields(
        title=Text(),
        short_title=Text(),
        place=Text(move=Move.REASSIGNED),
        investment=Money(),
        lead=OneDepartment(),
        partners=Departments(),
        dropped=Dropped(),
    )

    slug = SlugField("网址代号", max_length=60, unique=True, help_text="小写英文、数字和连字符，公布后不能改。")
    title = CharField("名称", max_length=200)
    short_title = CharField("简称", max_length=40, blank=True)
    part_counter = CharField("分项的量词", max_length=10, blank=True, help_text="各分项逐一点名时用，例如“条”“所”。")
    place = CharField("地点", max_length=200, blank=True)
    investment = MoneyField(
        "总投资（元）", is_positive=True, null=True, blank=True, help_text="没有公布就留空，不要填 0。"
    )
    lead = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="led_projects", verbose_name="牵头部门"
    )
    partners = models.ManyToManyField(
        Department, through="Partnership", related_name="partnered_projects", verbose_name="配合部门"
    )

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "项目"
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(investment__isnull=True) | Q(investment__gte=0),
                name="projects_project_investment_not_negative",
                violation_error_message="总投资不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"project:{self.slug}"

    def payload(self) -> dict:
        return {
            "slug": self.slug,
            "title": self.title,
            "short_title": self.short_title,
            "part_counter": self.part_counter,
            "place": self.place,
            "investment": None if self.investment is None else int(self.investment),
            "lead": self.lead.slug if self.lead else None,
            "partners": sorted(department.slug for department in self.partners.all()),
        }


class Partnership(Part):
    """A department that works with the lead, as first promised."""

    parent = "project"
    natural = ("project__slug", "department__slug")

    project = models.ForeignKey(Project, models.PROTECT, related_name="partnerships")
    department = models.ForeignKey(Department, models.PROTECT, related_name="partnerships", verbose_name="部门")

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "配合部门"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "department"], name="projects_partnership_once")
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.department}"


class Pace(models.TextChoices):
    """How the plan expects a milestone to grow: day by day, or all at once after the due date."""

    LINEAR = "LINEAR", "按日均匀"
    STEP = "STEP", "到期一次完成"


class Milestone(Record):
    """A part of a project that can be counted: `target` of `unit`, due on a day. Terms are those first promised.

    `is_inferred`: dates and weight are the portal's reading, the city named none.
    """

    natural = ("project__slug", "code")
    adjustable = AdjustableFields(title=Text(), due_on=Day(), target=Amount(), dropped=Dropped())

    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones", verbose_name="项目")
    code = SlugField("代号", max_length=60)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    noun = CharField("简称", max_length=20, blank=True, help_text="用在句子里，例如“站”“小设施”。")
    starts_on = DateField("开始日期")
    due_on = DateField("完成时限")
    target = ValueField("目标值", counts=True)
    unit = CharField("单位", max_length=20)
    weight = DecimalField("权重", max_digits=6, decimal_places=2, default=Decimal(1))
    pace = CharField("计划进度", max_length=10, choices=Pace.choices, default=Pace.LINEAR)
    is_inferred = models.BooleanField("本站理解", default=False, help_text="日期和权重是本站的理解，不是市里的原话。")

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "节点"
        ordering: ClassVar = ["project", "number", "pk"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "code"],
                name="projects_milestone_code_once",
                violation_error_message="这个项目里已有同一代号的节点。",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("due_on")),
                name="projects_milestone_starts_before_due",
                violation_error_message="开始日期不能晚于完成时限。",
            ),
            models.CheckConstraint(
                condition=Q(target__gt=0),
                name="projects_milestone_target_positive",
                violation_error_message="目标值必须大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0),
                name="projects_milestone_weight_positive",
                violation_error_message="权重必须大于 0。",
            ),
            models.CheckConstraint(condition=Q(pace__in=Pace.values), name="projects_milestone_pace_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"milestone:{self.identifier}"

    @property
    def identifier(self) -> str:
        return f"{self.project.slug}/{self.code}"

    def payload(self) -> dict:
        return {
            "id": self.identifier,
            "number": self.number,
            "title": self.title,
            "noun": self.noun,
            "starts_on": self.starts_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "target": decimal_text(self.target),
            "unit": self.unit,
            "weight": decimal_text(self.weight),
            "pace": self.pace,
            "is_inferred": self.is_inferred,
        }


class Report(ReviewedFact):
    """What a project had come to on `held_on`. `spent` is cumulative, in yuan.

    A report that `corrects` another replaces the whole of it. `internal_note` is what the official tells the reviewer
    beside it: in no payload and in no public channel, as are the notes by which a reviewer sends a report back.
    """

    word, way_to_mend = "报告", "写错了，请起草“更正”。"
    kinds = (Kind.REPORT, Kind.CORRECTION)
    free_text = ("text", "problem", "next_step", "correction_reason", "over_investment_reason")
    internal_text = ("internal_note",)  # which the audit trail doesn't tell either

    project = models.ForeignKey(Project, models.PROTECT, related_name="reports", verbose_name="项目")
    held_on = DateField("数据日期", is_past=True, help_text="数据是哪一天的，不是填报的日子。")
    text = TextField("进展", max_length=2000, help_text="到这一天做成了什么，写给居民看。")
    problem = TextField("存在问题", max_length=2000, blank=True, help_text="没有就留空。")
    next_step = TextField("下一步", max_length=2000, blank=True, help_text="接下来做什么，什么时候。")
    spent = MoneyField(
        "累计完成投资（元）", null=True, blank=True, help_text="从开工到这一天一共花了多少；不知道就留空。"
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正哪一份报告"
    )
    correction_reason = TextField("更正原因", max_length=500, blank=True)
    is_over_target_confirmed = models.BooleanField(
        "确认超过目标", default=False, help_text="数值超过目标时要勾选，公开页上显示“超额”。"
    )
    over_investment_reason = TextField("超过总投资的原因", max_length=500, blank=True)
    internal_note = TextField("给审核员的话", max_length=1000, blank=True, help_text="只有本部门和督查室看得到。")

    class Meta(ReviewedFact.Meta):
        verbose_name = verbose_name_plural = "进展报告"
        ordering: ClassVar = ["-held_on", "-pk"]
        permissions: ClassVar = [("publish_report", "可以发布进展报告")]
        indexes: ClassVar = [models.Index(fields=["project", "held_on"])]
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(held_on__lte=F("published_on")),
                name="projects_report_held_before_published",
                violation_error_message="数据日期不能晚于公布日期。",
            ),
            models.CheckConstraint(
                condition=Q(spent__isnull=True) | Q(spent__gte=0),
                name="projects_report_spent_not_negative",
                violation_error_message="完成投资不能小于 0。",
            ),
            # Once public, a report leaves room for its correction, which may tell of the same day.
            models.UniqueConstraint(
                fields=["project", "held_on"],
                condition=Q(submitted_at__isnull=False, published_at__isnull=True),
                name="projects_report_one_submitted",
                violation_error_message="这个项目这一天的数据已经送审了一份。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}（{self.held_on}）"

    @property
    def kind(self) -> Kind:
        return Kind.CORRECTION if self.corrects_id else Kind.REPORT

    @property
    def subject(self) -> str:
        return self.project.address

    def seal(self) -> None:
        super().seal()
        for evidence in self.evidence.all():
            evidence.salt = new_salt()
            evidence.save(update_fields=["salt"])

    @classmethod
    def told_of(cls) -> list[str | Prefetch]:
        readings = Prefetch("readings", MilestoneReading.objects.select_related("milestone__project"))
        return [*super().told_of(), "project", "corrects", "evidence", readings]

    def payload(self) -> dict:
        return self.told(self.readings.all(), self.evidence.all())

    def told(self, readings: Iterable["MilestoneReading"], evidence: Iterable["Evidence"]) -> dict:
        """The payload with these parts."""
        return {
            "project": self.project.slug,
            "held_on": self.held_on.isoformat(),
            "readings": {reading.milestone.identifier: decimal_text(reading.value) for reading in readings},
            "spent": None if self.spent is None else int(self.spent),
            "corrects": self.corrects.entry_id if self.corrects else None,
            "is_over_target_confirmed": self.is_over_target_confirmed,
            "texts": self.digests(),
            "evidence": [one.payload() for one in evidence],
            "source": self.source_payload(),
        }


class MilestoneReading(Part):
    """What a report says of one milestone: how much, in the milestone's unit, cumulative."""

    parent = "report"
    natural = ("report__code", "milestone__project__slug", "milestone__code")

    report = models.ForeignKey(Report, models.PROTECT, related_name="readings", verbose_name="报告")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="readings", verbose_name="节点")
    value = ValueField("累计完成", counts=True)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "节点进度"
        ordering: ClassVar = ["milestone__number", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "milestone"],
                name="projects_milestonereading_once",
                violation_error_message="同一个节点在一份报告里只能填一次。",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="projects_milestonereading_not_negative",
                violation_error_message="累计完成不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone}：{decimal_text(self.value)} {self.milestone.unit}"


class EvidenceKind(models.TextChoices):
    PHOTO = "PHOTO", "照片"
    DOCUMENT = "DOCUMENT", "文件"
    LINK = "LINK", "链接"


def _bytes_of(file: FieldFile, name: str) -> bytes | None:
    """Of a file in the same store; None where it is gone."""
    try:
        with file.storage.open(name) as stored:
            return stored.read()
    except OSError:
        return None


class Evidence(Part):
    """What shows that a report is true. A document may be cited by its title alone."""

    parent = "report"
    natural = ("report__code", "position")
    free_text = ("title", "url", "file")  # what a redaction may hide, which the audit trail doesn't tell

    report = models.ForeignKey(Report, models.PROTECT, related_name="evidence", verbose_name="报告")
    position = PositiveSmallIntegerField("序号", least=1, default=1)
    kind = CharField("种类", max_length=10, choices=EvidenceKind.choices)
    title = CharField("说明", max_length=200, help_text="照片写看得见什么，文件写名称和文号。")
    file = models.FileField("文件", upload_to=evidence_path, blank=True)
    url = URLField("网址", max_length=LONGEST_URL, blank=True)
    # Between the city and who is in the photo: no part of what is published. Loaded photos have a source instead.
    is_consented = models.BooleanField("没有能认出的人，或者本人同意公开", default=False)
    salt = CharField("盐", max_length=32, blank=True, editable=False)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "佐证材料"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "position"], name="projects_evidence_position_once"),
            models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="projects_evidence_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def payload(self) -> dict:
        contents = {"title": self.title, "url": self.url, "file": self._content()}
        digests = {name: digest(self.salt, content) for name, content in contents.items() if content}
        return {"position": self.position, "kind": self.kind, **digests, **self._digests_of_renditions()}

    def _content(self) -> bytes | None:
        """The bytes of the file; None where there is none, or where it is gone from the store."""
        return _bytes_of(self.file, self.file.name) if self.file else None

    def _digests_of_renditions(self) -> dict:
        """By what their names add to that of the picture, such as `-480.webp`."""
        if not self.file:
            return {}
        stem = str(PurePath(self.file.name).with_suffix(""))
        contents = {name.removeprefix(stem): _bytes_of(self.file, name) for name in rendition_names(self.file.name)}
        digests = {added: digest(self.salt, content) for added, content in contents.items() if content}
        return {"renditions": digests} if digests else {}

    def contents(self) -> tuple[str | bytes | None, ...]:
        """By which the same evidence is known in another report, whatever it is called there."""
        return self.url, self._content()


class ReviewNote(Note):
    report = models.ForeignKey(Report, models.PROTECT, related_name="review_notes", verbose_name="报告")


class PromiseChange(ReviewedFact):
    """What every adjustment carries: `changes` maps a field to [old, new], encoded as in the ledger."""

    word, way_to_mend = "调整", "写错了，请再起草一份调整。"
    kind = Kind.ADJUSTMENT
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
    def told_of(cls) -> list[str | Prefetch]:
        return [*super().told_of(), *cls.targets]

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
    def told_of(cls) -> list[str | Prefetch]:
        return [*super().told_of(), "milestone__project"]

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


class Redaction(Fact):
    """What the law forbids to show is taken from a published fact; the entry keeps its digest, so the chain holds.

    `field` names the free text, or `evidence/N` for the evidence at position N of a report. One reviewer hides at once;
    what was hidden is kept, out of everybody's reach, until another one confirms it or it is restored.
    """

    kind = Kind.REDACTION
    free_text = ("reason",)
    takes_two = False

    target = models.ForeignKey(Entry, models.PROTECT, related_name="redactions", verbose_name="哪一条公开记录")
    field = CharField("隐去哪一项", max_length=40)
    reason = TextField("依据和原因", max_length=500)
    is_standing = models.BooleanField("还隐去着", default=True, editable=False)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "依法隐去"
        ordering: ClassVar = ["-pk"]
        permissions: ClassVar = [("publish_redaction", "可以公布依法隐去")]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(published_by__isnull=True, source__isnull=False)
                | Q(published_by=F("drafted_by")),
                name="projects_redaction_by_whoever_drafts_it",
                violation_error_message="谁起草，谁隐去；没有起草人的，必须有资料来源。",
            ),
            models.UniqueConstraint(
                fields=["target", "field"],
                condition=Q(is_standing=True),
                name="projects_redaction_once",
                violation_error_message="这一项已经隐去了。",
            ),
        ]

    def __str__(self) -> str:
        return f"隐去{self.target}的{self.label}"

    @property
    def label(self) -> str:
        """What `field` is called, whether it is still there or not."""
        if self.field.startswith("evidence/"):
            return f"佐证材料 {self.field.removeprefix('evidence/')}"
        models_with_it = (one for one in apps.get_models() if issubclass(one, Fact) and self.field in one.free_text)
        return next((str(one._meta.get_field(self.field).verbose_name) for one in models_with_it), self.field)

    @property
    def is_pending(self) -> bool:
        """Whether what it hid is still kept, for a second reviewer to confirm. Of a loaded one nothing is."""
        return self.is_standing and self.published_by_id is not None and not hasattr(self, "decision")

    @classmethod
    def told_of(cls) -> list[str | Prefetch]:
        return [*super().told_of(), Prefetch("target", Entry.objects.defer("payload"))]

    @property
    def subject(self) -> str:
        return self.target.subject

    def payload(self) -> dict:
        return {
            "target": self.target_id,
            "field": self.field,
            "texts": self.digests(),
            "source": self.source_payload(),
        }


class RedactionDecision(Fact):
    """What became of a redaction: another reviewer confirmed it, or nobody did in time and it was restored.

    `drafted_by` is whoever hid, so that the two people are two to the database as well.
    """

    code = None
    kinds = (Kind.CONFIRMATION, Kind.RESTORATION)
    natural = ("redaction__code",)

    redaction = models.OneToOneField(Redaction, models.PROTECT, related_name="decision", verbose_name="哪一次隐去")
    is_confirmed = models.BooleanField("确认了")

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "隐去的确认"
        ordering: ClassVar = ["-pk"]
        default_permissions = ()
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=True, source__isnull=True)
                | (
                    Q(published_at__isnull=False, published_by__isnull=False, drafted_by__isnull=False)
                    & ~Q(drafted_by=F("published_by"))
                ),
                name="projects_redactiondecision_two_people",
                violation_error_message="隐去和确认必须是两个人。",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(is_confirmed=True, published_by__isnull=False)
                | Q(is_confirmed=False, published_by__isnull=True),
                name="projects_redactiondecision_confirmed_by_another",
                violation_error_message="确认要有确认的人，恢复没有。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.label}：{self.redaction.target}的{self.redaction.label}"

    @property
    def kind(self) -> Kind:
        return Kind.CONFIRMATION if self.is_confirmed else Kind.RESTORATION

    @classmethod
    def told_of(cls) -> list[str | Prefetch]:
        return [*super().told_of(), "redaction__target"]

    @property
    def subject(self) -> str:
        return self.redaction.subject

    def payload(self) -> dict:
        return {"redaction": self.redaction.entry_id, "target": self.redaction.target_id}


class HiddenContent(models.Model):
    """What a redaction took from a row: kept to be restored, until it is confirmed and destroyed.

    `table` and `key` name the row, `values` what its fields held, `file_field` the one whose file lies in `file` now.
    `marks` are keyed digests by which the same content is known when it is sent again.
    """

    redaction = models.ForeignKey(Redaction, models.PROTECT, related_name="contents")
    table = models.CharField(max_length=100)
    key = models.BigIntegerField(editable=False)
    values = models.JSONField(default=dict)
    file_field = models.CharField(max_length=40, blank=True)
    file = models.FileField(upload_to="hidden/", max_length=200, blank=True)
    marks = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["redaction", "table", "key"], name="projects_hiddencontent_once")
        ]

    def __str__(self) -> str:
        return f"{self.redaction}：{self.table} {self.key}"


class FirstReviewer(Record):
    """Somebody who was a reviewer when the first plan was published, whose entry counts them. Until then a draft.

    `office` is that of whoever gave the role, as in `acts`; null where it was given on the server.
    """

    natural = ("person__username",)

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="first_reviewer", verbose_name="审核员"
    )
    office = JSONField("由谁任命", null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "最初的审核员"
        ordering: ClassVar = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.person)

    def payload(self, salt: str) -> dict:
        """`salt` is that of the acts of the plan's entry: nobody is put in another one's place unseen."""
        return {"person": digest(salt, str(self.person_id)), "appointed_by": self.office}


class Appointment(Fact):
    """What happened to somebody's right to publish once there was a plan to keep: the role given or taken, a password set
    by another, and what a second reviewer said of it. Nobody in `published_by` means: on the server.
    """

    takes_two = False

    WAITING: ClassVar = (Kind.APPOINTMENT, Kind.PASSWORD)  # until somebody confirms it
    kinds = (*WAITING, Kind.DISMISSAL, Kind.APPROVAL, Kind.OBJECTION)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments", verbose_name="审核员"
    )
    act = CharField("做了什么", max_length=20, choices=[(kind.value, kind.label) for kind in kinds])
    about = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name="对哪一条"
    )

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "审核员任免"
        ordering: ClassVar = ["-pk"]
        default_permissions = ()
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(act__in=["appointment", "password", "dismissal"], about__isnull=True)
                | Q(act__in=["approval", "objection"], about__isnull=False),
                name="projects_appointment_decides_about_another",
                violation_error_message="确认和异议要写明对哪一条。",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("person")),
                name="projects_appointment_by_another",
                violation_error_message="任免、重设密码和确认都要由别人来做。",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(drafted_by__isnull=True, published_by__isnull=True, source__isnull=True)
                | Q(drafted_by__isnull=False, published_by__isnull=False, published_by=F("drafted_by")),
                name="projects_appointment_by_whoever_drafts_it",
                violation_error_message="谁起草，谁公布。",
            ),
            models.UniqueConstraint(
                fields=["about", "act"],
                name="projects_appointment_decided_once",
                violation_error_message="已经确认过，或者已经有人提出异议了。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}：{self.person.get_full_name() or self.person.get_username()}"

    @property
    def kind(self) -> Kind:
        return Kind(self.act)

    @property
    def subject(self) -> str:
        return "reviewers"

    @classmethod
    def told_of(cls) -> list[str | Prefetch]:
        return [*super().told_of(), "about"]

    def payload(self) -> dict:
        return {
            "person": digest(self.acts_salt, str(self.person_id)),
            "about": self.about and self.about.entry_id,
        }
