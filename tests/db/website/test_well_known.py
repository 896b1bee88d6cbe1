"""Addresses that browsers, phones and finders of faults ask for without being led there."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import override_settings
from PIL import Image

from website.well_known import expires_at

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
SECURITY = "/.well-known/security.txt"


def test_the_icon_that_browsers_ask_for_unasked(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Content-Type"]) == (200, "image/x-icon")
    icon = Image.open(BytesIO(response.content))
    assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert "max-age" in response["Cache-Control"]


def test_the_manifest_names_the_portal_and_its_icons(client, settings):
    settings.SITE_NAME = "霍州市年度承诺公开"
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert (manifest["name"], manifest["lang"], manifest["start_url"]) == (settings.SITE_NAME, "zh-Hans", "/")
    sizes = {}
    for icon in manifest["icons"]:
        name = re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", icon["src"].removeprefix(settings.STATIC_URL))
        with Image.open(finders.find(name)) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
            sizes[icon["sizes"]] = picture.mode
    assert set(sizes) == {"192x192", "512x512"}


def test_pages_lead_to_them(client):
    page = client.get("/about/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    [touch] = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)">', page)
    with Image.open(finders.find(re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", touch.removeprefix("/static/")))) as icon:
        assert (icon.size, icon.mode) == ((180, 180), "RGB")  # what is transparent turns black on a phone


def fields_of(response) -> list[tuple[str, str]]:
    return [tuple(line.split(": ", 1)) for line in response.content.decode().splitlines() if line]


@override_settings(
    SECURITY_CONTACT=["mailto:anquan@example.gov.cn", "tel:+86-357-0000000"], SITE_URL="https://zdgz.example.gov.cn"
)
def test_who_is_told_of_a_fault(client):
    response = client.get(SECURITY)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    fields = fields_of(response)
    assert [name for name, _ in fields] == ["Contact", "Contact", "Expires", "Preferred-Languages", "Canonical"]
    assert [value for name, value in fields if name == "Contact"] == [
        "mailto:anquan@example.gov.cn",
        "tel:+86-357-0000000",
    ]
    assert dict(fields)["Canonical"] == f"https://zdgz.example.gov.cn{SECURITY}"
    assert dict(fields)["Preferred-Languages"] == "zh, en"
    assert datetime.fromisoformat(dict(fields)["Expires"]) > datetime.now(UTC)


@pytest.mark.parametrize("day", ["2020-01-01", "2020-02-29", "2020-08-31", "2020-12-31"])
@override_settings(SECURITY_CONTACT=["mailto:a@example.gov.cn"])
def test_it_holds_between_half_a_year_and_a_year(client, day):
    """The same all month, so that copies of it agree; never more than the year that the standard advises."""
    on = date.fromisoformat(day)
    assert timedelta(150) < expires_at(on) - datetime.combine(on, time(), UTC) < timedelta(365)
    assert expires_at(on) == expires_at(on.replace(day=1))
    with time_machine.travel(datetime.combine(on, time(4), UTC), tick=False):
        assert dict(fields_of(client.get(SECURITY)))["Expires"] == f"{expires_at(on):%Y-%m-%dT%H:%M:%SZ}"


@override_settings(SECURITY_CONTACT=[])
def test_where_nobody_is_named_there_is_no_such_file(client):
    assert client.get(SECURITY).status_code == 404


@pytest.mark.parametrize("address", ["/favicon.ico", "/manifest.webmanifest", SECURITY])
@override_settings(SECURITY_CONTACT=["mailto:a@example.gov.cn"])
def test_they_are_only_read(client, address):
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200
