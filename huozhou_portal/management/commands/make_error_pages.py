from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from huozhou_portal.files import write_whole

FOLDER = "errors"
NAMES = ("413.html", "429.html", "503.html")


class Command(BaseCommand):
    help = "Write the calm pages that the web server in front shows by itself, beside the collected static files."

    def handle(self, **options):
        for name in NAMES:
            write_whole(settings.STATIC_ROOT / FOLDER / name, render_to_string(name).encode())
