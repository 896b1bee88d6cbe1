"""What pages cost without their copies: CPU, queries and bytes, in one process on the database of the environment.

    python -m scripts.bench.pages [NAME …]

Prints a JSON object; of the pages those of these names, or all. `cold` is the first answer of a process, `first` the first
after a report was published, `next` the median of later ones, in milliseconds of CPU; `memory` is the resident size in MB at the end. `proving` are
seconds of CPU that `verify_ledger` and `restore` take, from a backup made on the spot.

Nothing but a database that is thrown away is measured: the desks get people, drafts and submitted reports in it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from scripts.bench.bare import application

ROUNDS = 9
EVERY = 5  # of so many projects one has a report that waits for its reviewer


def addresses() -> dict[str, str]:
    """By what they are called in the table. The first is what all others are compared with."""
    from django.utils import timezone

    from ledger.models import Entry
    from projects.models import Project
    from tasks.models import Plan

    plan = Plan.objects.published().order_by("-year")[0]
    project = Project.objects.published().order_by("slug")[0]
    table = f"/{plan.year}/projects/"
    june, july = (plan.published_on.replace(month=month, day=17) for month in (6, 7))
    over = plan.ends_on + timedelta(days=1)
    return {
        "overview": "/",
        "table": table,
        "table, most spent first": f"{table}?sort=-spent",
        "table, worst first, page 1": f"{table}?sort=light",
        "search": "/search/?q=%E5%B7%A5%E7%A8%8B",
        "project": f"/projects/{project.slug}/",
        "overview of a past day": f"/?as_of={june}",
        "overview of today": f"/?as_of={timezone.localdate()}",
        "tasks": f"/{plan.year}/tasks/",
        "task": f"/{plan.year}/tasks/area-1/",
        "departments": "/departments/",
        "department": "/departments/office-1/",
        "changes": f"/{plan.year}/changes/",
        "compare, a month": f"/{plan.year}/compare/?from={june}&to={july}",
        "compare, since the promise": f"/{plan.year}/compare/?from={plan.published_on}&to={july}",
        "review": f"/{plan.year}/review/?as_of={over}",
        "ledger": "/ledger/",
        "entry": f"/ledger/{project.entry_id}/",
        "check of a voucher": f"/about/?noted={Entry.objects.order_by('-seq')[0].voucher}",
        "map": "/map/",
        "projects.xlsx": f"/{plan.year}/projects.xlsx",
        "projects.csv": f"/{plan.year}/projects.csv",
        "deadlines.ics": f"/{plan.year}/deadlines.ics",
        "api, the plan": f"/api/v1/plans/{plan.year}",
        "api, projects": "/api/v1/projects",
        "api, ledger": "/api/v1/ledger",
        "feed": "/feeds/record.atom",
        "sitemap": "/sitemap.xml",
    }


ROLES = ("administrator", "reviewer", "official", "editor")


def desks() -> dict[str, str]:
    """The cookies with which each role reads the first page of the desk, by what that is called in the table."""
    from django.conf import settings
    from django.contrib.auth.models import Group, User
    from django.test import Client

    from accounts import roles
    from projects.models import Department, Membership

    cookies = {}
    for name in ROLES:
        person, _ = User.objects.get_or_create(username=f"bench-{name}", defaults={"is_staff": True})
        person.groups.set([Group.objects.get(name=getattr(roles, name.upper()))])
        if name == "official":
            Membership.objects.get_or_create(user=person, department=Department.objects.get(slug="office-1"))
            submit(person)
        visitor = Client()
        visitor.force_login(person)
        cookies[f"desk, {name}"] = (
            f"{settings.SESSION_COOKIE_NAME}={visitor.cookies[settings.SESSION_COOKIE_NAME].value}"
        )
    return cookies


def submit(person) -> None:
    """Of every fifth project a report that says what was said before waits for its reviewer."""
    from django.utils import timezone

    from projects.models import MilestoneReading, Project, Report

    if Report.objects.drafts().exists():
        return
    now = timezone.now()
    for project in Project.objects.published().order_by("slug")[::EVERY]:
        report = Report.objects.create(
            project=project, held_on=timezone.localdate(), text="NOTE", drafted_by=person, submitted_by=person,
            submitted_at=now,
        )  # fmt: skip
        last = project.reports.published().order_by("-held_on").first()
        for reading in last.readings.all() if last else ():
            MilestoneReading.objects.create(report=report, milestone=reading.milestone, value=reading.value)


def cpu_of(answer, address: str, cookies: str) -> tuple[float, int]:
    """Milliseconds, bytes."""
    began = time.process_time()
    body = answer(address, cookies)
    return (time.process_time() - began) * 1000, len(body)


def memory() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


@contextmanager
def held_open() -> Iterator[None]:
    """Requests leave the connection alone: at their end they close one that is within a transaction."""
    signals = request_started, request_finished
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def measured(wanted: list[str]) -> dict[str, Any]:
    answer = application(is_kept=True)
    from common import memo
    from projects.models import Report
    from projects.publishing import as_if_published

    answer("/robots.txt")
    asked = {name: (address, "") for name, address in addresses().items()}
    asked |= {name: ("/admin/", cookie) for name, cookie in desks().items()}
    draft = Report.objects.drafts().order_by("project__slug")[0]
    found = {}
    for name, question in asked.items():
        if wanted and name not in wanted:
            continue
        answer(*question)  # templates are compiled
        memo.clear()
        cold, n_bytes = cpu_of(answer, *question)
        with as_if_published(draft), held_open():
            first, _ = cpu_of(answer, *question)
        costs = [cpu_of(answer, *question)[0] for _ in range(ROUNDS)]
        with CaptureQueriesContext(connection) as queries:
            answer(*question)
        found[name] = {
            "cold": cold,
            "first": first,
            "next": statistics.median(costs),
            "queries": len(queries),
            "bytes": n_bytes,
        }
    return {"pages": found, "memory": memory(), "proving": {} if wanted else proving()}


def proving() -> dict[str, float]:
    """Seconds of CPU of whole commands."""
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        archive, elsewhere = str(Path(folder) / "backup.tar"), Path(folder) / "data"
        elsewhere.mkdir()
        found = {"backup": seconds_of("backup", archive), "verify_ledger": seconds_of("verify_ledger")}
        if connection.vendor == "sqlite":  # a database of PostgreSQL would have to be made first
            found["restore"] = seconds_of("restore", archive, DATA_DIR=str(elsewhere))
        return found


def seconds_of(*arguments: str, **environment: str) -> float:
    before = os.times()
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1:])))
