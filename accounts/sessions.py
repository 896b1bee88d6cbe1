"""Sessions in the database, which end after an idle time or a working day, and the cookie of Django's messages."""

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

BEGAN_AT, ACTIVE_AT = "began", "pressed"  # keys of the first and last request in the admin, in seconds since 1970
TOUCH_INTERVAL = 60  # seconds


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """Only ASCII letters and digits: a forged cookie can hold NUL, at which PostgreSQL raises an error."""
        is_long_enough = super()._validate_session_key(key)  # type: ignore[misc]  # not in the stubs
        return key is not None and is_long_enough and key.isascii() and key.isalnum()

    def save(self, must_create: bool = False) -> None:
        """Ignores a failed update, as on a full disk: the session isn't extended, but users get the page with their input."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if not isinstance(error.__context__, OperationalError):
                raise

    def touch(self) -> None:
        """Extend the session, as the user is active. Changes it at most once in TOUCH_INTERVAL, to save writes."""
        now = int(time.time())
        if now - self.get(ACTIVE_AT, 0) >= TOUCH_INTERVAL:
            self[ACTIVE_AT] = now
            self.setdefault(BEGAN_AT, now)

    def get_session_cookie_age(self) -> int:
        """Seconds until the session expires: the idle time, or what is left of LONGEST_SESSION if that is less."""
        left = self.get(BEGAN_AT, time.time()) + settings.LONGEST_SESSION - time.time()
        return max(0, min(settings.SESSION_COOKIE_AGE, int(left)))


class SiteCookieStorage(CookieStorage):
    cookie_name = f"messages{settings.COOKIE_SUFFIX}"


class MessageStorage(FallbackStorage):
    storage_classes = (SiteCookieStorage, *FallbackStorage.storage_classes[1:])


def signed_in(request: HttpRequest) -> User:
    """The user of the request. Raises PermissionDenied where nobody has signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def has_expired(key: str | None) -> bool:
    """Whether the session of that key is still stored but expired. Signing out deletes it."""
    key = SessionStore(key).session_key
    return key is not None and Session.objects.filter(session_key=key, expire_date__lte=timezone.now()).exists()


def end_sessions(user: User, *, except_key: str | None = None) -> None:
    """End every session of the user except that of the key.

    Decodes all sessions, which is affordable as only the users of the admin have any.
    """
    for session in Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=except_key):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
