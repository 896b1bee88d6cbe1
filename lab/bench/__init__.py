import os

import django
from django.apps import apps

# Only defaults: the environment may select another installation.
os.environ.setdefault("ENV_FILE", os.devnull)
os.environ.setdefault("SECRET_KEY", "protects nothing but a bench")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
if not apps.ready:
    django.setup()
