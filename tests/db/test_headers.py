"""What every answer tells the browser not to do, whichever part of the portal gives it."""

import re
from io import BytesIO

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest
from django.urls import path

from common.media.uploads import sent_file
from common.outage import UNAVAILABLE
from common.security_headers import PERMISSIONS_POLICY
from huozhou_portal import urls
from projects.models import Report
from tests.factories import a_report, an_editor, an_evidence, published
from tests.public_routes import routes
from tests.small_city import a_city, a_draft, address, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
}
DIRECTIVES = {
    "default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'self'",
    "form-action 'self'", "frame-ancestors 'none'", "img-src 'self' data:",
}  # fmt: skip


def policy(response) -> set[str]:
    return set(re.split(r"\s*;\s*", response["Content-Security-Policy"]))


def is_guarded(response) -> bool:
    told = {name: response.get(name) for name in HEADERS}
    return told == HEADERS and policy(response) == DIRECTIVES


def fall(_request):
    raise ZeroDivisionError


def refuse(_request):
    raise BadRequest("no")


urlpatterns = [path("fall", fall), path("refuse", refuse), *urls.urlpatterns]
handler400 = urls.handler400


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("/", 200),
        ("/healthz", 200),
        ("/about", 301),
        ("/nothing", 404),
        ("/media/evidence/none.pdf", 404),
        ("/static/none.css", 404),
        ("/about/?noted=%00", 200),
        ("/refuse", 400),
        ("/fall", 500),
        ("/api/v1/plans", 200),
        ("/api/v1/plans/1999", 404),
        ("/verify.py", 200),
        ("/display/?to=large", 302),
        ("/admin", 301),
        ("/admin/", 302),
        ("/admin/login/", 200),
        ("/admin/jsi18n/", 302),
        ("/admin/none/", 302),
    ],
)
def test_every_kind_of_answer(client, asked, status):
    client.raise_request_exception = False
    response = client.get(asked)
    assert response.status_code == status
    assert is_guarded(response), response.headers


def test_a_refusal_because_of_an_outage(client):
    response = client.get("/about/", **{UNAVAILABLE: True})
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "10", "no-store")
    assert is_guarded(response), response.headers


def test_a_forged_host(client):
    response = client.get("/", headers={"host": "example.com"})
    assert response.status_code == 400
    assert is_guarded(response), response.headers
    assert "example.com" not in response.content.decode()


def test_a_static_file(client):
    assert settings.STATIC_ROOT.is_dir()
    (sheet,) = re.findall(r'href="([^"]+site[^"]*\.css)"', client.get("/about/").content.decode())
    response = client.get(sheet)
    assert response.status_code == 200
    assert is_guarded(response), response.headers


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "patch", "trace"])
def test_the_public_side_is_only_read(client, method):
    for route in routes():
        if not route.parts:
            response = getattr(client, method)(route.template)
            assert response.status_code in {302, 405}, (route.template, response.status_code)
            assert is_guarded(response), route.template


def test_pages_of_the_admin():
    city = a_city()
    a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    client = signed_in(city.official)
    for page in ("/admin/", address(Report, "changelist"), address(Report.objects.drafts().get()), "/admin/none/"):
        assert is_guarded(client.get(page)), page
    refused = signed_in(city.official, csrf=True).post(address(Report, "add"))
    assert refused.status_code == 403
    assert is_guarded(refused)


