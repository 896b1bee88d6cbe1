"""Requests every page of the sitemap, so that the page cache has a copy of each. Run by a systemd timer."""

import re
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from huozhou_portal.wsgi import create_application
from pagecache.middleware import PageCache

LOCATION = re.compile(r"<loc>([^<]+)</loc>")


class Command(BaseCommand):
    help = "为网站地图里的每一页备好副本：数据库出故障时，居民照样看得到。"

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SITE_URL:
            raise CommandError("不知道网址：请在 .env 里设置 SITE_URL 或 ALLOWED_HOSTS。")
        application = create_application(polls=False)
        application.poller.poll()
        if application.poller.is_away:
            raise CommandError("数据库连不上，副本没有更新。")
        status, sitemap = _get(application, "/sitemap.xml")
        if status != 200:
            raise CommandError(f"网站地图打不开（{status}）。")
        addresses = LOCATION.findall(
            sitemap.decode()
        )  # the addresses need no unescaping: they have letters, digits and hyphens only
        pages = [urlsplit(address).path.removeprefix(settings.PREFIX) for address in addresses]
        failed = [
            page for page in pages for cookie in ("", "display=large") if _get(application, page, cookie)[0] != 200
        ]
        self.stdout.write(f"{len(pages)} 页，标准版和关怀版都有了副本。")
        if failed:
            raise CommandError(f"打不开：{'、'.join(dict.fromkeys(failed))}")


def _get(application: PageCache, path: str, cookie: str = "") -> tuple[int, bytes]:
    """Status and body of a GET request to the path, at the portal's own host."""
    site = urlsplit(settings.SITE_URL)
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": settings.PREFIX,
        "QUERY_STRING": "",
        "HTTP_HOST": site.netloc,
        "HTTP_COOKIE": cookie,
        "HTTP_X_FORWARDED_PROTO": site.scheme,
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
    }
    body = b"".join(application(environ, lambda status, _headers: statuses.append(status)))  # type: ignore[arg-type]  # no write(), which Django doesn't call
    return int(statuses[0][:3]), body
