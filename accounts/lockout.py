"""Limits the attempts to sign in, as the handler of django-axes, and records sign-ins, failures and lock-outs for the audit.

Axes' own handler counts an attempt after the password was found to be wrong, so many attempts at the same time all pass its
check. Here an attempt is counted before the password is checked, and removed again if the password was right. User names are
stored as keyed digests, because people type passwords into the wrong field.

Somebody who guesses passwords from an office must not lock out the people who work there. So a browser from which a user has
signed in before has its own counter for that user, and a locked network still accepts the users who have signed in from it.

Of an AccessAttempt `username` is the digest, `ip_address` the network, and `user_agent` the token of a known browser or "".
"""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache

from accounts.audit_log import name_of, record
from accounts.client_address import address_of, client_network
from accounts.models import AuditAction, AuditRecord

COOKIE, COOKIE_AGE = f"known{settings.COOKIE_SUFFIX}", timedelta(days=180)  # nginx looks for this prefix
SALT = "huozhou_portal.doorkeeper"  # a literal, so that cookies stay valid when this module is moved
MAX_USERS = 10  # who share a browser
NO_ACCOUNT = "（没有这个账号）"  # without the name that was typed, which may be a password


class Attempt(NamedTuple):
    """The number of this attempt among those of the user name, and among those of the network."""

    of_name: int
    of_address: int

    @property
    def is_last(self) -> bool:
        return self.of_name == settings.AXES_FAILURE_LIMIT or self.of_address == settings.ADDRESS_FAILURE_LIMIT


class SignInRequest(HttpRequest):
    """With the attributes that axes and this module set."""

    axes_locked_out: bool
    axes_credentials: dict | None
    sign_in_attempt: Attempt | None
    browsers_to_store: dict[str, str]


class Lockout(AxesDatabaseHandler):
    def is_allowed(self, request: SignInRequest, credentials: dict | None = None) -> bool:
        """Whether this attempt may go on. Counts it."""
        now = timezone.now()
        _delete_before(now - settings.AXES_COOLOFF_TIME)
        name = _username_in(credentials)
        browser = known_browsers(request).get(_key_of(name), "")
        request.sign_in_attempt = _count(name, client_network(address_of(request)), browser, now)
        return request.sign_in_attempt is not None

    def user_login_failed(self, sender, credentials: dict, request: SignInRequest | None = None, **kwargs) -> None:
        if request is None or request.axes_locked_out:  # the lock-out is recorded already
            return
        person = User.objects.filter(username=_username_in(credentials)).first()
        claimed = f"自称 {name_of(person)}" if person else NO_ACCOUNT
        record(AuditAction.FAILURE, request=request, by=person, name=claimed)
        counted = getattr(request, "sign_in_attempt", None)
        if counted and counted.is_last:
            request.axes_locked_out, request.axes_credentials = True, credentials
            limit = settings.AXES_COOLOFF_TIME.seconds // 60
            record(AuditAction.LOCKOUT, request=request, by=person, name=claimed, note=f"{limit} 分钟")

    def user_logged_in(self, sender, request: SignInRequest, user: User, **kwargs) -> None:
        key, known = _key_of(user.get_username()), known_browsers(request)
        browser, network = known.pop(key, ""), client_network(address_of(request))
        # Without deleting the attempts of other browsers on this network, where this browser has its own counter.
        own = Q(user_agent=browser) if browser else Q(user_agent="", ip_address=network)
        attempts_of(user).filter(own).delete()
        browsers = [*known.items(), (key, browser or secrets.token_hex(16))]
        request.browsers_to_store = dict(browsers[-MAX_USERS:])
        record(AuditAction.SIGN_IN, request=request, by=user)

    def user_logged_out(self, sender, request: HttpRequest, user: User | None, **kwargs) -> None:
        if user:
            record(AuditAction.SIGN_OUT, request=request, by=user)


def known_browsers(request: HttpRequest) -> dict[str, str]:
    """From the cookie: the digest of each user name that signed in from this browser -> the token of the browser for it.

    Empty where the signature is wrong or has expired.
    """
    try:
        value = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return {}
    return value if isinstance(value, dict) else {}


def set_browser_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Where somebody has signed in during this request."""
    if browsers := getattr(request, "browsers_to_store", None):
        value = signing.dumps(browsers, salt=SALT)
        is_secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            COOKIE, value, COOKIE_AGE, path=reverse("admin:login"), secure=is_secure, httponly=True, samesite="Lax"
        )


def _username_in(credentials: dict | None) -> str:
    return str((credentials or {}).get("username") or "")


def _key_of(name: str) -> str:
    return salted_hmac(SALT, name, algorithm="sha256").hexdigest()


def attempts_of(user: User) -> QuerySet[AccessAttempt]:
    """One row for each network and known browser, also those whose time is over."""
    return AccessAttempt.objects.filter(username=_key_of(user.get_username()))


def is_locked_out(user: User) -> bool:
    """Whether the user is locked out from any network or browser now."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    locked = attempts_of(user).filter(attempt_time__gt=since, failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    return locked.exists()


@transaction.atomic
def _delete_before(moment: datetime) -> None:
    old = AccessAttempt.objects.select_for_update(skip_locked=True).filter(attempt_time__lte=moment)
    AccessAttempt.objects.filter(pk__in=[row.pk for row in old]).delete()


@transaction.atomic
def _count(name: str, network: str, browser: str, now: datetime) -> Attempt | None:
    """Count this attempt. None, without counting, where a limit is reached already."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME, user_agent="")
    of_address = recent.filter(ip_address=network).aggregate(n=Sum("failures_since_start"))["n"] or 0
    if of_address >= settings.ADDRESS_FAILURE_LIMIT and not browser and not _has_signed_in(name, network):
        return None
    row, is_new = AccessAttempt.objects.select_for_update().get_or_create(
        username=_key_of(name), ip_address=network, user_agent=browser, defaults={"failures_since_start": 1}
    )
    if is_new:
        return Attempt(1, of_address + 1)
    of_name = row.failures_since_start
    if of_name >= settings.AXES_FAILURE_LIMIT:
        return None
    AccessAttempt.objects.filter(pk=row.pk).update(failures_since_start=F("failures_since_start") + 1, attempt_time=now)
    return Attempt(of_name + 1, of_address + 1)


def _has_signed_in(name: str, network: str) -> bool:
    """Whether that user has ever signed in from the network, according to the audit trail."""
    signed_in = AuditRecord.objects.filter(kind=AuditAction.SIGN_IN, person__username=name, address__isnull=False)
    return any(client_network(one) == network for one in signed_in.values_list("address", flat=True).distinct())


@never_cache
def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """429 with Retry-After. The page is the same whether the user exists or not, so it can't be used to find user names."""
    now = timezone.now()
    name, network = _username_in(credentials), client_network(address_of(request))
    browser = known_browsers(request).get(_key_of(name), "")
    until = _locked_since(name, network, browser, now) + settings.AXES_COOLOFF_TIME
    context = {**admin.site.each_context(request), "title": "暂时不能登录", "until": until + timedelta(minutes=1)}
    page = render(request, "admin/locked_out.html", context, status=429)
    page["Retry-After"] = str(max(1, round((until - now).total_seconds())))
    return page


def _locked_since(name: str, network: str, browser: str, now: datetime) -> datetime:
    attempts = AccessAttempt.objects.filter(ip_address=network, user_agent=browser)
    of_name = attempts.filter(username=_key_of(name), failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    return (of_name if of_name.exists() else attempts).aggregate(at=Max("attempt_time"))["at"] or now
