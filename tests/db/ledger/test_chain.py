"""The chain of entries, recomputed here with nothing but hashlib and json."""

import hashlib
import json
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from ledger import chain
from ledger.chain import (
    GENESIS,
    Head,
    PublicationError,
    append,
    canonical,
    decimal_text,
    digest,
    faults,
    head,
    moment_text,
)
from ledger.guard import publishing
from ledger.models import Entry, EntryKind

pytestmark = pytest.mark.both_databases

NOON = datetime(2020, 3, 5, 4, 0, tzinfo=UTC)


def appended(payload: dict | None = None, *, at: datetime = NOON, subject: str = "project:bridge") -> Entry:
    with transaction.atomic():
        chain.lock()
        return append(at=at, kind=EntryKind.REPORT, subject=subject, payload=payload or {})


# Bytes.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}', id="sorted keys, no spaces"),
        pytest.param({"名": "桥 “一”"}, '{"名":"桥 “一”"}', id="non-ASCII as it is"),
        pytest.param({"a": {"d": 1, "c": 2}}, '{"a":{"c":2,"d":1}}', id="sorted within"),
        pytest.param(
            {"a": 'quote " slash / back \\'}, '{"a":"quote \\" slash / back \\\\"}', id="only what JSON must escape"
        ),
        pytest.param({"a": "line\nend"}, '{"a":"line\\nend"}', id="line ends"),
        pytest.param({}, "{}", id="nothing"),
    ],
)
def test_canonical_bytes_are_utf8_of_compact_sorted_json(value, text):
    """docs/rules.md: hash."""
    assert canonical(value) == text.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_does_not_know_has_no_canonical_bytes(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": value})


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        pytest.param(datetime(2020, 3, 5, 1, 7, 37, tzinfo=UTC), "2020-03-05T01:07:37.000000Z", id="whole seconds"),
        pytest.param(datetime(2020, 3, 5, 1, 7, 37, 45, tzinfo=UTC), "2020-03-05T01:07:37.000045Z", id="microseconds"),
        pytest.param(
            datetime.fromisoformat("2020-03-05T09:07:37+08:00"), "2020-03-05T01:07:37.000000Z", id="from Shanghai"
        ),
    ],
)
def test_moments_are_utc_with_six_decimals(moment, text):
    """docs/rules.md: payload."""
    assert moment_text(moment) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("0.0000", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("1", "1"),
        ("100", "100"),
        ("100.0000", "100"),
        ("8.5000", "8.5"),
        ("0.0001", "0.0001"),
        ("-3.20", "-3.2"),
        ("1E+3", "1000"),
        ("1.50E-3", "0.0015"),
        ("1234567890.1234", "1234567890.1234"),
    ],
)
def test_decimals_are_written_plainly_without_exponent_or_trailing_zeros(number, text):
    """docs/rules.md: payload."""
    assert decimal_text(Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10))
def test_a_decimal_written_is_the_same_number_when_read(number):
    text = decimal_text(number)
    assert Decimal(text) == number
    assert "E" not in text
    assert "." not in text or not text.endswith("0")


def test_a_digest_is_that_of_salt_and_content():
    """docs/rules.md: digests."""
    salt = chain.new_salt()
    expected = hashlib.sha256(f"{salt}路通了".encode()).hexdigest()
    assert digest(salt, "路通了") == digest(salt, "路通了".encode()) == expected


def test_no_two_salts_are_the_same():
    assert len({chain.new_salt() for _ in range(100)}) == 100


