"""The whole of what a server runs: Django, and before it the pages that are stored."""

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
    """`folder` is where pages are stored; where it isn't to poll for what is public, whoever asks for it does."""
    # People wait for an answer: no statement may take as long here as a migration may.
    os.environ.setdefault("DATABASE_PATIENCE", "5")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    query_deadline.enforce()
    django = get_wsgi_application()
    django.request_class = Request
    return PageCache(
        application=django,
        read_state=import_string("website.public_state.public_state"),  # it knows models, which are there by now
        network_of=network_in,
        outage_page=outage_page(django),
        desk=DESK,
        folder=folder or pages_folder(),
        polls=polls,
    )


application = create_application()
