"""What the shipped nginx says to visitors: addresses, headers, files, what it caches and what it never does."""

import gzip
import os
import re
import ssl
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from common.security_headers import PERMISSIONS_POLICY
from tests.deploy.rendered import HOST
from tests.deploy.stack import until
from tests.deploy.visitors import FORM, GUARDS, SIGN_IN, Person, at_once
from tests.small_city import article_data

OVERVIEW = "/2020/"
OFFICE = "127.0.0.2"  # a visitor to whom the limits apply, as they don't to this machine itself
LARGE = "display=large"
MEGABYTE = 1024 * 1024


def a_stylesheet(stack) -> str:
    return re.search(r'href="(/static/css/site\.[0-9a-f]+\.css)"', stack.ask("/").text)[1]


def kept(stack) -> list[Path]:
    return [path for path in (stack.place.folder / "cache").rglob("*") if path.is_file()]


# Addresses


def test_http_is_sent_on_to_https(stack):
    answer = stack.ask("/2020/?as_of=2020-09-30", is_secure=False, X_Forwarded_Proto="https")
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/2020/?as_of=2020-09-30")


@pytest.mark.parametrize("is_secure", [False, True])
def test_a_host_that_is_not_ours_gets_no_answer(stack, is_secure):
    with pytest.raises(ConnectionError):
        stack.ask("/", is_secure=is_secure, Host="evil.example")


def test_a_name_that_is_not_ours_gets_no_certificate(stack):
    with stack.open() as known:
        assert known.getpeercert(binary_form=True)
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        stack.open(name="evil.example")


def test_readiness_is_told_to_this_machine_alone(stack):
    assert stack.ask("/readyz").status == 200
    assert stack.ask("/readyz", source=OFFICE).status == 403
    assert stack.ask("/healthz", source=OFFICE).status == 200


# Headers


@pytest.mark.parametrize(
    "path", ["/", "/2020/projects.csv", "/nothing/", SIGN_IN, "/static/css/site.css", "/robots.txt"]
)
def test_every_answer_guards_the_browser_once(stack, path):
    answer = stack.ask(path)
    told = {name: len(answer.headers.get_all(name, [])) for name in (*GUARDS, "Strict-Transport-Security")}
    assert set(told.values()) == {1}, told
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Permissions-Policy"] == PERMISSIONS_POLICY
    assert answer.headers["Server"] == "nginx"


def test_what_a_visitor_says_of_proxies_is_not_believed(stack):
    forged = {
        "X_Forwarded_Proto": "http",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Port": "81",
        "Forwarded": "host=evil.example;proto=http",
    }
    answer = stack.ask("/about/", source=OFFICE, **forged)
    assert answer.status == 200
    assert "evil.example" not in answer.text
    assert f'rel="canonical" href="https://{HOST}:{stack.place.https}/about/"' in answer.text


def test_a_port_that_the_visitor_makes_up_gets_into_no_link(stack):
    answer = stack.ask("/accessibility/", Host=f"{HOST}:{stack.place.application}")
    assert f":{stack.place.application}" not in answer.text


def test_guesses_are_counted_for_the_address_they_come_from(stack):
    page = stack.ask(SIGN_IN, source="127.0.0.9")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    stack.ask(
        SIGN_IN, "POST", source="127.0.0.9", body=f"csrfmiddlewaretoken={token}&username=nobody&password=wrong".encode(),
        Cookie=cookie, Content_Type=FORM, Referer=f"https://{HOST}:{stack.place.https}/", X_Forwarded_For="192.0.2.7",
    )  # fmt: skip
    addresses = stack.manage(
        "shell", "-c", "from axes.models import *; print([*AccessAttempt.objects.values_list('ip_address')])"
    )
    assert "127.0.0.9" in addresses
    assert "192.0.2.7" not in addresses


# Files


def test_files_with_a_digest_in_their_name_are_kept_for_a_year_and_sent_compressed_as_stored(stack):
    path = a_stylesheet(stack)
    plain, packed = stack.ask(path), stack.ask(path, Accept_Encoding="br, gzip")
    stored = stack.place.data / path.strip("/")
    assert plain.body == stored.read_bytes() == gzip.decompress(packed.body)
    assert packed.body == stored.with_name(f"{stored.name}.gz").read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Content-Type"] == "text/css; charset=utf-8"
    assert stack.ask(path, If_None_Match=plain.headers["ETag"]).status == 304


def test_files_without_a_digest_are_kept_for_a_minute(stack):
    assert stack.ask("/static/css/site.css").headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret_key",
        "/static/%2e%2e/secret_key",
        "/static../secret_key",
        "/static/",
        "/static/css/",
        "/errors/503.html",
    ],
)
def test_nothing_else_of_the_data_folder_is_sent(stack, path):
    answer = stack.ask(path)
    assert answer.status in (400, 403, 404)
    assert b"protects nothing" not in answer.body


# The cache


def test_the_second_reader_gets_a_copy_whatever_cookies_he_has(stack):
    stack.ask("/2020/tasks/")
    answer = stack.ask("/2020/tasks/", Cookie="visits=7; city=huozhou")
    assert answer.headers["X-Cache"] in ("HIT", "REVALIDATED")
    assert answer.headers["Vary"] == "Accept-Encoding, Cookie"


def test_the_compressed_form_is_the_applications_own(stack):
    for _ in range(2):
        plain, packed = stack.ask(OVERVIEW), stack.ask(OVERVIEW, Accept_Encoding="gzip, deflate, br")
        refused = stack.ask(OVERVIEW, Accept_Encoding="gzip;q=0, br")
        assert gzip.decompress(packed.body) == plain.body == refused.body
        assert packed.headers["Content-Encoding"] == "gzip"
        assert {plain.headers["Content-Encoding"], refused.headers["Content-Encoding"]} == {None}


