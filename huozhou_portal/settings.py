"""The one settings file. What differs between installations comes from the environment: see `.env.example`."""

import re
from datetime import date, timedelta
from email.utils import formataddr
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / env.str("ENV_FILE", ".env"))


def words(name: str) -> list[str]:
    return env.str(name, "").replace(",", " ").split()


def holders(name: str) -> list[tuple[str, date]]:
    """Who outside keeps vouchers, and since when."""
    found = []
    for text in filter(None, map(str.strip, re.split("[;；]", env.str(name, "")))):
        who, _, since = text.rpartition(" ")
        try:
            found.append((who.strip(" ,，"), date.fromisoformat(since)))
        except ValueError:
            who = ""
        if not who:
            raise ImproperlyConfigured(
                f"{name} 里的“{text}”要写成“名称 2026-01-31”，几个之间用分号隔开。 "
                f"{name} takes names, each with the day since when, separated by semicolons."
            )
    return found


DEBUG = env.bool("DEBUG", False)
HTTPS = env.bool("HTTPS", not DEBUG)
DATA_DIR = BASE_DIR / (env.str("DATA_DIR", "") or "var")
PATH_PREFIX = env.str("PATH_PREFIX", "").strip("/")
PREFIX = f"/{PATH_PREFIX}" if PATH_PREFIX else ""

SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    secret_key_file = BASE_DIR / (env.str("SECRET_KEY_FILE", "") or DATA_DIR / "secret_key")
    if not secret_key_file.is_file():
        raise ImproperlyConfigured(
            "没有密钥：请设置 SECRET_KEY 或 SECRET_KEY_FILE。 No secret key: set SECRET_KEY or SECRET_KEY_FILE."
        )
    SECRET_KEY = secret_key_file.read_text().strip()

# What every page says about its publisher. What is left out leaves no trace.
SITE_NAME = env.str("SITE_NAME", "") or "年度承诺公开"
SITE_ORGANIZER = env.str("SITE_ORGANIZER", "")
SITE_UNDERTAKER = env.str("SITE_UNDERTAKER", "")
SITE_ID_CODE = env.str("SITE_ID_CODE", "")
ICP_NUMBER = env.str("ICP_NUMBER", "")
POLICE_NUMBER = env.str("POLICE_NUMBER", "")
OFFICIAL_MARK_URL = env.str("OFFICIAL_MARK_URL", "")
SITE_ERROR_URL = env.str("SITE_ERROR_URL", "")
CONTACT_LINE = env.str("CONTACT_LINE", "")
# Whom to tell of a weakness (RFC 9116): addresses of mail, pages or phones, the best first.
SECURITY_CONTACT = [f"mailto:{word}" if "@" in word and ":" not in word else word for word in words("SECURITY_CONTACT")]
if wrong := [word for word in SECURITY_CONTACT if not word.startswith(("mailto:", "https://", "tel:"))]:
    raise ImproperlyConfigured(
        f"SECURITY_CONTACT 里的 {wrong[0]} 要写成邮箱、https:// 网址或 tel:+86-…。 "
        "SECURITY_CONTACT takes mail addresses, https:// or tel: ones."
    )
VOUCHER_HOLDERS = holders("VOUCHER_HOLDERS")
SITE_NEWS = env.bool("SITE_NEWS", True)  # off: a city that keeps no column of articles beside its record

ROOT_URLCONF = "huozhou_portal.urls"
WSGI_APPLICATION = "huozhou_portal.wsgi.application"
FORCE_SCRIPT_NAME = PREFIX or None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "huozhou_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_tables2",
    "csp",
    "axes",
    "django_prose_editor",
    "huozhou_portal.apps.PortalConfig",
    "ledger",
    "projects",
    "tasks",
    "news",
]
FRAME_ANCESTORS = words("FRAME_ANCESTORS")
MIDDLEWARE = [
    # What says how far a browser may trust an answer comes first: static files, redirects and refusals get it as well.
    "csp.middleware.CSPMiddleware",
    "huozhou_portal.fences.FencesMiddleware",
    # It knows none or itself, and no other site: where one may show the portal, the policy alone says which.
    *([] if FRAME_ANCESTORS else ["django.middleware.clickjacking.XFrameOptionsMiddleware"]),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "huozhou_portal.display.DisplayMiddleware",
    "axes.middleware.AxesMiddleware",  # puts the page that says so in the place of a refused sign-in
    "huozhou_portal.outage.OutageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huozhou_portal.context_processors.portal",
            ],
            "builtins": [
                "huozhou_portal.templatetags.components",
                "huozhou_portal.templatetags.sharing",
                "projects.templatetags.lights",
                "projects.templatetags.pictures",
                "tasks.templatetags.promises",
                "tasks.templatetags.history",
                "tasks.templatetags.plan_pictures",
                "news.templatetags.stories",
            ],
        },
    }
]