# Appending.
@pytest.mark.django_db
def test_the_hash_of_an_entry_can_be_recomputed_by_anyone():
    """docs/rules.md: hash."""
    appended({"readings": {"built": "8.5"}, "text": "路通了"})
    second = appended({"n": 2}, at=NOON + timedelta(microseconds=45))
    second.refresh_from_db()
    text = json.dumps(
        {
            "seq": 2,
            "at": "2020-03-05T04:00:00.000045Z",
            "kind": "report",
            "subject": "project:bridge",
            "payload": {"n": 2},
            "previous": Entry.objects.get(seq=1).hash,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    assert second.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.django_db
def test_entries_are_numbered_from_one_and_each_names_the_hash_before_it():
    entries = [appended({"n": n}) for n in range(3)]
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == ["0" * 64, entries[0].hash, entries[1].hash]


@pytest.mark.django_db
def test_the_head_is_the_last_entry_and_its_voucher_names_number_and_hash():
    assert head() is None
    entry = [appended() for _ in range(10)][-1]
    assert head() == entry
    assert entry.voucher == f"10:{entry.hash}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("utc", "published_on"),
    [("2020-03-05T15:59:59+00:00", date(2020, 3, 5)), ("2020-03-05T16:00:00+00:00", date(2020, 3, 6))],
)
def test_the_day_of_an_entry_is_the_day_in_shanghai(utc, published_on):
    assert appended(at=datetime.fromisoformat(utc)).published_on == published_on


@pytest.mark.django_db
@pytest.mark.parametrize("payload", [{"a": 0.5}, {"a": {"b": [1, {"c": 2.0}]}}, {"a": ("x", 0.1)}])
def test_a_payload_with_a_float_anywhere_is_refused(payload):
    """docs/rules.md: payload."""
    with pytest.raises(TypeError, match="float"):
        appended(payload)
    assert head() is None


@pytest.mark.django_db
def test_the_database_refuses_a_fork():
    appended()
    first = head()
    fork = Entry(
        seq=2, at=NOON, published_on=first.published_on, kind="report", payload={}, previous=GENESIS, hash="a" * 64
    )
    with pytest.raises(IntegrityError), transaction.atomic(), publishing():
        fork.save(force_insert=True)
    assert head() == first


@pytest.mark.django_db(transaction=True)
def test_the_ledger_is_locked_inside_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError):
        chain.lock()


# The clock.
@pytest.fixture
def last(db) -> Entry:
    return appended()


def moment_at(now: datetime, wanted: datetime | None = None) -> datetime:
    with time_machine.travel(now, tick=False):
        return chain.moment(wanted)


@pytest.mark.django_db
def test_the_first_entry_has_the_moment_of_its_publication():
    assert moment_at(NOON) == NOON


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        pytest.param(timedelta(seconds=-1), NOON + timedelta(seconds=1), id="ahead: its own moment"),
        pytest.param(timedelta(0), NOON, id="the same moment"),
        pytest.param(timedelta(microseconds=1), NOON, id="hardly behind: the head's"),
        pytest.param(timedelta(seconds=5), NOON, id="5 s behind: the head's"),
    ],
)
def test_a_clock_a_little_behind_the_head_uses_the_moment_of_the_head(last, behind, expected):
    """docs/rules.md: moment."""
    assert moment_at(NOON - behind) == expected


@pytest.mark.parametrize("behind", [timedelta(seconds=5, microseconds=1), timedelta(days=1)])
def test_a_clock_further_behind_publishes_nothing(last, behind):
    with pytest.raises(PublicationError, match="校准时钟"):
        moment_at(NOON - behind)


def test_history_is_loaded_in_its_own_order_or_not_at_all(last):
    """docs/rules.md: moment."""
    now = NOON + timedelta(days=1)
    assert moment_at(now, NOON) == NOON
    assert moment_at(now, NOON + timedelta(hours=1)) == NOON + timedelta(hours=1)
    with pytest.raises(PublicationError, match="先后顺序"):
        moment_at(now, NOON - timedelta(microseconds=1))


def test_nothing_is_loaded_that_lies_in_the_future(last):
    now = NOON + timedelta(days=1)
    with pytest.raises(PublicationError, match="还没到"):
        moment_at(now, now + timedelta(seconds=1))


def test_entries_of_one_moment_are_ordered_by_their_number(last):
    """docs/rules.md: moment."""
    assert [entry.seq for entry in (appended(), appended())] == [2, 3]
    assert list(faults(Entry.objects.order_by("seq"))) == []


