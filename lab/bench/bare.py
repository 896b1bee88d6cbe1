"""Compares the CPU time of a page with that of a bare Django page, in one process and without caches.

    python -m lab.bench.bare [ADDRESS …]

The bare page executes the same query sets, built anew, through the same connection, and makes the same instances of their
rows. It renders each as a line with its primary key, in one loop of a Django template, to as many bytes as the page has,
behind the same middleware. It has no rules, context processors, forms, reversed addresses, tags or filters, so its time
is what any Django page with these queries needs.

`floor` is the same with the SQL compiled beforehand, which is less than any page of Django can need.
"""

# mypy: disable-error-code="attr-defined,misc,method-assign"
# It uses private parts of query sets.

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from unittest.mock import patch

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, path

from lab.bench.pages import Application, addresses, application

ROUNDS, WARM_UP = 20, 5
COMPARED = ("overview", "project", "table")
LOOP = '<!doctype html><ul>{{% for row in rows %}}<li id="row-{{{{ forloop.counter }}}}">{{{{ row.pk }}}}{line}</li>\n{{% endfor %}}</ul>{rest}'
BUILDING = ("filter", "exclude", "select_related", "order_by", "annotate", "values", "values_list", "__getitem__")
LINE = "{:<32} {:>7} {:>8} {:>8} {:>8} {:>6} {:>8} {:>6}"

Question = Callable[[], list]


def recording(name: str):
    """A patch of the method, by which every query set that it returns can be built again."""
    method = getattr(QuerySet, name)

    def recorded(self, *args, **kwargs):
        made = method(self, *args, **kwargs)
        if isinstance(made, QuerySet):
            made._built = lambda: method(built(self), *args, **kwargs)
        return made

    return patch.object(QuerySet, name, recorded)


def built(asked: QuerySet) -> QuerySet:
    """The query set, built again from the manager on, without prefetches, which are queries of their own."""
    return alone(getattr(asked, "_built", asked._chain)())


def alone(queryset: QuerySet) -> QuerySet:
    queryset._prefetch_related_lookups = ()
    return queryset


@contextmanager
def questions() -> Iterator[list[QuerySet | Query]]:
    """The list of query sets, and of queries of `exists()`, that are executed in the block."""
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
            patches.enter_context(recording(name))
        patches.enter_context(patch.object(QuerySet, "_fetch_all", noting_rows))
        patches.enter_context(patch.object(Query, "has_results", noting_existence))
        yield asked


def statement_of(queryset: QuerySet) -> tuple | None:
    """The SQL and its parameters; None if Django knows that the result is empty."""
    try:
        return queryset.query.sql_with_params()
    except EmptyResultSet:
        return None


def bare_question(asked: QuerySet | Query) -> Question:
    """A function that executes the query set, built again. One that was changed without its methods is only copied."""
    if isinstance(asked, Query):
        return lambda: [asked.has_results("default")]
    kept = alone(asked._chain())
    if statement_of(built(asked)) != statement_of(kept):
        return lambda: list(kept._chain())
    return lambda: list(built(asked))


def floor_question(asked: QuerySet | Query) -> Question:
    """As `bare_question`, with compiled SQL."""
    if isinstance(asked, Query) or statement_of(asked) is None:
        return bare_question(asked)
    queryset = alone(asked._chain())
    compiler = queryset.query.get_compiler(queryset.db)
    statement = compiler.as_sql()
    compiler.as_sql = lambda *_args, **_kwargs: statement
    queryset.query.get_compiler = lambda *_args, **_kwargs: compiler
    return lambda: list(queryset._chain())


def bare_view(ask: list[Question], n_bytes: int) -> Callable[[HttpRequest], HttpResponse]:
    """A view that executes the queries and renders all rows in one loop, padded to `n_bytes`."""

    def rows() -> Context:
        return Context({"rows": [row for question in ask for row in question()]}, use_l10n=False)

    def drawn(line: int, rest: int) -> Template:
        return Template(LOOP.format(line=" " + "x" * line, rest="x" * rest), engine=Engine())

    found = rows()
    line, rest = divmod(n_bytes - len(drawn(0, 0).render(found).encode()), len(found["rows"]))
    template = drawn(line, rest)
    return lambda _request: HttpResponse(template.render(rows()))


@contextmanager
def served(views: dict[str, Callable]) -> Iterator[None]:
    """Add these views to the portal in the block."""
    patterns = import_module(settings.ROOT_URLCONF).urlpatterns
    own = len(patterns)
    patterns += [path(address.removeprefix("/"), view) for address, view in views.items()]
    clear_url_caches()
    try:
        yield
    finally:
        del patterns[own:]
        clear_url_caches()


def asked_of(answer: Application, address: str) -> tuple[list[str], int]:
    """The SQL statements and the number of bytes of one response."""
    with CaptureQueriesContext(connection) as captured:
        n_bytes = len(answer(address))
        return [query["sql"] for query in captured], n_bytes


def cpu(answer: Application, address: str) -> float:
    """The milliseconds of CPU of one response."""
    before = time.process_time()
    answer(address)
    return (time.process_time() - before) * 1000


def line_of(answer: Application, address: str) -> str:
    """The row of a page in the table. Each round measures page, bare page and floor in turn; ratios are of the medians.

    Raises ValueError if the bare page doesn't execute the same statements and return as many bytes.
    """
    answer(address)
    with questions() as asked:
        statements, n_bytes = asked_of(answer, address)
    kinds = {"/bare/": bare_question, "/floor/": floor_question}
    views = {name: bare_view([question_of(one) for one in asked], n_bytes) for name, question_of in kinds.items()}
    with served(views):
        for name in views:
            if asked_of(answer, name) != (statements, n_bytes):
                raise ValueError(f"{name} asks something else than {address}, or is longer or shorter")
        taken = [[cpu(answer, one) for one in (address, *views)] for _ in range(ROUNDS + WARM_UP)][WARM_UP:]
    page, bare, floor = map(statistics.median, zip(*taken, strict=True))
    figures = f"{page:.1f}", f"{bare:.1f}", f"{page / bare:.2f}", f"{floor:.1f}", f"{page / floor:.2f}"
    return LINE.format(address, len(statements), n_bytes, *figures)


if __name__ == "__main__":
    answer, known = application(), addresses()
    print(LINE.format("address", "queries", "bytes", "page ms", "bare ms", "ratio", "floor ms", "ratio"))
    for address in sys.argv[1:] or [known[name] for name in COMPARED]:
        print(line_of(answer, address), flush=True)
