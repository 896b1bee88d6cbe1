"""The pages of news and their files."""

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from common.cache_policy import cached_by, valid_page, valid_word
from common.media.renditions import picture_name
from common.media.uploads import as_download, public_file
from common.paging import numbered_page
from common.site_address import whole_address
from news.models import Article, ArticleImage
from projects.snapshots import ProjectSnapshot, load_snapshots
from tasks.models import Plan
from tasks.snapshots import TaskSnapshot, commitments_of, default_day_of, plan_snapshot_of
from website.filters.news import NewsFilter
from website.sentences.news import news_description, news_title

ARTICLES_PER_PAGE = 20


def months_of(articles) -> dict[date, int]:
    """The number of articles by month, the newest month first."""
    counts = articles.by_month().order_by("-month").values("month").annotate(n=Count("pk"))
    return {row["month"]: row["n"] for row in counts}


def requires_news(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answers 404 with an explanation in place of the view where the setting SITE_NEWS is off."""

    @wraps(view)
    def answered(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if settings.SITE_NEWS:
            return view(request, *args, **kwargs)
        return render(request, "news/none.html", {"canonical": ""}, status=404)

    return answered


@cached_by(task=valid_word, project=valid_word, page=valid_page)
@requires_news
def article_list(request: HttpRequest, month: date | None = None) -> HttpResponseBase:
    """The news by month, of everything, or of the task or project asked for."""
    form = NewsFilter(request.GET)
    if not form.is_valid():
        raise BadRequest("没有这一页。")
    articles = form.chosen(Article.objects.published())
    shown = articles.by_month().filter(**{"month": month} if month else {}).select_related("source")
    page = numbered_page(shown, ARTICLES_PER_PAGE, form.cleaned_data["page"])
    about = form.cleaned_data["task"] or form.cleaned_data["project"]
    return render(
        request,
        "news/list.html",
        {
            "page": page,
            "title": news_title(month, about),
            "description": news_description(month, about, page.paginator.count),
            "month": month,
            "task": form.cleaned_data["task"],
            "project": form.cleaned_data["project"],
            "months": months_of(articles),
            "canonical": whole_address(request, request.path),
        },
    )


@cached_by(task=valid_word, project=valid_word, page=valid_page)
@requires_news
def month(request: HttpRequest, year: int, month: int) -> HttpResponseBase:
    """The news of one month; 404 for a month without any."""
    first = date(year, month, 1)
    if not Article.objects.published().by_month().filter(month=first).exists():
        raise Http404
    return article_list(request, first)


@cached_by()
@requires_news
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """A published article; for a withdrawn one the page that says so."""
    found = Article.objects.published().select_related("source").filter(slug=slug).first()
    if found is None:
        return withdrawn(request, get_object_or_404(Article.objects.withdrawn(), slug=slug))
    before, after = Article.objects.published().around(found)
    context = page_of(found) | {"before": before, "after": after}
    return render(request, "news/article.html", context | {"canonical": whole_address(request, request.path)})


def page_of(article: Article) -> dict:
    """The context of an article's page, also used for previews of drafts."""
    related = related_of(article)
    return related | {
        "article": article,
        "images": list(article.images.all()),
        "corrections": article.corrections(),
        "is_illustrative": article.is_illustrative or related["shows_illustrative"],
    }


def withdrawn(request: HttpRequest, article: Article) -> HttpResponse:
    """The page in place of a withdrawn article. It repeats nothing of it, not even the title, which may be the reason."""
    return render(request, "news/withdrawn.html", {"article": article, "canonical": ""}, status=410)


def related_of(article: Article) -> dict:
    """The projects and tasks that the article is about, with their state today in the plan on the front page."""
    plan = Plan.objects.on_front_page(timezone.localdate())
    tasks = list(article.tasks.published().select_related("group__plan"))
    projects = article.projects.published()
    if plan is None or not (tasks or projects):
        return {"tasks": [], "projects": [], "shows_illustrative": False}
    snapshot = plan_snapshot_of(plan, default_day_of(plan, timezone.localdate()))
    of_tasks = {task.row.pk: task for task in snapshot.tasks}
    of_projects = load_snapshots(projects, snapshot.as_of).values()
    promised = commitments_of(of_projects, snapshot.as_of)
    related_tasks = [(task, of_tasks.get(task.pk)) for task in tasks]
    shown: list[ProjectSnapshot | TaskSnapshot] = [*of_projects, *(task for _, task in related_tasks if task)]
    return {
        "tasks": related_tasks,
        "projects": [(one, [promise for _plan, promise in promised[one.row.pk]]) for one in of_projects],
        "shows_illustrative": any(one.is_illustrative for one in shown),
        "day": snapshot.as_of,
    }


@cached_by()
@requires_news
def cover(request: HttpRequest, name: str) -> HttpResponseBase:
    path = f"covers/{name}"
    return _picture_response(request, path, Article.objects.published().filter(cover__in=[path, picture_name(path)]))


@cached_by()
@requires_news
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    path = f"articles/{name}"
    images = ArticleImage.objects.filter(article__in=Article.objects.published())
    return _picture_response(request, path, images.filter(file__in=[path, picture_name(path)]))


@cached_by()
def attachment(request: HttpRequest, name: str) -> HttpResponseBase:
    path = f"attachments/{name}"
    found = get_object_or_404(Article.objects.published(), attachment=path)
    return as_download(public_file(request, path), found.attachment_title)


def _picture_response(request: HttpRequest, path: str, public: QuerySet) -> HttpResponseBase:
    """The picture, or a rendition of it; 404 unless the article is in `public`."""
    if not public.exists():
        raise Http404
    return public_file(request, path)
