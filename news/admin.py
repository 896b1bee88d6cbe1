"""The editor's desk: drafts, scheduled and published articles, their covers and links."""

from datetime import date

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Case, CharField, Value, When
from django.http import FileResponse, Http404, HttpRequest
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from huozhou_portal.as_of import DAY_LIMITS, is_recordable
from huozhou_portal.uploads import clean_photo, sent_picture
from ledger.admin import CarefulAdmin
from news.models import Article
from projects.admin.facts import name_of
from projects.admin.reports import row_or_404
from projects.forms import forget_file
from projects.models import Project
from tasks.models import Task

STATES = {"draft": "草稿", "scheduled": "定时", "published": "已发布"}
PHOTO_TYPES = "image/jpeg,image/png,image/webp"


class StateFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return list(STATES.items())

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() in STATES else queryset


def _recordable(day: date | None) -> date | None:
    if not is_recordable(day):
        raise forms.ValidationError(DAY_LIMITS)
    return day


class ArticleForm(forms.ModelForm):
    cover = forms.FileField(
        label="封面图片",
        required=False,
        widget=forms.FileInput(attrs={"accept": PHOTO_TYPES}),
        help_text="JPEG、PNG 或 WebP，最多 15 MB。",
    )
    is_cover_removed = forms.BooleanField(label="去掉封面图片", required=False)

    class Meta:
        model = Article
        fields = (
            "title",
            "slug",
            "summary",
            "body",
            "correction_note",
            "happened_on",
            "source",
            "cover",
            "cover_alt",
            "tasks",
            "projects",
            "is_published",
            "published_at",
        )

    def clean_cover(self):
        cover = self.cleaned_data["cover"]
        return clean_photo(cover) if isinstance(cover, UploadedFile) else cover

    def clean_happened_on(self):
        return _recordable(self.cleaned_data["happened_on"])

    def clean_published_at(self):
        """Moments are kept in UTC, which knows no first hours of the year 1 in Shanghai."""
        moment = self.cleaned_data["published_at"]
        _recordable(moment and moment.date())
        return moment

    def clean(self):
        data = super().clean()
        if data.get("is_cover_removed") and "cover" not in self.changed_data:
            data["cover"] = False  # as a file field spells "cleared"
        if data.get("cover") and not data.get("cover_alt") and "cover_alt" not in self.errors:
            self.add_error("cover_alt", "有封面图片时，要写图片里有什么。")
        if data.get("is_published") and not data.get("published_at") and "published_at" not in self.errors:
            data["published_at"] = timezone.now()
        return data


@admin.register(Article)
class ArticleAdmin(CarefulAdmin):
    form = ArticleForm
    list_display = ("title", "state", "published_at", "author_name", "updated_at")
    list_filter = (StateFilter,)
    list_select_related = ("author",)
    search_fields = ("title", "summary", "body")
    date_hierarchy = "published_at"
    ordering = ("-updated_at", "-pk")
    autocomplete_fields = ("tasks", "projects")
    readonly_fields = ("cover_shown",)
    fieldsets = (
        (None, {"fields": ("title", "slug", "summary", "body", "correction_note", "happened_on", "source")}),
        ("封面", {"fields": ("cover_shown", "cover", "cover_alt", "is_cover_removed")}),
        ("相关的任务和项目", {"fields": ("tasks", "projects")}),
        ("发布", {"fields": ("is_published", "published_at")}),
    )

    def get_queryset(self, request):
        state = Case(
            When(is_published=False, then=Value("draft")),
            When(published_at__gt=timezone.now(), then=Value("scheduled")),
            default=Value("published"),
            output_field=CharField(),
        )
        return super().get_queryset(request).annotate(state=state)

    @admin.display(description="状态", ordering="state")
    def state(self, article: Article) -> str:
        return STATES[article.state]

    @admin.display(description="作者", ordering="author__username")
    def author_name(self, article: Article) -> str:
        return name_of(article.author)

    @admin.display(description="现在的封面")
    def cover_shown(self, article: Article) -> str:
        if not (article.pk and article.cover):
            return "没有"
        return format_html(
            '<img class="evidence" src="{}?width=480" alt="{}">', self.address("cover", article.pk), article.cover_alt
        )

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        public = {"tasks": Task, "projects": Project}.get(db_field.name)
        if public:
            kwargs["queryset"] = public.objects.published()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if obj.author is None:
            obj.author = request.user
        super().save_model(request, obj, form, change)
        if "cover" in form.changed_data or form.cleaned_data["is_cover_removed"]:
            forget_file(form.initial.get("cover"))

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        forget_file(obj.cover)

    def tools(self, request, row):
        return [("公开页面", reverse("news:article", args=[row.slug]))] if row.state == "published" else []

    def get_urls(self):
        cover = path("<path:object_id>/cover/", self.admin_site.admin_view(self.cover_view), name="news_article_cover")
        return [cover, *super().get_urls()]

    @method_decorator(require_safe)
    def cover_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """A draft's picture has no public address."""
        if not self.has_view_permission(request):
            raise Http404
        return sent_picture(request, row_or_404(Article.objects.exclude(cover=""), object_id).cover)
