"""What people type and paste at the desk and on the pages is taken as they mean it, asked about, or refused with a way out."""

import json
import re
from decimal import Decimal

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User

from common.form_fields import TAKE
from ledger import chain
from ledger.chain import PublicationError
from news.models import Article
from projects.models import Adjustment, Milestone, Project, Redaction, Report, Source
from tasks.loading import load_files
from tasks.models import Commitment, Plan, PlanAdjustment, Reading, Target
from tests.factories import a_report, an_addition, an_indicator_reading, moment, published, published_by
from tests.small_city import address, article_data, errors_of, report_data, signed_in

pytestmark = pytest.mark.both_databases  # search, loading, what columns hold

NOW = "2020-06-20"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def official(city):
    return signed_in(city.official)


def filing(city) -> str:
    return address(Report, "add", f"?project={city.bridge.pk}")


def field_of(response, name: str) -> str:
    """The box with what stands beside it, as the page shows them."""
    return response.context["adminform"].form[name].as_widget()


# Texts


def test_two_thousand_characters_with_twenty_breaks_are_taken(city, official):
    text = "\r\n".join(["字" * 94] * 20 + ["字" * 100])
    assert official.post(filing(city), report_data(city, text=text, _save="")).status_code == 302
    assert Report.objects.drafts().get().text == text.replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["\u200b", "\u3164", " \u2060\n"])
def test_a_text_in_which_nobody_sees_anything_is_empty(city, official, text):
    response = official.post(filing(city), report_data(city, text=text, _save=""))
    assert errors_of(response)["text"] == ["请填写。"]


def test_what_hides_is_gone_before_anything_is_stored(city, official):
    dirty = report_data(city, text="主体\x0b⼯程\u2028完成\u202e。\u200b", problem="\u3164", _save="")
    dirty |= {"evidence-TOTAL_FORMS": "1", "evidence-0-kind": "LINK", "evidence-0-title": "照\u2066片\u200b⻔"}
    dirty |= {"evidence-0-url": "https://example.org/\u200blive"}
    official.post(filing(city), dirty)
    report = Report.objects.drafts().get()
    assert (report.text, report.problem) == ("主体\n工程\n完成。", "")
    assert [(one.title, one.url) for one in report.evidence.all()] == [("照片门", "https://example.org/live")]


def test_an_article_is_cleaned_in_its_markup_too(city):
    body = "<p>⻓桥\u202e通&#8203;车&#x202e;了</p>"
    signed_in(city.editor).post(address(Article, "add"), article_data(title="通⻋\u2067了", body=body))
    article = Article.objects.get()
    assert (article.title, article.body, article.body_text) == ("通车了", "<p>长桥通车了</p>", "长桥通车了")


def test_a_new_wording_is_cleaned(city, official):
    why = {
        "decided_on": "2020-05-01",
        "decided_by": "UNSTATED",
        "reason": "软\u200b土",
        "document": "第 7\u202e号",
        "_save": "",
    }
    page = address(Adjustment, "add", f"?promise=milestone:{city.built.pk}")
    assert official.post(page, why | {"new_title": "桥⾯\u200b铺好"}).status_code == 302
    adjustment = Adjustment.objects.get()
    assert (adjustment.changes["title"][1], adjustment.reason, adjustment.document) == ("桥面铺好", "软土", "第 7号")


ROW = {
    "model": "projects.source",
    "fields": {"key": "paper", "kind": "NEWS", "title": "⻛\u200b貌\u2028一新\u202e", "publisher": "\u3164"},
}


def test_what_is_loaded_is_cleaned(city, tmp_path):
    file = tmp_path / "record.json"
    file.write_text(json.dumps([ROW]))
    load_files([str(file)])
    source = Source.objects.get(key="paper")
    assert (source.title, source.publisher) == ("风貌 一新", "")
    assert load_files([str(file)]) == (0, [])  # the same row, however it is written


