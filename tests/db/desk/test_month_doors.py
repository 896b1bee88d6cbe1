"""The doors of a month (sheet, workbook, 督查, papers, votes) asked with what no page of ours would ask, by everybody and by nobody."""

import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import resolve, reverse

from projects.models import Report
from tests.db.desk.test_admin_doors import SECRET, hushed, text_of  # noqa: F401  a fixture
from tests.small_city import City, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LONG = "9" * 40
DAYS = ["0000", "13", "9999", "2020-13-01", "2020-00-00", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "%00", "x", "", "%ED%A0%80", LONG]  # fmt: skip
KEYS = ["0", "-1", "x", "%00", "%C2%B2", LONG, LONG * 110, "1%2F2"]
# Of each door what it reads of its address; `{key}` stands where a row is named.
DOORS = {
    "/admin/projects/department/month/": ("department",),
    "/admin/projects/department/month/drafts/": ("day", "page"),
    "/admin/projects/department/{key}/month/": ("day", "page"),
    "/admin/projects/report/returns/": ("day",),
    "/admin/projects/report/returns/sheet/": ("day", "department", "each"),
    "/admin/projects/report/returns/{key}/": ("day",),
    "/admin/supervision/": ("day", "list", "plan", "department", "stage", "since", "until", "whole"),
    "/admin/supervision/file/": ("day", "list", "plan", "department", "stage", "since", "until"),
    "/admin/supervision/texts/": ("day",),
    "/admin/tasks/issuedpaper/papers/": ("day", "plan"),
    "/admin/tasks/issuedpaper/paper/": ("kind", "day", "plan", "department", "issued"),
    "/admin/tasks/issuedpaper/paper/file/": ("kind", "day", "plan", "department", "format"),
    "/admin/tasks/issuedpaper/paper/issue/": ("kind", "day", "plan"),
    "/admin/tasks/vote/together/": ("series", "plan"),
    "/admin/tasks/vote/together/form.xlsx": ("series", "plan"),
    "/admin/tasks/vote/together/publish/": ("series",),
}
PEOPLE = ("official", "reviewer", "administrator", "editor", "nobody")
ANSWERED = {200, 302, 400, 403, 404, 405}
GOOD = {"kind": "bulletin", "list": "following"}  # so that a bad day is not hidden behind a missing kind


def client_of(city: City, person: str) -> Client:
    return Client() if person == "nobody" else signed_in(getattr(city, person))


def asked(door: str, key: object) -> list[str]:
    """The door with each bad value of each parameter, alone and beside a good kind, and with a query of 10,000 characters."""
    place = door.format(key=key)
    found = [f"{place}?{name}={value}" for name in DOORS[door] for value in (*DAYS, *KEYS)]
    usual = "&".join(f"{name}={value}" for name, value in GOOD.items() if name in DOORS[door])
    found += [f"{place}?{usual}&day={value}" for value in DAYS]
    return [*found, f"{place}?q={'a+' * 5000}", f"{place}?{'x=1&' * 900}", f"{place}?day={'2' * 10_000}"]


def check(response, where: str) -> None:
    assert response.status_code in ANSWERED, (where[:120], response.status_code)


@pytest.mark.parametrize("door", DOORS)
def test_the_door_is_there(door):
    assert resolve(door.format(key=1)).url_name  # which none has that Django catches for us


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("person", ["official", "reviewer"])
def test_no_day_and_no_query_makes_a_door_fall(city, request, person, door):
    """With `--everything` each of them, else every fourth of each door, others of each person."""
    client, turn = client_of(city, person), len(person) + len(door)
    queries = asked(door, city.works.pk)
    for where in queries if request.config.option.everything else queries[turn % 4 :: 4]:
        check(client.get(where), where)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("door", [door for door in DOORS if "{key}" in door])
def test_no_key_makes_a_door_fall(city, door):
    for person in ("official", "reviewer"):
        client = client_of(city, person)
        for key in KEYS:
            for send in (client.get, client.head, client.post):
                response = send(door.format(key=key))
                assert response.status_code in {302, 400, 403, 404, 405}, (key[:40], response.status_code)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("person", PEOPLE)
def test_no_method_makes_a_door_fall_and_nothing_is_written_without_a_token(city, person):
    client = Client(enforce_csrf_checks=True)
    if person != "nobody":
        client.force_login(getattr(city, person))
    before = Report.objects.count()
    for door in DOORS:
        where = door.format(key=city.works.pk)
        check(client.head(where), where)
        for send in (client.put, client.patch, client.delete, client.options):
            assert send(where).status_code in {200, 302, 403, 404, 405}, where
        refused = client.post(where, {"_save": "", "_send": "", "seen": "x", "day": "2020-05-31"})
        assert refused.status_code in {302, 403, 405}, (where, refused.status_code)
        assert refused.status_code != 302 or person == "nobody", where
    assert Report.objects.count() == before


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("person", ["official", "reviewer"])
def test_no_body_makes_a_door_fall(city, person):
    client = client_of(city, person)
    bodies = [
        {"_row": ["x"] * 900, "_look": ""},
        {"_row": f"project-{LONG}", f"_version-project-{LONG}": "x.y", "_save": ""},
        {"_shown": ["report:x@y", f"report:{LONG}@", "taskreport:\x00@", "@", "user:1@x"], "_send": ""},
        {"day": "9999-12-31", "sheets": "no file", "seen": "\x00", "match-0-0": "x" * 10_000},
        {"table": "no file", "form-TOTAL_FORMS": LONG, "form-INITIAL_FORMS": "-1", "ticked": ["x", LONG]},
        {"a": "长" * 300_000},
    ]
    for door in DOORS:
        where = door.format(key=city.works.pk)
        for body in bodies:
            response = client.post(where, body)
            assert response.status_code in {*ANSWERED, 409, 413}, (where, list(body), response.status_code)
        for kind, content in (
            ("application/json", b"{"),
            ("multipart/form-data; boundary=x", b"--y"),
            ("text/plain", b"\xff"),
        ):
            response = client.generic("POST", where, content, content_type=kind)
            assert response.status_code in {*ANSWERED, 409, 413}, (where, kind, response.status_code)


@pytest.mark.parametrize("person", ["official", "editor", "nobody"])
def test_no_door_shows_anothers_drafts(hushed, person):  # noqa: F811
    """Whatever of the other department is still a draft says hush; what is public of it may stand in lists."""
    client = client_of(hushed, person)
    drafts = re.compile("Hush, (a draft|returned|submitted|shown|a note)|Hush lane")
    for door in DOORS:
        for key in (hushed.works.pk, hushed.parks.pk):
            for query in (
                "",
                "?day=2020-05-31",
                "?kind=bulletin&day=2020-05-31",
                "?department=parks-office",
                f"?department={hushed.parks.pk}",
                "?list=following",
            ):
                response = client.get(f"{door.format(key=key)}{query}")
                check(response, door)
                assert not drafts.search(text_of(response)), (door, query)
    own = reverse("admin:projects_department_month", args=[hushed.parks.pk])
    assert client.get(own).status_code == {"official": 404, "editor": 404, "nobody": 302}[person]
    assert not SECRET.search(quote(client.get(own).get("Location", ""), safe=""))
