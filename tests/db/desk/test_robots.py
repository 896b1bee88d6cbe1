"""The robots of work groups: which texts they bring, when, and that nothing but their vendors is ever asked."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from desk import robots
from desk.robots import LIMITS, NotSentError, body_of, claim, is_vendors, post, signed, truncated
from tasks.models import GroupMessage, GroupTextKind, Robot
from tests.factories import a_report, an_adjustment, moment, published
from tests.small_city import a_city, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=secret-of-wecom"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=secret-of-dingtalk"
LATE = "2020-06-11"  # the bridge was last heard of on 2020-04-30, the pool never


class Vendor:
    """Answers on this machine what `answers` has, and keeps what was sent."""

    def __init__(self):
        self.status, self.answer, self.location, self.taken = 200, b'{"errcode": 0, "errmsg": "ok"}', "", []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                vendor.taken.append((self.path, json.loads(body)))
                self.send_response(vendor.status)
                if vendor.location:
                    self.send_header("Location", vendor.location)
                self.end_headers()
                self.wfile.write(vendor.answer)

            do_GET = do_POST

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/send?key=secret"

    def is_it(self, address: str) -> bool:
        return address.startswith(f"http://127.0.0.1:{self.server.server_port}/")


@pytest.fixture
def vendor(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    vendor = Vendor()
    thread = Thread(target=vendor.server.serve_forever, daemon=True)
    thread.start()
    yield vendor
    vendor.server.shutdown()
    vendor.server.server_close()
    thread.join()


@pytest.fixture
def city(settings):
    settings.WECOM_ROBOT, settings.DINGTALK_ROBOT, settings.DINGTALK_SECRET = WECOM, "", ""
    settings.SITE_URL = "https://city.example"
    return a_city()


@pytest.fixture
def brought(monkeypatch):
    """What was sent, instead of sending it: (address, body)."""
    found = []
    monkeypatch.setattr(robots, "post", lambda address, body: found.append((address, body)))
    return found


def run(on: str, *options: str, at: str = "08:00") -> str:
    said = StringIO()
    with time_machine.travel(moment(on, at), tick=False):
        call_command("tell_groups", *options, stdout=said)
    return said.getvalue()


def texts(brought) -> list[str]:
    return [body["markdown"].get("content") or body["markdown"]["text"] for _address, body in brought]


# What is brought, and when


def test_nothing_is_sent_unless_configured(city, settings, brought):
    settings.WECOM_ROBOT = ""
    assert "没有配置群机器人" in run(LATE)
    assert brought == []
    assert not GroupMessage.objects.exists()


def test_who_is_late_and_what_was_published_by_department(city, brought):
    published(a_report(city.bridge, "2020-04-30", {"built": 45}, corrects=city.bridge.reports.get(), correction_reason="Counted wrong."), on="2020-06-08")  # fmt: skip
    assert run(LATE) == "企业微信发出 2 条。\n"
    late, out = texts(brought)
    assert "逾期没有更新的（2020-06-11）：2 项。" in late
    assert "Works office：\n1. The bridge：上次数据 2020-04-30，应在 2020-05-31 前报，过了 11 天。" in late
    assert "Parks office：\n1. The pool：还没有报过，应在 2020-04-10 前报，过了 62 天。" in late
    assert late.endswith("都在这里：https://city.example/admin/")
    assert "2020-06-08 公布：The bridge，进展报告（更正），2020-04-30 的。" in out
    assert {address for address, _body in brought} == {WECOM}


def test_no_person_is_named(city, brought):
    for person in (city.official, city.other_official, city.reviewer):
        person.first_name = "Somebody"
        person.save()
    run(LATE)
    assert not any(
        person.username in text for text in texts(brought) for person in city.people if person.username != "admin"
    )  # the path of the desk
    assert not any("Somebody" in text for text in texts(brought))


def test_nothing_is_said_twice_a_day_and_of_the_same_only_as_mails_do(city, brought):
    days = ("2020-06-11", "2020-06-11", "2020-06-12", "2020-06-13", "2020-06-18", "2020-06-19")
    counts = []
    for day in days:
        before = len(brought)
        run(day)
        counts.append(len(brought) - before)
    assert counts == [1, 0, 1, 0, 1, 0]


def test_what_was_published_is_told_from_where_it_ended(city, brought):
    published(an_adjustment(city.to_fill, amount="120"), on="2020-06-10")
    run(LATE)
    assert "The pool" in texts(brought)[-1]
    published(an_adjustment(city.to_build, amount="120"), on="2020-06-15")
    before = len(brought)
    run("2020-06-16")
    (out,) = [text for text in texts(brought)[before:] if GroupTextKind.PUBLISHED.label in text]
    assert "The bridge" in out
    assert "The pool" not in out
    before = len(brought)
    run("2020-06-17")
    assert not [text for text in texts(brought)[before:] if GroupTextKind.PUBLISHED.label in text]


def test_two_runs_at_once_send_one(city):
    with time_machine.travel(moment(LATE), tick=False):
        now = timezone.now()
        (_due, late) = robots.reminding_texts(now)
        assert late.kind == GroupTextKind.LATE
        first = claim(Robot.WECOM, late, now)
        assert first is not None
        assert claim(Robot.WECOM, late, now) is None
        assert claim(Robot.DINGTALK, late, now) is not None
        assert claim(Robot.WECOM, late, now + robots.CLAIM * 2) == first


def test_what_fails_is_said_without_the_address_and_goes_with_the_next_run(city, brought, monkeypatch):
    def refuse(_address, _body):
        raise NotSentError("对方没有收，错误码 93000")

    with monkeypatch.context() as patch:
        patch.setattr(robots, "post", refuse)
        with pytest.raises(CommandError) as raised:
            run(LATE)
    assert "1 条没有发出去" in str(raised.value)
    assert "企业微信“逾期没有更新的”：对方没有收，错误码 93000" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert run(LATE) == "企业微信发出 1 条。\n"
    assert len(brought) == 1


def test_a_minute_has_room_for_twenty(city, brought):
    with time_machine.travel(moment(LATE, "07:59"), tick=False):
        for n in range(21):
            GroupMessage.objects.create(robot=Robot.WECOM, kind=f"K{n}", day="2020-01-01", sent_at=timezone.now())
    with pytest.raises(CommandError, match="一分钟最多发 20 条"):
        run(LATE)
    assert brought == []
    assert "发出 1 条" in run(LATE, at="08:01")


def test_dingtalk_gets_its_signature(city, settings, brought):
    settings.WECOM_ROBOT, settings.DINGTALK_ROBOT, settings.DINGTALK_SECRET = "", DINGTALK, "SECabc"
    assert run(LATE) == "钉钉发出 1 条。\n"
    ((address, body),) = brought
    milliseconds = int(moment(LATE, "08:00").timestamp() * 1000)
    assert address == signed(DINGTALK, "SECabc", milliseconds)
    assert body["markdown"]["title"].endswith("逾期没有更新的（2020-06-11）")
    assert "：  \n1. The bridge" in body["markdown"]["text"]


def test_a_dry_run_prints_and_stores_nothing(city, brought):
    assert "逾期没有更新的" in run(LATE, "--dry-run")
    assert brought == []
    assert not GroupMessage.objects.exists()


def test_the_same_texts_stand_on_the_desk(city, brought):
    run(LATE)
    with time_machine.travel(moment(LATE), tick=False):
        page = signed_in(city.reviewer).get(reverse("admin:supervision-texts")).content.decode()
        assert signed_in(city.official).get(reverse("admin:supervision-texts")).status_code == 403
    assert texts(brought)[0].partition("\n")[0] in page
    assert "企业微信的群机器人" in page
    assert "secret" not in page


@pytest.mark.parametrize(
    ("site", "leads_to"),
    [
        ("https://city.example", "https://city.example/admin/"),
        ("http://127.0.0.1", "http://localhost:8123/admin/"),
        ("", "http://localhost:8123/admin/"),
    ],
)
def test_the_text_to_copy_leads_to_the_site_or_to_where_it_was_asked_for(city, settings, site, leads_to):
    settings.SITE_URL, settings.ALLOWED_HOSTS = site, ["localhost"]
    with time_machine.travel(moment(LATE), tick=False):
        page = signed_in(city.reviewer).get(reverse("admin:supervision-texts"), headers={"host": "localhost:8123"})
    assert f"都在这里：{leads_to}" in page.content.decode()


# What goes out, and to whom

ELSEWHERE = {
    "plain http": "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
    "another host": "https://example.org/robot/send",
    "a host that begins like it": "https://qyapi.weixin.qq.com.example.org/cgi-bin/webhook/send",
    "behind a user": "https://oapi.dingtalk.com@example.org/robot/send",
    "a port": "https://oapi.dingtalk.com:8443/robot/send",
    "a file": "file:///etc/passwd",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_nobody_else_is_asked(name):
    assert not is_vendors(ELSEWHERE[name])
    with pytest.raises(NotSentError, match="网址不是企业微信或钉钉的"):
        post(ELSEWHERE[name], {})


def test_the_vendors_are_asked():
    assert is_vendors(WECOM)
    assert is_vendors(DINGTALK)


def test_a_text_arrives(vendor):
    post(vendor.address, {"msgtype": "markdown", "markdown": {"content": "督办"}}, vendor.is_it)
    assert vendor.taken == [("/send?key=secret", {"msgtype": "markdown", "markdown": {"content": "督办"}})]


REFUSALS = {
    "refused": (
        200,
        b'{"errcode": 93000, "errmsg": "invalid webhook"}',
        "对方没有收，错误码 93000（机器人已经移出这个群，或者网址不对：从群机器人的设置里重新复制）",
    ),
    "unknown": (200, b'{"errcode": 99999, "errmsg": "secret"}', "对方没有收，错误码 99999"),
    "a code that is none": (200, b'{"errcode": "secret"}', "对方的回答读不懂"),
    "no JSON": (200, b"<html>", "对方的回答读不懂"),
    "no code": (200, b"{}", "对方的回答读不懂"),
    "a list": (200, b"[]", "对方的回答读不懂"),
    "broken": (500, b"", "对方的回答是 500"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_said_in_words(vendor, name):
    vendor.status, vendor.answer, reason = REFUSALS[name]
    with pytest.raises(NotSentError) as raised:
        post(vendor.address, {}, vendor.is_it)
    assert str(raised.value) == reason
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_no_redirect_is_followed(vendor):
    vendor.status, vendor.location = 302, vendor.address.replace("/send", "/elsewhere")
    with pytest.raises(NotSentError, match="对方的回答是 302"):
        post(vendor.address, {}, vendor.is_it)
    assert [path for path, _body in vendor.taken] == ["/send?key=secret"]


def test_nobody_there_is_said_without_the_address(vendor, monkeypatch):
    monkeypatch.setattr(robots, "TIMEOUT", 2)
    with pytest.raises(NotSentError) as raised:
        post("http://127.0.0.1:1/send?key=secret", {}, lambda _address: True)
    assert "secret" not in str(raised.value)


def test_a_text_keeps_within_what_the_vendor_takes():
    long = robots.GroupText(GroupTextKind.LATE, "标题", "\n".join(f"第 {n} 行，很长很长的一行。" for n in range(2000)))
    for robot in Robot:
        markdown = body_of(robot, long)["markdown"]
        text = markdown.get("content") or markdown["text"]
        assert LIMITS[robot] - 200 < len(text.encode()) <= LIMITS[robot]
        assert text.endswith("都在后台。")
    assert truncated("短", 100) == "短"


def test_no_text_is_a_link_or_a_mention():
    nasty = robots.GroupText(GroupTextKind.LATE, "标题", "<@all> [here](https://example.org) **loud** # head `code`")
    content = body_of(Robot.WECOM, nasty)["markdown"]["content"]
    assert not set("<>[]@*`#") & set(content)
