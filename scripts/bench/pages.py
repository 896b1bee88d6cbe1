"""What pages cost without their copies: CPU, queries and bytes, in one process on the database of the environment.

    python -m scripts.bench.pages

Prints a JSON object. `first` is the first answer after the record changed, `next` the median of later ones, in
milliseconds of CPU; `memory` is the resident size in MB at the end.
"""

import json
import statistics
import time
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from scripts.bench.bare import application

ROUNDS = 9


def addresses() -> dict[str, str]:
    """By what they are called in the table."""
    from projects.models import Project
    from tasks.models import Plan

    plan = Plan.objects.published().order_by("-year")[0]
    project = Project.objects.published().order_by("slug")[0]
    table = f"/{plan.year}/projects/"
    return {
        "overview": "/",
        "table": table,
        "table, most spent first": f"{table}?sort=-spent",
        "table, worst first, page 1": f"{table}?sort=light",
        "search": "/search/?q=%E5%B7%A5%E7%A8%8B",
        "project": f"/projects/{project.slug}/",
        "overview of a past day": f"/?as_of={plan.published_on.replace(month=6, day=17)}",
    }


def cpu_of(answer, address: str) -> tuple[float, int]:
    """Milliseconds, bytes."""
    began = time.process_time()
    body = answer(address)
    return (time.process_time() - began) * 1000, len(body)


def memory() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def measured() -> dict[str, Any]:
    answer = application(is_kept=True)
    from huozhou_portal import memo

    answer("/robots.txt")
    found = {}
    for name, address in addresses().items():
        answer(address)  # templates are compiled
        memo.clear()
        first, n_bytes = cpu_of(answer, address)
        costs = [cpu_of(answer, address)[0] for _ in range(ROUNDS)]
        with CaptureQueriesContext(connection) as queries:
            answer(address)
        found[name] = {
            "first": first,
            "next": statistics.median(costs),
            "queries": len(queries),
            "bytes": n_bytes,
        }
    return {"pages": found, "memory": memory()}


if __name__ == "__main__":
    print(json.dumps(measured()))
