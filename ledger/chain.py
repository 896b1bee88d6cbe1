"""The chain of entries: canonical bytes, hashes, appending, checking from the first entry to the head."""

import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from common.lru_cache import LRUCache
from common.tokens import clean_token
from ledger.guard import publishing
from ledger.models import Entry, EntryKind

GENESIS = "0" * 64
CLOCK_TOLERANCE = timedelta(seconds=5)
BATCH = 500  # entries in a statement
DIGITS = 64  # of a hash
# The least digits of a noted hash that are accepted. Two histories whose hashes share 12 digits were made in 45 seconds;
# two that share 40 take 2 to the power of 80 attempts.
LEAST_DIGITS = 40
_NUMBER = r"(?<![-0-9a-z])(0*[1-9][0-9]{0,17}) ?: ?"
# A hash may have been wrapped or copied in groups, so a blank may follow each digit. An incomplete one ends with the first
# word that makes it long enough.
_WHOLE = rf"(?:[0-9a-f] ?){{{DIGITS - 1}}}[0-9a-f]"
_PART = rf"(?:[0-9a-f] ?){{{LEAST_DIGITS - 1},{DIGITS - 2}}}?[0-9a-f](?! ?:)"
_VOUCHER = re.compile(rf"{_NUMBER}({_WHOLE}|{_PART})(?![0-9a-z])")
_BEGINNING = re.compile(rf"{_NUMBER}([0-9a-f]+(?: [0-9a-f]+)*)")


class PublicationError(Exception):
    """Something can't be published now. `messages` has every reason, in Chinese, for the person who publishes."""

    def __init__(self, *messages: str):
        super().__init__(*messages)
        self.messages = messages

    def __str__(self) -> str:
        return " ".join(self.messages)


def canonical(value: object) -> bytes:
    """UTF-8 of the JSON text with sorted keys and no spaces, non-ASCII as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def moment_text(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def decimal_text(number: Decimal) -> str:
    """Plain notation without exponent or trailing zeros; zero has no sign."""
    text = format(number, "f") if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def new_salt() -> str:
    return secrets.token_hex(16)


def digest(salt: str, content: str | bytes) -> str:
    """SHA-256, hex, of the salt followed by the content."""
    return hashlib.sha256(salt.encode() + (content.encode() if isinstance(content, str) else content)).hexdigest()


def hashed_bytes(entry: Entry) -> bytes:
    """The canonical bytes that the hash of the entry is computed from."""
    fields = {
        "seq": entry.seq,
        "at": moment_text(entry.at),
        "kind": entry.kind,
        "subject": entry.subject,
        "payload": entry.payload,
        "previous": entry.previous,
    }
    return canonical(fields)


def hash_of(entry: Entry) -> str:
    return hashlib.sha256(hashed_bytes(entry)).hexdigest()


def readable(payload: object, most: int | None = None) -> str:
    """The payload as indented JSON, cut after `most` characters."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False, sort_keys=True, indent=2).iterencode(payload):
        text += piece
        if most is not None and len(text) >= most:
            return text[:most]
    return text


def head() -> Entry | None:
    return Entry.objects.order_by("-seq").first()


def head_on(day: date) -> Entry | None:
    """The last entry public by the end of the day, with its payload deferred.

    Days never decrease along the chain, so ordering by them first lets the database use their index.
    """
    return Entry.objects.as_of(day).order_by("-published_on", "-seq").defer("payload").first()


def last_hash(kinds: Collection[EntryKind] = ()) -> str:
    """The hash of the last entry, or of the last one of these kinds; "" where there is none."""
    entries = Entry.objects.filter(kind__in=kinds) if kinds else Entry.objects
    return entries.order_by("-seq").values_list("hash", flat=True).first() or ""


