from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from common.files import write_whole
from common.media.store import readable_by_web_server

FOLDER = "errors"
NAMES = ("413.html", "429.html", "503.html")


class Command(BaseCommand):
    help = "Write the error pages that the web server itself shows, beside the collected static files."

    def handle(self, **options):
        pages = {name: render_to_string(name).encode() for name in NAMES}
        with readable_by_web_server():
            for name, page in pages.items():
                write_whole(settings.STATIC_ROOT / FOLDER / name, page)
