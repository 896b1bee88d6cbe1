"""Wherever a voucher stands it is whole: what is cut short can be made to fit another history."""

import html
import re
from io import BytesIO

import pytest
import zxingcpp
from openpyxl import load_workbook
from PIL import Image

from ledger import chain
from ledger.models import Entry
from tests.public_routes import routes
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DAY = "2020-09-30"
SHORT = re.compile(r"(?<![0-9a-z:])[1-9][0-9]*:[0-9a-f]{6,39}(?![0-9a-f])")
DIGITS = re.compile(r"(?<![0-9a-f])[0-9a-f]{8,63}(?![0-9a-f])")


def text_of(response) -> str:
    """What it says, groups of digits joined as a reader copies them; empty for a picture."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.get("Content-Type", "")
    if "spreadsheet" in kind:
        rows = load_workbook(BytesIO(content)).active.iter_rows(values_only=True)
        return "\n".join(str(value) for row in rows for value in row)
    if kind.startswith(("image/", "application/pdf")):
        return ""
    text = content.decode()
    return text.replace("\r\n ", "") if kind.startswith("text/calendar") else html.unescape(re.sub("<[^>]*>", "", text))


def cut_short(text: str, starts: set[str]) -> list[str]:
    """Vouchers and beginnings of hashes of fewer than 40 digits; `starts` are the first 8 of each hash."""
    beginnings = [digits for digits in DIGITS.findall(text) if digits[:8] in starts and len(digits) < 40]
    return [*SHORT.findall(text), *beginnings]


@pytest.mark.usefixtures("illustrative_2020")
def test_no_page_file_feed_or_answer_cuts_a_voucher_short(client):
    """docs/rules.md: voucher."""
    starts = {entry.hash[:8] for entry in Entry.objects.all()}
    found, n_whole = {}, 0
    for route in routes():
        for address in route.addresses():
            for query in ("", f"?as_of={DAY}"):
                text = text_of(client.get(address + query))
                n_whole += len(re.findall(r"(?<![0-9a-f])[0-9]+:[0-9a-f]{64}(?![0-9a-f])", text))
                if cut := cut_short(text, starts):
                    found[address + query] = cut
    assert found == {}
    assert n_whole > 500


def test_the_desk_cuts_none_short_either(city):
    starts = {entry.hash[:8] for entry in Entry.objects.all()}
    reviewer = signed_in(city.reviewer)
    for address in ("/admin/", "/admin/ledger/entry/", "/admin/ledger/entry/1/change/"):
        assert cut_short(text_of(reviewer.get(address)), starts) == []


@pytest.mark.usefixtures("illustrative_2020")
def test_every_code_on_paper_leads_to_the_check_of_the_whole_voucher(client, settings):
    settings.SITE_URL = "https://promises.example"
    for page in ("/2020/review/", "/projects/city-roads/poster/", "/ledger/12/"):
        source = re.search(r'<img class="voucher-qr" src="([^"]+)"', client.get(page).content.decode())[1]
        entry = chain.head() if page != "/ledger/12/" else Entry.objects.get(seq=12)
        picture = Image.open(BytesIO(client.get(source).content))
        address = zxingcpp.read_barcodes(picture.convert("L"))[0].text
        assert address == f"https://promises.example/about/?noted={entry.voucher}#check"
        checked = client.get(address.removeprefix("https://promises.example").partition("#")[0])
        assert checked.context["verdict"].startswith(f"对得上：第 {entry.seq} 条")
        assert 'id="check"' in checked.content.decode()
    assert client.get("/ledger/99999/qr.png").status_code == 404