# Faults.
def a_chain(n: int = 4) -> list[Entry]:
    entries, previous = [], GENESIS
    for seq in range(1, n + 1):
        at = NOON + timedelta(days=seq)
        entry = Entry(
            seq=seq,
            at=at,
            published_on=at.date(),
            kind="report",
            subject="project:bridge",
            payload={"n": seq},
            previous=previous,
        )
        entry.hash = previous = chain.hash_of(entry)
        entries.append(entry)
    return entries


def rewritten(entries: list[Entry], seq: int, payload: dict) -> list[Entry]:
    """Someone changes one entry and computes every hash from there on anew."""
    entries = deepcopy(entries)
    entries[seq - 1].payload = payload
    for before, entry in zip([None, *entries], entries, strict=False):
        entry.previous = before.hash if before else GENESIS
        entry.hash = chain.hash_of(entry)
    return entries


def noted(entries: list[Entry]) -> Head:
    return Head.parse(entries[-1].voucher)


def test_a_whole_chain_has_no_fault():
    entries = a_chain()
    assert list(faults(entries)) == []
    assert list(faults(entries, noted(entries))) == []
    assert list(faults(entries, noted(entries[:2]))) == []
    assert list(faults([])) == []


def change(seq: int, **values):
    def tamper(entries: list[Entry]) -> list[Entry]:
        for name, value in values.items():
            setattr(entries[seq - 1], name, value)
        return entries

    return tamper


# fmt: off
FAULTS = [
    pytest.param(lambda entries: entries[:1] + entries[2:], "第 2 条不见了", id="one removed from the middle"),
    pytest.param(lambda entries: entries[1:], "第 1 条不见了", id="the first removed"),
    pytest.param(lambda entries: [*entries[:2], *entries[1:]], "第 3 条不见了", id="one twice"),
    pytest.param(lambda entries: [entries[0], entries[2], entries[1], entries[3]], "第 2 条不见了", id="two exchanged"),
    pytest.param(change(2, payload={"n": 20}), "第 2 条的内容与它的指纹不符", id="payload changed"),
    pytest.param(change(2, payload={"n": "2"}), "第 2 条的内容与它的指纹不符", id="payload of another type"),
    pytest.param(change(2, kind="plan"), "第 2 条的内容与它的指纹不符", id="kind changed"),
    pytest.param(change(2, subject="project:road"), "第 2 条的内容与它的指纹不符", id="subject changed"),
    pytest.param(change(2, at=NOON + timedelta(days=2, microseconds=1)), "第 2 条的内容与它的指纹不符", id="moment changed"),
    pytest.param(change(2, hash="a" * 64), "第 2 条的内容与它的指纹不符", id="hash changed"),
    pytest.param(change(2, previous="a" * 64), "第 2 条没有接着第 1 条", id="link changed"),
    pytest.param(change(1, previous="a" * 64), "第 1 条没有接着第 0 条", id="a beginning before the first"),
    pytest.param(change(2, published_on=date(2020, 3, 6)), "第 2 条的公布日期与公布时间不符", id="day changed"),
    pytest.param(lambda entries: entries[:2] + rewritten(entries, 1, {"n": 9})[2:], "第 3 条没有接着第 2 条", id="fork"),
]
# fmt: on


@pytest.mark.parametrize(("tamper", "fault"), FAULTS)
def test_a_fault_is_found_and_named(tamper, fault):
    assert next(faults(tamper(a_chain()))).startswith(fault)


def test_time_never_runs_backwards():
    entries = a_chain()
    entries[3].at = entries[1].at
    entries[3].published_on = entries[1].published_on
    entries[3].hash = chain.hash_of(entries[3])
    assert list(faults(entries)) == ["第 4 条的时间早于上一条。"]


def test_a_tail_cut_off_is_found_with_a_noted_head_alone():
    entries = a_chain()
    assert list(faults(entries[:3])) == []
    assert list(faults(entries[:3], noted(entries))) == ["记下的凭证是第 4 条，现在只有 3 条：末尾被截断了。"]
    assert list(faults([], noted(entries))) == ["记下的凭证是第 4 条，现在只有 0 条：末尾被截断了。"]


