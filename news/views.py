"""News pages and the door of their pictures."""

from django import forms
from django.core.exceptions import BadRequest
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from news.models import Article

ARTICLES_PER_PAGE = 20


class PageForm(forms.Form):
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    form = PageForm(request.GET)
    if not form.is_valid():
        raise BadRequest("没有这一页。")
    articles = Article.objects.published().select_related("source")
    page = Paginator(articles, ARTICLES_PER_PAGE).get_page(form.cleaned_data["page"] or 1)
    canonical = request.build_absolute_uri(request.path)
    return render(request, "news/list.html", {"page": page, "canonical": canonical})


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Article.objects.published().select_related("source"), slug=slug)
    return render(
        request,
        "news/article.html",
        {
            "article": found,
            "tasks": found.tasks.published().select_related("group__plan"),
            "projects": found.projects.published(),
            "is_illustrative": found.is_illustrative,
            "canonical": request.build_absolute_uri(request.path),
        },
    )


@require_safe
def cover(request: HttpRequest, name: str) -> FileResponse:
    """The picture of a published article; whatever isn't public isn't there."""
    path = f"covers/{name}"
    if not Article.objects.published().filter(cover=path).exists() or not default_storage.exists(path):
        raise Http404
    response = FileResponse(default_storage.open(path))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
