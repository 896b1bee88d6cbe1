"""The pulse of the process, and whether the portal can do its work, for whatever watches over it."""

import os
import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from common.cache_policy import not_cached
from ledger import chain
from pagecache.query_deadline import query_deadline

LEAST_FREE = 200 * 1024 * 1024  # bytes
LONGEST = 2.0  # seconds


@not_cached(passes_limits=True)
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Says that the process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@not_cached(passes_limits=True)
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where everything is in order, else 503; each line says "ok" or what is wrong."""
    found: dict[str, object] = {"disk": disk()}
    try:
        with query_deadline(LONGEST):
            found |= {"migrations": migrations(), "ledger": ledger(), "database": "ok"}
    except DatabaseError as error:
        found["database"] = f"away: {type(error).__name__}"
    is_ready = found["disk"] == found.get("migrations") == found["database"] == "ok"
    return JsonResponse(found, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


def disk() -> str:
    if not os.access(settings.DATA_DIR, os.W_OK):
        return "not writable"
    free = shutil.disk_usage(settings.DATA_DIR).free
    return "ok" if free >= LEAST_FREE else f"{free // 2**20} MiB free"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    ahead = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not ahead else f"{len(ahead)} not applied"


def ledger() -> dict[str, object] | None:
    """The head: machines that answer for the same city tell the same."""
    head = chain.head()
    return {"seq": head.seq, "hash": head.hash} if head else None