def test_a_loaded_text_that_is_wanted_needs_something_to_see(city, tmp_path):
    file = tmp_path / "record.json"
    file.write_text(json.dumps([{**ROW, "fields": {**ROW["fields"], "title": "\u200b"}}]))
    with pytest.raises(PublicationError):
        load_files([str(file)])


def test_the_search_finds_what_was_pasted_out_of_a_file(city, client):
    body = "<p>新⼤桥通⻋</p>"
    signed_in(city.editor).post(
        address(Article, "add"),
        article_data(body=body, is_published="on", published_at_0="2020-06-01", published_at_1="08:00"),
    )
    for query in ("新大桥", "新⼤桥", "新\u200b大桥"):
        assert "bridge-stands" in client.get("/search/", {"q": query}).content.decode(), query


# Accounts


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("username", "zz\u200b1", "zz1"),
        ("username", "ｚｚ\ufeff1", "zz1"),
        ("username", "zz1.", "zz1."),
        ("email", "a＠b.cn", "a@b.cn"),
        ("email", "ａ@\u200bb。cn。", "a@b.cn"),
    ],
)
def test_an_account_is_named_as_people_see_it(city, name, typed, kept):
    data = {
        "username": "zz",
        "email": "",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        name: typed,
    }
    data |= {"password1": "a-long-phrase-9", "password2": "a-long-phrase-9"}
    administrator = signed_in(city.administrator)
    assert administrator.post(address(User, "add"), data).status_code == 302
    person = User.objects.latest("pk")
    assert getattr(person, name) == kept
    assert administrator.post(address(person), data | {"first_name": "Li"}).status_code == 302
    assert getattr(User.objects.get(pk=person.pk), name) == kept


# Values


@pytest.mark.parametrize(
    ("typed", "value"), [("５５", 55), ("55%", 55), ("5５．5％", "55.5"), (" 60 ", 60), ("55\u200b", 55)]
)
def test_a_value_is_taken_as_it_is_meant(city, official, typed, value):
    official.post(filing(city), report_data(city, **{f"value_{city.built.pk}": typed, "_save": ""}))
    assert Report.objects.drafts().get().readings.get().value == Decimal(value)


@pytest.mark.parametrize("typed", ["3,5", "3／4", "15-20", "八", "约60", "待定"])
def test_what_is_no_value_is_refused_and_kept(city, official, typed):
    name = f"value_{city.built.pk}"
    response = official.post(filing(city), report_data(city, **{name: typed, "_save": ""}))
    assert "例如" in errors_of(response)[name][0]
    assert f'value="{typed}"' in field_of(response, name)
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize(("typed", "reason"), [("0.5", "只能是整数。"), ("50%", "单位是piece")])
def test_of_what_is_counted_neither_parts_nor_percents(city, official, typed, reason):
    name = f"value_{city.opened.pk}"
    response = official.post(filing(city), report_data(city, **{name: typed, "_save": ""}))
    assert reason in errors_of(response)[name][0]


def test_a_share_of_one_is_asked_about_and_taken_in_one_press(city, official):
    name = f"value_{city.built.pk}"
    data = report_data(city, **{name: "0.55", "problem": "Rain."})
    asked = official.post(filing(city), data)
    assert errors_of(asked)[name] == ["是 55% 吗？真的只有 0.55%，就写成 0.55%。"]
    form = asked.content.decode().partition('id="report_form"')[2]
    buttons = re.findall(r'<button type="submit"[^>]* name="(\w+)"(?: value="([^"]*)")?', form)
    assert buttons[:2] == [("_save", ""), (f"{TAKE}{name}", "55%")]  # Enter presses the first one
    assert not Report.objects.drafts().exists()
    official.post(filing(city), data | {f"{TAKE}{name}": "55%"})
    report = Report.objects.drafts().get()
    assert (report.readings.get().value, report.problem) == (55, "Rain.")


def test_a_taken_suggestion_stands_in_the_box_where_another_field_is_still_wrong(city, official):
    name = f"value_{city.built.pk}"
    again = official.post(filing(city), report_data(city, **{name: "0.55", f"{TAKE}{name}": "55%", "text": ""}))
    assert set(errors_of(again)) == {"text"}
    assert 'value="55%"' in field_of(again, name)