def test_large_pages_and_others_stay_apart(stack):
    for cookie, is_large in [
        ("", False),
        (LARGE, True),
        (f"display=normal; {LARGE}", True),
        ("xdisplay=large", False),
    ] * 2:
        assert ('data-display="large"' in stack.ask(OVERVIEW, Cookie=cookie).text) == is_large, cookie


def test_head_and_conditional_requests_are_answered_from_the_copy(stack):
    whole = stack.ask(OVERVIEW)
    head = stack.ask(OVERVIEW, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(whole.body)
    unchanged = stack.ask(OVERVIEW, If_None_Match=whole.headers["ETag"])
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert stack.ask(OVERVIEW, If_None_Match='"another"').status == 200


def test_junk_behind_the_question_mark_leaves_no_copy(stack):
    stack.ask(OVERVIEW)
    for n in range(200):
        assert stack.ask(f"{OVERVIEW}?junk={n}").status == 200
    assert kept(stack)
    assert not any(b"junk=" in path.read_bytes() for path in kept(stack))


def test_a_page_of_somebody_signed_in_is_seen_by_nobody_else(stack):
    person = Person(stack, "reviewer")
    for path in ("/", "/2020/"):
        own, other = person.ask(path), stack.ask(path)
        assert own.text == other.text
        assert "Set-Cookie" not in own.headers
    assert person.ask("/admin/").headers.get("X-Cache", "BYPASS") == "BYPASS"
    assert person.ask("/styleguide/").status == 200
    assert person.ask("/admin/").status == 200
    assert stack.ask("/admin/").status == 302
    assert not any(b"sessionid" in path.read_bytes() for path in kept(stack))


def test_a_publication_is_seen_within_three_seconds(stack):
    """By whichever worker it is answered: each of them looks for itself."""
    paths = ["/ledger/", "/feeds/record.atom"]
    before = {path: stack.ask(path, source=OFFICE).body for path in paths}
    stack.manage("shell", "-c", PUBLISH)
    seconds = until(lambda: all(stack.ask(path, source=OFFICE).body != before[path] for path in paths))
    assert seconds < 3


PUBLISH = """
from django.contrib.auth.models import User
from django.utils import timezone
from projects.models import Project
from tests.factories import a_report, published_by
project = Project.objects.get(slug="rural-sewage")
report = a_report(project, timezone.localdate().isoformat(), by=User.objects.get(username="official"))
published_by(report, User.objects.get(username="reviewer"))
"""


# Limits


def test_who_asks_too_much_is_told_so_calmly_and_others_are_not_in_his_way(stack):
    answers = at_once(lambda n: stack.ask(f"/search/?q={n}", source="127.0.0.3"), 60)
    refused = [answer for answer in answers if answer.status == 429]
    # 503: more at once than the application takes, on a machine that is busy.
    assert {200, 429} <= {answer.status for answer in answers} <= {200, 429, 503}
    assert "请等一会儿" in refused[-1].text
    assert refused[-1].headers["Retry-After"] == "10"
    assert refused[-1].headers["Cache-Control"] == "no-store"
    assert all(refused[-1].headers[name] for name in GUARDS)
    assert stack.ask(OVERVIEW, source="127.0.0.3").status == 200
    assert stack.ask("/search/?q=bridge", source=OFFICE).status == 200


def test_an_office_behind_one_address_is_not_too_much(stack):
    """Three hundred people open the overview in the same minute."""
    assert {answer.status for answer in at_once(lambda _n: stack.ask(OVERVIEW, source="127.0.0.4"), 300)} == {200}


# Uploads


def test_twenty_files_of_fifteen_megabytes_get_through(stack):
    """One of them the largest photo that is taken, which becomes the cover of an article."""
    editor = Person(stack, "editor")
    page = editor.ask("/admin/news/article/add/")
    photo = a_large_photo()
    assert 14 * MEGABYTE < len(photo) < 15 * MEGABYTE
    others = [(f"other-{n}", f"{n}.bin", bytes(15 * MEGABYTE)) for n in range(19)]
    article = article_data(cover_alt="A picture", cover_credit="Ours", is_cover_consented="on")
    answer = editor.upload("/admin/news/article/add/", page, [("cover", "cover.png", photo), *others], **article)
    assert answer.status == 302, answer.text
    number = re.search("article/([0-9]+)/", answer.headers["Location"] + stack_articles(stack))[1]
    assert editor.ask(f"/admin/news/article/{number}/cover/").headers["Content-Type"] == "image/jpeg"


def stack_articles(stack) -> str:
    """The address of the newest article, as the admin has it."""
    return stack.manage(
        "shell", "-c", "from news.models import *; print(f'article/{Article.objects.latest(\"pk\").pk}/')"
    )


def a_large_photo() -> bytes:
    """Of noise, which no format makes smaller."""
    stored = BytesIO()
    Image.frombytes("RGB", (2270, 2270), os.urandom(3 * 2270 * 2270)).save(stored, "PNG", compress_level=0)
    return stored.getvalue()


@pytest.mark.parametrize(("path", "size"), [("/admin/", 400 * MEGABYTE), (SIGN_IN, MEGABYTE), ("/", MEGABYTE)])
def test_what_is_larger_is_refused_in_words_before_it_is_sent(stack, path, size):
    with stack.open() as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert "文件太大" in answer
