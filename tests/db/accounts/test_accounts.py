"""Who gets in, for how long, with whose password, and what no role can give itself."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client

from accounts.client_address import address_of, client_network
from accounts.models import AuditAction, AuditRecord, GivenPassword
from accounts.roles import ADMINISTRATOR, OFFICIAL, REVIEWER
from projects.models import Membership, Report
from tests.factories import a_department, a_reviewer, an_administrator, an_editor, an_official
from tests.small_city import (
    NO_MEMBERSHIP,
    OWN,
    RIGHT,
    SIGN_IN,
    VERSION,
    WRONG,
    a_city,
    a_draft,
    address,
    choose,
    guess,
    report_data,
    reset,
    save_person,
    sign_in,
    signed_in,
    told,
    with_password,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def reviewer(db):
    return with_password(a_reviewer())


@pytest.fixture
def administrator(db):
    return an_administrator()


# Addresses


@pytest.mark.parametrize(
    ("n_proxies", "forwarded", "remote", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9", "127.0.0.1", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "127.0.0.1", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "127.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1", "10.0.0.1"),
        (1, "", "127.0.0.1", "127.0.0.1"),
        (1, "unknown", "127.0.0.1", "127.0.0.1"),
        (1, "203.0.113.9:4711", "127.0.0.1", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "127.0.0.1", "2001:db8::1"),
        (1, "2001:db8::1", "127.0.0.1", "2001:db8::1"),
        (1, "fe80::1%eth0", "127.0.0.1", "fe80::1"),
        (0, "", "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "\x00", "", None),
        (1, "9" * 5000, "", None),
    ],
)
def test_where_a_request_comes_from(settings, n_proxies, forwarded, remote, address):
    settings.PROXY_COUNT = n_proxies
    request = SimpleNamespace(META={"HTTP_X_FORWARDED_FOR": forwarded, "REMOTE_ADDR": remote})
    assert address_of(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"), (None, "0.0.0.0")],  # noqa: S104
)
def test_what_counts_as_one_place(address, network):
    assert client_network(address) == network


# Lock-out


def test_the_fifth_wrong_guess_closes_the_name_to_that_address_for_half_an_hour(reviewer):
    with time_machine.travel("2026-03-02 09:00:00+08:00", tick=False) as clock:
        assert guess(4) == [200] * 4
        page = sign_in("reviewer", WRONG)
        assert (page.status_code, page["Retry-After"]) == (429, "1800")
        assert "请在 9:31 以后再试" in page.content.decode()
        assert "管理员" in page.content.decode()
        assert sign_in("reviewer", RIGHT).status_code == 429
        clock.shift(29 * 60)
        assert sign_in("reviewer", RIGHT).status_code == 429
        clock.shift(61)
        assert sign_in("reviewer", RIGHT).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_a_name_is_open_to_every_other_address(reviewer):
    guess(5, REMOTE_ADDR="203.0.113.9")
    assert sign_in("reviewer", RIGHT, REMOTE_ADDR="203.0.113.9").status_code == 429
    assert sign_in("reviewer", RIGHT).status_code == 302


def test_one_line_of_ipv6_is_one_address(reviewer):
    assert [guess(1, REMOTE_ADDR=f"2001:db8::{n}") for n in range(1, 6)] == [[200]] * 4 + [[429]]


def test_a_success_forgets_the_failures_of_that_name_from_that_address_alone(reviewer):
    guess(4)
    guess(4, name="editor")
    guess(4, REMOTE_ADDR="203.0.113.9")
    assert sign_in("reviewer", RIGHT).status_code == 302
    assert guess(4) == [200] * 4
    assert guess(1, name="editor") == [429]
    assert guess(1, REMOTE_ADDR="203.0.113.9") == [429]


def test_an_address_that_tries_many_names_is_closed_to_all(reviewer, settings):
    settings.ADDRESS_FAILURE_LIMIT = 12
    assert [guess(1, name=f"name-{n}") for n in range(12)] == [[200]] * 11 + [[429]]
    assert sign_in("reviewer", RIGHT).status_code == 429
    assert sign_in("reviewer", RIGHT, REMOTE_ADDR="203.0.113.9").status_code == 302
    assert AuditRecord.objects.filter(kind=AuditAction.LOCKOUT).count() == 1


def test_an_address_that_is_closed_stays_open_to_whoever_signed_in_from_it(reviewer, settings):
    settings.ADDRESS_FAILURE_LIMIT = 12
    with_password(an_editor())
    assert sign_in("reviewer", RIGHT).status_code == 302
    for n in range(12):
        guess(1, name=f"name-{n}")
    assert sign_in("editor", RIGHT).status_code == 429
    assert sign_in("reviewer", RIGHT).status_code == 302
    assert guess(5)[-1] == 429  # its own counter goes on


def test_one_line_of_ipv6_knows_its_people(reviewer, settings):
    settings.ADDRESS_FAILURE_LIMIT = 12
    assert sign_in("reviewer", RIGHT, REMOTE_ADDR="2001:db8::1").status_code == 302
    for n in range(12):
        guess(1, name=f"name-{n}", REMOTE_ADDR="2001:db8::2")
    assert sign_in("reviewer", RIGHT, REMOTE_ADDR="2001:db8::3").status_code == 302


def test_sixty_guesses_at_a_name_leave_its_own_browser_open(reviewer):
    browser = Client()
    assert sign_in("reviewer", RIGHT, browser).status_code == 302
    assert set(guess(60)[5:]) == {429}
    assert sign_in("reviewer", RIGHT).status_code == 429
    browser.cookies.pop("sessionid")
    assert sign_in("reviewer", WRONG, browser).status_code == 200
    assert sign_in("reviewer", RIGHT, browser).status_code == 302
    assert sign_in("reviewer", RIGHT).status_code == 429


def test_a_known_browser_has_five_guesses_too_and_for_its_own_name_alone(reviewer):
    browser = Client()
    sign_in("reviewer", RIGHT, browser)
    assert [sign_in("reviewer", WRONG, browser).status_code for _ in range(5)] == [200] * 4 + [429]
    page = sign_in("reviewer", RIGHT, browser)
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 60
    guess(5, name="editor")
    assert sign_in("editor", WRONG, browser).status_code == 429


@pytest.mark.parametrize("cookie", ["", "x", "x:y:z", "\x00", "eyJhIjoiYiJ9:1tYh2P:AAAA"])
def test_a_forged_cookie_makes_no_browser_known(reviewer, cookie):
    guess(5)
    forger = Client()
    forger.cookies["known"] = cookie
    assert sign_in("reviewer", RIGHT, forger).status_code == 429


def test_people_who_share_a_browser_are_all_known_to_it(reviewer, settings):
    with_password(an_editor())
    browser = Client()
    for name in ("reviewer", "editor"):
        sign_in(name, RIGHT, browser)
        browser.cookies.pop("sessionid")
    for name in ("reviewer", "editor"):
        guess(5, name=name)
        assert sign_in(name, RIGHT, browser).status_code == 302
        browser.cookies.pop("sessionid")
    cookie = browser.cookies["known"]
    assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, "/admin/login/", "Lax")


def test_the_page_says_the_same_of_a_name_that_nobody_has(reviewer):
    with time_machine.travel("2026-03-02 09:00:00+08:00", tick=False):
        pages = []
        for name in ("reviewer", "nobody"):
            guess(4, name=name)
            page = sign_in(name, WRONG)
            pages.append((page.status_code, page["Retry-After"], page.content))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["", "\x00", "x" * 100_000, "Ｒeviewer", "❶", "'; --"])
@pytest.mark.parametrize("agent", ["\x00" * 300, "x" * 10_000])
def test_no_name_and_no_browser_makes_the_door_fall(reviewer, name, agent):
    for _ in range(6):
        response = sign_in(name, WRONG, HTTP_USER_AGENT=agent, HTTP_X_FORWARDED_FOR="\x00, x")
        assert response.status_code in {200, 429}
    assert all(len(record.agent) <= 200 for record in AuditRecord.objects.all())


def test_what_was_typed_as_a_name_is_kept_nowhere(reviewer):
    guess(5, name="my-secret-password")
    kept = [list(model.objects.values()) for model in (AccessAttempt, AuditRecord)]
    assert "my-secret" not in json.dumps(kept, default=str)
    assert "没有这个账号" in str(kept)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_account", [True, False])
def test_of_twenty_guesses_at_once_five_are_looked_at(settings, has_account):
    if has_account:
        with_password(a_reviewer())
    start = Barrier(20, timeout=300)

    def one_guess(_n):
        try:
            start.wait()
            return sign_in("reviewer", WRONG).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(one_guess, range(20)))
    assert AuditRecord.objects.filter(kind=AuditAction.FAILURE).count() == settings.AXES_FAILURE_LIMIT
    assert AuditRecord.objects.filter(kind=AuditAction.LOCKOUT).count() == 1
    assert sorted(statuses) == [200] * 4 + [429] * 16


def test_an_administrator_unlocks(reviewer, administrator):
    client = signed_in(administrator)
    assert "解除锁定" not in client.get(address(reviewer)).content.decode()
    assert told(client.post(address(reviewer, "unlock"), follow=True)) == ["没有锁定，不用解除：reviewer。"]
    guess(5)
    assert "解除锁定" in client.get(address(reviewer)).content.decode()
    assert told(client.post(address(reviewer, "unlock"), follow=True)) == ["已解除锁定，现在又可以登录了：reviewer。"]
    assert sign_in("reviewer", RIGHT).status_code == 302


@pytest.mark.parametrize(("person", "status"), [(an_official, 403), (an_editor, 403), (None, 302)])
def test_nobody_else_unlocks(reviewer, person, status):
    guess(5)
    client = signed_in(person()) if person else Client()
    assert client.post(address(reviewer, "unlock")).status_code == status
    assert sign_in("reviewer", RIGHT).status_code == 429


def test_unlocking_takes_a_press_about_somebody_within_reach(reviewer, administrator):
    client = signed_in(administrator)
    assert client.get(address(reviewer, "unlock")).status_code == 405
    assert client.post(address(User.objects.create_superuser("root"), "unlock")).status_code == 403
    for key in ("0", "x", "%00", "9" * 40):
        assert client.post(f"/admin/auth/user/{key}/unlock/").status_code == 404


# Sessions


@pytest.fixture
def clock():
    with time_machine.travel("2026-03-02 09:00:00+08:00", tick=False) as clock:
        yield clock


def test_a_session_lasts_as_long_as_somebody_is_there(reviewer, clock):
    client = signed_in(reviewer)
    for _ in range(3):
        assert client.get("/admin/").status_code == 200
        clock.shift(29 * 60)
    clock.shift(2 * 60)
    assert client.get("/admin/").status_code == 302


def test_and_no_longer_than_a_working_day(reviewer, clock):
    client = signed_in(reviewer)
    for _ in range(8 * 4):
        assert client.get("/admin/").status_code == 200
        clock.shift(15 * 60)
    assert client.get("/admin/").status_code == 302


def test_a_session_is_written_once_a_minute_at_the_most(reviewer, clock, django_assert_num_queries):
    client = signed_in(reviewer)
    ends = []
    for seconds in (0, 30, 29, 1, 30):
        clock.shift(seconds)
        client.get("/admin/")
        ends.append(Session.objects.get().expire_date)
    assert [later - ends[0] for later in ends] == [end - ends[0] for end in (ends[0],) * 3 + (ends[3],) * 2]
    assert (ends[3] - ends[0]).seconds == 60


def test_public_pages_leave_it_alone(reviewer, clock):
    client = signed_in(reviewer)
    client.get("/admin/")
    before = Session.objects.get().expire_date
    clock.shift(10 * 60)
    response = client.get("/healthz")
    assert not response.cookies
    client.get("/about/")
    assert Session.objects.get().expire_date == before


def test_who_was_away_is_told_so_and_comes_back_to_the_page(reviewer, clock):
    client = signed_in(reviewer)
    page = address(Report, "changelist", "?stage=submitted")
    assert client.get(page).status_code == 200
    clock.shift(31 * 60)
    response = client.get(page, follow=True)
    assert "离开太久，请重新登录" in response.content.decode()
    assert "没有保存" not in response.content.decode()
    (sign_in_page, _status), *_more = response.redirect_chain
    back = client.post(sign_in_page, {"username": "reviewer", "password": RIGHT, "next": response.context["next"]})
    assert back["Location"] == page


def test_who_comes_new_is_told_nothing(db):
    assert "离开太久" not in Client().get("/admin/", follow=True).content.decode()
    for forged in ("x" * 32, "\x00", "x" * 5000):
        client = Client()
        client.cookies["sessionid"] = forged
        assert "离开太久" not in client.get("/admin/", follow=True).content.decode()
        assert "离开太久" not in client.post("/admin/", follow=True).content.decode()


@pytest.mark.parametrize("is_told_whence", [True, False])
def test_what_is_sent_too_late_changes_nothing_and_leads_back_to_its_form(db, is_told_whence):
    city = a_city()
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official, text="Before.")
    with time_machine.travel("2026-03-02 09:00:00+08:00", tick=False) as clock:
        client = signed_in(with_password(city.official))
        shown = dict(VERSION.findall(client.get(address(draft)).content.decode()))
        clock.shift(31 * 60)
        whence = {"headers": {"referer": f"http://testserver{address(draft)}"}} if is_told_whence else {}
        response = client.post(
            address(draft), report_data(city, text="After.", _save="", **shown), follow=True, **whence
        )
        assert "刚才提交的没有保存" in response.content.decode()
        (sign_in_page, _status), *_more = response.redirect_chain
        who = {"username": "official", "password": RIGHT, "next": response.context["next"]}
        back = client.post(sign_in_page, who, follow=True)
    assert back.redirect_chain == [(address(draft), 302)]
    assert "Before." in back.content.decode()
    draft.refresh_from_db()
    assert draft.text == "Before."


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/admin/projects/report/1/change/?a=b", "/admin/projects/report/1/change/?a=b"),
        ("http://testserver/about/", "/admin/"),
        ("https://example.com/admin/", "/admin/"),
        ("//example.com/admin/", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_a_press_that_has_no_page_leads_back_to_where_it_was(db, referer, back):
    response = Client().post("/admin/projects/report/1/publish/", headers={"referer": referer})
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, SIGN_IN)
    assert Client().get(response["Location"]).context["next"] == back


def test_a_session_that_ended_meanwhile_is_said_in_words(reviewer, clock, monkeypatch):
    client = signed_in(reviewer)
    monkeypatch.setattr("desk.site.is_given", lambda _user: bool(Session.objects.all().delete()) and False)
    response = client.get("/admin/")
    assert response.status_code == 400
    assert "session" not in response.content.decode().partition("<main")[2]


# Accounts that are switched off


def test_a_person_who_is_switched_off_is_out_at_once_and_stays_out(reviewer, administrator):
    client, admin = signed_in(reviewer), signed_in(administrator)
    assert client.get("/admin/").status_code == 200
    assert save_person(admin, reviewer, is_active=None).status_code == 302
    assert client.get("/admin/").status_code == 302
    assert sign_in("reviewer", RIGHT).status_code == 200
    assert save_person(admin, reviewer).status_code == 302
    assert client.get("/admin/").status_code == 302  # no session of before comes to life again
    assert sign_in("reviewer", RIGHT).status_code == 302


def test_nobody_who_did_something_can_be_deleted(reviewer, administrator):
    sign_in("reviewer", RIGHT)
    with pytest.raises(ProtectedError):
        reviewer.delete()
    with pytest.raises(ProtectedError):
        User.objects.filter(username="reviewer").delete()
    for client in (signed_in(administrator), signed_in(User.objects.create_superuser("root"))):
        assert client.get(address(reviewer, "delete")).status_code == 403
        action = {"action": "delete_selected", "_selected_action": [reviewer.pk], "post": "yes"}
        client.post(address(User, "changelist"), action)
    assert User.objects.filter(username="reviewer").exists()


# Passwords


def test_a_password_set_by_the_administrator_is_changed_before_anything_else(reviewer, administrator):
    before = signed_in(reviewer)
    assert reset(signed_in(administrator), reviewer, "given-phrase-6").status_code == 302
    assert before.get("/admin/").status_code == 302
    assert not Session.objects.exclude(session_key=None).filter(session_key=before.cookies["sessionid"].value).exists()
    client = Client()
    sign_in("reviewer", "given-phrase-6", client)
    for page in ("/admin/", address(Report, "changelist"), "/admin/jsi18n/", "/admin/password_change/done/"):
        assert client.get(page)["Location"] == "/admin/password_change/", page
    assert client.post("/admin/projects/report/1/publish/")["Location"] == "/admin/password_change/"
    assert "别人替您设的" in client.get("/admin/password_change/").content.decode()
    assert "不一样" in choose(client, "given-phrase-6", "given-phrase-6").content.decode()
    response = choose(client, "given-phrase-6", OWN)
    assert response.redirect_chain == [("/admin/", 302)]
    assert told(response) == ["密码改好了，下次用新密码登录。"]
    assert not GivenPassword.objects.exists()
    assert client.post("/admin/logout/").status_code == 200
    assert sign_in("reviewer", OWN).status_code == 302


def test_so_is_the_first_one_of_a_new_account(administrator):
    groups = [Group.objects.get(name=OFFICIAL).pk]
    new = {"username": "li", "first_name": "", "password1": RIGHT, "password2": RIGHT, "groups": groups}
    assert signed_in(administrator).post(address(User, "add"), new | NO_MEMBERSHIP).status_code == 302
    client = Client()
    sign_in("li", RIGHT, client)
    assert client.get("/admin/")["Location"] == "/admin/password_change/"
    client.post("/admin/logout/")
    assert client.get("/admin/")["Location"].startswith(SIGN_IN)


def test_ones_own_password_takes_the_old_one(administrator):
    client = signed_in(with_password(administrator))
    assert reset(client, administrator)["Location"] == "/admin/password_change/"
    administrator.refresh_from_db()
    assert administrator.check_password(RIGHT)


def test_changing_ones_own_password_ends_ones_other_sessions(reviewer):
    here, there = signed_in(reviewer), signed_in(reviewer)
    choose(here, RIGHT, OWN)
    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 302
    assert Session.objects.count() == 1


@pytest.mark.parametrize("password", ["short-1", "1234567890123", "password123", "reviewer-12"])
def test_a_weak_password_is_refused(reviewer, administrator, password):
    assert reset(signed_in(administrator), reviewer, password).status_code == 200
    reviewer.refresh_from_db()
    assert reviewer.check_password(RIGHT)
    assert not GivenPassword.objects.exists()


# What no role can give itself


FORGED = {"is_superuser": "on", "is_staff": "on", "user_permissions": ["1", "2"], "password": "x", "date_joined_0": "x"}


@pytest.mark.parametrize("person", [an_official, a_reviewer, an_editor], ids=lambda make: make.__name__)
def test_only_administrators_touch_accounts(db, person):
    department, one, root = a_department(), person(), User.objects.create_superuser("root")
    groups = [group.pk for group in Group.objects.all()]
    joined = {"memberships-TOTAL_FORMS": "1", "memberships-0-department": department.pk}
    client = signed_in(one)
    for target in (one, root):
        assert save_person(client, target, groups=groups, **FORGED, **joined).status_code == 403
        assert reset(client, target).status_code == 403
    assert client.post(address(User, "add"), {"username": "li", "groups": groups}).status_code == 403
    one.refresh_from_db()
    assert (one.is_superuser, one.groups.count(), Membership.objects.count()) == (False, 1, 0)


def test_an_administrator_gives_roles_and_nothing_beyond(administrator, reviewer):
    client, root = signed_in(administrator), User.objects.create_superuser("root", password=RIGHT)
    department = a_department()
    joined = {"memberships-TOTAL_FORMS": "1", "memberships-0-department": department.pk}
    every = [group.pk for group in Group.objects.all()]
    save_person(client, administrator, groups=every, is_active=None, **FORGED, **joined)
    administrator.refresh_from_db()
    assert administrator.is_active
    assert [group.name for group in administrator.groups.all()] == [ADMINISTRATOR]
    assert not administrator.memberships.exists()
    assert save_person(client, root, is_active=None, **FORGED, **joined).status_code == 403
    assert reset(client, root).status_code == 403
    save_person(client, reviewer, **FORGED)
    for one in (administrator, reviewer):
        one.refresh_from_db()
        assert (one.is_superuser, one.is_staff, one.user_permissions.count()) == (False, True, 0)
    assert [group.name for group in reviewer.groups.all()] == [REVIEWER]
    root.refresh_from_db()
    assert (root.is_active, root.check_password(RIGHT), root.memberships.count()) == (True, True, 0)
