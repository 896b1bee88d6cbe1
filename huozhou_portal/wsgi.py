import os

# People wait for an answer: no statement may take as long here as a migration may.
os.environ.setdefault("DATABASE_PATIENCE", "5")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from common.requests import Request
from pagecache import query_deadline
from pagecache.middleware import PageCache
from pagecache.store import folder

query_deadline.enforce()
django = get_wsgi_application()
django.request_class = Request
application = PageCache(django, read=import_string(settings.PUBLIC_STATE), folder=folder())
