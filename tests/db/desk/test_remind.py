"""`manage.py remind`: who hears what on which day, by which way, and what becomes of mail that doesn't go out."""

import socket
from datetime import timedelta
from io import StringIO
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Event, Thread

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from desk.reminders import remind
from projects.models import Membership, ReviewNote
from projects.publishing import send_back
from tasks.models import Channel, Reminder
from tests.factories import a_department, a_report, an_adjustment, an_official, day, moment, published
from tests.small_city import a_city, a_draft

pytestmark = pytest.mark.one_database

HERE = "tests.db.desk.test_remind"
SOON, LATE = "2020-05-24", "2020-06-11"  # the bridge was last heard of on 2020-04-30


@pytest.fixture
def post(settings):
    """A mail server, and where the desk is."""
    settings.EMAIL_URL = "smtp://mail.example"
    settings.SITE_URL, settings.SITE_NAME = "https://city.example", "Promises"


def addressed(person: User) -> User:
    person.email = f"{person.username}@city.example"
    person.save()
    return person


@pytest.fixture
def city(db, post):
    """Works' official has an address; parks have nobody yet."""
    city = a_city()
    addressed(city.official)
    return city


def run(on: str, *options: str, at: str = "08:00") -> str:
    """What the command says on that day."""
    said = StringIO()
    with time_machine.travel(moment(on, at), tick=False):
        call_command("remind", *options, stdout=said)
    return said.getvalue()


def told() -> list[tuple[str, list[str], str]]:
    return [(f"{r.day:%m-%d}", r.matters, r.channel) for r in Reminder.objects.order_by("day", "pk")]


# When


def test_from_day_to_day(city, mailoutbox):
    on = day("2020-05-22")
    while on <= day("2020-06-20"):
        run(on.isoformat())
        on += timedelta(days=1)
    due, stale = ["DUE project:bridge 2020-05-31"], ["STALE project:bridge 2020-05-31"]
    days = [("05-24", due), ("05-25", due), ("05-31", due), ("06-11", stale), ("06-12", stale), ("06-18", stale)]
    assert told() == [(on, matters, "EMAIL") for on, matters in days]
    assert len(mailoutbox) == 6


def test_nobody_is_told_twice_on_a_day_whatever_comes_up(city, mailoutbox):
    run(SOON)
    returned(city, "2020-05-20", on=SOON)
    assert run(SOON, "--dry-run", at="20:00") == "没有要提醒的。\n"
    run(SOON, at="20:00")
    assert len(mailoutbox) == 1
    run("2020-05-25")
    assert told()[-1][1][0].startswith("RETURNED report:")
    assert len(mailoutbox) == 2


def test_a_report_ends_the_matter(city, mailoutbox):
    run(LATE)
    published(a_report(city.bridge, "2020-05-31", {"built": 50}), on=LATE, at="09:00")
    run("2020-06-12")
    assert len(mailoutbox) == 1


def test_what_waits_for_the_reviewer_is_not_asked_of_the_official(city, mailoutbox):
    with time_machine.travel(moment("2020-06-10"), tick=False):
        a_report(city.bridge, "2020-05-31", {"built": 50}, by=city.official)
    run(LATE)
    assert mailoutbox == []


def test_a_project_that_was_dropped_asks_for_nothing(city, mailoutbox):
    published(an_adjustment(city.bridge.commitments.get(), dropped=True), on="2020-05-20")
    run(LATE)
    assert mailoutbox == []


# Whom


def returned(city, held_on: str, *, on: str, text: str = "The piers don't match.") -> ReviewNote:
    report = a_report(city.bridge, held_on, {"built": 50}, by=city.official)
    with time_machine.travel(moment(on), tick=False):
        send_back(report, by=city.reviewer, text=text)
    return report.review_notes.get()


def test_officials_hear_of_their_own_departments_alone(city, mailoutbox):
    both = an_official(city.works, city.parks, name="both")
    parks = an_official(city.parks, name="parks")
    run("2020-06-11")
    matters = {reminder.person: reminder.matters for reminder in Reminder.objects.all()}
    bridge, pool = "STALE project:bridge 2020-05-31", "STALE project:pool 2020-04-10"
    assert {person: set(keys) for person, keys in matters.items()} == {
        city.official: {bridge},
        both: {bridge, pool},
        parks: {pool},
    }


