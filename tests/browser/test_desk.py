"""The desk in a browser: what was typed survives, a month without change is one press, the sheet is one page."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from projects.models import Department, MilestoneReading, Project, Report
from projects.snapshots import led_slugs
from tests.browser.test_jobs import PASSWORD, PHONE, SEWAGE, row, signed_in
from tests.factories import a_plan, a_report, a_reviewer, a_source, an_official, published
from tests.small_city import a_draft, a_picture, address


@pytest.fixture
def sewage(illustrative_2020, transactional_db) -> Project:
    return Project.objects.get(slug="rural-sewage")


@pytest.fixture
def official(sewage):
    return an_official(*(one for one in Department.objects.all() if sewage.slug in led_slugs(one)))


def filing(project: Project) -> str:
    return address(Report, "add", f"?project={project.pk}")


def test_what_was_typed_survives_the_end_of_a_session(visit, sewage, official):
    desk = signed_in(visit(**PHONE), official)
    desk.page.goto(filing(sewage))
    desk.fill("进展", "又建成三座站。")
    desk.fill("污水处理站", "6")
    Session.objects.all().delete()
    desk.press("存草稿")
    desk.page.get_by_label("用户名").fill(official.username)
    desk.page.get_by_label("密码").fill(PASSWORD)
    desk.page.get_by_role("button", name="登录").click()
    expect(desk.page.locator("#kept")).to_contain_text("已恢复您")
    expect(desk.field("进展")).to_have_value("又建成三座站。")
    expect(desk.field("污水处理站")).to_have_value("6")
    desk.press_today("数据日期")
    desk.press("存草稿")
    desk.reads("草稿已保存")
    assert Report.objects.drafts().get().text == "又建成三座站。"
    desk.page.goto(filing(sewage))
    expect(desk.page.locator("#kept")).to_be_hidden()
    expect(desk.field("进展")).to_have_value("")


def test_what_was_typed_survives_a_lost_connection_and_may_be_let_go(visit, sewage, official):
    desk = signed_in(visit(**PHONE), official)
    desk.page.goto(filing(sewage))
    desk.fill("进展", "又建成三座站。")
    desk.page.context.set_offline(True)
    desk.press("存草稿")
    desk.page.context.set_offline(False)
    desk.page.goto(filing(sewage))
    expect(desk.field("进展")).to_have_value("又建成三座站。")
    desk.press("不要了")
    expect(desk.field("进展")).to_have_value("")
    desk.page.reload()
    expect(desk.page.locator("#kept")).to_be_hidden()


def test_who_sits_there_next_finds_nothing_of_it(visit, sewage, official):
    page = visit()
    desk = signed_in(page, official)
    page.goto(filing(sewage))
    desk.fill("进展", "又建成三座站。")
    page.context.clear_cookies()
    colleague = signed_in(page, an_official(*(m.department for m in official.memberships.all()), name="colleague"))
    page.goto(filing(sewage))
    expect(colleague.field("进展")).to_have_value("")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('kept:')).length") == 0


def test_the_form_works_without_javascript(visit, sewage, official):
    desk = signed_in(visit(java_script_enabled=False, **PHONE), official)
    desk.page.goto(filing(sewage))
    desk.fill("数据日期", "2020-07-31")
    desk.fill("污水处理站", "4")
    desk.fill("进展", "第四座站通水。")
    desk.press("送审")
    desk.press("没有错，送审")  # the data is years old
    desk.reads("已送审")


def test_three_photos_of_one_choice_and_an_error_elsewhere(visit, sewage, official, tmp_path):
    desk = signed_in(visit(java_script_enabled=False, **PHONE), official)
    desk.page.goto(filing(sewage))
    photos = [a_picture(tmp_path / f"{n}.jpg") for n in range(3)]
    desk.fill("进展", "第四座站通水。")
    desk.choose_file("照片或 PDF", photos)
    desk.tick("照片里没有能认出的人，或者本人已经同意公开")
    desk.press("存草稿")
    expect(desk.page.locator(".choose-again")).to_contain_text(
        "刚才选的 3 个文件没有留下，请再选一次：0.jpg、1.jpg、2.jpg。"
    )
    desk.fill("数据日期", "2020-07-31")
    desk.choose_file("照片或 PDF", photos)
    desk.press("存草稿")
    desk.reads("草稿已保存")
    titles = [f"{sewage.short_title or sewage.title}的照片（{n}）" for n in (1, 2, 3)]
    assert [evidence.title for evidence in Report.objects.drafts().get().evidence.all()] == titles
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_month_without_change_is_one_press_and_a_clean_queue_another(visit, sewage, official):
    year = timezone.localdate().year
    published(a_plan(sewage, year=year, source=a_source()), f"{year}-01-05")  # asked again: the plan of 2020 is over
    desk, review = signed_in(visit(**PHONE), official), signed_in(visit(**PHONE), a_reviewer())
    desk.page.goto(address(Report, "add"))
    desk.press("本月无变化", within=row(desk.page, SEWAGE))
    desk.reads("已送审")
    review.page.reload()
    expect(review.page.locator(".desk-queue")).to_contain_text("原来3 座 → ，现在3 座")
    assert review.page.evaluate("document.documentElement.scrollWidth") <= 390
    review.press("公布勾选的")
    expect(review.page.get_by_role("status")).to_contain_text("已公布 1 份")
    assert review.n_presses == 1
    assert Report.objects.filter(published_by__isnull=False).count() == 1


@pytest.mark.parametrize("width", [PHONE, {"viewport": {"width": 1366, "height": 768}}], ids=["390", "1366"])
def test_the_message_about_one_publication_hides_no_name_of_the_next(visit, sewage, width):
    projects = Project.objects.exclude(pk=sewage.pk).order_by("pk")[:2]
    for project in (sewage, *projects):
        department = next(one for one in Department.objects.all() if project.slug in led_slugs(one))
        a_report(project, "2021-02-28", by=an_official(department, name=f"official-{project.pk}"))
    review = signed_in(visit(**width), a_reviewer())
    review.page.get_by_role("button", name="公布这一份").first.click()
    review.reads("已公布")
    message, name = review.page.locator(".messagelist"), review.page.locator(".desk-card:target h3")
    expect(name).to_be_in_viewport()
    above, below = message.bounding_box(), name.bounding_box()
    assert above["y"] >= 0
    assert above["y"] + above["height"] <= below["y"]


AGREED = "管网穿过耕地，已经谈妥。"
TEXTS = ["管网谈妥。", *(AGREED * n for n in (15, 25, 40, 166)), "谈妥。\n" * 10, "\n谈" * 1000, "agreed" * 333]


def test_the_sheet_is_one_page(visit, sewage, official):
    draft = a_draft(sewage, "2020-07-31", by=official)
    for milestone in sewage.milestones.all():
        MilestoneReading.objects.create(report=draft, milestone=milestone, value=4)
    desk = signed_in(visit(), official)
    n_pages = {}
    for text in TEXTS:
        Report.objects.filter(pk=draft.pk).update(text=text, problem=text, next_step=text)
        desk.page.goto(address(draft, "sheet"))
        pdf = desk.page.pdf(prefer_css_page_size=True)
        n_pages[text] = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert n_pages == dict.fromkeys(TEXTS, 1)