@pytest.mark.parametrize(("typed", "value"), [("35％", 35), ("３５．5", "35.5"), ("-1.5", "-1.5")])
def test_a_reading_knows_the_unit_of_its_indicator(city, typed, value):
    data = {
        "indicator": city.indicator.pk,
        "held_on": "2020年5月31日",
        "value": typed,
        "note": "",
        "source": "",
        "_save": "",
    }
    assert signed_in(city.reviewer).post(address(Reading, "add"), data).status_code == 302
    assert Reading.objects.get().value == Decimal(value)


def test_a_target_is_read_in_the_unit_of_its_milestone(city):
    administrator, addition = signed_in(city.administrator), an_addition(city.plan, drafted_by=city.administrator)
    lit = {"project": city.pool.pk, "number": "0", "code": "lit", "title": "Lit", "unit": "座", "is_counted": "on"}
    lit |= {"verb": "点亮", "begun": "开始", "is_lasting": "on", "_save": ""}
    refused = administrator.post(address(Milestone, "add"), lit)
    assert errors_of(refused)["number"] == ["不能小于 1。"]
    assert administrator.post(address(Milestone, "add"), lit | {"number": "２"}).status_code == 302
    milestone = Milestone.objects.get(code="lit")
    data = {"commitment": city.pool.commitments.get().pk, "addition": addition.pk, "milestone": milestone.pk}
    data |= {"from_amount": "0", "weight": "1.5", "pace": "LINEAR", "steps": "", "starts_on": "2020年1月1日"}
    data |= {"due_on": "2020.12.31", "_save": ""}
    refused = administrator.post(address(Target, "add"), data | {"amount": "9.5"})
    assert "只能是整数。" in str(errors_of(refused))
    assert administrator.post(address(Target, "add"), data | {"amount": "1.2万座"}).status_code == 302
    target = milestone.targets.get()
    assert (target.amount, milestone.number, str(target.due_on)) == (12_000, 2, "2020-12-31")


# Money


@pytest.mark.parametrize(
    ("typed", "yuan", "echo"),
    [
        ("1500", 15_000_000, "1500万元（15,000,000 元），总投资的 31.25%"),
        ("4800万\u200b", 48_000_000, "4800万元（48,000,000 元），总投资的 100.00%"),
        ("￥12000000", 12_000_000, "1200万元（12,000,000 元），总投资的 25.00%"),
    ],
)
def test_a_bare_amount_is_in_ten_thousands_and_echoed(city, official, typed, yuan, echo):
    again = official.post(filing(city), report_data(city, spent=typed, text="", _save=""))
    assert f"= {echo}" in field_of(again, "spent")
    official.post(filing(city), report_data(city, spent=typed, _save=""))
    report = Report.objects.drafts().get()
    assert report.spent == yuan
    assert f"= {echo}" in field_of(official.get(address(report)), "spent")


def test_an_amount_that_is_read_again_says_its_share(city, official):
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official, spent=9_100_000)
    reviewer = signed_in(city.reviewer)
    assert "总投资的 18.95%" in reviewer.get(address(report)).content.decode()
    published_by(report, city.reviewer)
    assert "910万元（9,100,000 元），总投资的 18.95%" in reviewer.get(address(report)).content.decode()


def test_yuan_in_a_box_of_ten_thousands_are_asked_about_and_taken_in_one_press(city, official):
    data = report_data(city, spent="12000000")
    asked = official.post(filing(city), data)
    assert errors_of(asked)["spent"] == ["是 1200 万元吗？真是 12000000 万元，就写成 12000000万元。"]
    official.post(filing(city), data | {f"{TAKE}spent": "1200万元"})
    assert Report.objects.drafts().get().spent == 12_000_000


@pytest.mark.parametrize("typed", ["待定", "-", "/", "无", "约3300万元", "3300w", "1亿零500万"])
def test_what_is_no_amount_is_refused_with_the_way_out(city, official, typed):
    response = official.post(filing(city), report_data(city, spent=typed, _save=""))
    assert "没有确切的数就留空，写在“进展”里。" in errors_of(response)["spent"][0]
    assert f'value="{typed}"' in field_of(response, "spent")


