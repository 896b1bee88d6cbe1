"""One settings file, driven by the environment: each test runs it anew, with nothing else in the environment."""

import json
import os
import runpy
import secrets
import subprocess
import sys
from unittest import mock

import pytest
from django.conf import settings

SECRET = {"SECRET_KEY": "s" * 60}
NAMES = (
    "STATIC_URL", "MEDIA_URL", "SESSION_COOKIE_PATH", "CSRF_COOKIE_PATH", "FORCE_SCRIPT_NAME", "SECRET_KEY", "DEBUG",
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS",
    "SECURE_PROXY_SSL_HEADER", "PROXY_COUNT", "CSRF_TRUSTED_ORIGINS", "CONTENT_SECURITY_POLICY", "MIDDLEWARE",
    "DATABASES", "STORAGES", "SITE_URL", "EMAIL_BACKEND", "EMAIL_TIMEOUT", "DEFAULT_FROM_EMAIL",
    "SECURITY_CONTACT", "SITE_NEWS", "VOUCHER_HOLDERS", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "COOKIE_SUFFIX",
)  # fmt: skip
PRODUCTION = {"SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "zdgz.example.gov.cn"}


@pytest.fixture
def clean(tmp_path) -> dict[str, str]:
    """An environment that says nothing of the portal but that DATA_DIR is empty."""
    return {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path), "PYTHONUTF8": "1"}


