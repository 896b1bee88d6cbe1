"""What a page of the portal costs beside a bare Django page: CPU, in turn, in one process, nothing kept of answers before.

    python -m scripts.bench.bare / /projects/rural-roads/ /2020/projects/

The bare page asks what the page asks: the same query sets, told their conditions anew, through the same connection, with
the same rows made into instances of the same models. It draws them with one loop of a Django template, a line and its
key each, as many bytes as the page has, and answers below the portal's own middleware. It has no rules, no context
processors, no forms, no address to reverse, no tag and no filter: what is left is what any Django page has to do.

`floor` is less than any page of Django's can cost: there the SQL of every question is written beforehand, and what
remains is to send it, to make its rows into instances and to draw them.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from io import BytesIO
from typing import NamedTuple
from unittest.mock import patch

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, path

from common import memo

ROUNDS, WARM_UP = 60, 5
BARE, FLOOR = "/bare/", "/floor/"
LOOP = '<!doctype html><ul>{{% for row in rows %}}<li id="row-{{{{ forloop.counter }}}}">{{{{ row.pk }}}}{line}</li>\n{{% endfor %}}</ul>{rest}'

Question = Callable[[], list]
Application = Callable[..., bytes]


class Cost(NamedTuple):
    """Medians in milliseconds of CPU; ratios are those of the medians."""

    address: str
    n_queries: int
    n_bytes: int
    page: float
    bare: float
    floor: float

    @property
    def line(self) -> str:
        return (
            f"{self.address:<32} {self.n_queries:>7} {self.n_bytes:>8} {self.page:>8.1f} {self.bare:>8.1f} "
            f"{self.page / self.bare:>6.2f} {self.floor:>8.1f} {self.page / self.floor:>6.2f}"
        )


def application(*, is_kept: bool = False) -> Application:
    """The portal without its page cache, and unless `is_kept` without what it keeps in memory of earlier answers.

    Answers other than 200 are refused: a mistake costs less than a page.
    """
    wsgi = get_wsgi_application()

    def answer(address: str, cookies: str = "") -> bytes:
        if not is_kept:
            memo.clear()
        path_info, _, query = address.partition("?")
        statuses = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path_info,
            "QUERY_STRING": query,
            "HTTP_COOKIE": cookies,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
        }
        response = wsgi(environ, lambda status, headers: statuses.append(status))
        body = b"".join(response)
        response.close()
        if statuses != ["200 OK"]:
            raise ValueError(f"{address} answers {statuses}")
        return body

    return answer


BUILDING = ("filter", "exclude", "select_related", "order_by", "annotate", "values", "values_list", "__getitem__")


def noting_how(name: str):
    """Lets every query set that the method makes know how to be made again."""
    method = getattr(QuerySet, name)

    def noted(self, *args, **kwargs):
        made = method(self, *args, **kwargs)
        if isinstance(made, QuerySet):
            made._built = lambda: method(built(self), *args, **kwargs)
        return made

    return patch.object(QuerySet, name, noted)


def built(asked: QuerySet) -> QuerySet:
    """The same query set, from the manager on; what it prefetches are questions of their own."""
    build = getattr(asked, "_built", asked._chain)
    queryset = build()
    queryset._prefetch_related_lookups = ()
    return queryset


@contextmanager
def questions() -> Iterator[list[QuerySet | Query]]:
    """What is asked within, in its order: query sets, and queries for whether there is anything."""
    asked: list[QuerySet | Query] = []
    fetch_all, has_results = QuerySet._fetch_all, Query.has_results

    def noting_rows(self):
        if self._result_cache is None:
            asked.append(self)
        fetch_all(self)

    def noting_existence(self, using):
        asked.append(self.clone())
        return has_results(self, using)

    with ExitStack() as patches:
        for name in BUILDING:
            patches.enter_context(noting_how(name))
        patches.enter_context(patch.object(QuerySet, "_fetch_all", noting_rows))
        patches.enter_context(patch.object(Query, "has_results", noting_existence))
        yield asked


def bare_question(asked: QuerySet | Query) -> Question:
    """The question as the ORM is asked it. What a query set was told past its methods is kept, without being built."""
    if isinstance(asked, Query):
        return lambda: [asked.has_results("default")]
    kept = asked._chain()
    kept._prefetch_related_lookups = ()
    if statement_of(built(asked)) != statement_of(kept):
        return lambda: list(kept._chain())
    return lambda: list(built(asked))


def statement_of(queryset: QuerySet) -> tuple | None:
    """None where it is known beforehand that nothing will be found."""
    try:
        return queryset.query.sql_with_params()
    except EmptyResultSet:
        return None


def floor_question(asked: QuerySet | Query) -> Question:
    """The question with its SQL written already."""
    if isinstance(asked, Query) or statement_of(asked) is None:
        return bare_question(asked)
    queryset = asked._chain()
    queryset._prefetch_related_lookups = ()
    compiler = queryset.query.get_compiler(queryset.db)
    statement = compiler.as_sql()
    compiler.as_sql = lambda *_args, **_kwargs: statement
    queryset.query.get_compiler = lambda *_args, **_kwargs: compiler
    return lambda: list(queryset._chain())


def template_of(n_bytes: int, rows: list) -> Template:
    """One loop over `rows` that comes to `n_bytes`."""

    def drawn(line: int, rest: int) -> Template:
        return Template(LOOP.format(line=" " + "x" * line, rest="x" * rest), engine=Engine())

    short = n_bytes - len(drawn(0, 0).render(Context({"rows": rows}, use_l10n=False)).encode())
    return drawn(short // len(rows), short % len(rows))


def bare_view(ask: list[Question], template: Template) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        rows = [row for question in ask for row in question()]
        return HttpResponse(template.render(Context({"rows": rows}, use_l10n=False)))

    return view


@contextmanager
def served(views: dict[str, Callable]) -> Iterator[None]:
    """The portal with these views beside its own."""
    patterns = import_module(settings.ROOT_URLCONF).urlpatterns
    own = len(patterns)
    patterns += [path(address.removeprefix("/"), view) for address, view in views.items()]
    clear_url_caches()
    try:
        yield
    finally:
        del patterns[own:]
        clear_url_caches()


def cpu(answer: Application, address: str) -> float:
    """Seconds of CPU of one answer."""
    before = time.process_time()
    answer(address)
    return time.process_time() - before


def asked_of(answer: Application, address: str) -> tuple[list[str], int]:
    """The statements, parameters included, and the bytes of one answer."""
    with CaptureQueriesContext(connection) as captured:
        n_bytes = len(answer(address))
        return [query["sql"] for query in captured], n_bytes


def cost_of(answer: Application, address: str, rounds: int = ROUNDS) -> Cost:
    """The page, the bare page and its floor, one after the other in each round."""
    answer(address)
    with questions() as asked:
        statements, n_bytes = asked_of(answer, address)
    views = {}
    for bare_address, question_of in ((BARE, bare_question), (FLOOR, floor_question)):
        ask = [question_of(one) for one in asked]
        rows = [row for question in ask for row in question()]
        views[bare_address] = bare_view(ask, template_of(n_bytes, rows))
    with served(views):
        for bare_address in views:
            if asked_of(answer, bare_address) != (statements, n_bytes):
                raise ValueError(f"{bare_address} asks something else than {address}, or is longer or shorter")
        taken = [[cpu(answer, one) for one in (address, *views)] for _ in range(rounds + WARM_UP)][WARM_UP:]
    page, bare, floor = (statistics.median(column) * 1000 for column in zip(*taken, strict=True))
    return Cost(address, len(statements), n_bytes, page, bare, floor)


HEADING = f"{'address':<32} {'queries':>7} {'bytes':>8} {'page ms':>8} {'bare ms':>8} {'ratio':>6} {'floor ms':>8} {'ratio':>6}"


def main(addresses: list[str]) -> None:
    answer = application()
    print(HEADING)
    for address in addresses:
        print(cost_of(answer, address).line, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    main(sys.argv[1:] or ["/"])
