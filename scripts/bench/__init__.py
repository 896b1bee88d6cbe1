import os

# Before anything reads the settings; the environment of whoever measures an installation of their own wins.
for _name, _value in {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "protects nothing but a bench",
    "DJANGO_SETTINGS_MODULE": "huozhou_portal.settings",
}.items():
    os.environ.setdefault(_name, _value)
