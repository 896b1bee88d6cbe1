"""The production settings as tests need them: no `.env`, and everything written below one folder that goes afterwards."""

import atexit
import os
import shutil
import tempfile

if "TEST_DATA_DIR" not in os.environ:  # parallel workers inherit that of the process that started them
    os.environ["TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="portal-tests-")
    atexit.register(shutil.rmtree, os.environ["TEST_DATA_DIR"], ignore_errors=True)
os.environ |= {
    "ENV_FILE": os.devnull,
    "DEBUG": "off",
    "HTTPS": "off",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "SECRET_KEY": "protects nothing but tests",
    "DATA_DIR": os.environ["TEST_DATA_DIR"],
}

from huozhou_portal.settings import *
from huozhou_portal.settings import DATABASES, STORAGES

PATIENCE = 300  # seconds in which sixteen writers at once wait for one another, on a machine however busy
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"]["timeout"] = PATIENCE
else:
    DATABASES["default"]["OPTIONS"]["options"] = f"-c statement_timeout={PATIENCE}s -c lock_timeout={PATIENCE}s"
# As strict about a missing file and as joined as in production, without compressing each of them.
STORAGES["staticfiles"] = {"BACKEND": "common.media.store.JoinedStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
