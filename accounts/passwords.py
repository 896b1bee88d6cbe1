"""The page where users change their own password, which they have to do first where somebody else has set it."""

import secrets

from django.contrib import messages
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.utils.crypto import salted_hmac

from accounts.audit_log import record
from accounts.models import AuditAction, GivenPassword
from accounts.sessions import end_sessions, signed_in


def mark_given(user: User) -> None:
    """Record that somebody else has set the user's password."""
    GivenPassword.objects.get_or_create(user=user)


LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another one on paper
START_ITERATIONS = 20_000


def start_password_seed() -> str:
    """Of the passwords of one sheet; worth nothing without SECRET_KEY."""
    return secrets.token_urlsafe(24)


def start_password(seed: str, account: str) -> str:
    """To be printed and typed once: four groups of four, nearly 80 bits. The same seed and account give the same again."""
    number = int.from_bytes(salted_hmac("accounts.start_password", f"{seed} {account}", algorithm="sha256").digest())
    letters = []
    for _ in range(16):
        number, rest = divmod(number, len(LETTERS))
        letters.append(LETTERS[rest])
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def hashed_start_password(password: str) -> str:
    """Of a random password as `start_password` gives it, for many accounts at once.

    It can't be guessed however fast each attempt is, so it isn't hashed as slowly as one that a person thought of, which
    would take minutes for a sheet of people. Django hashes it as any other when it is first used.
    """
    hasher = type(get_hasher())()
    hasher.iterations = START_ITERATIONS  # type: ignore[attr-defined]  # of PBKDF2, which is Django's first
    return hasher.encode(password, hasher.salt())


def has_start_password(user: User, password: str) -> bool:
    """Whether it is still the user's, who never signed in."""
    return user.last_login is None and identify_hasher(user.password).verify(password, user.password)


def is_given(user: User) -> bool:
    return GivenPassword.objects.filter(user=user).exists()


class OwnPasswordForm(AdminPasswordChangeForm):
    def clean(self):
        super().clean()
        data = self.cleaned_data
        if data.get("old_password") and data.get("old_password") == data.get("new_password1"):
            self.add_error("new_password1", "新密码要和原来的不一样。")
        return data


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:index")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        user = signed_in(self.request)
        with transaction.atomic():
            response = super().form_valid(form)
            GivenPassword.objects.filter(user=user).delete()
            end_sessions(user, except_key=self.request.session.session_key)
            record(AuditAction.PASSWORD, request=self.request, by=user, about=user)
        messages.success(self.request, "密码改好了，下次用新密码登录。")
        return response


def own_password(request: HttpRequest, context: dict) -> HttpResponseBase:
    """The page, with `context` added to its template's. Raises PermissionDenied where nobody has signed in."""
    context |= {"is_given": is_given(signed_in(request))}
    return OwnPasswordView.as_view(extra_context=context)(request)
