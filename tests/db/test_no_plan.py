"""Before the first plan is public."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.mark.parametrize("address", ["/", "/projects/", "/tasks/", "/projects/?as_of=2020-09-30"])
def test_there_is_nothing_to_lead_to(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert "还没有公布承诺" in response.content.decode()
