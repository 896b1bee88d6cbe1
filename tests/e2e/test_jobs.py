"""The jobs of residents and officials, done in a browser as they do them."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from huozhou_portal.roles import OFFICIAL, make_roles
from projects.models import Department, Membership
from projects.standing import led_slugs

PASSWORD = "only for this test"


@pytest.fixture
def official(illustrative_2020):
    """Who files for the department that leads most projects."""
    make_roles()
    user = User.objects.create_user("official", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=OFFICIAL))
    department = max(Department.objects.all(), key=lambda one: len(led_slugs(one)))
    Membership.objects.create(user=user, department=department)
    return user


@pytest.fixture(autouse=True)
def shared(transactional_db):
    """The server's thread sees what the test stores."""


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_a_resident_reads_from_the_overview_to_a_project(page, illustrative_2020, width):
    page.set_viewport_size({"width": width, "height": 640})
    for address in ("/2020/projects/", "/projects/city-roads/", "/ledger/", "/about/", "/?as_of=2020-09-30"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    expect(page.locator("h1")).to_contain_text("2 件办成，4 件按计划，2 件落后，1 件严重落后，1 件没有数据")
    page.locator("main a[href*='rural-sewage']").first.click()
    expect(page.locator("h1")).to_contain_text("农村生活污水处理")
    assert "as_of=2020-09-30" in page.url


def test_an_official_finds_what_to_file_and_nothing_of_others(page, official):
    page.goto("/admin/")
    page.fill("#id_username", official.username)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.goto("/admin/projects/report/add/")
    own = led_slugs(official.memberships.get().department)
    links = page.locator("a[href*='?project=']")
    assert 2 <= links.count() <= len(own)