def test_an_investment_of_nothing_is_refused(city, official):
    page = address(Adjustment, "add", f"?promise=project:{city.bridge.pk}")
    why = {
        "decided_on": "2020-05-01",
        "decided_by": "UNSTATED",
        "reason": "Soft ground.",
        "document": "Decision 7",
        "_save": "",
    }
    assert errors_of(official.post(page, why | {"new_investment": "0"}))["new_investment"] == ["没有公布就留空。"]
    empty = {"partnerships-TOTAL_FORMS": "0", "partnerships-INITIAL_FORMS": "0"}
    empty |= {"milestones-TOTAL_FORMS": "0", "milestones-INITIAL_FORMS": "0"}
    new = {"title": "The gate", "slug": "gate", "investment": "０", **empty}
    refused = signed_in(city.administrator).post(address(Project, "add"), new)
    assert errors_of(refused)["investment"] == ["没有公布就留空。"]


# Days

WAYS = ["2020年5月31日", "2020.5.31", "2020/5/31", "20200531", "２０２０-０５-３１", "2020-\u200b05- 31"]


@pytest.mark.parametrize("typed", WAYS)
def test_a_data_day_is_taken_as_people_write_it(city, official, typed):
    assert official.post(filing(city), report_data(city, held_on=typed, _save="")).status_code == 302
    assert str(Report.objects.drafts().get().held_on) == "2020-05-31"


@pytest.mark.parametrize("typed", ["2020年第二季度", "年底前", "长期"])
def test_what_is_no_day_is_refused_with_what_to_write(city, official, typed):
    response = official.post(filing(city), report_data(city, held_on=typed, _save=""))
    assert errors_of(response)["held_on"] == ["请写一天，例如 2020-09-30。"]
    assert f'value="{typed}"' in field_of(response, "held_on")


def test_a_day_without_its_year_is_asked_about_and_taken_in_one_press(city, official):
    data = report_data(city, held_on="5月31日")
    asked = official.post(filing(city), data)
    assert errors_of(asked)["held_on"] == ["没有写年份，是 2020-05-31 吗？不是，就写全年月日。"]
    official.post(filing(city), data | {f"{TAKE}held_on": "2020-05-31"})
    assert str(Report.objects.drafts().get().held_on) == "2020-05-31"


def test_a_day_of_two_possible_years_has_to_be_written_in_full(city, now):
    now.move_to(moment("2021-06-20"))
    response = signed_in(city.official).post(filing(city), report_data(city, held_on="5月31日", _save=""))
    assert errors_of(response)["held_on"] == ["没有写年份，请写全，例如写成 2020-05-31 或 2021-05-31。"]


def test_every_other_form_takes_them_too(city, official, client):
    why = {"decided_on": "2020年5月1日", "reason": "Soft ground.", "document": "Decision 7", "_save": ""}
    page = address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")
    official.post(page, why | {"decided_by": "UNSTATED", "new_due_on": "２０２１．３．３１"})
    adjustment = PlanAdjustment.objects.get()
    assert (adjustment.changes, str(adjustment.decided_on)) == ({"due_on": ["2020-12-31", "2021-03-31"]}, "2020-05-01")
    article = article_data(
        happened_on="2020年5月9日", is_published="on", published_at_0="2020年5月10日", published_at_1="8：30"
    )
    signed_in(city.editor).post(address(Article, "add"), article)
    assert (str(Article.objects.get().happened_on), Article.objects.get().published_at) == (
        "2020-05-09",
        moment("2020-05-10", "08:30"),
    )
    new = {"key": "paper", "kind": "NEWS", "title": "Paper", "issued_on": "2020/3/6", "_save": ""}
    signed_in(city.administrator).post(address(Source, "add"), new)
    assert str(Source.objects.get(key="paper").issued_on) == "2020-03-06"
    for query in ("as_of=2020年5月31日", "as_of=20200531", "as_of=２０２０.5.31"):
        assert "2020 年 5 月 31 日" in client.get(f"/2020/?{query}").content.decode()
    assert client.get("/2020/compare/?from=2020年3月6日&to=2020/5/31").status_code == 200
    assert client.get("/api/v1/plans/2020?as_of=2020.5.31").json()["as_of"] == "2020-05-31"


