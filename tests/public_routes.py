"""The public routes, walked from the URL resolver: a new one is met by every test that uses them."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from ledger.models import Entry
from news.models import Article, ArticleImage
from projects.models import Department, Evidence, Project
from tasks.models import Commitment, Plan, Task
from website.pages.months import months_begun

NOT_PUBLIC = {"admin"}
PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


class Route(NamedTuple):
    """`template` is the address with a place for each part: `/projects/{slug}/`."""

    name: str
    template: str
    view: Callable

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.template))

    def addresses(self) -> list[str]:
        """One for each public row that the route shows; KeyError for a kind of route that is new here."""
        return [self.template.format(**parts) for parts in ROWS[self.parts](self.template)]


def routes(resolver: URLResolver | None = None, prefix: str = "/", namespace: str = "") -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        template = prefix + PART.sub(lambda part: f"{{{part[1] or part[2]}}}", str(pattern.pattern)).strip("^$")
        if isinstance(pattern, URLPattern):
            yield Route(namespace + pattern.name, template, pattern.callback)
        elif pattern.namespace not in NOT_PUBLIC:
            yield from routes(pattern, template, f"{pattern.namespace}:" if pattern.namespace else namespace)


def _nothing(template: str) -> Iterable[dict]:
    """Nothing in the address; one of them is there only where the installation names whom to tell."""
    return [] if template.endswith("security.txt") and not settings.SECURITY_CONTACT else [{}]


def _plans(_template: str) -> Iterable[dict]:
    return Plan.objects.published().values("year")


def _tasks(_template: str) -> Iterable[dict]:
    tasks = Task.objects.published().select_related("group__plan")
    return [{"year": task.group.plan.year, "group": task.group.code, "number": task.number} for task in tasks]


def _promises(_template: str) -> Iterable[dict]:
    rows = Commitment.objects.published().values_list("series__plan__year", "series__code", "number")
    return [{"year": year, "series": code, "number": number} for year, code, number in rows]


def _months(template: str) -> Iterable[dict]:
    if "/news/" not in template:
        months = (month for plan in Plan.objects.published() for month in months_begun(plan))
        return [{"year": month.year, "month": f"{month.month:02}"} for month in months]
    months = Article.objects.published().by_month().values_list("month", flat=True).distinct()
    return [{"year": month.year, "month": f"{month.month:02}"} for month in months]


def _entries(_template: str) -> Iterable[dict]:
    return Entry.objects.values("seq")


def _named(template: str) -> Iterable[dict]:
    model = {"projects": Project, "departments": Department, "news": Article}[_folder(template)]
    return model.objects.published().values("slug")


def _files(template: str) -> Iterable[dict]:
    rows, field = {
        "evidence": (Evidence.objects.published(), "file"),
        "covers": (Article.objects.published(), "cover"),
        "attachments": (Article.objects.published(), "attachment"),
        "articles": (ArticleImage.objects.filter(article__in=Article.objects.published()), "file"),
    }[_folder(template)]
    names = rows.exclude(**{field: ""}).values_list(field, flat=True)
    return [{"name": name.partition("/")[2]} for name in names]


def _folder(template: str) -> str:
    return re.search(r"(\w+)/{", template)[1]


ROWS = {
    (): _nothing,
    ("year",): _plans,
    ("year", "group", "number"): _tasks,
    ("year", "series", "number"): _promises,
    ("year", "month"): _months,
    ("seq",): _entries,
    ("slug",): _named,
    ("name",): _files,
}