def test_uploaded_files_can_run_nothing(client, settings):
    city = a_city()
    report = a_report(city.bridge, "2020-06-30", {"built": 50})
    evidence = an_evidence(report, content=b"%PDF-1")
    published(report, on="2020-07-01")
    doors = [
        client.get(f"/media/{evidence.file.name}"),
        signed_in(city.official).get(address(report).replace("change/", "evidence/1/")),
    ]
    for response in doors:
        assert response.status_code == 200
        assert policy(response) == {"default-src 'none'", "sandbox"}
        assert {name: response.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("name", "content_type", "disposition"),
    [
        ("a.jpg", "image/jpeg", "inline"),
        ("a-480.webp", "image/webp", "inline"),
        ("a.pdf", "application/pdf", "inline"),
        ("a.html", "application/octet-stream", "attachment"),
        ("a.svg", "application/octet-stream", "attachment"),
        ("a.jpg.js", "application/octet-stream", "attachment"),
        ("a.JPG", "application/octet-stream", "attachment"),
        ("a", "application/octet-stream", "attachment"),
        ('a";\r\nSet-Cookie: x=1;.jpg', "image/jpeg", "inline"),
    ],
)
def test_a_file_is_what_its_name_says_or_something_to_keep(name, content_type, disposition):
    """Whatever came to lie in the store: nothing of it is a page or a script."""
    content = BytesIO(b"<script>alert(1)</script>")
    content.name = name
    response = sent_file(content)
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].partition(";")[0] == disposition
    assert not re.search(r"[\r\n]", str(response.headers["Content-Disposition"]))
    assert policy(response) == {"default-src 'none'", "sandbox"}


# Cookies and sessions

WHO = {"username": "editor", "password": "a-long-phrase-9"}


@pytest.fixture
def editor():
    editor = an_editor(WHO["username"])
    editor.set_password(WHO["password"])
    editor.save()


def test_a_visitor_is_given_no_cookie(client, illustrative_2020):
    for route in routes():
        for asked in route.addresses()[:2]:
            assert not client.get(asked).cookies, asked
            assert not client.get(asked, {"as_of": "2999-01-01"}).cookies, asked


def test_the_cookies_of_a_session_stay_in_the_browser(client, editor):
    client.get("/admin/login/")
    response = client.post("/admin/login/?next=/admin/", WHO)
    session = response.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_a_session_that_was_planted_is_not_the_one_signed_in(client, editor):
    planted = "x" * 32
    client.cookies["sessionid"] = planted
    client.post("/admin/login/", WHO)
    assert client.cookies["sessionid"].value != planted
    assert client.get("/admin/").status_code == 200
    client.cookies["sessionid"] = planted
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("forged", ["\x00" * 32, "a" * 31 + "\x00", "x", "'; --" * 8, "a" * 5000])
@pytest.mark.parametrize("asked", ["/admin/", "/admin/login/", "/styleguide/", "/about/"])
def test_a_forged_session_is_none(client, forged, asked):
    client.cookies["sessionid"] = forged
    assert client.get(asked).status_code in {200, 302}


# Ways out


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com/", "/\\example.com", "/\t/example.com", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(client, editor, elsewhere):
    assert client.post("/admin/login/", {**WHO, "next": elsewhere})["Location"] == "/admin/"
    assert client.get("/admin/login/", {"next": elsewhere})["Location"] == "/admin/"


@pytest.mark.parametrize("asked", ["//example.com/admin", "//example.com", "/admin//example.com", "/%5C%5Cexample.com"])
def test_a_slash_that_is_added_leads_nowhere_else(client, asked):
    for visitor in (client, signed_in(an_editor())):
        location = visitor.get(asked).get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


def test_signing_out_takes_a_press(client):
    client = signed_in(a_city().editor)
    assert client.get("/admin/logout/").status_code == 405
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


def test_who_may_frame_the_public_pages_may_not_frame_the_desk(client, settings):
    settings.FRAME_ANCESTORS = ["https://www.example.gov.cn"]
    policy_of_all = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"] | {"frame-ancestors": settings.FRAME_ANCESTORS}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy_of_all}
    shared = client.get("/about/")
    assert "frame-ancestors https://www.example.gov.cn" in policy(shared)
    assert shared["Cross-Origin-Resource-Policy"] == "cross-origin"
    editor = signed_in(a_city().editor)
    asked = [
        (client, "/admin/login/", 200),
        (client, "/admin/", 302),
        (client, "/admin/none/", 302),
        (editor, "/admin/", 200),
        (editor, "/admin/none/", 404),
        (editor, "/admin/projects/report/", 403),
        (editor, "/admin/?x=%00", 400),
    ]
    for visitor, page, status in asked:
        answer = visitor.get(page)
        assert answer.status_code == status, page
        assert "frame-ancestors 'none'" in policy(answer), page
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", page
