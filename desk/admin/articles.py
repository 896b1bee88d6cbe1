"""The pages of articles: drafts, scheduled and published ones, their pictures and links, corrections and withdrawals."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, CharField, Value, When
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from js_asset import Media

from common.keys import is_key
from common.media.uploads import as_download, sent_picture
from desk.admin.base import DeskAdmin, FixableInline, row_or_404
from desk.admin.facts import name_of
from desk.editors import opening_of, reached_milestone
from desk.forms.articles import MOST_PICTURES, ArticleForm, PictureForm, PictureFormSet, WithdrawalForm
from desk.forms.base import delete_file_on_commit
from news.cleaning import clean
from news.models import Article, ArticleImage, State
from news.publishing import add_version, withdraw
from projects.models import Project
from tasks.models import Task

STATES = {State.DRAFT: "草稿", State.SCHEDULED: "定时", State.PUBLISHED: "已发布", State.WITHDRAWN: "已撤回"}
OPEN = {State.DRAFT, State.SCHEDULED}  # readers have not seen it yet
PREVIEW = "_preview"
FOREIGN_PICTURES = "正文里带来的 {} 张图片没有收下：请在“正文里的图片”里上传，再放进正文。"


def is_open(article: Article | None) -> bool:
    """By `state_of`: as the row was when it was loaded, whatever a form has assigned to it since."""
    return article is None or state_of(article) in OPEN


def state_of(article: Article) -> State:
    """The state when the row was loaded, annotated by `ArticleAdmin.get_queryset`."""
    return article.state  # type: ignore[attr-defined]  # annotated


def moment_text(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM`, in Shanghai."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


class StateFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return list(STATES.items())

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() in STATES else queryset


class PictureInline(FixableInline, admin.StackedInline):
    model = ArticleImage
    form = PictureForm
    formset = PictureFormSet
    readonly_fields = ("shown",)
    fields = ("shown", "file", "alt", "caption", "credit", "is_consented")
    extra = 1
    max_num = MOST_PICTURES
    verbose_name, verbose_name_plural = "图片", "正文里的图片"

    def is_fixed(self, request, row):
        return row.withdrawn_at is not None

    @admin.display(description="编号")
    def shown(self, image: ArticleImage) -> str:
        if not image.pk:
            return "保存后编号"
        return format_html(
            '<img class="evidence" src="{}?width=480" alt="{}"> <b>[图{}]</b> '
            '<button type="button" class="button insert-picture" data-number="{}" hidden>插入正文</button>',
            reverse("admin:news_article_picture", args=[image.article_id, image.number]),
            image.alt,
            image.number,
            image.number,
        )


@admin.register(Article)
class ArticleAdmin(DeskAdmin):
    form = ArticleForm
    inlines = (PictureInline,)
    list_display = ("title", "state", "published_at", "author_name", "updated_at")
    list_filter = (StateFilter,)
    list_select_related = ("author",)
    search_fields = ("title", "summary", "body_text")
    date_hierarchy = "published_at"
    ordering = ("-updated_at", "-pk")
    autocomplete_fields = ("tasks", "projects")
    readonly_fields = ("body_shown", "cover_shown", "attachment_shown")

    def get_queryset(self, request):
        state = Case(
            When(withdrawn_at__isnull=False, then=Value(State.WITHDRAWN)),
            When(is_published=False, then=Value(State.DRAFT)),
            When(published_at__gt=timezone.now(), then=Value(State.SCHEDULED)),
            default=Value(State.PUBLISHED),
            output_field=CharField(),
        )
        return super().get_queryset(request).annotate(state=state)

    @admin.display(description="状态", ordering="state")
    def state(self, article: Article) -> str:
        return STATES[state_of(article)]

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

    @admin.display(description="现在的附件")
    def attachment_shown(self, article: Article) -> str:
        if not (article.pk and article.attachment):
            return "没有"
        return format_html('<a href="{}">{}</a>', self.address("attachment", article.pk), article.attachment_title)

    @admin.display(description="正文")
    def body_shown(self, article: Article) -> str:
        return mark_safe(clean(article.body))  # noqa: S308  # nosec B308 B703 # cleaned a moment ago

    # Permissions: none where SITE_NEWS is off

    def has_module_permission(self, request):
        return settings.SITE_NEWS and super().has_module_permission(request)

    def has_view_permission(self, request, obj=None):
        return settings.SITE_NEWS and super().has_view_permission(request, obj)

    def has_add_permission(self, request):
        return settings.SITE_NEWS and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        return settings.SITE_NEWS and super().has_change_permission(request, obj) and not (obj and obj.withdrawn_at)

    def has_delete_permission(self, request, obj=None):
        return settings.SITE_NEWS and super().has_delete_permission(request, obj) and is_open(obj)

    # The form

    def get_readonly_fields(self, request, obj=None):
        """Once readers have seen the article, its address and its moment of publication are fixed."""
        return (*self.readonly_fields, *(() if is_open(obj) else ("slug", "is_published", "published_at")))

    def get_fieldsets(self, request, obj=None):
        is_read = obj is not None and not self.has_change_permission(request, obj)
        body = "body_shown" if is_read else "body"
        cover = ["cover_shown"] if is_read else ["cover_shown", "cover"]
        cover_boxes = [] if is_read else ["is_cover_consented", "is_cover_removed"]
        attached = [
            "attachment_shown",
            *([] if is_read else ["attachment", "attachment_title", "is_attachment_removed"]),
        ]
        correction = [] if is_open(obj) or is_read else [("更正", {"fields": ["correction"]})]
        return [
            (None, {"fields": ["title", "slug", "summary", body, "happened_on", "source"]}),
            ("封面", {"fields": [*cover, "cover_alt", "cover_credit", *cover_boxes]}),
            ("附件", {"fields": attached}),
            ("相关的任务和项目", {"fields": ["tasks", "projects", *([] if is_read else ["milestone"])]}),
            *correction,
            ("发布", {"fields": ["is_published", "published_at"]}),
        ]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        public = {"tasks": Task, "projects": Project}.get(db_field.name)
        if public:
            kwargs["queryset"] = public.objects.published()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        """Of the milestone or the project in the address; other parameters are ignored, unlike in Django."""
        key, project = request.GET.get("milestone", ""), request.GET.get("project", "")
        reached = reached_milestone(int(key), timezone.localdate()) if is_key(key) else None
        if reached:
            return opening_of(reached)
        public = Project.objects.published().filter(pk=project) if is_key(project) else ()
        return {"projects": [one.pk for one in public]}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context |= {
            "media": Media.from_media(context["media"], nonce=request.csp_nonce),
            "preview_button": PREVIEW if is_open(obj) else "",
        }
        self._warn_of_foreign_pictures(request, context["adminform"].form)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _warn_of_foreign_pictures(self, request: HttpRequest, form: ArticleForm) -> None:
        """For markup that came without the script of the editor, which warns when something is pasted."""
        if n := getattr(form, "n_foreign_pictures", 0):
            self.message_user(request, FOREIGN_PICTURES.format(n), messages.WARNING)

    def save_model(self, request, obj, form, change):
        note = form.cleaned_data.get("correction") if form.is_public else ""
        if note:
            at = timezone.now()
            add_version(Article.objects.get(pk=obj.pk), by=request.user, note=note, at=at)
            obj.correction_note, obj.corrected_at = note, at
        if obj.author is None:
            obj.author = request.user
        super().save_model(request, obj, form, change)
        if "cover" in form.changed_data or form.cleaned_data["is_cover_removed"]:
            delete_file_on_commit(form.initial.get("cover"))
        if "attachment" in form.changed_data or form.cleaned_data["is_attachment_removed"]:
            delete_file_on_commit(form.initial.get("attachment"))
        self._warn_of_foreign_pictures(request, form)

    def response_add(self, request, obj, post_url_continue=None):
        return self._previewed(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._previewed(request, obj) or super().response_change(request, obj)

    def _previewed(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        return HttpResponseRedirect(self.address("preview", article.pk)) if PREVIEW in request.POST else None

    # Deleting a draft deletes its files

    def get_deleted_objects(self, objs, request):
        names = [str(article) for article in objs]
        return names, {self.opts.verbose_name: len(names)}, set(), []

    def delete_model(self, request, obj):
        for image in obj.images.all():
            image.delete()
            delete_file_on_commit(image.file)
        super().delete_model(request, obj)
        delete_file_on_commit(obj.cover)
        delete_file_on_commit(obj.attachment)

    # Above the form

    def object_messages(self, request, row):
        match state_of(row):
            case State.WITHDRAWN:
                gone = f"{moment_text(row.withdrawn_at)} 已撤回：{row.withdrawal_reason}"
                return [f"{gone}\n读者只看到发布和撤回的日期，还有这个原因。撤回的新闻不能再改，也不能再发布。"]
            case State.PUBLISHED:
                return ["读者已经看到这篇新闻。改了内容要写更正说明，原来的文字会留着；不能删除，只能撤回。"]
            case State.SCHEDULED:
                return [f"定于 {moment_text(row.published_at)} 自动发布，在那以前只有编辑看得见。"]
            case _:
                return []

    def object_links(self, request, row):
        if is_open(row):
            return [("预览", self.address("preview", row.pk))]
        versions = [("以前的版本", self.address("versions", row.pk))] if row.versions.exists() else []
        may_withdraw = self.has_change_permission(request, row)
        withdrawal = [("撤回", self.address("withdraw", row.pk))] if may_withdraw else []
        return [("公开页面", row.get_absolute_url()), *versions, *withdrawal]

    # Views of our own

    def get_urls(self):
        views: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
            "<path:object_id>/cover/": (self.cover_view, "cover"),
            "<path:object_id>/attachment/": (self.attachment_view, "attachment"),
            "<path:object_id>/picture/<int:number>/": (self.picture_view, "picture"),
            "<path:object_id>/preview/": (self.preview_view, "preview"),
            "<path:object_id>/versions/": (self.versions_view, "versions"),
            "<path:object_id>/withdraw/": (self.withdraw_view, "withdraw"),
        }
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"news_article_{name}") for route, (view, name) in views.items()]
        return [*own, *super().get_urls()]

    def visible_row(self, request: HttpRequest, object_id: str) -> Article:
        """Raises Http404, also for people who are no editors."""
        if not self.has_view_permission(request):
            raise Http404
        return row_or_404(self.get_queryset(request), object_id)

    @method_decorator(require_safe)
    def cover_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """For editors: the files of a draft have no public address."""
        return self._file(request, self.visible_row(request, object_id).cover)

    @method_decorator(require_safe)
    def attachment_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        article = self.visible_row(request, object_id)
        return as_download(self._file(request, article.attachment), article.attachment_title)

    @method_decorator(require_safe)
    def picture_view(self, request: HttpRequest, object_id: str, number: int) -> FileResponse:
        article = self.visible_row(request, object_id)
        return self._file(request, get_object_or_404(article.images, number=number).file)

    def _file(self, request: HttpRequest, stored: FieldFile) -> FileResponse:
        if not stored:
            raise Http404
        return sent_picture(request, stored)

    @method_decorator(require_safe)
    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page as readers will see it, for editors alone."""
        article = self.visible_row(request, object_id)
        if not is_open(article):
            return HttpResponseRedirect(article.get_absolute_url())
        context = {"is_preview": True, "edit_address": self.address("change", article.pk), "canonical": ""}
        return render(request, "news/article.html", import_string(settings.ARTICLE_PAGE)(article) | context)

    @method_decorator(require_safe)
    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        article = self.visible_row(request, object_id)
        context = {"versions": article.versions.select_related("by"), "article": article}
        return TemplateResponse(request, "admin/news/article/versions.html", self._page(request, "以前的版本", context))

    def _page(self, request: HttpRequest, title: str, context: dict) -> dict:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        article = self.visible_row(request, object_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        if is_open(article):
            return self._not_withdrawn(request, object_id)
        form = WithdrawalForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._withdrawn(request, object_id, form.cleaned_data["reason"])
        context = {"form": form, "article": article, "back": self.address("change", article.pk)}
        return TemplateResponse(request, "admin/news/article/withdraw.html", self._page(request, "撤回新闻", context))

    def _withdrawn(self, request: HttpRequest, object_id: str, reason: str) -> HttpResponse:
        with transaction.atomic():
            article = self.get_object(request, object_id)
            if article is None or state_of(article) != State.PUBLISHED:
                return self._not_withdrawn(request, object_id)
            withdraw(article, reason=reason, at=timezone.now())
            self.log_change(request, article, f"撤回：{reason}")
        self.message_user(request, f"已撤回：{article}。", messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", object_id))

    def _not_withdrawn(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self.message_user(request, "没有撤回：只有已经发布的新闻才能撤回。", messages.ERROR)
        return HttpResponseRedirect(self.address("change", object_id))