def test_a_reading_of_another_year_is_refused(city):
    data = {
        "indicator": city.indicator.pk,
        "held_on": "2016-11-28",
        "value": "35",
        "note": "",
        "source": "",
        "_save": "",
    }
    response = signed_in(city.reviewer).post(address(Reading, "add"), data)
    assert "2016-11-28 太早了" in errors_of(response)["held_on"][0]
    assert published(an_indicator_reading(city.indicator, "2019-12-01", 34), on=NOW).is_published


@pytest.mark.parametrize(
    ("day", "clock", "told"),
    [
        ("2020-05-10", "", "几点？例如 9:00。"),
        ("", "9:00", "哪一天？例如 2020-09-30。"),
        ("2020-05-10", "上班前", "请写几点几分，例如 9:30 或 下午3点。"),
        ("2020-05-10", "24:00", "一天到 23:59 为止。半夜十二点，请写成第二天的 0:00。"),
    ],
)
def test_half_a_moment_is_asked_for(city, day, clock, told):
    data = article_data(is_published="on", published_at_0=day, published_at_1=clock)
    assert errors_of(signed_in(city.editor).post(address(Article, "add"), data))["published_at"] == [told]


def test_the_day_of_a_moment_is_asked_about_and_taken_in_one_press(city):
    editor = signed_in(city.editor)
    data = article_data(is_published="on", published_at_0="5月10日", published_at_1="下午3点")
    page = editor.post(address(Article, "add"), data).content.decode()
    assert f'name="{TAKE}published_at_0" value="2020-05-10"' in page
    editor.post(address(Article, "add"), data | {f"{TAKE}published_at_0": "2020-05-10"})
    assert Article.objects.get().published_at == moment("2020-05-10", "15:00")


# Targets


def test_nothing_at_all_may_be_the_new_target_of_an_indicator(city):
    page = address(PlanAdjustment, "add", f"?promise=indicator:{city.indicator.pk}")
    why = {
        "decided_on": "2020-05-01",
        "decided_by": "UNSTATED",
        "reason": "Nothing planted.",
        "document": "Decision 7",
        "_save": "",
    }
    assert signed_in(city.administrator).post(page, why | {"new_target": "0"}).status_code == 302
    assert PlanAdjustment.objects.get().changes == {"target": ["36", "0"]}


def test_but_not_of_a_milestone(city, official):
    page = address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")
    why = {
        "decided_on": "2020-05-01",
        "decided_by": "UNSTATED",
        "reason": "Soft ground.",
        "document": "Decision 7",
        "_save": "",
    }
    assert "必须是大于 0 的数" in errors_of(official.post(page, why | {"new_amount": "0"}))["new_amount"][0]


# Boxes


def pages_of(city) -> list[tuple]:
    """(person, address) of every form of the admin that somebody can fill in."""
    people = (city.administrator, city.reviewer, city.official, city.editor)
    adds = [(person, address(model, "add")) for person in people for model in admin.site._registry]
    promises = [("milestone", city.built), ("project", city.bridge), ("department", city.works)]
    plan_promises = [("plan", city.plan), ("indicator", city.indicator), ("commitment", Commitment.objects.first())]
    return [
        *adds,
        (city.official, filing(city)),
        (city.administrator, address(Redaction, "add")),
        *((city.administrator, address(Adjustment, "add", f"?promise={name}:{row.pk}")) for name, row in promises),
        *(
            (city.administrator, address(PlanAdjustment, "add", f"?promise={name}:{row.pk}"))
            for name, row in plan_promises
        ),
    ]


