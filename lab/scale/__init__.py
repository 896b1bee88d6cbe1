import os
from pathlib import Path

import django
from django.apps import apps

from common import data_folder

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    data_folder.make(Path(os.environ.get("DATA_DIR") or "var").absolute())
    django.setup()
