"""The one settings file. What differs between installations comes from the environment: see `.env.example`."""

from datetime import timedelta
from email.utils import formataddr
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from huozhou_portal import environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environment.read_file(BASE_DIR / ".env")

DEBUG = environment.flag("DEBUG", False)
HTTPS = environment.flag("HTTPS", not DEBUG)
DATA_DIR = BASE_DIR / environment.text("DATA_DIR", "var")
PATH_PREFIX = environment.path_prefix("PATH_PREFIX")
PREFIX = f"/{PATH_PREFIX}" if PATH_PREFIX else ""

SECRET_KEY = environment.secret_key(BASE_DIR, DATA_DIR)

# What every page says about its publisher. What is left out leaves no trace.
SITE_NAME = environment.text("SITE_NAME", "年度承诺公开")
SITE_ORGANIZER = environment.text("SITE_ORGANIZER")
SITE_UNDERTAKER = environment.text("SITE_UNDERTAKER")
SITE_ID_CODE = environment.site_code("SITE_ID_CODE")
ICP_NUMBER = environment.text("ICP_NUMBER")
POLICE_NUMBER = environment.text("POLICE_NUMBER")
OFFICIAL_MARK_URL = environment.address("OFFICIAL_MARK_URL")
SITE_ERROR_URL = environment.address("SITE_ERROR_URL")
SOURCE_URL = environment.address("SOURCE_URL")
CONTACT_LINE = environment.text("CONTACT_LINE")
SECURITY_CONTACT = environment.contacts("SECURITY_CONTACT")  # whom to tell of a weakness (RFC 9116)
VOUCHER_HOLDERS = environment.holders("VOUCHER_HOLDERS")
SITE_NEWS = environment.flag("SITE_NEWS", True)  # off: a city that keeps no column of articles beside its record

ROOT_URLCONF = "huozhou_portal.urls"
WSGI_APPLICATION = "huozhou_portal.wsgi.application"
FORCE_SCRIPT_NAME = PREFIX or None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "desk.apps.DeskAdminConfig",
    "projects",  # before Django's accounts: of two commands of one name the first is taken
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
    "common",
    "accounts",
    "ledger",
    "tasks",
    "news",
    "website",
    "desk.apps.DeskConfig",
    "huozhou_portal",
]
FRAME_ANCESTORS = environment.origins("FRAME_ANCESTORS")
MIDDLEWARE = [
    # What says how far a browser may trust an answer comes first: static files, redirects and refusals get it as well.
    "csp.middleware.CSPMiddleware",
    "common.security_headers.SecurityHeadersMiddleware",
    # It knows none or itself, and no other site: where one may show the portal, the policy alone says which.
    *([] if FRAME_ANCESTORS else ["django.middleware.clickjacking.XFrameOptionsMiddleware"]),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "common.display.DisplayMiddleware",
    "axes.middleware.AxesMiddleware",  # puts the page that says so in the place of a refused sign-in
    "common.outage.OutageMiddleware",
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
                "website.context_processors.portal",
            ],
            "builtins": [
                "common.templatetags.components",
                "website.templatetags.sharing",
                "website.templatetags.project_tags",
                "website.templatetags.project_pictures",
                "website.templatetags.promise_tags",
                "website.templatetags.history_tags",
                "website.templatetags.plan_pictures",
                "website.templatetags.news_tags",
            ],
        },
    }
]

# Chinese whatever the browser asks for: there is no LocaleMiddleware.
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = "common.locale_formats"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]  # what Django's own Chinese lacks or says otherwise than the desk does
USE_TZ = True

# No ATOMIC_REQUESTS: with IMMEDIATE transactions every reader would wait for the one writer.
DATABASE_URL = environment.database_url("DATABASE_URL")
# Seconds for one statement or one lock; shorter in web processes.
DB_TIMEOUT = environment.number("DATABASE_PATIENCE", 30, 1, 3600)
# What the page of an article shows, for whoever sees it at the desk before readers do.
ARTICLE_PAGE = "website.pages.news.page_of"
SHOWN_ELSEWHERE = ["news.hidden.places_showing"]  # files of the record, in what is no part of it
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "portal.sqlite3"}}
match DATABASES["default"]["ENGINE"]:
    case "django.db.backends.sqlite3":
        DATABASES["default"]["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",  # a deferred one fails where a read turns into a write
            "timeout": DB_TIMEOUT,
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
                "options": f"-c statement_timeout={DB_TIMEOUT}s -c lock_timeout={DB_TIMEOUT}s "
                "-c idle_in_transaction_session_timeout=30s",
                **DATABASES["default"].get("OPTIONS", {}),  # such as ?sslmode=verify-full
            },
        }

STATIC_URL = f"{PREFIX}/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = f"{PREFIX}/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "common.media.store.MediaStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "common.media.store.CollectedStorage"
    },
}
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # of all but what is collected
# The forms check the size of each file, and that no more than twenty are chosen at once; a browser sends an empty part for
# each field for files besides, of which a page with twenty pictures has more than twenty.
DATA_UPLOAD_MAX_NUMBER_FILES = 50
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.first_accounts.PrintedPasswordValidator"},
]
LOGIN_REDIRECT_URL = "admin:index"
# Wrong guesses: so many close one name to one address for a while, and so many close an address to every name.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "accounts.lockout.Lockout"
AXES_FAILURE_LIMIT = 5
ADDRESS_FAILURE_LIMIT = 50
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "accounts.client_address.address_of"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# An office computer that others may use next: half an hour without a press, or one working day, end a session.
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 30 * 60
LONGEST_SESSION = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{PREFIX}/"
# What stands above the path of a portal sends its cookies to the portal too: under names of its own none takes another's place.
COOKIE_SUFFIX = PREFIX.replace("/", "_")
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid{COOKIE_SUFFIX}", f"csrftoken{COOKIE_SUFFIX}"
MESSAGE_STORAGE = "accounts.sessions.MessageStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS

ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
if not (HTTPS or DEBUG) and set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}:
    raise ImproperlyConfigured("HTTPS=off 只能用于本机（ALLOWED_HOSTS=127.0.0.1,localhost）：别人能访问的要用 https。")
# Where mail leads back to: no request tells its own address there. The prefix is added to it.
SITE_URL = environment.origin("SITE_URL")
if not SITE_URL and ALLOWED_HOSTS and not ALLOWED_HOSTS[0].startswith(("*", ".")):
    SITE_URL = f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0]}"

# Reminders go by e-mail where a server is named. Django's own default would try one on this machine.
EMAIL_URL, EMAIL_FROM = environment.mail_server("EMAIL_URL"), environment.mailbox("EMAIL_FROM")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
    if not EMAIL_FROM:
        raise ImproperlyConfigured("写了 EMAIL_URL（邮件服务器），还要写 EMAIL_FROM（发件地址）。")
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = formataddr((SITE_NAME, EMAIL_FROM))

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked on the machine itself
TRUST_PROXY = environment.flag("TRUST_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
PROXY_COUNT = environment.number("PROXY_COUNT", 1, 1, 10) * TRUST_PROXY
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
    "filters": {"once_a_minute": {"()": "common.log_limits.OnceAMinute"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "refusals": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["once_a_minute"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # What is refused because of what was sent, which anybody may send endlessly.
        "django.security": {"handlers": ["refusals"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["refusals"], "level": "WARNING", "propagate": False},
        # A mistyped address is the visitor's affair, a forged host name the scanner's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Whoever sent too much is told so.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
    },
}
