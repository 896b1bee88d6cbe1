"""The settings of every installation. Differences come from the environment and are described in `.env.example`."""

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

# The publisher, as displayed on every page. Where one of these is empty, the administrator decides (accounts.publisher).
SITE_NAME = environment.text("SITE_NAME")
SITE_ORGANIZER = environment.text("SITE_ORGANIZER")
SITE_UNDERTAKER = environment.text("SITE_UNDERTAKER")
SITE_ID_CODE = environment.site_code("SITE_ID_CODE")
ICP_NUMBER = environment.text("ICP_NUMBER")
POLICE_NUMBER = environment.text("POLICE_NUMBER")
OFFICIAL_MARK_URL = environment.address("OFFICIAL_MARK_URL")
SITE_ERROR_URL = environment.address("SITE_ERROR_URL")
CONTACT_LINE = environment.text("CONTACT_LINE")
COMPLAINT_LINE = environment.text("COMPLAINT_LINE")
SOURCE_URL = environment.address("SOURCE_URL")
SECURITY_CONTACT = environment.contacts("SECURITY_CONTACT")  # for reports of vulnerabilities (RFC 9116)
VOUCHER_HOLDERS = environment.holders("VOUCHER_HOLDERS")
PAPERS_DIR = environment.text(
    "PAPERS_DIR"
)  # the operator's templates of papers; empty: those that come with the portal
TRIAL = environment.flag("TRIAL", False)  # a rehearsal: every page says so, and search engines are kept out
SITE_NEWS = environment.flag("SITE_NEWS", True)  # off: the site has no news section

ROOT_URLCONF = "huozhou_portal.urls"
WSGI_APPLICATION = "huozhou_portal.wsgi.application"
FORCE_SCRIPT_NAME = PREFIX or None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "desk.apps.DeskAdminConfig",
    "projects",  # before django.contrib.auth, whose command `changepassword` it replaces
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
    # Security headers come first, so that static files, redirects and error responses get them as well.
    "csp.middleware.CSPMiddleware",
    "common.security_headers.SecurityHeadersMiddleware",
    # X-Frame-Options can't allow another site. Where one may embed the portal, only the content security policy limits that.
    *([] if FRAME_ANCESTORS else ["django.middleware.clickjacking.XFrameOptionsMiddleware"]),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "common.display.DisplayMiddleware",
    "axes.middleware.AxesMiddleware",  # replaces the response to a refused sign-in by the lock-out page
    "common.outage.OutageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["common.template_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
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
                "website.templatetags.task_tags",
                "website.templatetags.history_tags",
                "website.templatetags.plan_pictures",
                "website.templatetags.news_tags",
                "website.templatetags.search_tags",
            ],
        },
    }
]

# Always Chinese: without LocaleMiddleware the language of the browser has no effect.
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = "common.locale_formats"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]  # overrides and completes Django's own Chinese translation
USE_TZ = True

# No ATOMIC_REQUESTS: SQLite's IMMEDIATE transactions lock for writing, so every request would wait for the others.
DATABASE_URL = environment.database_url("DATABASE_URL")
# Seconds for a statement or for waiting for a lock. huozhou_portal.wsgi sets a shorter time for web processes.
DB_TIMEOUT = environment.number("DATABASE_PATIENCE", 30, 1, 3600)
# The function that makes the context of an article's page, for the preview in the admin.
ARTICLE_PAGE = "website.pages.news.page_of"
# Functions that find files of the record in what isn't part of it, so that a redaction hides them there, too.
SHOWN_ELSEWHERE = ["news.hidden.places_showing"]
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "portal.sqlite3"}}
match DATABASES["default"]["ENGINE"]:
    case "django.db.backends.sqlite3":
        DATABASES["default"]["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",  # a deferred transaction fails when it reads first and then writes
            "timeout": DB_TIMEOUT,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            # Overwrites deleted data, so that a redacted text doesn't remain in the file.
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
                **DATABASES["default"].get("OPTIONS", {}),  # from the URL, such as ?sslmode=verify-full
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
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # collected static files have their own
# The forms limit the size of each file and accept at most twenty at once. But a browser also sends an empty part for each
# empty file field: a month's sheet has one in each of its forty rows, and as many again in those that can't be sent yet.
DATA_UPLOAD_MAX_NUMBER_FILES = 120
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.first_accounts.PrintedPasswordValidator"},
]
LOGIN_REDIRECT_URL = "admin:index"
# Failed sign-ins within AXES_COOLOFF_TIME after which a user name is locked for a network, and a network for all names.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "accounts.lockout.Lockout"
AXES_FAILURE_LIMIT = 5
ADDRESS_FAILURE_LIMIT = 50
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "accounts.client_address.address_of"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# Office computers are shared, so a session ends after half an hour without a request, or after a working day. In seconds.
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 30 * 60
LONGEST_SESSION = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{PREFIX}/"
# A site at a shorter path of the same host gets and sets cookies with the same names, so those of a portal have a suffix.
COOKIE_SUFFIX = PREFIX.replace("/", "_")
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid{COOKIE_SUFFIX}", f"csrftoken{COOKIE_SUFFIX}"
MESSAGE_STORAGE = "accounts.sessions.MessageStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS

ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
if not (HTTPS or DEBUG) and set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}:
    raise ImproperlyConfigured("HTTPS=off 只能用于本机（ALLOWED_HOSTS=127.0.0.1,localhost）：别人能访问的要用 https。")
# For links in e-mails, where there is no request to take the host from. Without PREFIX, which is added.
SITE_URL = environment.origin("SITE_URL")
if not SITE_URL and ALLOWED_HOSTS and not ALLOWED_HOSTS[0].startswith(("*", ".")):
    SITE_URL = f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0]}"
    if (
        not HTTPS and (port := environment.number("PORT", 80, 1, 65535)) != 80
    ):  # on this machine, without a proxy before it
        SITE_URL += f":{port}"

# Without EMAIL_URL no e-mail is sent; Django's default would connect to a server on this machine.
EMAIL_URL, EMAIL_FROM = environment.mail_server("EMAIL_URL"), environment.mailbox("EMAIL_FROM")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
    if not EMAIL_FROM:
        raise ImproperlyConfigured("写了 EMAIL_URL（邮件服务器），还要写 EMAIL_FROM（发件地址）。")
EMAIL_TIMEOUT = 10  # seconds
# Robots of work groups, to which `tell_groups` sends. Their addresses are as good as passwords and never logged.
WECOM_ROBOT, DINGTALK_ROBOT = environment.robot("WECOM_ROBOT"), environment.robot("DINGTALK_ROBOT")
DINGTALK_SECRET = environment.text("DINGTALK_SECRET")
if DINGTALK_SECRET and not DINGTALK_ROBOT:
    raise ImproperlyConfigured("写了 DINGTALK_SECRET（加签的密钥），还要写 DINGTALK_ROBOT（群机器人的网址）。")
DEFAULT_FROM_EMAIL = formataddr((SITE_NAME, EMAIL_FROM))

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # requested by plain HTTP on the server itself
TRUST_PROXY = environment.flag("TRUST_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
PROXY_COUNT = environment.number("PROXY_COUNT", 1, 1, 10) * TRUST_PROXY
# Never for sub-domains, and not under a path prefix: other sites may be there, which may not support https.
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
        # Rejected requests, limited because anybody can send any number of them.
        "django.security": {"handlers": ["refusals"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["refusals"], "level": "WARNING", "propagate": False},
        # Not logged: pages that don't exist, and forged host names, which come from scanners.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Not logged: uploads that are too large, as the response tells the user.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
    },
}
