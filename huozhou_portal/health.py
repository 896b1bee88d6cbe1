"""The liveness and readiness checks for monitoring."""

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
QUERY_TIMEOUT = 2.0  # seconds


@not_cached(passes_limits=True)
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Makes no query."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@not_cached(passes_limits=True)
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where the disk, the migrations and the database are all "ok", else 503. As JSON, with what is wrong."""
    checks: dict[str, object] = {"disk": disk()}
    try:
        with query_deadline(QUERY_TIMEOUT):
            checks |= {"migrations": migrations(), "ledger": ledger(), "database": "ok"}
    except DatabaseError as error:
        checks["database"] = f"away: {type(error).__name__}"
    is_ready = checks["disk"] == checks.get("migrations") == checks["database"] == "ok"
    return JsonResponse(checks, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


def disk() -> str:
    if not os.access(settings.DATA_DIR, os.W_OK):
        return "not writable"
    free = shutil.disk_usage(settings.DATA_DIR).free
    return "ok" if free >= LEAST_FREE else f"{free // 2**20} MiB free"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not unapplied else f"{len(unapplied)} not applied"


def ledger() -> dict[str, object] | None:
    """The head of the ledger, which must be the same on every server of an installation."""
    head = chain.head()
    return {"seq": head.seq, "hash": head.hash} if head else None