def test_a_chain_rewritten_from_within_is_found_with_a_noted_head_alone():
    """docs/rules.md: verification."""
    entries = a_chain()
    other = rewritten(entries, 2, {"n": 20})
    assert list(faults(other)) == []
    assert list(faults(other, noted(entries))) == ["第 4 条的指纹与记下的凭证不同：历史被改写过。"]
    assert list(faults(other, noted(entries[:1]))) == []


def test_a_chain_cut_and_continued_otherwise_is_found_with_a_noted_head():
    entries = a_chain()
    other = rewritten(a_chain(6), 4, {"n": 40})
    assert list(faults(other, noted(entries))) == ["第 4 条的指纹与记下的凭证不同：历史被改写过。"]


# One as a page prints it, and the least that somebody may have copied of it.
WHOLE = f"4:{'0123456789abcdef' * 4}"
LEAST = WHOLE[: 2 + 40]
IN_GROUPS = f"4:{' '.join(['01234567', '89abcdef'] * 4)}"
READ = [
    WHOLE,
    LEAST,
    WHOLE.upper(),
    f" {WHOLE.replace(':', ' : ')} ",
    WHOLE.replace(":", "："),
    WHOLE.replace(":", "∶"),
    WHOLE.replace(":", "%3A"),
    "".join(chr(ord(character) + 0xFEE0) for character in WHOLE),
    f"【示例数据】城市道路。某市，数据算到 2020 年 9 月 30 日。http://127.0.0.1:8000/2020/ 凭证 {WHOLE}",
    f"数据算到 2020 年 9 月 30 日 · 凭证 {WHOLE} 2020 年打印",
    f"数据算到 2020 年 9 月 30 日 · 凭证 {LEAST} 2020 年打印",
    f"2020-09-30 12:30 打印，凭证 {WHOLE}。",
    f"http://testserver/about/?noted={WHOLE}#check",
    f"（凭证 {WHOLE}）",
    f"[{WHOLE}]",
    f'"{WHOLE}"',
    f"“{WHOLE}”",
    f"凭证号 {WHOLE}",
    f"凭证：{WHOLE}",
    f"{WHOLE}；引用",
    IN_GROUPS,
    IN_GROUPS.replace(" ", "\n"),
    IN_GROUPS.replace(" ", "\r\n  "),
    IN_GROUPS.replace(" ", "\u3000"),
    f"{IN_GROUPS} 2020 年打印",
    f"{WHOLE[:50]}\n{WHOLE[50:]}",
    f"{LEAST[:22]} {LEAST[22:]}",
    f"{WHOLE}\n{LEAST}",
    f"{WHOLE} 4:0123456789ab",
]


@pytest.mark.parametrize("text", READ)
def test_a_voucher_is_read_as_people_write_it(text):
    parsed = Head.parse(text)
    assert parsed.seq == 4
    assert len(parsed.hash) in (40, 64)
    assert WHOLE.startswith(f"4:{parsed.hash}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "请填整个凭证"),
        ("4", "请填整个凭证"),
        ("4:", "请填整个凭证"),
        ("yesterday's", "请填整个凭证"),
        (f"0:{'0' * 64}", "请填整个凭证"),
        (f"-{WHOLE}", "请填整个凭证"),
        ("4:0123456789ab", "只读到 12 个字符的指纹，太短"),
        ("4:0123 4567 89ab", "只读到 12 个字符的指纹，太短"),
        (LEAST[:-1], "只读到 39 个字符的指纹，太短.*45 秒.*64 个字符，至少要 40 个"),
        (LEAST.replace("f", "g"), "太短"),
        (f"{LEAST}g", "这里读到了 40 个"),
        (f"{WHOLE}0", "这里读到了 65 个"),
    ],
)
def test_what_is_no_voucher_is_refused_with_the_way_out(text, why):
    """docs/rules.md: voucher."""
    with pytest.raises(ValueError, match=why):
        Head.parse(text)


