from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.urls import reverse
from django.utils import timezone

from common.constraints import QuicklyValidated
from common.media.uploads import attachment_path, cover_path
from common.model_fields import CharField, DateField, PositiveSmallIntegerField, SlugField, TextField
from news.fields import BodyField, TextOfField
from projects.models import Milestone, Project, Source
from tasks.models import Task

CONSENT = "没有能认出的人，或者本人同意公开"
CREDIT_HELP = "谁拍的、谁给的，例如“市融媒体中心 张三”；写在图片下面。"
ATTACHMENT_HELP = "写在下载的链接上，例如“关于开放污水站的通知”；不写，就用文件自己的名字。"
ALT_HELP = "给看不见图片的人听，例如“站房和两个水池”。"


def picture_path(_instance, filename: str) -> str:
    return f"articles/{filename}"


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Correction(NamedTuple):
    """As displayed to readers. `at` is None for one from before corrections had a date."""

    at: datetime | None
    note: str


class ArticleQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug: str):
        return self.get(slug=slug)

    def published(self, at: datetime | None = None):
        """Articles that readers can see at the moment `at` (now by default).

        Empty where SITE_NEWS is off, also for articles that are already stored.
        """
        if not settings.SITE_NEWS:
            return self.none()
        return self.filter(is_published=True, published_at__lte=at or timezone.now(), withdrawn_at=None)

    def withdrawn(self):
        """Articles that were published once. Their pages give the time and the reason of the withdrawal."""
        return self.filter(withdrawn_at__isnull=False)

    def by_day(self):
        """The newest first, annotated with `day`, which is `Article.dated_on`."""
        return self.annotate(day=Coalesce("happened_on", TruncDate("published_at"))).order_by(
            "-day", "-published_at", "-pk"
        )

    def by_month(self):
        """As `by_day`, annotated with `month`, the first day of it."""
        return self.by_day().annotate(month=TruncMonth("day"))

    def around(self, article: "Article") -> "tuple[Article | None, Article | None]":
        """The next older and the next newer article, in the order of `by_day`."""
        position = article.dated_on, article.published_at, article.pk
        earlier, later = Q(), Q()
        for n, name in enumerate(("day", "published_at", "pk")):
            same = dict(zip(("day", "published_at", "pk")[:n], position, strict=False))
            earlier |= Q(**same, **{f"{name}__lt": position[n]})
            later |= Q(**same, **{f"{name}__gt": position[n]})
        rows = self.by_day()
        return rows.filter(earlier).first(), rows.filter(later).reverse().first()


