"""A search on a day asked for finds what was public on it, by the names of that day; aliases only lead there."""

import pytest
from django.core.management import call_command

from news.models import Article
from tasks.finding import all_names, store_spellings
from tasks.loading import load_files
from tasks.models import Aliases, Check, PlanAdjustment, SpelledName
from tests.db.website.test_search_cases import ALIASES
from tests.factories import (
    a_check,
    a_department,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_task_report,
    an_adjustment,
    an_evidence,
    moment,
    published,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

RAIN = {"reason": "连续降雨，养护不够。", "document": "顺延批复", "document_number": "甲函〔2020〕12 号"}


@pytest.fixture
def city():
    """Promised on 2020-03-01, renamed, reported, moved, kept and looked at later, a month apart."""
    office = published(a_department("works-office", name="建设局", phone="0357-1234567"), "2020-02-01")
    road = a_project("road", title="滨河大道", lead=office, milestones=["paved"])
    plan = published(a_plan(road), "2020-03-01")
    report = a_report(road, "2020-04-10", {"paved": 10}, text="铺了底。")
    an_evidence(report, title="监理日志")
    an_evidence(report, title="进场名单")
    published(report, "2020-04-15")
    published(an_adjustment(road, title="迎宾大道"), "2020-05-15")
    published(an_adjustment(office, name="住房和城乡建设局"), "2020-06-15")
    target = plan.series.get().commitments.get().targets.get()
    published(an_adjustment(target, due_on="2021-03-31", fields=RAIN), "2020-07-15")
    published(a_report(road, "2020-08-10", {"paved": 100}, text="通车。", evidence="验收表"), "2020-08-15")
    check = a_check(plan.series.get().commitments.get(), "2020-09-10", text="护栏少了一截。")
    an_evidence(check, title="护坡照片")
    published(check, "2020-09-15")
    measure = plan.groups.get().tasks.get().measures.get()
    published(an_adjustment(measure, leads=["works-office"]), "2020-10-15")
    answer = a_task_report(measure, "2020-10-20", text="印发了细则。")
    published(answer, "2020-10-25")
    return plan


def found(client, q, as_of=""):
    """(kind, address) of everything shown, the best first."""
    context = client.get("/search/", {"q": q, **({"as_of": as_of} if as_of else {})}).context
    shown = [one for group in context["page"] for one in (group.head, *group.facts)]
    return [(one.kind.value, one.address) for one in shown]


@pytest.mark.parametrize(
    ("q", "before", "day", "kind", "address"),
    [
        ("铺底", None, None, None, None),
        ("铺了底", "2020-04-14", "2020-04-15", "report", "/projects/road/?as_of=2020-04-15#report-"),
        ("监理日志", "2020-04-14", "2020-04-15", "report", "/projects/road/?as_of=2020-04-15#report-"),
        ("迎宾大道", "2020-05-14", "2020-05-15", "project", "/projects/road/?as_of=2020-05-15"),
        ("城乡建设局", "2020-06-14", "2020-06-15", "department", "/departments/works-office/?as_of=2020-06-15"),
        ("降雨", "2020-07-14", "2020-07-15", "move", "/ledger/"),
        ("顺延批复", "2020-07-14", "2020-07-15", "move", "/ledger/"),
        ("甲函〔2020〕12号", "2020-07-14", "2020-07-15", "move", "/ledger/"),
        ("《顺延批复》 大道", "2020-07-14", "2020-07-15", "move", "/ledger/"),
        ("护栏", "2020-09-14", "2020-09-15", "check", "/projects/road/?as_of=2020-09-15#check-"),
        ("护坡照片", "2020-09-14", "2020-09-15", "check", "/projects/road/?as_of=2020-09-15#check-"),
        ("印发", "2020-10-24", "2020-10-25", "report", "?as_of=2020-10-25#report-"),
    ],
)
def test_what_became_public_is_found_from_its_day_on(client, city, q, before, day, kind, address):
    if kind is None:
        assert found(client, q) == []
        return
    assert kind not in [one for one, _ in found(client, q, before)]
    assert [where for one, where in found(client, q, day) if one == kind and address in where]
    assert [one for one, _ in found(client, q) if one == kind]


@pytest.mark.parametrize(
    ("fact", "field", "hidden", "left"),
    [
        (PlanAdjustment, "document", ["顺延批复", "甲函〔2020〕12 号"], "降雨"),
        (PlanAdjustment, "reason", ["降雨"], "顺延批复"),
        (Check, "evidence/1", ["护坡照片"], "护栏"),
    ],
)
def test_what_the_law_hides_of_a_move_or_a_check_is_found_on_no_day(client, city, fact, field, hidden, left):
    row = fact.objects.published().order_by("entry").first()
    assert all(found(client, q) for q in (*hidden, left))
    published(a_redaction(row, field), "2020-11-01")
    for q in hidden:
        assert found(client, q) == found(client, q, "2020-10-01") == [], q
    assert found(client, left)


def test_what_was_said_and_its_evidence_stand_apart(client, city):
    text = client.get("/search/", {"q": "监理日志"}).content.decode()
    assert "铺了底。 佐证：<mark>监理日志</mark>；进场名单" in text


def test_a_department_is_found_by_its_former_name_and_its_phone(client, city):
    for q in ("建设局", "0357-1234567", "03571234567", "１２３４５６７"):
        assert found(client, q)[0] == ("department", "/departments/works-office/"), q
    assert (
        "原来叫：<mark>建设局</mark>"
        not in client.get("/search/", {"q": "建设局", "as_of": "2020-06-01"}).content.decode()
    )


def test_an_entry_is_found_by_its_number_and_its_voucher(client, city):
    entry = city.entry
    for q in (f"第 {entry.seq} 条", f"凭证 {entry.seq}", f"凭证 {entry.voucher}", entry.hash):
        assert ("entry", f"/ledger/{entry.seq}/") in found(client, q), q
    assert found(client, f"凭证 {entry.seq}:{'0' * 40}") == []
    assert ("entry", f"/ledger/{entry.seq}/") not in found(client, f"第 {entry.seq} 条", "2020-02-10")


def test_aliases_lead_to_what_was_public_on_the_day_and_no_further(client, city):
    road = city.series.get().commitments.get().project
    assert found(client, "江边的路") == []
    names = Aliases.objects.create(project=road, words="江边的路、快速路")
    assert found(client, "江边的路")[0] == ("project", "/projects/road/")
    assert found(client, "江边的路", "2020-02-10") == []
    assert "也有人叫：<mark>江边的路</mark>" in client.get("/search/", {"q": "江边的路"}).content.decode()
    names.words = "快速路"
    names.save()
    assert found(client, "江边的路") == []
    draft = a_project("draft", title="草稿", milestones=["secret"])
    Aliases.objects.create(project=draft, words="秘密")
    assert found(client, "秘密") == []


def test_aliases_are_in_no_payload_and_on_no_other_page(client, city):
    road = city.series.get().commitments.get().project
    before = client.get("/projects/road/").content, client.get("/api/v1/projects/road").content
    Aliases.objects.create(project=road, words="江边的路")
    assert (client.get("/projects/road/").content, client.get("/api/v1/projects/road").content) == before


def test_names_are_found_by_their_pinyin_once_it_is_stored(client, city):
    assert found(client, "yingbin dadao") == []
    assert store_spellings(all_names()) > 0
    assert store_spellings(all_names()) == 0
    assert SpelledName.objects.get(text="迎宾大道").syllables == "ying bin da dao"
    assert found(client, "yíngbīn dàdào")[0] == ("project", "/projects/road/")
    assert found(client, "binhedadao") == []
    assert found(client, "binhedadao", "2020-04-20")[0][0] == "project"


def test_the_day_is_kept_in_the_field_and_in_every_link(client, city):
    text = client.get("/search/", {"q": "大道", "as_of": "2020-06-20"}).content.decode()
    assert text.count('<input type="hidden" name="as_of" value="2020-06-20">') == 3
    assert "/projects/road/?as_of=2020-06-20" in text
    assert "2020 年 6 月 20 日" in text
    page = client.get("/2020/", {"as_of": "2020-06-20"}).content.decode()
    assert '<input type="hidden" name="as_of" value="2020-06-20">' in page
    assert "as_of" not in client.get("/search/", {"q": "大道"}).content.decode()


def test_a_project_is_one_group_with_its_newest_three(client, city):
    road = city.series.get().commitments.get().project
    for n in range(1, 6):
        published(a_report(road, f"2020-11-{n:02}", {"paved": 100}, text="沥青。", evidence="表"), f"2020-11-{n + 10}")
    text = client.get("/search/", {"q": "沥青"}).content.decode()
    group = client.get("/search/", {"q": "沥青"}).context["page"].object_list[0]
    assert [fact.on.day for fact in group.facts] == [5, 4, 3]
    assert "还有 2 条" in text
    response = client.get("/search/", {"q": "沥青", "about": "project:road"})
    assert [fact.on.day for fact in response.context["page"]] == [5, 4, 3, 2, 1]
    assert "“迎宾大道”里和“沥青”有关的，一共 5 条，新的在前。" in response.content.decode()


@pytest.mark.usefixtures("plan_2020")
def test_aliases_are_loaded_once_and_stay_as_people_change_them():
    load_files(ALIASES[:1])
    names = Aliases.objects.get(project__slug="rural-sewage")
    names.words = "排污"
    names.save()
    call_command("load_record", ALIASES[0], verbosity=0)
    assert Aliases.objects.get(project__slug="rural-sewage").words == "排污"


def test_articles_of_a_later_day_are_not_found(client, city):
    fields = {"title": "说大道", "body": "大道。", "is_published": True}
    Article.objects.create(slug="late", published_at=moment("2020-08-05"), **fields)
    assert "article" not in [kind for kind, _ in found(client, "说大道", "2020-08-04")]
    assert "article" in [kind for kind, _ in found(client, "说大道", "2020-08-05")]
