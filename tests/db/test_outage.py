"""What people get where the database can't be asked, can't write, or too many ask at once."""

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.urls import path

from common.outage import UNAVAILABLE
from huozhou_portal import urls
from projects.models import Report
from tests.db.desk.test_admin import filing
from tests.db.test_headers import is_guarded
from tests.small_city import a_city, report_data, signed_in

pytestmark = pytest.mark.both_databases

FAULTS = {"away": OperationalError, "closed": InterfaceError, "ours": ZeroDivisionError, "wrong": DataError}


def fall(_request, fault):
    raise FAULTS[fault]("a fault")


urlpatterns = [path("fall/<fault>", fall), *urls.urlpatterns]
handler400, handler500 = urls.handler400, urls.handler500


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("fault", "status"), [("away", 503), ("closed", 503), ("ours", 500), ("wrong", 500)])
def test_a_database_that_fails_is_no_fault_of_the_program(client, fault, status):
    client.raise_request_exception = False
    response = client.get(f"/fall/{fault}")
    assert response.status_code == status
    assert (response.get("Retry-After") == "10") is (status == 503)
    assert is_guarded(response)


@pytest.mark.parametrize("address", ["/", "/search/?q=x", "/admin/", "/nowhere", "/api/v1/plans"])
def test_who_is_refused_gets_a_calm_page_that_asks_nothing_of_the_database(client, address):
    response = client.get(address, **{UNAVAILABLE: True})  # no database in this test
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "10", "no-store")
    assert "已经公布的内容都在" in response.content.decode()
    assert is_guarded(response)


def _full(execute, sql, params, many, context):
    if sql.startswith(("INSERT", "UPDATE")):
        raise OperationalError("could not extend file: No space left on device")
    return execute(sql, params, many, context)


@pytest.mark.django_db
def test_a_database_that_is_full_keeps_what_was_typed_on_the_page():
    city = a_city()
    client = signed_in(city.official)
    with connection.execute_wrapper(_full):
        response = client.post(filing(city), report_data(city, text="我填的字", _save=""))
    assert response.status_code == 409
    page = response.content.decode()
    assert "写不进去" in page
    assert "我填的字" in page
    assert not Report.objects.filter(text="我填的字").exists()


@pytest.mark.parametrize("path", ["//[", "//[::", "//a]", "/\\"])
@pytest.mark.django_db
def test_a_path_that_no_address_can_be_made_of_is_not_found(client, path):
    assert client.get("/", PATH_INFO=path).status_code == 404
