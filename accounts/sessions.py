"""Sessions in the database: what a cookie may ask of it, and when they end; and the cookie of messages beside them."""

import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest
from django.utils import timezone

BEGAN, PRESSED = "began", "pressed"  # seconds since 1970, of the first and the last press at the desk
A_MINUTE = 60


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """PostgreSQL refuses NUL in text, and a forged cookie can hold one."""
        is_long_enough = super()._validate_session_key(key)  # type: ignore[misc]  # not in the stubs
        return key is not None and is_long_enough and key.isascii() and key.isalnum()

    def save(self, must_create: bool = False) -> None:
        """A full disk may not take away the page that holds what somebody typed: the session just isn't prolonged."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if not isinstance(error.__context__, OperationalError):
                raise

    def press(self) -> None:
        """Somebody is there: the session lasts on, and is written at most once a minute."""
        now = int(time.time())
        if now - self.get(PRESSED, 0) >= A_MINUTE:
            self[PRESSED] = now
            self.setdefault(BEGAN, now)

    def get_session_cookie_age(self) -> int:
        """Seconds from now: idle time, or what is left of the working day."""
        left = self.get(BEGAN, time.time()) + settings.LONGEST_SESSION - time.time()
        return max(0, min(settings.SESSION_COOKIE_AGE, int(left)))


class SiteCookieStorage(CookieStorage):
    cookie_name = f"messages{settings.COOKIE_SUFFIX}"


class MessageStorage(FallbackStorage):
    storage_classes = (SiteCookieStorage, *FallbackStorage.storage_classes[1:])


def signed_in(request: HttpRequest) -> User:
    """Who asks. Raises PermissionDenied where nobody has signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def has_run_out(key: str | None) -> bool:
    """Whether the session of that name is over because of time, and not by sign-out."""
    key = SessionStore(key).session_key
    return key is not None and Session.objects.filter(session_key=key, expire_date__lte=timezone.now()).exists()


def end_sessions(user: User, *, but: str | None = None) -> None:
    """End every session of the person except the one named. Only people at the desk have sessions: they are few."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
