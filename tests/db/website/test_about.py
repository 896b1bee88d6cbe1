"""What a resident can check: a noted voucher on the page, and the whole record with the script that it offers."""

import html
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from ledger import chain
from ledger.guard import publishing
from ledger.models import Entry
from tests.db.ledger.test_chain import READ

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("illustrative_2020"), pytest.mark.one_database]
OTHER = "0123456789abcdef" * 4  # the hash of no entry


def told(client, noted: str) -> str:
    response = client.get("/about/", {"noted": noted})
    assert response.status_code == 200
    text = response.content.decode()
    return text[text.index('role="status"') :].partition(">")[2].partition("<")[0]


def a_voucher(seq: int) -> str:
    return Entry.objects.get(seq=seq).voucher


def test_a_voucher_that_holds(client):
    assert told(client, a_voucher(12)) == "对得上：第 12 条，前面的 11 条也没有改过。"
    assert told(client, a_voucher(1)) == "对得上：第 1 条没有改过。"
    assert told(client, a_voucher(12).replace(":", "：").upper()).startswith("对得上")


def test_a_voucher_of_another_history(client):
    assert told(client, f"12:{OTHER}").startswith("对不上：第 12 条现在的指纹是")


def test_a_voucher_of_a_tail_that_was_cut_off(client):
    assert told(client, f"99999:{OTHER}").startswith(f"对不上：现在只有 {chain.head().seq} 条")


def test_a_history_that_was_changed_before_the_noted_entry(client):
    noted = a_voucher(12)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET subject = 'project:other' WHERE seq = 5")
    assert told(client, noted).startswith("凭证对得上，但它前面的记录接不上：第 5 条")


@pytest.mark.parametrize("noted", ["", "12", "12:xyz", f"0:{OTHER}", "\x00", f"{'9' * 50}:{OTHER}", "x" * 200])
def test_what_is_no_voucher_is_said_in_words(client, noted):
    assert told(client, noted)


def test_what_is_too_short_is_refused_with_the_reason(client):
    entry = Entry.objects.get(seq=12)
    for n_digits in (12, 39):
        assert told(client, f"12:{entry.hash[:n_digits]}").startswith(f"冒号后面只读到 {n_digits} 个字符的指纹，太短")
    assert told(client, f"12:{entry.hash[:40]}").startswith("对得上：第 12 条")


def test_what_a_page_prints_is_taken_whole(client):
    page = client.get("/2020/review/", {"as_of": "2020-09-30"}).content.decode()
    cited = re.search('class="citation-text">(.*?)</p>', page)[1]
    assert told(client, html.unescape(cited)).startswith("对得上")
    assert told(client, f"{cited[:-30]}\r\n{cited[-30:]}\r\n").startswith("对得上")


def test_the_pages_claim_what_holds_today(client, settings):
    for address in ("/about/", "/ledger/"):
        text = client.get(address).content.decode()
        assert "还没有本站以外的单位或个人公开表明自己留着凭证" in text
        assert not re.search("谁也不能悄悄|不用相信本站|没有人改过", text)
    settings.VOUCHER_HOLDERS = [("市图书馆", date(2020, 3, 5))]
    for address in ("/about/", "/ledger/"):
        assert "市图书馆（2020 年 3 月 5 日起）" in client.get(address).content.decode()
    assert (
        "市图书馆" not in client.get("/ledger/", {"as_of": "2020-09-30"}).content.decode()
    )  # whose page never changes


def test_the_page_shows_the_script_that_it_offers(client):
    script = client.get("/verify.py")
    assert script["Content-Disposition"] == 'attachment; filename="verify.py"'
    text = script.content.decode()
    assert 'ADDRESS = "http://testserver/api/v1/ledger"' in text
    assert text.strip() in html.unescape(client.get("/about/").content.decode())
    assert len(text.splitlines()) <= 75
    imported = re.findall(r"\w+", re.search("^import (.*)$", text, re.MULTILINE)[1].replace("urllib.request", "urllib"))
    assert set(imported) <= sys.stdlib_module_names


@pytest.mark.parametrize("text", READ)
def test_the_script_reads_a_voucher_as_the_page_does(client, text):
    known: dict = {}
    source = client.get("/verify.py").content.decode().partition("parser = ")[0]
    exec(source, known)  # noqa: S102  our own script
    longest = max(known["vouchers_in"](text), key=lambda voucher: len(voucher[1]))
    assert longest == (chain.Head.parse(text).seq, chain.Head.parse(text).hash)


