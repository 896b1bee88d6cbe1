"""A run of `tell_groups` against both vendors as they document themselves: what arrives, how often, and what an operator reads."""

from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from desk import robots
from tasks.models import GroupMessage, Robot
from tests.factories import moment
from tests.group_vendors import DINGTALK, KEY, SECRET, TOKEN, WECOM, both_vendors
from tests.small_city import a_city

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LATE = "2020-06-11"  # what was due has not come; see test_robots


@pytest.fixture
def vendors(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    post = robots.post
    with both_vendors() as found:
        monkeypatch.setattr(robots, "post", lambda address, body: post(found.here(address), body, found.is_here))
        yield found


@pytest.fixture
def city(settings, vendors):
    settings.WECOM_ROBOT = f"{WECOM}/cgi-bin/webhook/send?key={KEY}"
    settings.DINGTALK_ROBOT = f"{DINGTALK}/robot/send?access_token={TOKEN}"
    settings.DINGTALK_SECRET = vendors.secret = SECRET
    settings.SITE_URL = "https://city.example"
    return a_city()


def run(on: str = LATE, at: str = "08:00") -> str:
    """What the command says, or how it ends."""
    said = StringIO()
    with time_machine.travel(moment(on, at), tick=False):
        try:
            call_command("tell_groups", stdout=said)
        except CommandError as error:
            return f"{said.getvalue()}{error}"
    return said.getvalue()


def test_both_vendors_take_what_is_sent_and_once_a_day(city, vendors):
    assert run() == "企业微信发出 1 条，钉钉发出 1 条。\n"
    assert [f"https://{host}" for host, _message in vendors.taken] == [WECOM, DINGTALK]
    assert run() == run(at="20:00") == "企业微信发出 0 条，钉钉发出 0 条。\n"
    assert vendors.n_asked == 2


def test_nothing_is_asked_unless_configured(city, vendors, settings):
    settings.WECOM_ROBOT = settings.DINGTALK_ROBOT = settings.DINGTALK_SECRET = ""
    assert "没有配置群机器人" in run()
    assert vendors.n_asked == 0


def test_without_a_secret_nothing_is_signed(city, vendors, settings):
    settings.DINGTALK_SECRET = vendors.secret = ""
    assert "钉钉发出 1 条" in run()


def test_a_keyword_that_is_the_name_of_the_site_is_in_every_text(city, vendors):
    vendors.keyword = robots.publisher().site_name
    assert "钉钉发出 1 条" in run()


def test_long_texts_end_at_a_line_within_what_each_vendor_takes(city, vendors, monkeypatch):
    lines = [f"{n}. {'很长的项目名称' * 9}：还没有报过，应在 2020-04-10 前报，过了 62 天。" for n in range(1, 101)]
    text = robots.GroupText(robots.GroupTextKind.LATE, "逾期没有更新的", "\n".join(["逾期没有更新的", *lines]))
    monkeypatch.setattr(robots, "reminding_texts", lambda _now: [text])
    monkeypatch.setattr(robots, "is_new", lambda _robot, one, _today: one is text)
    assert run() == "企业微信发出 1 条，钉钉发出 1 条。\n"
    for _host, message in vendors.taken:
        told = message["markdown"].get("content") or message["markdown"]["text"]
        first, *shown, last = (line.rstrip() for line in told.splitlines())
        assert (first, last) == ("逾期没有更新的", robots.CUT)
        assert shown == lines[: len(shown)]
        assert len(shown) > 10


# What an operator reads. None of it has the address, though the vendor's own text quotes it


def wrong(name: str):
    def change(_vendors, settings) -> None:
        setattr(settings, name, f"{getattr(settings, name)}x")

    return change


def set_to(**fields):
    def change(vendors, _settings) -> None:
        for name, value in fields.items():
            setattr(vendors, name, value)

    return change


def crowded(vendors, _settings) -> None:
    vendors.taken += [("", {})] * 20


REFUSALS = {
    "a key of nobody": (wrong("WECOM_ROBOT"), "企业微信“逾期没有更新的”：对方没有收，错误码 93000（机器人已经移出这个群，或者网址不对"),
    "a token of nobody": (wrong("DINGTALK_ROBOT"), "钉钉“逾期没有更新的”：对方没有收，错误码 300001（机器人已经移出这个群，或者网址不对"),
    "another secret": (wrong("DINGTALK_SECRET"), "错误码 310000（“加签”的密钥（DINGTALK_SECRET）不对，或者没有写）"),
    "another clock": (set_to(), "错误码 310000（服务器的时钟和标准时间差得太多）"),
    "a keyword": (set_to(keyword="值班"), "错误码 310000（机器人设了“自定义关键词”，话里没有：改用“加签”，或者把本站名称设成关键词）"),
    "another address of ours": (set_to(whitelist="10.0.0.1"), "错误码 310000（机器人设了“IP 地址（段）”，这台服务器不在里面）"),
    "too often, WeCom": (crowded, "企业微信“逾期没有更新的”：对方没有收，错误码 45009（一分钟里发得太多，对方让慢一点）"),
    "too often, DingTalk": (crowded, "钉钉“逾期没有更新的”：对方没有收，错误码 410100（一分钟里发得太多，对方让慢一点）"),
    "a redirect": (set_to(how="redirect"), "企业微信“逾期没有更新的”：对方的回答是 302"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_told_in_words_and_tried_again(city, vendors, settings, monkeypatch, name):
    change, said = REFUSALS[name]
    with monkeypatch.context() as patch:
        if name == "another clock":
            signed = robots.signed
            patch.setattr(robots, "signed", lambda address, secret, at: signed(address, secret, at - 2 * 3600 * 1000))
        n_before = vendors.n_asked
        before = {key: getattr(settings, key) for key in ("WECOM_ROBOT", "DINGTALK_ROBOT", "DINGTALK_SECRET")}
        change(vendors, settings)
        told = run()
    assert said in told
    assert "没有发出去，下次运行再发" in told
    assert "secret" not in told
    assert vendors.n_asked - n_before == 2  # and no redirect is followed
    for key, value in before.items():
        setattr(settings, key, value)
    vendors.keyword = vendors.whitelist = ""
    vendors.how, vendors.taken = "answer", []
    n_missing = 2 - GroupMessage.objects.filter(sent_at__isnull=False).count()
    run(at="08:30")
    assert len(vendors.taken) == n_missing > 0
    run(at="09:00")
    assert len(vendors.taken) == n_missing


@pytest.mark.parametrize("how", ["hang", "break", "fail"])
def test_what_may_have_arrived_is_said_and_never_sent_twice_a_day(city, vendors, settings, monkeypatch, how):
    settings.DINGTALK_ROBOT = settings.DINGTALK_SECRET = ""
    monkeypatch.setattr(robots, "TIMEOUT", 1)
    vendors.how = how
    told = run()
    assert "1 条不知道到了没有，今天不再发，请到群里看一眼：企业微信“逾期没有更新的”" in told
    assert "下次运行再发" not in told
    assert "secret" not in told
    vendors.how = "answer"
    n_asked = vendors.n_asked
    assert run(at="09:00") == "企业微信发出 0 条。\n"
    assert vendors.n_asked == n_asked == 1


def test_a_vendor_that_cannot_be_reached_is_tried_again(city, vendors, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(vendors, "address", "http://127.0.0.1:1")
        assert "连不上对方" in run()
    assert run(at="09:00") == "企业微信发出 1 条，钉钉发出 1 条。\n"


def test_a_minute_has_room_for_twenty_at_each_vendor(city, vendors):
    with time_machine.travel(moment(LATE, "07:59"), tick=False):
        for n in range(21):
            GroupMessage.objects.create(robot=Robot.WECOM, kind=f"K{n}", day="2020-01-01", sent_at=timezone.now())
    assert "企业微信“逾期没有更新的”：一分钟最多发 20 条" in run()
    assert [f"https://{host}" for host, _message in vendors.taken] == [DINGTALK]