def switched_off(city) -> None:
    city.official.is_active = False
    city.official.save()


NOBODY = {
    "switched off": switched_off,
    "without the role": lambda city: city.official.groups.clear(),
    "in another department": lambda city: Membership.objects.update(department=a_department("fire-office")),
    "in no department": lambda city: Membership.objects.all().delete(),
}


@pytest.mark.parametrize("name", NOBODY)
def test_who_hears_nothing(city, mailoutbox, name):
    NOBODY[name](city)
    run(LATE)
    assert (told(), mailoutbox) == ([], [])


@pytest.mark.parametrize(("address", "url"), [("", "smtp://mail.example"), ("official@city.example", "")])
def test_without_an_address_or_a_server_it_stands_on_the_desk(city, settings, mailoutbox, address, url):
    settings.EMAIL_URL = url
    User.objects.filter(pk=city.official.pk).update(email=address)
    said = run(LATE)
    assert "只在工作台提醒 1 人" in said
    assert ("没有配置邮件" in said) is (url == "")
    assert told() == [("06-11", ["STALE project:bridge 2020-05-31"], "DESK")]
    assert mailoutbox == []
    run(LATE)
    assert len(told()) == 1


def test_reviewers_hear_of_what_has_waited_for_more_than_three_days(city, mailoutbox):
    addressed(city.reviewer)
    with time_machine.travel(moment("2020-05-10", "09:00"), tick=False):
        a_report(city.bridge, "2020-05-09", {"built": 45}, by=city.official)
    run("2020-05-13", at="09:00")
    assert mailoutbox == []
    run("2020-05-13", at="09:01")
    (mail,) = mailoutbox
    assert mail.to == ["reviewer@city.example"]
    assert "· The bridge（数据日期 5 月 9 日）：5 月 10 日送审，等了 3 天。" in mail.body


# In which words


def test_the_words_of_a_message(city, mailoutbox):
    User.objects.filter(pk=city.official.pk).update(first_name="张巧云")
    returned(city, "2020-05-31", on="2020-06-10", text="Hush: the piers.")
    run(LATE)
    (mail,) = mailoutbox
    assert mail.subject == "Promises：1 份退回，1 项逾期未更新"
    assert mail.body == (
        "张巧云：\n\n"
        "退回来要改的：\n· The bridge（数据日期 5 月 31 日）：6 月 10 日退回，审核意见在工作台上。\n\n"
        "逾期没有更新的：\n· The bridge：上次数据 4 月 30 日，应在 5 月 31 日前更新。\n\n"
        "请登录工作台办理：https://city.example/admin/\n\n"
        "同一件事在当天、1 天、7 天、30 天后各提醒一次，一天最多一封。请不要回复。"
    )
    assert mail.extra_headers == {"Auto-Submitted": "auto-generated"}


def test_what_was_told_before_is_only_counted(city, mailoutbox):
    run(LATE)
    run("2020-06-12")
    returned(city, "2020-05-31", on="2020-06-13")
    run("2020-06-14")
    assert mailoutbox[-1].subject == "Promises：1 份退回"
    assert "另有 1 件以前提醒过，都写在工作台上。" in mailoutbox[-1].body


def test_a_first_report_in_words(city, mailoutbox):
    addressed(an_official(city.parks, name="parks"))
    run("2020-05-08")
    assert "· The pool：还没有报过，第一次应在 4 月 10 日前公布。" in mailoutbox[-1].body


TEXT = {
    "nothing yet": ("2020-04-02", ["没有要提醒的。"]),
    "one is late": (
        "2020-05-08",
        ["Parks office：1 项逾期未更新（The pool）。请登录工作台办理：https://city.example/admin/"],
    ),
    "soon": (
        SOON,
        [
            "Parks office：1 项逾期未更新（The pool）。请登录工作台办理：https://city.example/admin/",
            "Works office：1 项该填报（The bridge）。请登录工作台办理：https://city.example/admin/",
        ],
    ),
}


