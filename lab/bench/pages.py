"""Measures CPU time, queries and bytes of pages without the page cache, in this process and the configured database.

    python -m lab.bench.pages [NAME …]

Prints a JSON object about the named pages, or all. `cold` is the first response of a process, `first` the first after a
report was published, `next` the median of later ones, in milliseconds of CPU; `memory` is the resident size in MB at the
end. `proving` are the seconds of CPU that `backup`, `verify_ledger` and `restore` take.

Use a temporary database: users, drafts and submitted reports are added to it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import roles
from common import lru_cache
from lab.bench.load import usage_of
from ledger.models import Entry
from projects.models import Department, Membership, MilestoneReading, Project, Report
from projects.publishing import as_if_published
from tasks.models import Plan

ROUNDS = 9
EVERY = 5  # every fifth project has a submitted report

Application = Callable[..., bytes]


def application(*, is_kept: bool = False) -> Application:
    """A function that requests an address from the portal, without the page cache; unless `is_kept`, also without LRU caches.

    It raises ValueError for any status but 200, since an error page would cost less than the page.
    """
    wsgi = get_wsgi_application()

    def answer(address: str, cookies: str = "") -> bytes:
        if not is_kept:
            lru_cache.clear()
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_COOKIE": cookies,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        }  # fmt: skip
        statuses: list[str] = []
        response = wsgi(environ, lambda status, _headers: statuses.append(status))  # type: ignore[arg-type]  # write() is not used
        body = b"".join(response)
        response.close()
        if statuses != ["200 OK"]:
            raise ValueError(f"{address} answers {statuses}")
        return body

    return answer


def addresses() -> dict[str, str]:
    """The addresses of pages by their name in the table. All are compared with the first."""
    plan = Plan.objects.published().order_by("-year")[0]
    project = Project.objects.published().order_by("slug")[0]
    year, table = f"/{plan.year}", f"/{plan.year}/projects/"
    june, july = (plan.published_on.replace(month=month, day=17) for month in (6, 7))
    return {
        "overview": "/",
        "table": table,
        "table, most spent first": f"{table}?sort=-spent",
        "table, worst first, page 1": f"{table}?sort=light",
        "search": "/search/?q=%E5%B7%A5%E7%A8%8B",
        "project": f"/projects/{project.slug}/",
        "overview of a past day": f"/?as_of={june}",
        "overview of today": f"/?as_of={timezone.localdate()}",
        "tasks": f"{year}/tasks/",
        "task": f"{year}/tasks/area-1/",
        "departments": "/departments/",
        "department": "/departments/office-1/",
        "changes": f"{year}/changes/",
        "compare, a month": f"{year}/compare/?from={june}&to={july}",
        "compare, since the promise": f"{year}/compare/?from={plan.published_on}&to={july}",
        "review": f"{year}/review/?as_of={plan.ends_on + timedelta(days=1)}",
        "ledger": "/ledger/",
        "entry": f"/ledger/{project.entry_id}/",
        "check of a voucher": f"/about/?noted={Entry.objects.order_by('-seq')[0].voucher}",
        "map": "/map/",
        "projects.xlsx": f"{year}/projects.xlsx",
        "projects.csv": f"{year}/projects.csv",
        "deadlines.ics": f"{year}/deadlines.ics",
        "api, the plan": f"/api/v1/plans/{plan.year}",
        "api, projects": "/api/v1/projects",
        "api, ledger": "/api/v1/ledger",
        "feed": "/feeds/record.atom",
        "sitemap": "/sitemap.xml",
    }


def desks() -> Iterator[tuple[str, str]]:
    """For each role the name of its desk page in the table, and the cookie of a user with the role."""
    for name in ("administrator", "reviewer", "official", "editor"):
        person, _ = User.objects.get_or_create(username=f"bench-{name}", defaults={"is_staff": True})
        person.groups.set([Group.objects.get(name=getattr(roles, name.upper()))])
        if name == "official":
            Membership.objects.get_or_create(user=person, department=Department.objects.get(slug="office-1"))
            submit(person)
        visitor = Client()
        visitor.force_login(person)
        yield f"desk, {name}", visitor.cookies[settings.SESSION_COOKIE_NAME].OutputString()


def submit(person: User) -> None:
    """Submit a report for every fifth project, with the values of the last one."""
    if Report.objects.drafts().exists():
        return
    for project in Project.objects.published().order_by("slug")[::EVERY]:
        report = Report.objects.create(
            project=project, held_on=timezone.localdate(), text="NOTE", drafted_by=person, submitted_by=person,
            submitted_at=timezone.now(),
        )  # fmt: skip
        last = project.reports.published().order_by("-held_on").first()
        for reading in last.readings.all() if last else ():
            MilestoneReading.objects.create(report=report, milestone=reading.milestone, value=reading.value)


@contextmanager
def connection_kept_open() -> Iterator[None]:
    """Keep requests in the block from closing the connection, which would roll back the transaction around them."""
    signals = request_started, request_finished
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def cost_of(answer: Application, address: str, cookies: str) -> dict[str, float]:
    def cpu() -> float:
        began = time.process_time()
        answer(address, cookies)
        return (time.process_time() - began) * 1000

    answer(address, cookies)  # compiles the templates
    lru_cache.clear()
    cold = cpu()
    with as_if_published(Report.objects.drafts().order_by("project__slug")[0]), connection_kept_open():
        first = cpu()
    later = statistics.median(cpu() for _ in range(ROUNDS))
    with CaptureQueriesContext(connection) as queries:
        n_bytes = len(answer(address, cookies))
    return {"cold": cold, "first": first, "next": later, "queries": len(queries), "bytes": n_bytes}


def measured(wanted: list[str]) -> dict[str, Any]:
    answer = application(is_kept=True)
    answer("/robots.txt")
    requests = {name: (address, "") for name, address in addresses().items()}
    requests |= {name: ("/admin/", cookies) for name, cookies in desks()}
    pages = {name: cost_of(answer, *request) for name, request in requests.items() if not wanted or name in wanted}
    return {"pages": pages, "memory": usage_of(os.getpid())[1], "proving": {} if wanted else proving()}


def proving() -> dict[str, float]:
    """The seconds of CPU of each command."""
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        archive, elsewhere = str(Path(folder) / "backup.tar"), Path(folder) / "data"
        elsewhere.mkdir()
        seconds = {"backup": seconds_of("backup", archive), "verify_ledger": seconds_of("verify_ledger")}
        if connection.vendor == "sqlite":  # on PostgreSQL a database would have to be created first
            seconds["restore"] = seconds_of("restore", archive, DATA_DIR=str(elsewhere))
        return seconds


def seconds_of(*arguments: str, **environment: str) -> float:
    before = os.times()
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1:])))
