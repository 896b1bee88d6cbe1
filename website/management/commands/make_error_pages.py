from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from common.files import write_whole
from common.media.store import READABLE_FILE, READABLE_FOLDER

FOLDER = "errors"
NAMES = ("413.html", "429.html", "503.html")


class Command(BaseCommand):
    help = "Write the error pages that the web server itself shows, beside the collected static files."

    def handle(self, **options):
        folder = settings.STATIC_ROOT / FOLDER
        for name in NAMES:
            write_whole(folder / name, render_to_string(name).encode(), mode=READABLE_FILE)
        folder.chmod(READABLE_FOLDER)
