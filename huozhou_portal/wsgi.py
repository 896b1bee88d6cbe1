"""The WSGI application: Django behind the page cache."""

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from accounts.client_address import network_in
from common.outage import outage_page
from common.requests import Request
from pagecache import query_deadline
from pagecache.middleware import PageCache
from pagecache.store import pages_folder

DESK = "/admin/"


def create_application(*, folder: Path | None = None, polls: bool = True) -> PageCache:
    """`folder` is where pages are stored. Without `polls` no thread polls the public state; the caller has to."""
    # A visitor is waiting, so a statement may not take as long as one of a migration.
    os.environ.setdefault("DATABASE_PATIENCE", "5")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    query_deadline.enforce()
    django = get_wsgi_application()
    django.request_class = Request
    return PageCache(
        application=django,
        read_state=import_string("website.public_state.public_state"),  # imports models, so only after Django is set up
        network_of=network_in,
        outage_page=outage_page(django),
        desk=DESK,
        folder=folder or pages_folder(),
        polls=polls,
    )


application = create_application()
