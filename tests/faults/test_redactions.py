"""After the first press nobody reads it, after the second it is in no file: the disk itself is searched."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from pagecache.store import PageStore, StoredPage, pages_folder
from pagecache.version import Version
from projects.models import Redaction
from projects.redactions import confirm, hide, places_of
from tests.factories import a_correction, a_report, an_evidence, published
from tests.small_city import a_city, a_picture

pytestmark = pytest.mark.one_database

SECRET = "张三丰，电话 0357-7654321，站在左边。"


@pytest.fixture
def city(transactional_db, tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return a_city()


@pytest.fixture
def corrected(city, tmp_path):
    face = a_picture(tmp_path / "face.jpg").read_bytes()
    wrong = a_report(city.bridge, "2020-05-31", {"built": 40}, text=SECRET)
    an_evidence(wrong, title="工地", kind="PHOTO", content=face, name="a.jpg")
    published(wrong, on="2020-06-05")
    right = a_correction(wrong, {"built": 41}, text=SECRET)
    an_evidence(right, title="工地", kind="PHOTO", content=face, name="b.jpg")
    return published(right, on="2020-06-06")


def files() -> list[Path]:
    database = Path(connection.settings_dict["NAME"])
    beside = [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    below = [path for top in (settings.DATA_DIR, default_storage.location) for path in Path(top).rglob("*")]
    return [*beside, *(path for path in below if path.is_file())]


def holding(*contents: bytes) -> list[str]:
    return [path.name for path in files() if any(content in path.read_bytes() for content in contents)]


def test_text_and_photo_are_gone_from_everywhere(city, corrected):
    client, photos = (
        Client(),
        [one.file.name for report in (corrected, corrected.corrects) for one in report.evidence.all()],
    )
    content = default_storage.open(photos[0]).read()
    words = [SECRET.encode(), json.dumps(SECRET).strip('"').encode()]
    asked = [
        *(f"/projects/{city.bridge.slug}/{query}" for query in ("", "?as_of=2020-06-05")),
        *(f"/ledger/{report.entry_id}/" for report in (corrected, corrected.corrects)),
        "/feeds/record.atom", f"/api/v1/projects/{city.bridge.slug}", "/search/?q=张三丰", "/2020/changes/",
    ]  # fmt: skip
    before = {address: client.get(address) for address in asked}
    assert {answer.status_code for answer in before.values()} == {200}
    told = [address for address, answer in before.items() if SECRET in answer.content.decode()]
    assert {f"/projects/{city.bridge.slug}/", "/feeds/record.atom", f"/ledger/{corrected.entry_id}/"} <= set(told)
    assert {client.get(f"/media/{name}").status_code for name in photos} == {200}
    PageStore(pages_folder()).keep(StoredPage.of("a page", Version("", "", "", "", ""), 0.0, [], SECRET.encode()))
    assert holding(*words)

    for field in ("text", "evidence/1"):
        also = [place.key for place in places_of(corrected, field)[1:]]
        hide(corrected, field, also=also, reason="能认出人。", by=city.reviewer)
    for address in asked:
        answer = client.get(address).content.decode()
        assert "张三丰" not in answer.replace("q=张三丰", "").replace("“张三丰”", "").replace('value="张三丰"', ""), (
            address
        )
    assert {client.get(f"/media/{name}").status_code for name in photos} == {404}
    assert not list(pages_folder().glob("??/*"))

    for redaction in Redaction.objects.all():
        confirm(redaction, by=city.second_reviewer)
    assert holding(*words, content) == []
