"""The file with the first passwords: a line goes with its password, however that was changed, and is never a way in for longer."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import first_accounts

pytestmark = pytest.mark.both_databases
GIVEN = {"official": "given-to-official", "reviewer": "given-to-reviewer"}
OWN = "an own and long one"


@pytest.fixture
def people(settings, tmp_path, db):
    settings.DATA_DIR = tmp_path
    for name, password in GIVEN.items():
        User.objects.create_user(name, password=password, is_staff=True)
    first_accounts.write(GIVEN)
    return {user.username: user for user in User.objects.all()}


def test_a_password_of_ones_own_takes_the_line_away(people, client, django_capture_on_commit_callbacks):
    client.force_login(people["official"])
    form = {"old_password": GIVEN["official"], "new_password1": OWN, "new_password2": OWN}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/admin/password_change/", form).status_code == 302
    assert first_accounts.passwords() == {"reviewer": GIVEN["reviewer"]}
    assert first_accounts.file().stat().st_mode & 0o777 == 0o600


def change(user: User, password: str) -> None:
    user.set_password(password)
    user.save()


def test_the_last_line_takes_the_file_away_whoever_changes_the_passwords(people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for user in people.values():
            change(user, OWN)  # as `manage.py changepassword` does
    assert not first_accounts.file().exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_taken_back_leaves_the_line(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    user = User.objects.create_user("official", password=GIVEN["official"])
    first_accounts.write(GIVEN)
    with transaction.atomic():
        change(user, OWN)
        transaction.set_rollback(True)
    assert first_accounts.passwords() == GIVEN
    change(user, OWN)
    assert "official" not in first_accounts.passwords()


def test_a_sign_in_changes_nothing(people, client):
    assert people["official"].check_password(GIVEN["official"])
    assert first_accounts.passwords() == GIVEN


def test_nobody_keeps_the_printed_one(people):
    with pytest.raises(ValidationError, match="这是第一次发下来的密码"):
        validate_password(GIVEN["official"], people["official"])
    validate_password(GIVEN["official"], people["reviewer"])


def test_what_the_database_does_not_know_any_more_goes(people):
    """As after a restore: an older database has other passwords, or other people."""
    User.objects.filter(username="reviewer").update(password=people["official"].password)
    first_accounts.write({**GIVEN, "nobody": "given-to-nobody"})
    first_accounts.remove_outdated()
    assert first_accounts.passwords() == {"official": GIVEN["official"]}


def test_a_file_that_can_not_be_written_keeps_nobody_from_changing(
    people, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def fail(_found):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(first_accounts, "write", fail)
    with django_capture_on_commit_callbacks(execute=True):
        change(people["official"], OWN)
    assert User.objects.get(username="official").check_password(OWN)
    assert "official 的旧密码没有删掉" in caplog.text