@pytest.mark.parametrize("name", TEXT)
def test_one_line_for_each_department(city, mailoutbox, name):
    on, lines = TEXT[name]
    assert sorted(run(on, "--text").splitlines()) == lines
    assert (told(), mailoutbox) == ([], [])


def test_a_line_names_what_was_returned_and_tells_no_note(city):
    returned(city, "2020-05-31", on="2020-06-10", text="Hush")
    a_draft(city.bridge, "2020-06-01", by=city.official, text="Hush")
    line = next(line for line in run(LATE, "--text").splitlines() if line.startswith("Works"))
    assert line.startswith("Works office：1 份退回（The bridge）；1 项逾期未更新（The bridge）。")
    assert "Hush" not in line


def test_a_dry_run_tells_and_does_nothing(city, mailoutbox):
    for _ in range(2):
        said = run(LATE, "--dry-run")
        assert "== official <official@city.example>\nPromises：1 项逾期未更新\n" in said
    assert (told(), mailoutbox) == ([], [])
    assert run("2020-05-10", "--dry-run") == "没有要提醒的。\n"


def test_made_up_data_say_so(illustrative_2020, post):
    lines = run("2020-12-15", "--text").splitlines()
    assert lines
    assert all(line.startswith("【示例】") for line in lines)


# Mail that doesn't go out


class Down(EmailBackend):
    """A server that can't be reached."""

    n_tried = 0

    def open(self):
        type(self).n_tried += 1
        raise ConnectionRefusedError(111, "Connection refused")


class Breaking(EmailBackend):
    """A server that goes away in between."""

    def send_messages(self, messages):
        raise SMTPServerDisconnected("Connection unexpectedly closed")


class Choosy(EmailBackend):
    """A server that doesn't know the official."""

    def send_messages(self, messages):
        if messages[0].to == ["official@city.example"]:
            raise SMTPRecipientsRefused({"official@city.example": (550, b"No such user")})
        return super().send_messages(messages)


@pytest.fixture
def colleague(city):
    """Works' other official."""
    return an_official(city.works, name="colleague")


@pytest.mark.parametrize(("backend", "reason"), [("Down", "Connection refused"), ("Breaking", "unexpectedly closed")])
def test_a_server_that_fails_loses_nothing(city, colleague, settings, mailoutbox, backend, reason):
    addressed(colleague)
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{HERE}.{backend}"
    Down.n_tried = 0
    with pytest.raises(CommandError) as failure:
        run(LATE)
    assert failure.value.returncode == 1
    assert "2 封邮件没有发出去" in str(failure.value)
    assert reason in str(failure.value)
    assert {channel for _day, _matters, channel in told()} == {"PENDING"}
    assert Down.n_tried <= 1
    settings.EMAIL_BACKEND = works
    assert "发出邮件 2 封" in run(LATE, at="09:00")
    assert {channel for _day, _matters, channel in told()} == {"EMAIL"}
    run(LATE, at="10:00")
    assert sorted(mail.to[0] for mail in mailoutbox) == ["colleague@city.example", "official@city.example"]


def test_what_failed_yesterday_goes_today_and_counts_from_today(city, settings, mailoutbox):
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{HERE}.Down"
    for on in (LATE, "2020-06-12", "2020-06-13"):
        with pytest.raises(CommandError):
            run(on)
    assert [(on, channel) for on, _matters, channel in told()] == [("06-13", "PENDING")]
    settings.EMAIL_BACKEND = works
    for on in ("2020-06-14", "2020-06-15", "2020-06-16"):
        run(on)
    assert [(on, channel) for on, _matters, channel in told()] == [("06-14", "EMAIL"), ("06-15", "EMAIL")]
    assert len(mailoutbox) == 2


def test_what_settled_meanwhile_is_not_sent(city, settings, mailoutbox):
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{HERE}.Down"
    with pytest.raises(CommandError):
        run(LATE)
    published(a_report(city.bridge, "2020-05-31", {"built": 50}), on=LATE, at="09:00")
    settings.EMAIL_BACKEND = works
    run("2020-06-12")
    assert (told(), mailoutbox) == ([], [])