class Article(QuicklyValidated):
    """A news article, which isn't part of the ledger. Once published it can be corrected or withdrawn, but not deleted."""

    slug = SlugField("网址代号", max_length=80, unique=True, help_text="小写英文、数字和连字符。")
    title = CharField("标题", max_length=120)
    summary = CharField("摘要", max_length=200, blank=True)
    body = BodyField("正文")
    body_text = TextOfField("正文的文字", of="body")
    correction_note = CharField("更正说明", max_length=300, blank=True)
    corrected_at = models.DateTimeField("更正时间", null=True, blank=True, editable=False)
    happened_on = DateField("事情发生的日期", is_past=True, null=True, blank=True)
    cover = models.FileField("封面图片", upload_to=cover_path, blank=True)
    cover_alt = CharField("封面图片里有什么", max_length=200, blank=True, help_text=ALT_HELP)
    cover_credit = CharField("封面图片来源", max_length=100, blank=True, help_text=CREDIT_HELP)
    is_cover_consented = models.BooleanField(CONSENT, default=False)
    attachment = models.FileField("附件（PDF）", upload_to=attachment_path, blank=True)
    attachment_title = CharField("附件名称", max_length=200, blank=True, help_text=ATTACHMENT_HELP)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="资料来源")
    tasks = models.ManyToManyField(Task, blank=True, related_name="articles", verbose_name="相关任务")
    projects = models.ManyToManyField(Project, blank=True, related_name="articles", verbose_name="相关项目")
    milestone = models.ForeignKey(
        Milestone, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="写的是哪个节点"
    )
    is_published = models.BooleanField("发布", default=False, help_text="不勾选就是草稿，只有编辑看得见。")
    published_at = models.DateTimeField(
        "发布时间", null=True, blank=True, help_text="留空就是现在；填将来的时间，到时自动发布。"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True, editable=False)
    withdrawal_reason = CharField("撤回原因", max_length=300, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="作者",
    )
    updated_at = models.DateTimeField("最近修改", auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "新闻"
        ordering: ClassVar = ["-published_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(published_at__isnull=False),
                name="news_article_published_has_moment",
                violation_error_message="发布的新闻要有发布时间。",
            ),
            models.CheckConstraint(
                condition=Q(cover="") | ~Q(cover_alt=""),
                name="news_article_cover_has_text",
                violation_error_message="有封面图片时，要写图片里有什么。",
            ),
            models.CheckConstraint(
                condition=Q(cover="") | ~Q(cover_credit=""),
                name="news_article_cover_has_credit",
                violation_error_message="有封面图片时，要写图片来源。",
            ),
            models.CheckConstraint(
                condition=Q(attachment="") | ~Q(attachment_title=""),
                name="news_article_attachment_has_title",
                violation_error_message="附件要有名称。",
            ),
            models.CheckConstraint(
                condition=Q(corrected_at__isnull=True) | ~Q(correction_note=""),
                name="news_article_correction_has_note",
                violation_error_message="更正要写说明。",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True)
                | Q(withdrawn_at__gte=models.F("published_at"), is_published=True) & ~Q(withdrawal_reason=""),
                name="news_article_withdrawal_has_reason",
                violation_error_message="只有已经发布的新闻才能撤回，撤回要写原因。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("news:article", args=[self.slug])

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def state_at(self, at: datetime) -> State:
        if self.withdrawn_at:
            return State.WITHDRAWN
        if not self.is_published or self.published_at is None:
            return State.DRAFT
        return State.SCHEDULED if self.published_at > at else State.PUBLISHED

    @property
    def dated_on(self) -> date:
        """The day of the event, else the day of publication in Shanghai, today for a draft without either."""
        return self.happened_on or timezone.localdate(self.published_at)

    @property
    def is_illustrative(self) -> bool:
        return self.source is not None and self.source.is_illustrative

    def corrections(self) -> list[Correction]:
        """The newest first, one for each version; of an article from before versions were stored, the one in its own row."""
        corrections = [Correction(version.replaced_at, version.note) for version in self.versions.all()]
        return corrections or [Correction(self.corrected_at, self.correction_note)] * bool(self.correction_note)


class ArticleImage(QuicklyValidated):
    """A picture of an article, displayed where the body has `[图 number]`, else below the body.

    `alt` may be empty until the article is published.
    """

    article = models.ForeignKey(Article, models.PROTECT, related_name="images", verbose_name="新闻")
    number = PositiveSmallIntegerField("编号")
    file = models.FileField("图片", upload_to=picture_path)
    alt = CharField("图片里有什么", max_length=200, blank=True, help_text=f"{ALT_HELP}发布以前要写。")
    caption = CharField("图片说明", max_length=200, blank=True, help_text="写在图片下面，可以不写。")
    credit = CharField("图片来源", max_length=100, help_text=CREDIT_HELP)
    is_consented = models.BooleanField(CONSENT, default=False)

    class Meta:
        verbose_name = verbose_name_plural = "正文里的图片"
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["article", "number"],
                name="news_articleimage_number_once",
                violation_error_message="这个编号已经有图片了。",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="news_articleimage_number_from_one",
                violation_error_message="图片从 1 开始编号。",
            ),
            models.CheckConstraint(
                condition=Q(is_consented=True) & ~Q(file="") & ~Q(credit=""),
                name="news_articleimage_whole",
                violation_error_message="图片要有内容、来源和公开的确认。",
            ),
        ]

    def __str__(self) -> str:
        return f"图 {self.number}"


class ArticleVersion(QuicklyValidated):
    """A published article as it was before a correction. Rows are created by `news.publishing` and never changed."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions", verbose_name="新闻")
    title = CharField("标题", max_length=120)
    summary = CharField("摘要", max_length=200, blank=True)
    body = TextField("正文")
    pictures = TextField("图片", blank=True)
    happened_on = DateField("事情发生的日期", null=True)
    replaced_at = models.DateTimeField("改于")
    note = CharField("改了什么、为什么", max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="谁改的")

    class Meta:
        verbose_name = verbose_name_plural = "新闻以前的版本"
        ordering: ClassVar = ["-replaced_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(note=""),
                name="news_articleversion_has_note",
                violation_error_message="更正要写说明。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{timezone.localtime(self.replaced_at):%Y-%m-%d %H:%M} 以前）"
