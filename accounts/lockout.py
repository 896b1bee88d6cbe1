"""Who may try a password: what django-axes asks when somebody signs in, and what the audit trail hears of it.

Axes' own handler counts a guess once it is known to be wrong, so that of many guesses at once each finds the door open.
Here a try is counted before the password is looked at, and forgotten if it was right. Names are kept as keyed digests:
people type passwords in the wrong field.

Whoever guesses from an office must not shut the office: a browser from which somebody signed in before has a counter of its
own for that name, and an address that tried too much stays open to the names that signed in from it.
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

COOKIE, COOKIE_AGE = f"known{settings.COOKIE_SUFFIX}", timedelta(days=180)  # nginx knows it by how it begins
SALT = "huozhou_portal.doorkeeper"  # written out: browsers stay known when this code moves
MOST_KNOWN = 10  # people who share a browser
NO_ACCOUNT = "（没有这个账号）"  # what was typed may be a password


class Attempt(NamedTuple):
    """Which one it is: of this name from this address, and of all from this address."""

    of_name: int
    of_address: int

    @property
    def is_last(self) -> bool:
        return self.of_name == settings.AXES_FAILURE_LIMIT or self.of_address == settings.ADDRESS_FAILURE_LIMIT


class SignInRequest(HttpRequest):
    """What axes and we note on it."""

    axes_locked_out: bool
    axes_credentials: dict | None
    sign_in_try: Attempt | None
    browsers_to_keep: dict[str, str]


class Lockout(AxesDatabaseHandler):
    def is_allowed(self, request: SignInRequest, credentials: dict | None = None) -> bool:
        """Counts the try as well."""
        now = timezone.now()
        _forget_before(now - settings.AXES_COOLOFF_TIME)
        name = _name_in(credentials)
        browser = known_browsers(request).get(_key_of(name), "")
        request.sign_in_try = _count(name, client_network(address_of(request)), browser, now)
        return request.sign_in_try is not None

    def user_login_failed(self, sender, credentials: dict, request: SignInRequest | None = None, **kwargs) -> None:
        if request is None or request.axes_locked_out:  # refused unread: told when the door was closed
            return
        person = User.objects.filter(username=_name_in(credentials)).first()
        claimed = f"自称 {name_of(person)}" if person else NO_ACCOUNT
        record(AuditAction.FAILURE, request=request, by=person, name=claimed)
        counted = getattr(request, "sign_in_try", None)
        if counted and counted.is_last:
            request.axes_locked_out, request.axes_credentials = True, credentials
            limit = settings.AXES_COOLOFF_TIME.seconds // 60
            record(AuditAction.LOCKOUT, request=request, by=person, name=claimed, note=f"{limit} 分钟")

    def user_logged_in(self, sender, request: SignInRequest, user: User, **kwargs) -> None:
        key, known = _key_of(user.get_username()), known_browsers(request)
        browser, place = known.pop(key, ""), client_network(address_of(request))
        # Who guesses from the same address goes on counting, where the browser has a counter of its own.
        own = Q(user_agent=browser) if browser else Q(user_agent="", ip_address=place)
        tries_of(user).filter(own).delete()
        kept = [*known.items(), (key, browser or secrets.token_hex(16))]
        request.browsers_to_keep = dict(kept[-MOST_KNOWN:])
        record(AuditAction.SIGN_IN, request=request, by=user)

    def user_logged_out(self, sender, request: HttpRequest, user: User | None, **kwargs) -> None:
        if user:
            record(AuditAction.SIGN_OUT, request=request, by=user)


def known_browsers(request: HttpRequest) -> dict[str, str]:
    """What this browser is called for each name that signed in from it; a forged cookie is none."""
    try:
        told = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return {}
    return told if isinstance(told, dict) else {}


def keep_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Once somebody has signed in: the browser will be known."""
    if kept := getattr(request, "browsers_to_keep", None):
        value = signing.dumps(kept, salt=SALT)
        is_secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            COOKIE, value, COOKIE_AGE, path=reverse("admin:login"), secure=is_secure, httponly=True, samesite="Lax"
        )


def _name_in(credentials: dict | None) -> str:
    return str((credentials or {}).get("username") or "")


def _key_of(name: str) -> str:
    return salted_hmac(SALT, name, algorithm="sha256").hexdigest()


def tries_of(user: User) -> QuerySet[AccessAttempt]:
    """The counted tries of the person's name, one row for each address."""
    return AccessAttempt.objects.filter(username=_key_of(user.get_username()))


def is_locked_out(user: User) -> bool:
    """Whether the name is closed to some address now."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    closed = tries_of(user).filter(attempt_time__gt=since, failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    return closed.exists()


@transaction.atomic
def _forget_before(moment: datetime) -> None:
    old = AccessAttempt.objects.select_for_update(skip_locked=True).filter(attempt_time__lte=moment)
    AccessAttempt.objects.filter(pk__in=[row.pk for row in old]).delete()


@transaction.atomic
def _count(name: str, place: str, browser: str, now: datetime) -> Attempt | None:
    """One more try; None, and nothing counted, where there have been too many."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME, user_agent="")
    of_address = recent.filter(ip_address=place).aggregate(n=Sum("failures_since_start"))["n"] or 0
    if of_address >= settings.ADDRESS_FAILURE_LIMIT and not browser and not _has_signed_in(name, place):
        return None
    row, is_new = AccessAttempt.objects.select_for_update().get_or_create(
        username=_key_of(name), ip_address=place, user_agent=browser, defaults={"failures_since_start": 1}
    )
    if is_new:
        return Attempt(1, of_address + 1)
    of_name = row.failures_since_start
    if of_name >= settings.AXES_FAILURE_LIMIT:
        return None
    AccessAttempt.objects.filter(pk=row.pk).update(failures_since_start=F("failures_since_start") + 1, attempt_time=now)
    return Attempt(of_name + 1, of_address + 1)


def _has_signed_in(name: str, place: str) -> bool:
    """Whether somebody of that name did from there, as far back as the audit trail knows."""
    signed_in = AuditRecord.objects.filter(kind=AuditAction.SIGN_IN, person__username=name, address__isnull=False)
    return any(client_network(one) == place for one in signed_in.values_list("address", flat=True).distinct())


@never_cache
def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """The same page for every name, whether somebody has it or not."""
    now = timezone.now()
    name, place = _name_in(credentials), client_network(address_of(request))
    browser = known_browsers(request).get(_key_of(name), "")
    until = _closed_since(name, place, browser, now) + settings.AXES_COOLOFF_TIME
    context = {**admin.site.each_context(request), "title": "暂时不能登录", "until": until + timedelta(minutes=1)}
    page = render(request, "admin/locked_out.html", context, status=429)
    page["Retry-After"] = str(max(1, round((until - now).total_seconds())))
    return page


def _closed_since(name: str, place: str, browser: str, now: datetime) -> datetime:
    tries = AccessAttempt.objects.filter(ip_address=place, user_agent=browser)
    of_name = tries.filter(username=_key_of(name), failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    return (of_name if of_name.exists() else tries).aggregate(at=Max("attempt_time"))["at"] or now
