from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.urls import reverse
from django.utils import timezone

from huozhou_portal.uploads import cover_path
from projects.models import Project, Source
from tasks.models import Task


class ArticleQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug: str):
        return self.get(slug=slug)

    def published(self, at: datetime | None = None):
        """Articles that readers see at the moment `at`, now by default; a later publication time means scheduled."""
        return self.filter(is_published=True, published_at__lte=at or timezone.now())

    def by_day(self):
        """The newest first, by the day they tell of: `day` is what `told_on` says of one."""
        return self.annotate(day=Coalesce("happened_on", TruncDate("published_at"))).order_by(
            "-day", "-published_at", "-pk"
        )

    def by_month(self):
        """As `by_day`; `month` is the first day of it."""
        return self.by_day().annotate(month=TruncMonth("day"))

    def around(self, article: "Article") -> "tuple[Article | None, Article | None]":
        """The articles before and after, in the order of `by_day`."""
        place = article.told_on, article.published_at, article.pk
        earlier, later = Q(), Q()
        for n, name in enumerate(("day", "published_at", "pk")):
            same = dict(zip(("day", "published_at", "pk")[:n], place, strict=False))
            earlier |= Q(**same, **{f"{name}__lt": place[n]})
            later |= Q(**same, **{f"{name}__gt": place[n]})
        rows = self.by_day()
        return rows.filter(earlier).first(), rows.filter(later).reverse().first()


class Article(models.Model):
    """A news item in the portal's own words; not part of the ledger."""

    slug = models.SlugField("网址代号", max_length=80, unique=True, help_text="小写英文、数字和连字符。")
    title = models.CharField("标题", max_length=120)
    summary = models.CharField("摘要", max_length=200, blank=True)
    body = models.TextField("正文", max_length=20000, help_text="空一行就是另起一段。")
    correction_note = models.CharField(
        "更正说明",
        max_length=300,
        blank=True,
        help_text="改了哪里、为什么，例如“把 3 公里改为 3.5 公里”；写在正文上面。",
    )
    happened_on = models.DateField("事情发生的日期", null=True, blank=True)
    cover = models.FileField("封面图片", upload_to=cover_path, blank=True)
    cover_alt = models.CharField("封面图片里有什么", max_length=200, blank=True, help_text="给看不见图片的人听。")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="资料来源")
    tasks = models.ManyToManyField(Task, blank=True, related_name="articles", verbose_name="相关任务")
    projects = models.ManyToManyField(Project, blank=True, related_name="articles", verbose_name="相关项目")
    is_published = models.BooleanField("发布", default=False, help_text="不勾选就是草稿，只有编辑看得见。")
    published_at = models.DateTimeField("发布时间", null=True, blank=True, help_text="填将来的时间，到时自动发布。")
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
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("news:article", args=[self.slug])

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    @property
    def told_on(self) -> date:
        """The day it tells of, else the day it was published in Shanghai."""
        return self.happened_on or timezone.localdate(self.published_at)

    @property
    def is_illustrative(self) -> bool:
        return self.source is not None and self.source.is_illustrative