# Chinese whatever the browser asks for: there is no LocaleMiddleware.
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = "huozhou_portal.locale_formats"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]  # what Django's own Chinese lacks or says otherwise than the desk does
USE_TZ = True

# No ATOMIC_REQUESTS: with IMMEDIATE transactions every reader would wait for the one writer.
DATABASE_URL = env.str("DATABASE_URL", "")
PATIENCE = env.int("DATABASE_PATIENCE", 30)  # seconds for one statement or one lock; shorter in web processes
# What every public page follows from, for the page cache in front of Django's middleware.
PUBLIC_STATE = "news.public_state.seen_now"
SHOWN_ELSEWHERE = ["news.hidden.places_showing"]  # files of the record, in what is no part of it
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "portal.sqlite3"}}
match DATABASES["default"]["ENGINE"]:
    case "django.db.backends.sqlite3":
        DATABASES["default"]["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",  # a deferred one fails where a read turns into a write
            "timeout": PATIENCE,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            # What is taken out is overwritten: a redaction leaves nothing behind in the file.
            "PRAGMA secure_delete=ON;",
        }
    case "django.db.backends.postgresql":
        DATABASES["default"] |= {
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": 3,
                "options": f"-c statement_timeout={PATIENCE}s -c lock_timeout={PATIENCE}s "
                "-c idle_in_transaction_session_timeout=30s",
                **DATABASES["default"].get("OPTIONS", {}),  # such as ?sslmode=verify-full
            },
        }
    case _:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")

STATIC_URL = f"{PREFIX}/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = f"{PREFIX}/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "huozhou_portal.storage.MediaStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# The forms check the size of each file, and that no more than twenty are chosen at once; a browser sends an empty part for
# each field for files besides, of which a page with twenty pictures has more than twenty.
DATA_UPLOAD_MAX_NUMBER_FILES = 50
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_REDIRECT_URL = "admin:index"
# Wrong guesses: so many close one name to one address for a while, and so many close an address to every name.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "huozhou_portal.doorkeeper.Doorkeeper"
AXES_FAILURE_LIMIT = 5
ADDRESS_FAILURE_LIMIT = 50
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "huozhou_portal.addresses.address_of"
AXES_LOCKOUT_CALLABLE = "huozhou_portal.doorkeeper.locked_out"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# An office computer that others may use next: half an hour without a press, or one working day, end a session.
SESSION_ENGINE = "huozhou_portal.sessions"
SESSION_COOKIE_AGE = 30 * 60
LONGEST_SESSION = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{PREFIX}/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS

ALLOWED_HOSTS = words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
if not (HTTPS or DEBUG) and set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}:
    raise ImproperlyConfigured(
        "HTTPS=off 只能用于本机（ALLOWED_HOSTS=127.0.0.1,localhost）。 HTTPS=off is for loopback hosts only."
    )
# Where mail leads back to: no request tells its own address there. The prefix is added to it.
SITE_URL = env.str("SITE_URL", "").rstrip("/")
if not SITE_URL and ALLOWED_HOSTS and not ALLOWED_HOSTS[0].startswith(("*", ".")):
    SITE_URL = f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0]}"

# Reminders go by e-mail where a server is named. Django's own default would try one on this machine.
EMAIL_URL, EMAIL_FROM = env.str("EMAIL_URL", ""), env.str("EMAIL_FROM", "")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
    if not EMAIL_FROM:
        raise ImproperlyConfigured("EMAIL_URL 要和 EMAIL_FROM（发件地址）一起设置。 EMAIL_URL needs EMAIL_FROM.")
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = formataddr((SITE_NAME, EMAIL_FROM))

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked on the machine itself
TRUST_PROXY = env.bool("TRUST_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
PROXY_COUNT = env.int("PROXY_COUNT", 1) if TRUST_PROXY else 0
# Under a prefix the host belongs to others, as sub-domains always may: not ours to bind to https for a year.
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS and not PREFIX else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",
    "security.W021",
    *(["security.W004"] if PREFIX else []),
    *(["security.W002"] if FRAME_ANCESTORS else []),
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": FRAME_ANCESTORS or [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # A mistyped address is the visitor's affair, a forged host name the scanner's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Whoever sent too much is told so.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
    },
}
