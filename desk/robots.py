"""Texts for work groups, and the robots of WeCom and DingTalk that bring them: to whom, in which words, and never twice.

Texts name departments and no people. A message is first a row (`GroupMessage`): it is claimed, sent and then marked as sent.
The addresses of robots are as good as passwords: they stand in the environment alone, and no error or log has one.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote_plus, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.publisher import publisher
from common.marks import mark_of
from desk.agenda import ReminderItem, ReminderKind, is_reminder_due, reminder_items_of
from desk.reminders import CLAIM, desk_address, reporting_tasks_by_department
from desk.sentences import group_item_line, group_text, list_text, published_line
from desk.supervision.loading import Supervision
from desk.supervision.rules import grouped
from ledger import chain
from projects.snapshots import load_departments
from tasks.models import GroupMessage, GroupTextKind, Robot

HOSTS = frozenset({"qyapi.weixin.qq.com", "oapi.dingtalk.com"})
TIMEOUT = 10  # seconds
MOST_A_MINUTE = 20  # messages to one group; more are refused there
MOST_READ = 64 * 1024  # bytes of an answer
# Bytes of a text: WeCom takes 4096 of Markdown, DingTalk 20,000 of a message, which has a title and quotes line ends besides.
LIMITS = {Robot.WECOM: 4096, Robot.DINGTALK: 18_000}
MOST_LINES = 100  # lines of a text
FIRST_DAYS = 7  # of what was published, where nothing was sent before
KINDS = {ReminderKind.DUE: GroupTextKind.DUE, ReminderKind.STALE: GroupTextKind.LATE}
CUT = "……还有一些没有列出来，都在后台。"
# Why the vendors refuse, by the code of their answer. Their own texts are not told: they may quote the address.
TOO_MANY = "一分钟里发得太多，对方让慢一点"
WRONG_ADDRESS = "机器人已经移出这个群，或者网址不对：从群机器人的设置里重新复制"
REASONS = {
    -1: "对方正忙",
    40008: "对方不认识这种消息",
    40058: "内容不合对方的要求，或者太长",
    45009: TOO_MANY,
    93000: WRONG_ADDRESS,
    300001: WRONG_ADDRESS,
    400013: "这个群已经解散",
    400101: WRONG_ADDRESS,
    400102: "机器人已经停用",
    400105: "对方不认识这种消息",
    400106: WRONG_ADDRESS,
    410100: TOO_MANY,
    430101: "对方说有不安全的链接",
    430102: "对方说有不合适的文字",
    430103: "对方说有不合适的图片",
    430104: "对方说有不合适的内容",
    460101: "太长",
    130101: TOO_MANY,
    660026: TOO_MANY,
}
# DingTalk has one code for what is set as 安全设置 and says in words which of them; the first of these that is in its text.
UNSAFE = 310000
KEYWORD = "机器人设了“自定义关键词”，话里没有：改用“加签”，或者把本站名称设成关键词"
CLOCK = "服务器的时钟和标准时间差得太多"
SIGNATURE = "“加签”的密钥（DINGTALK_SECRET）不对，或者没有写"
WHITELIST = "机器人设了“IP 地址（段）”，这台服务器不在里面"
SETTINGS = (
    ("keyword", KEYWORD),
    ("关键词", KEYWORD),
    ("invalid timestamp", CLOCK),
    ("签名过期", CLOCK),
    ("sign not match", SIGNATURE),
    ("签名", SIGNATURE),
    ("whitelist", WHITELIST),
    ("白名单", WHITELIST),
)
OTHER_SETTING = "和机器人的“安全设置”不合"
# What would be a link, a mention, a picture or a heading in the vendors' Markdown.
_PLAIN = str.maketrans(
    {"<": "〈", ">": "〉", "[": "［", "]": "］", "@": "＠", "*": "＊", "`": "＇", "#": "＃", "!": "！"}
)


class NotSentError(Exception):
    """The reason in Chinese, without the address."""


class UncertainError(NotSentError):
    """Nobody knows whether it arrived: it was sent, and no answer came that says so."""


@dataclass(frozen=True)
class GroupText:
    """What to bring to a group; empty where there is nothing. `items` are the keys of what it reminds of.

    `through` is the last entry of the ledger that it tells.
    """

    kind: GroupTextKind
    title: str
    text: str
    items: tuple[str, ...] = ()
    through: int = 0


# The texts


def reminding_texts(now: datetime, site: str | None = None) -> list[GroupText]:
    """Who is due and who is late, by department; both stand on the desk as well. `site`: as in `desk_address`."""
    today = timezone.localdate(now)
    departments = load_departments(today)
    found: dict[GroupTextKind, dict[str, list[ReminderItem]]] = {kind: {} for kind in KINDS.values()}
    for slug, reporting_tasks in reporting_tasks_by_department(today).items():
        for item in (item for one in reporting_tasks for item in reminder_items_of(one)):
            if item.kind in KINDS and slug in departments:
                found[KINDS[item.kind]].setdefault(departments[slug].name, []).append(item)
    address = desk_address(site)
    return [_reminding_text(kind, by_department, today, address) for kind, by_department in found.items()]


def _reminding_text(
    kind: GroupTextKind, by_department: Mapping[str, Sequence[ReminderItem]], today: date, address: str
) -> GroupText:
    items = {item.key: item for own in by_department.values() for item in own}
    title = _title(kind, today, (one.reporting_task.subject for one in items.values() if one.reporting_task))
    lines = {name: [group_item_line(item, today) for item in own] for name, own in by_department.items()}
    return GroupText(kind, title, _text(title, lines, len(items), address), tuple(sorted(items)))


def published_text(now: datetime, after: int | None, site: str | None = None) -> GroupText:
    """What was published after that entry of the ledger, of the last days where it is None."""
    today, head = timezone.localdate(now), chain.head()
    supervision = Supervision(None, today)
    if after is None:
        rows = supervision.published(today - timedelta(days=FIRST_DAYS), today)
    else:
        rows = supervision.published_after(after)
    title = _title(GroupTextKind.PUBLISHED, today, rows)
    groups = grouped(rows, lambda row: "、".join(row.departments))
    lines = {name: [published_line(row) for row in own] for name, own in groups.items()}
    site = settings.SITE_URL if site is None else site
    text = _text(title, lines, len(rows), f"{site}{settings.PREFIX}/" if site else "")
    return GroupText(GroupTextKind.PUBLISHED, title, text, through=head.seq if head else 0)


def _title(kind: GroupTextKind, today: date, rows: Iterable[Any]) -> str:
    mark = mark_of(is_illustrative=any(row.is_illustrative for row in rows))
    return f"{mark}{publisher().site_name}：{kind.label}（{today}）"


def _text(title: str, lines: Mapping[str, Sequence[str]], n: int, address: str) -> str:
    """Empty without lines."""
    if not n:
        return ""
    left, shortened = MOST_LINES, {}
    for name, own in lines.items():
        if left > 0:
            shortened[name] = own[:left]
            left -= len(own)
    n_left_out = sum(map(len, lines.values())) - sum(map(len, shortened.values()))
    return group_text(list_text(title, shortened, n_left_out), address)


def texts_for_the_desk(now: datetime, site: str | None = None) -> list[GroupText]:
    """The same as would be sent now, whether or not a robot is there. `site`: as in `desk_address`."""
    after = [last for robot in Robot if (last := last_covered(robot)) is not None]
    return [*reminding_texts(now, site), published_text(now, max(after, default=None), site)]


def last_covered(robot: Robot) -> int | None:
    """The last entry of the ledger that the group was told of; None before the first time."""
    sent = GroupMessage.objects.filter(robot=robot, kind=GroupTextKind.PUBLISHED, sent_at__isnull=False)
    return sent.order_by("-day").values_list("through", flat=True).first()


# When


def is_new(robot: Robot, text: GroupText, today: date) -> bool:
    """Whether the text has something to be reminded of today, by the same rule as mails; what was published always is new."""
    if not text.text:
        return False
    if text.kind is GroupTextKind.PUBLISHED:
        return True
    days = defaultdict(list)
    sent = GroupMessage.objects.filter(robot=robot, kind=text.kind, sent_at__isnull=False)
    for day, items in sent.values_list("day", "items"):
        for key in items:
            days[key].append(day)
    return any(is_reminder_due(days[key], today) for key in text.items)


def claim(robot: Robot, text: GroupText, now: datetime) -> GroupMessage | None:
    """The row of the message, claimed for this run; None where it was sent today, or another run is sending it."""
    today = timezone.localdate(now)
    about = {"robot": robot, "kind": text.kind, "day": today}
    try:
        with transaction.atomic():
            message = GroupMessage.objects.select_for_update().filter(**about).first() or GroupMessage(**about)
            is_taken = message.claimed_at is not None and message.claimed_at >= now - CLAIM
            if message.sent_at or is_taken:
                return None
            message.items, message.through, message.claimed_at = list(text.items), text.through, now
            message.save()
            return message
    except IntegrityError:  # the other run was faster by a moment
        return None


# Sending


@dataclass
class Result:
    """Of a run: how many texts each robot brought, and the reason of each that failed, or of which nobody knows."""

    sent: dict[Robot, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)


def robots() -> dict[Robot, str]:
    """The address of each that is configured."""
    found = {Robot.WECOM: settings.WECOM_ROBOT, Robot.DINGTALK: settings.DINGTALK_ROBOT}
    return {robot: address for robot, address in found.items() if address}


def tell_groups(now: datetime) -> Result:
    """Send what is new to every group. Safe to run again, and twice at once."""
    result = Result()
    reminding = reminding_texts(now) if robots() else []
    for robot, address in robots().items():
        result.sent[robot] = 0
        for text in (*reminding, published_text(now, last_covered(robot))):
            message = claim(robot, text, now) if is_new(robot, text, timezone.localdate(now)) else None
            if message is None:
                continue
            try:
                send(robot, address, text, now)
            except UncertainError as error:  # what may have arrived counts as sent: nothing is said twice a day
                GroupMessage.objects.filter(pk=message.pk).update(claimed_at=None, sent_at=timezone.now())
                result.uncertain.append(f"{robot.label}“{text.kind.label}”：{error}")
            except NotSentError as error:
                GroupMessage.objects.filter(pk=message.pk).update(claimed_at=None)
                result.failures.append(f"{robot.label}“{text.kind.label}”：{error}")
            else:
                GroupMessage.objects.filter(pk=message.pk).update(claimed_at=None, sent_at=timezone.now())
                result.sent[robot] += 1
    return result


def send(robot: Robot, address: str, text: GroupText, now: datetime) -> None:
    """Raises NotSentError."""
    minute = now - timedelta(minutes=1)
    lately = GroupMessage.objects.filter(Q(sent_at__gte=minute) | Q(claimed_at__gte=minute), robot=robot).count()
    if lately > MOST_A_MINUTE:
        raise NotSentError(f"一分钟最多发 {MOST_A_MINUTE} 条，下次再发")
    if robot is Robot.DINGTALK and settings.DINGTALK_SECRET:
        address = signed(address, settings.DINGTALK_SECRET, int(now.timestamp() * 1000))
    post(address, body_of(robot, text))


def body_of(robot: Robot, text: GroupText) -> dict[str, Any]:
    """What the vendor expects, the text within its limit."""
    plain = text.text.translate(_PLAIN)
    if robot is Robot.WECOM:
        return {"msgtype": "markdown", "markdown": {"content": truncated(plain, LIMITS[robot])}}
    lines = plain.replace("\n", "  \n")  # a line of its own, in DingTalk's Markdown
    return {"msgtype": "markdown", "markdown": {"title": text.title, "text": truncated(lines, LIMITS[robot])}}


def truncated(text: str, most: int) -> str:
    """Whole lines of the text of at most so many bytes, with a last one that says so where some are left out."""
    if len(text.encode()) <= most:
        return text
    kept, n_bytes = [], len(CUT.encode())
    for line in text.splitlines():
        n_bytes += len(line.encode()) + 1
        if n_bytes > most:
            break
        kept.append(line)
    return "\n".join([*kept, CUT])


def parts_of(text: str, most: int) -> list[str]:
    """The text of a list as messages of at most so many bytes, each below the title with its number, by department.

    The lines of one that don't fit a message stand in several, each with its name; a longer line stays whole.
    """
    if len(text.encode()) <= most:
        return [text]
    title, _, rest = text.partition("\n")
    room = most - len(f"{title}（100/100）\n\n".encode())
    parts: list[str] = []
    for block in _blocks_of(rest, room):
        joined = f"{parts[-1]}\n\n{block}" if parts else block
        if parts and len(joined.encode()) <= room:
            parts[-1] = joined
        else:
            parts.append(block)
    return [f"{title}（{number}/{len(parts)}）\n\n{part}" for number, part in enumerate(parts, 1)]


def _blocks_of(text: str, room: int) -> Iterator[str]:
    for block in text.strip("\n").split("\n\n"):
        lines = block.split("\n")
        head = lines[:1] if lines[0].endswith("：") else []
        own = [*head]
        for line in lines[len(head) :]:
            if len(own) > len(head) and len("\n".join([*own, line]).encode()) > room:
                yield "\n".join(own)
                own = [*head]
            own.append(line)
        yield "\n".join(own)


def signed(address: str, secret: str, at: int) -> str:
    """The address with DingTalk's signature of the moment, in milliseconds since 1970."""
    digest = hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{address}&timestamp={at}&sign={quote_plus(b64encode(digest))}"


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs) -> None:
        """None: the answer is then an error like any other."""


