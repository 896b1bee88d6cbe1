"""Who may publish: the first reviewers, and whoever became one since in sight of the others."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditRecord, GivenPassword
from accounts.roles import REVIEWER
from ledger.chain import PublicationError
from ledger.guard import publishing
from ledger.models import Entry, EntryKind
from projects.acts import person_digest
from projects.appointments import decide
from projects.models import Appointment, FirstReviewer
from projects.publishing import publish
from projects.redactions import confirm, hide
from projects.reviewers import Authority, authority, publishing_error
from projects.verification import differences
from tasks.models import Plan
from tests.factories import (
    a_person,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    an_administrator,
    an_evidence,
    an_official,
    moment,
    one_of_the_first,
    published,
    published_by,
)
from tests.small_city import a_city, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PASSWORD = "a tall glass of 7up"

# The rule, on plain objects

T0 = datetime(2020, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
GIVEN, TAKEN, RESET, APPROVED, OBJECTED = (
    EntryKind.APPOINTMENT,
    EntryKind.DISMISSAL,
    EntryKind.PASSWORD,
    EntryKind.APPROVAL,
    EntryKind.OBJECTION,
)
YES, NO = True, False
# what happened, in hours after T0; asked when; may publish; says that nobody confirmed
CASES = {
    "one of the first": (True, [], 0, YES, NO),
    "unknown": (False, [], 0, NO, NO),
    "given just now": (False, [(GIVEN, 0)], 0, NO, YES),
    "given a second less than a day ago": (False, [(GIVEN, 0)], 24 - 1 / 3600, NO, YES),
    "given a day ago": (False, [(GIVEN, 0)], 24, YES, YES),
    "given a second less than 30 days ago": (False, [(GIVEN, 0)], 30 * 24 - 1 / 3600, YES, YES),
    "given 30 days ago": (False, [(GIVEN, 0)], 30 * 24, YES, NO),
    "confirmed at once": (False, [(GIVEN, 0), (APPROVED, 0)], 0, YES, NO),
    "confirmed after a day": (False, [(GIVEN, 0), (APPROVED, 30)], 31, YES, NO),
    "objected to": (False, [(GIVEN, 0), (OBJECTED, 1)], 48, NO, YES),
    "objected to, then confirmed on the server": (False, [(GIVEN, 0), (OBJECTED, 1), (APPROVED, 2)], 2, YES, NO),
    "objected to, then given anew": (False, [(GIVEN, 0), (OBJECTED, 1), (TAKEN, 2), (GIVEN, 3)], 99, NO, YES),
    "objected to, then a password set": (False, [(GIVEN, 0), (OBJECTED, 1), (RESET, 2)], 99, NO, YES),
    "taken": (False, [(GIVEN, 0), (APPROVED, 1), (TAKEN, 2)], 99, NO, NO),
    "taken from one of the first": (True, [(TAKEN, 0)], 99, NO, NO),
    "taken and given anew": (True, [(TAKEN, 0), (GIVEN, 40)], 41, NO, YES),
    "a password set by another": (True, [(RESET, 0)], 23, NO, YES),
    "a password set a day ago": (True, [(RESET, 0)], 24, YES, YES),
    "a password set, confirmed": (True, [(RESET, 0), (APPROVED, 1)], 2, YES, NO),
    "confirmed before another password": (False, [(GIVEN, 0), (APPROVED, 1), (RESET, 2)], 3, NO, YES),
}


@pytest.mark.parametrize(("was_first", "acts", "hours", "may_publish", "is_unconfirmed"), CASES.values(), ids=CASES)
def test_who_may_publish(was_first, acts, hours, may_publish, is_unconfirmed):
    """docs/rules.md: reviewers."""
    known = authority([(act, T0 + at * HOUR) for act, at in acts], was_first=was_first)
    now = T0 + hours * HOUR
    assert (known is not None and known.may_publish(now)) is may_publish
    assert (known is not None and known.is_unconfirmed(now)) is is_unconfirmed


def test_nothing_happened_is_not_the_same_as_nothing_known():
    assert authority([], was_first=True) == Authority()
    assert authority([], was_first=False) is None


# At the desk


@pytest.fixture
def city(db):
    city = a_city()
    assert city.reviewer
    assert city.second_reviewer
    return city


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(moment("2020-05-20"), tick=False) as traveller:
        yield traveller


def later(clock, **time) -> None:
    clock.shift(timedelta(**time))


def new_person(by: User, name: str = "puppet", role: str = REVIEWER):
    return signed_in(by).post(
        reverse("admin:auth_user_add"),
        {
            "username": name,
            "password1": PASSWORD,
            "password2": PASSWORD,
            "groups": [Group.objects.get(name=role).pk],
            "memberships-TOTAL_FORMS": 0,
            "memberships-INITIAL_FORMS": 0,
        },
    )


def saved_person(by: User, person: User, *roles: str, **changes):
    return signed_in(by).post(
        reverse("admin:auth_user_change", args=[person.pk]),
        {
            "username": person.username,
            "groups": [Group.objects.get(name=role).pk for role in roles],
            "is_active": "on",
            "memberships-TOTAL_FORMS": 0,
            "memberships-INITIAL_FORMS": 0,
            **changes,
        },
    )


def password_set(by: User, person: User):
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    return signed_in(by).post(address, {"password1": PASSWORD, "password2": PASSWORD})


def press(by: User, person: User, act: str, about: object = None):
    about = Entry.objects.filter(kind__in=Appointment.WAITING).last().seq if about is None else about
    return signed_in(by).post(reverse(f"admin:auth_user_{act}", args=[person.pk]), {"about": about})


def messages_of(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def acts() -> list[str]:
    return list(Entry.objects.filter(subject="reviewers").values_list("kind", flat=True))


def a_waiting_report(city):
    report = a_report(city.bridge, "2020-05-19", {"built": 55}, by=city.official)
    an_evidence(report, content=b"%PDF-1")
    return report


def test_an_administrator_alone_gets_nothing_published_within_a_day_and_later_never_unseen(city, clock):
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    report = a_waiting_report(city)
    assert acts() == ["appointment"]
    with pytest.raises(PublicationError, match="还不能公布"):
        publish(report, by=puppet)
    for person in (city.reviewer, city.second_reviewer, city.administrator):
        assert "任命 <b>puppet</b> 为审核员" in " ".join(signed_in(person).get("/admin/").content.decode().split())
    later(clock, hours=24)
    entry = publish(report, by=puppet)
    assert entry.payload["acts"][-1]["unconfirmed"] is True
    assert list(differences()) == []


def test_who_is_called_as_another_reviewer_is_told_apart(city):
    """An administrator writes the names; of accounts there are no two of one name."""
    new_person(city.administrator)
    User.objects.filter(username__in=["puppet", city.reviewer.username]).update(first_name="王工")
    page = signed_in(city.second_reviewer).get("/admin/").content.decode()
    assert "任命 <b>王工</b>（puppet） 为审核员" in " ".join(page.split())


@pytest.mark.parametrize("how", ["role", "role by switching on", "password"])
def test_every_way_to_another_reviewer_waits(city, how):
    if how == "role":
        person = a_person("clerk", "编辑")
        saved_person(city.administrator, person, REVIEWER)
        expected = ["appointment"]
    elif how == "role by switching on":
        person = city.second_reviewer
        saved_person(city.administrator, person, REVIEWER, is_active="")
        saved_person(city.administrator, person, REVIEWER)
        expected = ["dismissal", "appointment"]
    else:
        person = city.second_reviewer
        password_set(city.administrator, person)
        expected = ["password"]
    assert acts() == expected
    assert "还不能公布" in publishing_error(User.objects.get(pk=person.pk))
    assert list(differences()) == []


def test_a_role_taken_is_an_entry(city):
    saved_person(city.administrator, city.second_reviewer)
    assert acts() == ["dismissal"]
    dismissed = User.objects.get(pk=city.second_reviewer.pk)
    assert not dismissed.has_perm("projects.publish_report")
    assert publishing_error(dismissed)


@pytest.mark.parametrize("changes", [{"email": "a@example.org"}, {"username": "renamed"}, {"first_name": "Li"}])
def test_what_opens_nothing_is_no_entry(city, changes):
    saved_person(city.administrator, city.second_reviewer, REVIEWER, **changes)
    new_person(city.administrator, "clerk", "编辑")
    password_set(city.administrator, User.objects.get(username="clerk"))
    assert acts() == []


def test_ones_own_password_waits_for_nothing(city):
    city.reviewer.set_password(PASSWORD)
    city.reviewer.save()
    signed_in(city.reviewer).post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": f"{PASSWORD} 2", "new_password2": f"{PASSWORD} 2"},
    )
    assert User.objects.get(pk=city.reviewer.pk).check_password(f"{PASSWORD} 2")
    assert acts() == []
    assert publishing_error(city.reviewer) == ""


def test_another_reviewer_confirms_by_one_press(city):
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    press(city.reviewer, puppet, "approve")
    assert acts() == ["appointment", "approval"]
    assert publishing_error(puppet) == ""
    entry = publish(a_waiting_report(city), by=puppet)
    assert "unconfirmed" not in entry.payload["acts"][-1]
    assert Entry.objects.get(kind="approval").payload["about"] == Entry.objects.get(kind="appointment").seq
    assert list(differences()) == []


def test_an_objection_keeps_a_person_out_until_the_server_says_otherwise(city, clock, capsys):
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    press(city.second_reviewer, puppet, "object")
    later(clock, days=3)
    assert "提出了异议" in publishing_error(puppet)
    assert "confirm_reviewer puppet" in publishing_error(puppet)
    assert "已经有人提出异议" in messages_of(press(city.reviewer, puppet, "approve"))
    call_command("confirm_reviewer", "puppet")
    assert acts() == ["appointment", "objection", "approval"]
    assert Entry.objects.last().payload["acts"] == []
    assert publishing_error(puppet) == ""
    assert "已确认 puppet" in capsys.readouterr().out
    call_command("confirm_reviewer", "puppet")
    assert "不用确认" in capsys.readouterr().out
    assert list(differences()) == []


def test_another_administrator_may_object(city):
    other = an_administrator("admin2")
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    assert "您自己办的" in messages_of(press(city.administrator, puppet, "object"))
    assert "没有确认的权限" in messages_of(press(other, puppet, "approve"))
    assert acts() == ["appointment"]
    press(other, puppet, "object")
    assert acts() == ["appointment", "objection"]


@pytest.mark.parametrize(
    ("who", "told"),
    [("puppet", "说的是您自己"), ("pair", "还不能公布"), ("official", None)],
    ids=["the person", "one who waits too", "an official"],
)
def test_nobody_else_confirms(city, who, told):
    assert city.official
    for name in ("pair", "puppet"):
        new_person(city.administrator, name)
    GivenPassword.objects.all().delete()  # they have chosen their own
    puppet = User.objects.get(username="puppet")
    response = press(User.objects.get(username=who), puppet, "approve", Appointment.objects.get(person=puppet).entry_id)
    if told is None:
        assert response.status_code == 403
    else:
        assert told in messages_of(response)
    assert acts() == ["appointment", "appointment"]


def test_two_puppets_do_not_stand_behind_each_other(city, clock):
    for name in ("puppet", "pair"):
        new_person(city.administrator, name)
    puppet, pair = (User.objects.get(username=name) for name in ("puppet", "pair"))
    GivenPassword.objects.all().delete()
    later(clock, hours=24)
    about = Appointment.objects.get(person=puppet).entry_id
    assert "还没有另一位审核员确认过您" in messages_of(press(pair, puppet, "approve", about))
    assert acts() == ["appointment", "appointment"]
    later(clock, days=30)
    assert publishing_error(pair) == ""


def test_a_superuser_who_appoints_cannot_confirm(city):
    root = User.objects.create_superuser("root", is_staff=True)
    one_of_the_first(root)
    new_person(root)
    assert "您自己办的" in messages_of(press(root, User.objects.get(username="puppet"), "approve"))
    assert acts() == ["appointment"]


def test_what_was_not_shown_is_not_decided(city):
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    first = Appointment.objects.get().entry_id
    password_set(city.administrator, puppet)
    for about in (first, "", "x", "9" * 30, "１"):
        assert "请再看一遍" in messages_of(press(city.reviewer, puppet, "approve", about))
    assert acts() == ["appointment", "password"]


def test_an_objection_comes_within_the_day_a_confirmation_later_too(city, clock):
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    later(clock, hours=24)
    assert "24 小时已经过了" in messages_of(press(city.reviewer, puppet, "object"))
    press(city.reviewer, puppet, "approve")
    assert acts() == ["appointment", "approval"]


def test_whoever_waits_hides_and_confirms_nothing(city):
    report = city.bridge.reports.get(source__isnull=False)
    hide(report, "text", also=(), reason="A name.", by=city.reviewer)
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    with pytest.raises(PublicationError, match="还不能公布"):
        confirm(report.entry.redactions.get(), by=puppet)
    published_report = published(a_report(city.pool, "2020-05-10", {"filled": 9}), "2020-05-20")
    with pytest.raises(PublicationError, match="还不能公布"):
        hide(published_report, "text", also=(), reason="A name.", by=puppet)


def test_the_desk_of_whoever_waits_has_no_buttons(city):
    a_waiting_report(city)
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    puppet.given_password.delete()
    page = signed_in(puppet).get("/admin/").content.decode()
    assert "还不能公布" in page
    assert "等您审核" in page
    assert "公布这一份" not in page
    assert "公布勾选的" not in page


def test_residents_read_what_happened_and_that_nobody_stands_behind_it(city, clock, client):
    new_person(city.administrator)
    appointment = Entry.objects.last()
    page = client.get(reverse("entry", args=[appointment.seq])).content.decode()
    assert "任命了一位审核员。另一位审核员确认以前" in page
    assert "<dd>公布：管理员" in " ".join(page.split())
    assert "puppet" not in page
    assert "任命：一位审核员" in client.get("/ledger/").content.decode()
    assert "任命了一位审核员" in client.get("/feeds/record.atom").content.decode()
    later(clock, hours=24)
    entry = publish(a_waiting_report(city), by=User.objects.get(username="puppet"))
    assert (
        "督查审核员（还没有另一位审核员确认过这个人）"
        in client.get(reverse("entry", args=[entry.seq])).content.decode()
    )
    assert "没有另一位审核员确认过" in client.get("/projects/bridge/").content.decode()
    later(clock, days=30)
    published_by(
        a_report(city.pool, "2020-06-20", {"filled": 9}, by=city.other_official), User.objects.get(username="puppet")
    )
    assert "没有另一位审核员确认过" not in client.get("/projects/pool/").content.decode()


# One left, none left


def test_with_one_reviewer_left_and_with_none_work_goes_on_within_a_day(city, clock):
    saved_person(city.administrator, city.second_reviewer)
    saved_person(city.administrator, city.reviewer)
    new_person(city.administrator)
    puppet = User.objects.get(username="puppet")
    later(clock, hours=23, minutes=59)
    report = a_waiting_report(city)
    with pytest.raises(PublicationError):
        publish(report, by=puppet)
    later(clock, minutes=1)
    assert publish(report, by=puppet)


def test_while_one_is_on_leave_the_other_goes_on(city):
    assert publish(a_waiting_report(city), by=city.reviewer)


# Before the first plan


@pytest.mark.usefixtures("db")
class TestFirstDay:
    def test_nothing_waits_and_the_plan_counts_who_was_there(self):
        administrator, official = an_administrator(), an_official()
        new_person(administrator, "first")
        new_person(administrator, "second")
        saved_person(administrator, User.objects.get(username="second"))
        first = User.objects.get(username="first")
        root = User.objects.create_superuser("root")
        assert Entry.objects.count() == 0
        plan = a_plan(a_project("bridge", milestones=["built"]), drafted_by=administrator)
        entry = publish(plan, by=first)
        salt = Plan.objects.get().acts_salt
        assert entry.payload["reviewers"] == [
            {"person": person_digest(salt, first), "appointed_by": {"role": "administrator", "department": None}},
            {"person": person_digest(salt, root), "appointed_by": None},
        ]
        assert {one.person for one in FirstReviewer.objects.published()} == {first, root}
        assert "unconfirmed" not in entry.payload["acts"][-1]
        report = a_report(plan.series.get().commitments.get().project, "2020-05-19", {"built": 5}, by=official)
        assert publish(report, by=first)
        assert acts() == []
        assert list(differences()) == []

    def test_the_page_of_the_entry_says_so(self, client):
        new_person(an_administrator(), "first")
        a_reviewer("second")
        entry = published(a_plan(a_project("bridge", milestones=["built"]))).entry
        page = client.get(reverse("entry", args=[entry.seq])).content.decode()
        assert "1 位，由管理员任命；1 位，在服务器上设的" in " ".join(page.split())

    def test_a_later_plan_counts_nobody(self):
        a_reviewer()
        published(a_plan(a_project("bridge", milestones=["built"])))
        later = published(a_plan(a_project("pool", milestones=["filled"]), year=2021), "2020-03-06")
        assert "reviewers" not in later.entry.payload
        assert list(differences()) == []


# Past the program's own doors


def test_whom_the_record_knows_nothing_of_publishes_nothing(city, capsys):
    root = User.objects.create_superuser("root", is_staff=True)
    with pytest.raises(PublicationError, match="confirm_reviewer root"):
        publish(a_waiting_report(city), by=root)
    call_command("confirm_reviewer", "root")
    assert acts() == ["appointment", "approval"]
    assert publish(city.bridge.reports.drafts().get(), by=root)


def test_a_password_set_on_the_server_is_an_entry_too(city, monkeypatch, capsys):
    monkeypatch.setattr("getpass.getpass", lambda *_args, **_options: PASSWORD)
    for name in ("editor", "reviewer"):
        assert User.objects.filter(username=name).exists() or a_person(name, "编辑")
        call_command("changepassword", name)
        assert User.objects.get(username=name).check_password(PASSWORD)
    assert acts() == ["password"]
    assert "已记进公开记录" in capsys.readouterr().out
    assert "还不能公布" in publishing_error(city.reviewer)


def test_no_password_is_set_on_the_server_while_its_clock_runs_behind(city, clock, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda *_args, **_options: PASSWORD)
    later(clock, days=-400)
    with pytest.raises(CommandError, match="校准时钟"):
        call_command("changepassword", city.reviewer.username)
    assert not User.objects.get(pk=city.reviewer.pk).check_password(PASSWORD)


def test_the_command_confirms_reviewers_alone(city):
    for name in ("official", "nobody"):
        with pytest.raises(CommandError):
            call_command("confirm_reviewer", name)
    assert acts() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"act": "approval"},
        {"about_id": 0},
        {"act": "nonsense"},
        {"published_by": "the person"},
        {"drafted_by": None},
    ],
    ids=str,
)
def test_the_database_refuses_what_cannot_be(city, changes):
    new_person(city.administrator)
    row = Appointment.objects.get()
    people = {"the person": row.person}
    changes = {name: people.get(value, value) for name, value in changes.items()}
    changes = {name: row.pk if name == "about_id" else value for name, value in changes.items()}
    with publishing(), pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(**changes)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row, city: {"person": city.official},
        lambda row, city: {"act": "dismissal"},
    ],
)
def test_the_check_finds_a_row_that_says_something_else(city, spoil):
    new_person(city.administrator)
    row = Appointment.objects.get()
    with publishing():
        Appointment.objects.filter(pk=row.pk).update(**spoil(row, city))
    assert list(differences())


def test_the_check_finds_a_confirmation_that_was_made_up_later(city, clock):
    new_person(city.administrator)
    later(clock, hours=24)
    published_by(a_waiting_report(city), User.objects.get(username="puppet"))
    row = Appointment.objects.get()
    with publishing():
        Appointment.objects.filter(pk=row.pk).update(published_at=row.published_at - timedelta(days=60))
    assert list(differences())


def test_the_check_finds_another_person_among_the_first(city):
    clerk = a_person("clerk", "编辑")
    with publishing():
        FirstReviewer.objects.filter(person=city.reviewer).update(person=clerk)
    assert list(differences())


def test_the_check_finds_one_who_came_with_a_later_plan(city):
    plan = published(a_plan(a_project("well", milestones=["dug"]), year=2021), "2020-05-20")
    place = {"entry": plan.entry, "published_at": plan.published_at, "published_on": plan.published_on}
    with publishing():
        FirstReviewer.objects.create(person=a_person("puppet", REVIEWER), **place)
    assert list(differences())


def test_whoever_was_put_among_the_first_later_publishes_nothing(city):
    puppet = a_person("puppet", REVIEWER)
    FirstReviewer.objects.create(person=puppet)
    assert "没有记进公开记录" in publishing_error(puppet)


def test_the_audit_trail_names_who_confirmed(city):
    new_person(city.administrator)
    press(city.reviewer, User.objects.get(username="puppet"), "approve")
    told = AuditRecord.objects.get(note__startswith="确认任命")
    assert (told.person, told.subject_key) == (city.reviewer, f"auth.user:{User.objects.get(username='puppet').pk}")


@pytest.mark.parametrize("n", [1, 3])
def test_the_notices_ask_as_much_however_many_there_are(city, n, django_assert_num_queries):
    for i in range(n):
        new_person(city.administrator, f"puppet-{i}")
    client = signed_in(city.reviewer)
    with django_assert_num_queries(NOTICES):
        assert client.get("/admin/").status_code == 200


NOTICES = 66  # of them 31 for the departments that are late


def test_two_at_once_decide_once(city):
    new_person(city.administrator)
    puppet, about = User.objects.get(username="puppet"), str(Appointment.objects.get().entry_id)
    decide(puppet, EntryKind.APPROVAL, about=about, by=city.reviewer)
    with pytest.raises(PublicationError, match="已经确认过"):
        decide(puppet, EntryKind.APPROVAL, about=about, by=city.second_reviewer)