def test_no_form_has_a_box_that_the_wheel_turns(city, client):
    seen = 0
    for person, page in pages_of(city):
        response = signed_in(person).get(page)
        seen += response.status_code == 200
        assert not re.findall(r'<input[^>]*type="number"[^>]*>', response.content.decode()), page
    assert seen > 20
    for page in ("/", "/2020/", "/2020/projects/", "/2020/compare/", "/search/?q=桥", "/news/", "/ledger/", "/about/"):
        assert 'type="number"' not in client.get(page).content.decode(), page


@pytest.mark.parametrize(
    ("model", "name"), [(Plan, "grace_days"), (Plan, "year"), (Target, "weight"), (Target, "amount")]
)
def test_a_phone_shows_its_keyboard_for_numbers(city, model, name):
    page = signed_in(city.administrator).get(address(model, "add"))
    assert re.search(r'inputmode="(numeric|decimal)"', field_of(page, name))


def test_every_money_box_prints_its_unit(city, official):
    pages = {
        filing(city): "spent",
        address(Adjustment, "add", f"?promise=project:{city.bridge.pk}"): "new_investment",
    }
    for page, name in pages.items():
        assert "</span> 万元" not in field_of(official.get(page), name)
        assert "万元" in field_of(official.get(page), name)
    administrator = signed_in(city.administrator)
    for model, name in ((Project, "investment"), (Commitment, "annual_investment")):
        page = administrator.get(address(model, "add"))
        assert "万元" in field_of(page, name)
        assert "（元）" not in page.context["adminform"].form[name].label


# Vouchers and entries


@pytest.mark.parametrize("noted", ["凭证 {}", "{}。", "凭证：{}", " {} ", "wide", "（{}", f"{'字' * 400} 凭证 {{}}"])
def test_a_voucher_is_taken_as_a_page_prints_it(city, client, noted):
    voucher = chain.head().voucher
    wide = "".join(chr(ord(c) + 0xFEE0) for c in voucher)
    told = client.get("/about/", {"noted": wide if noted == "wide" else noted.format(voucher)}).context["verdict"]
    assert told.startswith("对得上")


def test_the_number_of_an_entry_is_taken_in_full_width(city):
    page = address(Redaction, "add", "?entry=４")
    assert (
        signed_in(city.reviewer).get(page).status_code
        == signed_in(city.reviewer).get(page.replace("４", "4")).status_code
    )


# Days and lengths of a plan


def test_what_has_happened_is_of_no_day_to_come(city):
    told = ["2021-01-01 还没到。请看看年份写对没有。"]
    article = article_data(happened_on="2021-01-01")
    assert errors_of(signed_in(city.editor).post(address(Article, "add"), article))["happened_on"] == told
    administrator = signed_in(city.administrator)
    plan = administrator.post(address(Plan, "add"), {"year": "2021", "adopted_on": "2021年1月1日"})
    assert errors_of(plan)["adopted_on"] == told
    source = administrator.post(address(Source, "add"), {"key": "paper", "issued_on": "20210101"})
    assert errors_of(source)["issued_on"] == told


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("year", "2022", "2021-01-01 到 2021-12-31，没有一天在 2022 年里，请看看年份写对没有。"),
        ("grace_days", "9999", "宽限最多 92 天。"),
    ],
)
def test_a_plan_keeps_to_its_year(city, field, typed, told):
    data = {"year": "2021", "title": "Plan", "short_title": "Plan", "starts_on": "2021-01-01", "ends_on": "2021-12-31"}
    data |= {"lag_warning": "10", "lag_alarm": "30", "reporting_months": "1", "grace_days": "10", "authority": "市里"}
    response = signed_in(city.administrator).post(address(Plan, "add"), data | {field: typed})
    assert told in errors_of(response)["__all__"]


@pytest.mark.parametrize("typed", ["2", "24", "0"])
def test_a_plan_asks_for_reports_by_one_of_four_periods(city, typed):
    """docs/rules.md: reporting-period."""
    response = signed_in(city.administrator).post(address(Plan, "add"), {"year": "2021", "reporting_months": typed})
    assert "reporting_months" in errors_of(response)