def is_vendors(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" and parts.netloc in HOSTS


def post(address: str, body: Mapping[str, Any], is_allowed: Callable[[str], bool] = is_vendors) -> None:
    """Raises NotSentError where the vendor didn't take it. Nothing but an allowed address is ever asked."""
    if not is_allowed(address):
        raise NotSentError("网址不是企业微信或钉钉的")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    content = json.dumps(body, ensure_ascii=False).encode()
    request = Request(address, content, headers, method="POST")  # noqa: S310  https, of two hosts
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT) as answer:
            told = json.loads(answer.read(MOST_READ))
            code, text = told["errcode"], str(told.get("errmsg", ""))
            if not isinstance(code, int):
                raise TypeError
    except HTTPError as error:
        refusal = UncertainError if error.code >= 500 else NotSentError
        raise refusal(f"对方的回答是 {error.code}") from None
    except URLError:  # whose text may hold the address, as those of the next
        raise NotSentError("连不上对方") from None
    except (OSError, HTTPException):
        raise UncertainError(f"{TIMEOUT} 秒里没有回答，或者断了") from None
    except (ValueError, KeyError, TypeError):
        raise UncertainError("对方的回答读不懂") from None
    if code != 0:
        raise NotSentError(f"对方没有收，错误码 {code}{_reason(code, text)}")


def _reason(code: int, text: str) -> str:
    """In brackets, empty where the code isn't known."""
    if code == UNSAFE:
        known = next((reason for word, reason in SETTINGS if word in text.lower()), OTHER_SETTING)
    else:
        known = REASONS.get(code, "")
    return known and f"（{known}）"