@pytest.fixture
def run(clean):
    """Python with these variables and an empty DATA_DIR."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(  # noqa: S603  our own interpreter on our own files
            [sys.executable, *arguments],
            env=clean | variables,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def read(clean):
    """The settings as the file makes them of these variables and an empty DATA_DIR."""

    def read(**variables: str) -> dict:
        with mock.patch.dict(os.environ, clean | SECRET | variables, clear=True):
            known = runpy.run_path(str(settings.BASE_DIR / "huozhou_portal" / "settings.py"))
        return json.loads(json.dumps({name: known[name] for name in NAMES}, default=str))

    return read


def test_a_command_and_the_server_refuse_in_one_sentence(run):
    """What each variable may be is told in test_environment."""
    for command in (["manage.py", "check"], ["manage.py", "prepare"], ["-m", "huozhou_portal.server"]):
        finished = run(*command, **SECRET, HTTPS="yess")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "HTTPS=yess：看不懂，写 on 或 off。\n"


def test_who_holds_vouchers_has_a_name_and_a_day(read):
    assert read()["VOUCHER_HOLDERS"] == []
    held = read(VOUCHER_HOLDERS="市图书馆 2026-01-31； 霍州 读者协会 2026-02-10;")["VOUCHER_HOLDERS"]
    assert held == [["市图书馆", "2026-01-31"], ["霍州 读者协会", "2026-02-10"]]


def test_the_key_may_stand_in_a_file_of_the_data(read, tmp_path):
    (tmp_path / "secret_key").write_text("from a file\n")
    assert read(SECRET_KEY="")["SECRET_KEY"] == "from a file"
    assert read(SECRET_KEY="given")["SECRET_KEY"] == "given"


@pytest.mark.parametrize(
    ("given", "prefix"), [("", ""), ("/", ""), ("zdgz", "/zdgz"), ("/zdgz/", "/zdgz"), ("/a/zdgz", "/a/zdgz")]
)
def test_everything_stays_below_the_prefix(read, given, prefix):
    known = read(PATH_PREFIX=given)
    assert known["FORCE_SCRIPT_NAME"] == (prefix or None)
    assert (known["STATIC_URL"], known["MEDIA_URL"]) == (f"{prefix}/static/", f"{prefix}/media/")
    assert known["SESSION_COOKIE_PATH"] == known["CSRF_COOKIE_PATH"] == f"{prefix}/"
    suffix = prefix.replace("/", "_")
    names = known["SESSION_COOKIE_NAME"], known["CSRF_COOKIE_NAME"], known["COOKIE_SUFFIX"]
    assert names == (f"sessionid{suffix}", f"csrftoken{suffix}", suffix)


@pytest.mark.parametrize(
    ("variables", "is_https", "hsts"),
    [
        ({"ALLOWED_HOSTS": "zdgz.example.gov.cn"}, True, 31_536_000),
        ({"ALLOWED_HOSTS": "www.example.gov.cn", "PATH_PREFIX": "zdgz"}, True, 0),
        ({"ALLOWED_HOSTS": "127.0.0.1, localhost [::1]", "HTTPS": "off"}, False, 0),
        ({"DEBUG": "on", "ALLOWED_HOSTS": "192.168.0.7"}, False, 0),
        ({"DEBUG": "on", "HTTPS": "on"}, True, 31_536_000),
    ],
    ids=["a host of its own", "below another site", "on this machine", "development", "development over https"],
)
def test_transport(read, variables, is_https, hsts):
    known = read(**variables)
    switches = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert {known[name] for name in switches} == {is_https}
    assert known["SECURE_HSTS_SECONDS"] == hsts


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, ""),
        ({"ALLOWED_HOSTS": "zdgz.example.gov.cn,www.example.gov.cn"}, "https://zdgz.example.gov.cn"),
        ({"ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "off"}, "http://127.0.0.1"),
        ({"ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "off", "PORT": "8123"}, "http://127.0.0.1:8123"),
        ({"ALLOWED_HOSTS": "zdgz.example.gov.cn", "PORT": "8123"}, "https://zdgz.example.gov.cn"),
        ({"ALLOWED_HOSTS": ".example.gov.cn"}, ""),
        ({"ALLOWED_HOSTS": "*", "SITE_URL": "https://www.example.gov.cn/"}, "https://www.example.gov.cn"),
    ],
    ids=["none", "the first of many", "on this machine", "at a port of it", "behind a proxy", "any below", "as said"],
)
def test_where_mail_leads_back_to(read, variables, address):
    assert read(**variables)["SITE_URL"] == address


def test_mail_goes_where_it_is_told_and_nowhere_else(read):
    quiet = read()
    assert quiet["EMAIL_BACKEND"] == "django.core.mail.backends.dummy.EmailBackend"
    loud = read(EMAIL_URL="smtp+ssl://a:b@mail.example:465", EMAIL_FROM="zdgz@example.gov.cn", SITE_NAME="Promises")
    assert loud["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert loud["DEFAULT_FROM_EMAIL"] == "Promises <zdgz@example.gov.cn>"
    assert loud["EMAIL_TIMEOUT"] == 10


def test_only_what_is_said_is_trusted(read):
    known = read()
    assert known["DEBUG"] is False
    assert (known["ALLOWED_HOSTS"], known["CSRF_TRUSTED_ORIGINS"]) == ([], [])
    assert known["SECURE_PROXY_SSL_HEADER"] is None
    assert known["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["frame-ancestors"] == ["'none'"]


def test_what_is_said_is_trusted(read):
    known = read(
        ALLOWED_HOSTS="a.example.gov.cn,b.example.gov.cn",
        CSRF_TRUSTED_ORIGINS="https://a.example.gov.cn",
        TRUST_PROXY="on",
        FRAME_ANCESTORS="https://www.example.gov.cn https://m.example.gov.cn",
    )
    assert known["ALLOWED_HOSTS"] == ["a.example.gov.cn", "b.example.gov.cn"]
    assert known["CSRF_TRUSTED_ORIGINS"] == ["https://a.example.gov.cn"]
    assert known["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    ancestors = known["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["frame-ancestors"]
    assert ancestors == ["https://www.example.gov.cn", "https://m.example.gov.cn"]
    assert not [name for name in known["MIDDLEWARE"] if "XFrameOptions" in name]
    assert [name for name in read()["MIDDLEWARE"] if "XFrameOptions" in name]


@pytest.mark.parametrize(
    ("variables", "n_proxies"),
    [
        ({}, 0),
        ({"PROXY_COUNT": "2"}, 0),
        ({"TRUST_PROXY": "on"}, 1),
        ({"TRUST_PROXY": "on", "PROXY_COUNT": "2"}, 2),
    ],
)
def test_no_more_proxies_are_believed_than_there_are(read, variables, n_proxies):
    assert read(**variables)["PROXY_COUNT"] == n_proxies


def test_scripts_and_styles_come_from_the_portal_alone(read):
    directives = read()["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["style-src"] == ["'self'"]
    assert "unsafe" not in str(directives)


def test_every_answer_carries_the_policy(client):
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert {"frame-ancestors 'none'", "object-src 'none'", "style-src 'self'"} <= set(policy.split("; "))


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("", "sqlite3", "portal.sqlite3"),
        ("sqlite:////srv/portal/other.sqlite3", "sqlite3", "/srv/portal/other.sqlite3"),
        ("postgres://portal:secret@127.0.0.1:5432/portal", "postgresql", "portal"),
        ("postgresql://portal:secret@127.0.0.1:5432/portal?sslmode=verify-full", "postgresql", "portal"),
    ],
)
def test_databases(read, url, engine, name):
    database = read(DATABASE_URL=url)["DATABASES"]["default"]
    assert database["ENGINE"] == f"django.db.backends.{engine}"
    assert database["NAME"].endswith(name)
    assert database["OPTIONS"].get("sslmode") == ("verify-full" if "sslmode" in url else None)
    wait = "timeout" if engine == "sqlite3" else "connect_timeout"
    assert wait in database["OPTIONS"]


@pytest.mark.parametrize(("prefix", "frames"), [("", ""), ("/zdgz/", ""), ("", "https://www.example.gov.cn")])
def test_production_settings_have_nothing_to_be_warned_of(run, prefix, frames):
    named = {**PRODUCTION, "PATH_PREFIX": prefix, "FRAME_ANCESTORS": frames}
    finished = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **named)
    assert not finished.returncode, finished.stderr


def test_whom_to_tell_of_a_fault_and_whether_there_are_news(read):
    quiet, told = read(), read(SECURITY_CONTACT="a@example.gov.cn, https://example.gov.cn/cuo/", SITE_NEWS="off")
    assert (quiet["SECURITY_CONTACT"], quiet["SITE_NEWS"]) == ([], True)
    assert told["SECURITY_CONTACT"] == ["mailto:a@example.gov.cn", "https://example.gov.cn/cuo/"]
    assert told["SITE_NEWS"] is False