@pytest.fixture
def script(live_server, client, tmp_path) -> Path:
    """The script as downloaded from the portal that runs."""
    path = tmp_path / "verify.py"
    path.write_bytes(client.get("/verify.py", headers={"host": live_server.url.removeprefix("http://")}).content)
    return path


@pytest.fixture
def answers(script):
    """Runs the downloaded script against the portal: whether it was content, and what it prints."""

    def run(*arguments):
        done = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-X", "utf8", script, *arguments],
            capture_output=True, text=True, timeout=300, check=False, encoding="utf-8",
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def rewrite(seq: int) -> None:
    """Somebody changes an entry and computes every hash from there on anew."""
    with publishing():
        for entry in Entry.objects.filter(seq__gte=seq).order_by("seq"):
            before = Entry.objects.filter(seq=entry.seq - 1).first()
            entry.previous = before.hash if before else chain.GENESIS
            if entry.seq == seq:
                entry.subject = "project:other"
            entry.hash = chain.hash_of(entry)
            entry.save()


# The script: one test of each kind, since each runs on a portal of its own.
@pytest.mark.django_db(transaction=True)
def test_the_script_remembers_what_it_saw_and_says_how_strong_it_is(answers, script, tmp_path):
    head, memory = chain.head().voucher, script.with_name("verify-memory.txt")
    code, said = answers()
    assert code == 0
    assert "第一次核对，又没有给凭证：只能说明记录自己前后接得上" in said
    assert f"全部对得上，共 {chain.head().seq} 条。现在的凭证：{head}\n" in said
    assert f"见过的凭证记在 {memory}" in said
    assert memory.read_text("utf-8").startswith(f"{head} 20")
    code, said = answers()
    assert (code, memory.read_text("utf-8").count("\n")) == (0, 1)
    assert f"以前在这里见过的 1 个凭证也都还在，最后一个是第 {chain.head().seq} 条" in said
    assert "您给的凭证有 64 个字符" in answers(a_voucher(7))[1]
    assert "2 的 128 次方次，谁也做不到" in answers(a_voucher(7))[1]
    weak = answers("7:" + Entry.objects.get(seq=7).hash[:40], "--memory", str(tmp_path / "other.txt"))[1]
    assert "有 40 个字符：另造一份历史凑成一样，约要试 2 的 80 次方次" in weak
    assert (tmp_path / "other.txt").read_text("utf-8").startswith(head)
    memory.write_text("nothing", "utf-8")
    assert "不是凭证的行" in answers()[1]


@pytest.mark.django_db(transaction=True)
def test_the_script_takes_what_a_page_prints_and_refuses_what_is_short(answers):
    seq, _, digits = a_voucher(7).partition(":")
    groups = " ".join(digits[start : start + 8] for start in range(0, 64, 8))
    wide = "".join(chr(ord(character) + 0xFEE0) for character in a_voucher(7))
    for text in (f"某市，数据算到 2020 年 9 月 30 日。http://127.0.0.1:8000/ 凭证 {seq}:{groups}\n2020 年打印", wide):
        assert answers(text)[0] == 0
    assert answers("凭证", f"{seq}：", *groups.split())[0] == 0
    for short in (f"{seq}:{digits[:12]}", f"{seq}:{digits[:39]}", "yesterday's"):
        code, said = answers(short)
        assert code == 1
        assert "至少 40 个" in said
    code, said = answers(f"7:{OTHER}")
    assert code == 1
    assert "您给的（请先看看有没有抄错）凭证 7:0123" in said


@pytest.mark.django_db(transaction=True)
def test_the_script_refuses_a_record_without_what_it_saw(answers, script, monkeypatch):
    noted, head = a_voucher(7), chain.head()
    assert answers()[0] == 0
    memory = script.with_name("verify-memory.txt")
    kept = memory.read_text("utf-8")
    rewrite(9)
    code, said = answers(noted)
    assert code == 1
    assert f"以前在这里见过的凭证 {head.voucher} 不在现在的记录里，第 8 条到第 {head.seq} 条之间被改写过" in said
    monkeypatch.setattr(Entry.objects, "all", lambda: Entry.objects.filter(seq__lt=100))
    code, said = answers(noted)
    assert code == 1
    assert "第 100 条起被截掉了" in said
    assert memory.read_text("utf-8") == kept
    assert answers(noted, "--memory", str(memory.with_name("new.txt")))[0] == 0


@pytest.mark.django_db(transaction=True)
def test_the_script_finds_what_was_changed(answers):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET subject = 'project:other' WHERE seq = 5")
    assert answers() == (1, "不对：第 5 条与它的指纹不符，记录被改动过。\n")