@pytest.mark.parametrize("other", [WHOLE.replace("4:", "5:"), f"{WHOLE[:-1]}0", LEAST.replace("4:", "5:")])
def test_of_two_vouchers_neither_is_chosen(other):
    with pytest.raises(ValueError, match="不止一个凭证"):
        Head.parse(f"凭证 {WHOLE}、{other}")


# Many at once, and by day.
def unchained(*moments: datetime) -> list[Entry]:
    return [
        Entry(at=at, kind=EntryKind.REPORT, subject="project:bridge", payload={"n": n}) for n, at in enumerate(moments)
    ]


def append_all(*moments: datetime) -> None:
    with transaction.atomic():
        chain.lock()
        chain.append_all(unchained(*moments))


@pytest.mark.django_db
def test_many_at_once_are_chained_as_one_after_the_other():
    first = appended()
    append_all(NOON, NOON + timedelta(days=1), NOON + timedelta(days=1))
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert entries[1].previous == first.hash
    assert list(faults(entries)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moments", "message"),
    [
        pytest.param([NOON - timedelta(seconds=1)], "早于前一条", id="behind the head"),
        pytest.param([NOON + timedelta(days=1), NOON], "早于前一条", id="among themselves"),
        pytest.param([datetime(9999, 1, 1, tzinfo=UTC)], "还没到", id="ahead of the clock"),
    ],
)
def test_many_at_once_run_neither_backwards_nor_ahead(moments, message):
    appended()
    with pytest.raises(PublicationError, match=message):
        append_all(*moments)
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_the_head_on_a_day_is_the_last_entry_public_by_its_end():
    for at in (NOON, NOON + timedelta(minutes=1), NOON + timedelta(days=2)):
        appended(at=at)
    days = [date(2020, 3, day) for day in (4, 5, 6, 7, 8)]
    assert [entry and entry.seq for entry in map(chain.head_on, days)] == [None, 2, 2, 3, 3]


# What anybody may ask of the whole chain.


@pytest.fixture
def hashed(monkeypatch) -> list[int]:
    """The numbers of the entries that are hashed, from chains of batches of three."""
    found: list[int] = []
    recomputed = chain.hash_of
    monkeypatch.setattr(chain, "BATCH", 3)
    monkeypatch.setattr(chain, "hash_of", lambda entry: found.append(entry.seq) or recomputed(entry))
    return found


@pytest.mark.django_db
def test_a_check_hashes_only_what_is_not_known_byte_by_byte(hashed):
    for n in range(7):
        appended({"n": n})
    hashed.clear()
    assert chain.first_fault(7) == ""
    assert hashed == [1, 2, 3, 4, 5, 6, 7]
    assert [chain.first_fault(7), chain.first_fault(6), hashed] == ["", "", [1, 2, 3, 4, 5, 6, 7]]
    appended({"n": 7})
    hashed.clear()
    assert (chain.first_fault(8), hashed) == ("", [7, 8])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"payload": {"n": 99}},
        {"subject": "project:road"},
        {"at": NOON - timedelta(days=1)},
        {"hash": "0" * 63 + "1"},
        {"previous": "0" * 63 + "1"},
        {"published_on": NOON.date() + timedelta(days=1)},
    ],
    ids=lambda values: next(iter(values)),
)
@pytest.mark.parametrize("seq", [1, 3, 4, 7])
def test_a_row_that_was_changed_since_the_last_check_is_found(hashed, seq, values):
    for n in range(7):
        appended({"n": n})
    assert chain.first_fault(7) == ""
    with publishing():
        Entry.objects.filter(seq=seq).update(**values)
    assert f"第 {seq} 条" in chain.first_fault(7)


@pytest.mark.django_db
@pytest.mark.parametrize("seq", [1, 2, 3, 4, 6])
def test_a_row_that_was_taken_out_since_the_last_check_is_found(hashed, seq):
    for n in range(7):
        appended({"n": n})
    assert chain.first_fault(7) == ""
    with publishing():
        Entry.objects.filter(seq=seq).delete()
    assert chain.first_fault(7).startswith(f"第 {seq} 条不见了")