def lock() -> None:
    """Make every other publication wait until this transaction ends. Raises TransactionManagementError outside of one.

    On SQLite the transaction itself does so from its start (transaction_mode IMMEDIATE).
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the ledger is locked inside a transaction only")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(Entry._meta.db_table)} IN SHARE ROW EXCLUSIVE MODE")


def moment(wanted: datetime | None = None) -> datetime:
    """The moment to give the next entry, called with the lock held; `wanted` is the moment of a loaded fact.

    Raises PublicationError where it would be before the last entry or in the future.
    """
    now, last = timezone.now(), head()
    if wanted is None:
        if last is None or now >= last.at:
            return now
        if last.at - now <= CLOCK_TOLERANCE:
            return last.at
        raise PublicationError(
            f"服务器的时钟比公开记录的最后一条（{timezone.localtime(last.at):%Y-%m-%d %H:%M:%S}）还早，不能公布。请先校准时钟。"
        )
    if wanted > now:
        raise PublicationError(f"公布时间 {timezone.localtime(wanted):%Y-%m-%d %H:%M} 还没到。")
    if last is not None and wanted < last.at:
        raise PublicationError(
            f"公布时间 {timezone.localtime(wanted):%Y-%m-%d %H:%M} 早于公开记录的最后一条"
            f"（{timezone.localtime(last.at):%Y-%m-%d %H:%M}），历史只能按先后顺序载入。"
        )
    return wanted


def append(*, at: datetime, kind: EntryKind, subject: str, payload: dict) -> Entry:
    """Add one entry after the last. The lock must be held; `at` comes from `moment()`."""
    entry = Entry(at=at, kind=kind, subject=subject, payload=payload)
    _chain(entry, head())
    with publishing():
        entry.save(force_insert=True)
    return entry


def append_all(entries: Sequence[Entry]) -> None:
    """Add many at once, each with moment, kind, subject and payload, in the order of their moments.

    The lock must be held. Raises PublicationError where the first would run backwards or the last ahead of the clock.
    """
    last = head()
    for entry in entries:
        if last is not None and entry.at < last.at:
            raise PublicationError(f"公布时间 {entry.at} 早于前一条。")
        _chain(entry, last)
        last = entry
    if last is not None and last.at > timezone.now():
        raise PublicationError(f"公布时间 {timezone.localtime(last.at):%Y-%m-%d %H:%M} 还没到。")
    with publishing():
        Entry.objects.bulk_create(entries, BATCH)


def _chain(entry: Entry, last: Entry | None) -> None:
    """Set the number, day, previous hash and hash of the entry that follows `last`."""
    _refuse_floats(entry.payload)
    entry.seq = last.seq + 1 if last else 1
    entry.published_on = timezone.localdate(entry.at)
    entry.previous = last.hash if last else GENESIS
    entry.hash = hash_of(entry)


def _refuse_floats(value: object) -> None:
    """Raises TypeError for a float: it has no single written form, so payloads hold integers, and decimals as strings."""
    if isinstance(value, float):
        raise TypeError(f"a payload holds no float: {value!r}")
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        _refuse_floats(child)


@dataclass(frozen=True)
class Head:
    """A noted voucher: the sequence number and its hash, or the first 40 digits of it or more."""

    seq: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Head":
        """From a text with one voucher in it, such as a whole citation. Raises ValueError with a message for people."""
        words = " ".join(map(clean_token, text.split())).lower().replace("%3a", ":")  # as in the address of a check
        vouchers = [cls(int(seq), digits.replace(" ", "")) for seq, digits in _VOUCHER.findall(words)]
        if not vouchers:
            raise ValueError(_why_no_voucher(words))
        longest = max(vouchers, key=lambda one: len(one.hash))
        if not all(one.seq == longest.seq and longest.hash.startswith(one.hash) for one in vouchers):
            raise ValueError("这里有不止一个凭证，请一次只填一个。")
        return longest


def _why_no_voucher(words: str) -> str:
    n_digits = max((len(digits.replace(" ", "")) for _, digits in _BEGINNING.findall(words)), default=0)
    if not n_digits:
        return "请填整个凭证：序号、冒号，再加 64 个字符的指纹。每一页最下面都印着，连同前后的话一起粘贴进来也行。"
    if n_digits < LEAST_DIGITS:
        return (
            f"冒号后面只读到 {n_digits} 个字符的指纹，太短，核对了也不作数：短的可以另造一份历史凑成一样的，"
            "12 个字符的 45 秒就造得出来。请填整个凭证，冒号后面是 64 个字符，至少要 40 个，只有数字和字母 a 到 f；"
            "手里只留着短的，就请从今天起另留一个完整的。"
        )
    return (
        f"冒号后面的指纹应当是 64 个字符，只有数字和字母 a 到 f，这里读到了 {n_digits} 个。请看看是不是抄错了、抄多了。"
    )


def faults(entries: Iterable[Entry], noted: Head | None = None, *, after: Entry | None = None) -> Iterator[str]:
    """Each fault of the chain in order, as a Chinese sentence. `entries` follow `after`, or begin with the first entry."""
    seq, previous, last_at = (after.seq, after.hash, after.at) if after else (0, GENESIS, None)
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            yield f"第 {seq} 条不见了（接着的是第 {entry.seq} 条）。"
            return
        if entry.previous != previous:
            yield f"第 {seq} 条没有接着第 {seq - 1} 条：记录的上一条指纹不同。"
        if entry.hash != hash_of(entry):
            yield f"第 {seq} 条的内容与它的指纹不符。"
        if last_at and entry.at < last_at:
            yield f"第 {seq} 条的时间早于上一条。"
        if entry.published_on != timezone.localdate(entry.at):
            yield f"第 {seq} 条的公布日期与公布时间不符。"
        if noted and entry.seq == noted.seq and not entry.hash.startswith(noted.hash):
            yield f"第 {seq} 条的指纹与记下的凭证不同：历史被改写过。"
        previous, last_at = entry.hash, entry.at
    if noted and noted.seq > seq:
        yield f"记下的凭证是第 {noted.seq} 条，现在只有 {seq} 条：末尾被截断了。"


_proved: LRUCache[str] = LRUCache(1000)  # batches


def first_fault(through: int) -> str:
    """The first fault of the chain up to the entry `through`; "" where there is none.

    Anybody can ask this for any voucher, so it has to be cheap: results are cached by batch under a digest of its stored
    rows. The rows are read each time, but parsed and hashed only where a byte of them has changed.
    """
    for first in range(1, through + 1, BATCH):
        fault = _known_fault_within(first, min(first + BATCH - 1, through))
        if fault:
            return fault
    return ""


def _known_fault_within(first: int, last: int) -> str:
    stored = _digest_of_rows(first - 1, last)
    prove = partial(_fault_within, first, last)
    return _proved.get(stored, prove, is_valid=lambda: _digest_of_rows(first - 1, last) == stored)


def _digest_of_rows(first: int, last: int) -> bytes:
    """A digest of everything stored of these entries."""
    names = [field.attname for field in Entry._meta.concrete_fields if field.name != "payload"]
    rows = Entry.objects.filter(seq__gte=first, seq__lte=last).order_by("seq")
    asked = rows.annotate(text=Cast("payload", TextField())).values_list(*names, "text").query
    with connection.cursor() as cursor:  # the ORM would spend time on parsing every moment
        cursor.execute(*asked.sql_with_params())
        stored = cursor.fetchall()
    short = [(*others, len(payload)) for *others, payload in stored]
    return hashlib.sha256("".join([repr((first, last, short)), *(row[-1] for row in stored)]).encode()).digest()


def _fault_within(first: int, last: int) -> str:
    entries = list(Entry.objects.filter(seq__gte=first - 1, seq__lte=last).order_by("seq"))
    after = entries.pop(0) if first > 1 and entries else None
    if after and after.seq != first - 1:
        return f"第 {first - 1} 条不见了。"
    return next(faults(entries, after=after), "")


def verdict_on(noted: Head) -> str:
    """A Chinese sentence: whether the entry of a noted voucher and the history before it are unchanged."""
    entry = Entry.objects.filter(seq=noted.seq).first()
    if entry is None:
        last = head()
        return f"对不上：现在只有 {last.seq if last else 0} 条，记下的第 {noted.seq} 条不见了。请再看看有没有抄错。"
    if not entry.hash.startswith(noted.hash):
        return f"对不上：第 {noted.seq} 条现在的指纹是 {entry.hash}。请再看看有没有抄错；没有抄错，就是历史被改写过。"
    fault = first_fault(noted.seq)
    if fault:
        return f"凭证对得上，但它前面的记录接不上：{fault}"
    before = f"，前面的 {noted.seq - 1} 条也" if noted.seq > 1 else ""
    return f"对得上：第 {noted.seq} 条{before}没有改过。"
