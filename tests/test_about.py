"""What a resident can check: a noted voucher on the page, and the whole record with the script that it offers."""

import subprocess
import sys

import pytest
from django.db import connection

from ledger import chain
from ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("illustrative_2020"), pytest.mark.one_database]


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
    assert told(client, "12:0123456789ab").startswith("对不上：第 12 条现在的指纹是")


def test_a_voucher_of_a_tail_that_was_cut_off(client):
    assert told(client, "99999:0123456789ab").startswith(f"对不上：现在只有 {chain.head().seq} 条")


def test_a_history_that_was_changed_before_the_noted_entry(client):
    noted = a_voucher(12)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET subject = 'project:other' WHERE seq = 5")
    assert told(client, noted).startswith("凭证对得上，但它前面的记录接不上：第 5 条")


@pytest.mark.parametrize("noted", ["", "12", "12:xyz", "0:0123456789ab", "\x00", "9" * 50 + ":0123456789ab", "x" * 200])
def test_what_is_no_voucher_is_said_in_words(client, noted):
    assert told(client, noted)


def test_the_page_shows_the_script_that_it_offers(client):
    script = client.get("/verify.py")
    assert script["Content-Disposition"] == 'attachment; filename="verify.py"'
    assert 'address = "http://testserver/api/v1/ledger"' in script.content.decode()
    assert "import hashlib, json, sys, urllib.request" in client.get("/about/").content.decode()
    assert len(script.content.decode().splitlines()) <= 25


@pytest.fixture
def answers(live_server, client, tmp_path):
    """Runs the downloaded script against the portal: what it prints, and whether it was content."""

    script = tmp_path / "verify.py"
    script.write_bytes(client.get("/verify.py", headers={"host": live_server.url.removeprefix("http://")}).content)

    def run(*arguments):
        done = subprocess.run(  # noqa: S603  our own script
            [sys.executable, script, *arguments], capture_output=True, text=True, timeout=300, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.django_db(transaction=True)
def test_the_script_recomputes_the_record_and_knows_a_noted_voucher(answers):
    head = chain.head().voucher
    assert answers() == (0, f"全部对得上。现在的凭证： {head}\n")
    assert answers(a_voucher(7))[0] == 0
    assert answers("7:0123456789ab") == (1, "抄下的凭证对不上：那一条被改动过，或者不见了。\n")


@pytest.mark.django_db(transaction=True)
def test_the_script_finds_what_was_changed(answers):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET subject = 'project:other' WHERE seq = 5")
    assert answers() == (1, "第 5 条对不上：记录被改动过。\n")