def test_an_address_that_is_refused_holds_nobody_else_up(city, colleague, settings, mailoutbox):
    addressed(colleague)
    settings.EMAIL_BACKEND = f"{HERE}.Choosy"
    with pytest.raises(CommandError, match=r"1 封邮件没有发出去（official）.*No such user"):
        run(LATE)
    assert [mail.to for mail in mailoutbox] == [["colleague@city.example"]]
    assert Reminder.objects.get(person=city.official).channel == Channel.PENDING


def test_an_address_that_no_mail_can_name_holds_nobody_else_up(city, colleague, mailoutbox):
    addressed(colleague)
    User.objects.filter(pk=city.official.pk).update(email="a@b\nBcc: c@d")
    with pytest.raises(CommandError, match="1 封邮件没有发出去"):
        run(LATE)
    assert [mail.to for mail in mailoutbox] == [["colleague@city.example"]]


def test_a_server_that_never_answers_is_left_after_the_time_it_has(city, colleague, settings):
    addressed(colleague)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        with pytest.raises(CommandError, match=r"2 封邮件没有发出去.*timed out"):
            run(LATE)
    assert Reminder.objects.filter(channel=Channel.PENDING, claimed_at__isnull=True).count() == 2


def test_an_address_taken_away_leaves_it_on_the_desk(city, settings):
    settings.EMAIL_BACKEND = f"{HERE}.Down"
    with pytest.raises(CommandError):
        run(LATE)
    User.objects.filter(pk=city.official.pk).update(email="")
    run("2020-06-12")
    assert [(on, channel) for on, _matters, channel in told()] == [("06-12", "DESK")]


# Two runs at once


class Slow(EmailBackend):
    """A server that takes the mail while another run goes on."""

    begun, go_on = Event(), Event()

    def send_messages(self, messages):
        self.begun.set()
        assert self.go_on.wait(60)
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_one_message(city, settings, mailoutbox):
    settings.EMAIL_BACKEND = f"{HERE}.Slow"
    Slow.begun.clear()
    Slow.go_on.clear()

    def first():
        try:
            remind(timezone.now())
        finally:
            connection.close()

    with time_machine.travel(moment(LATE), tick=False):
        other = Thread(target=first)
        other.start()
        assert Slow.begun.wait(60)
        second = remind(timezone.now())  # would wait for ever if it sent anything
        Slow.go_on.set()
        other.join(60)
    assert (second.by_email, second.on_desk, second.failures) == (0, 0, [])
    assert [channel for _day, _matters, channel in told()] == ["EMAIL"]
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(("minutes", "n_sent"), [(4, 0), (6, 1)], ids=["still at it", "died"])
def test_a_run_that_died_is_taken_over(city, mailoutbox, minutes, n_sent):
    claimed_at = moment(LATE, "08:00") - timedelta(minutes=minutes)
    Reminder.objects.create(person=city.official, day=day(LATE), claimed_at=claimed_at)
    run(LATE)
    assert len(mailoutbox) == n_sent


NONSENSE = {
    "twice a day": [{"channel": Channel.DESK}, {"channel": Channel.DESK}],
    "two that wait": [{"day": day("2020-06-01")}, {"day": day("2020-06-02")}],
    "sent at no time": [{"channel": Channel.EMAIL}],
    "sent on the desk": [{"channel": Channel.DESK, "sent_at": moment(LATE)}],
    "sent and still waiting": [{"channel": Channel.PENDING, "sent_at": moment(LATE)}],
    "sent and still at it": [{"channel": Channel.EMAIL, "sent_at": moment(LATE), "claimed_at": moment(LATE)}],
    "another way": [{"channel": "PIGEON"}],
}


@pytest.mark.parametrize("rows", NONSENSE.values(), ids=NONSENSE)
def test_the_database_refuses_nonsense(city, rows):
    def save():
        for values in rows:
            Reminder.objects.create(**{"person": city.official, "day": day(LATE), **values})

    with transaction.atomic(), pytest.raises(IntegrityError), transaction.atomic():
        save()
    Reminder.objects.create(person=city.official, day=day(LATE), channel=Channel.DESK)
