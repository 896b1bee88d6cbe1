"""What residents typed, and what should stand first: found by other words, spelled otherwise, or honestly not at all."""

import pytest
from django.core.management import call_command

from tests.loaded_cities import FIXTURES, ILLUSTRATIVE_FILE, PLAN_FILE, keep, put

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# What stands first: the slug of a project, a department or an address; "-" for an honest nothing.
TYPED = """
公路	rural-roads
农村路	rural-roads
城市道路	city-roads
经二路	city-roads
jinger lu	city-roads
南环路	city-roads
小学	new-schools
新学校	new-schools
霍东小学	new-schools
霍東新區小學	new-schools
西张小学	new-schools
医院	new-hospital
看病	new-hospital
yiyuan	new-hospital
垃圾场	second-waste-plant
餐厨垃圾	kitchen-waste-plant
污水	rural-sewage
农村污水	rural-sewage
下水道	rural-sewage
污水。	rural-sewage
《污水》	rural-sewage
养老	day-care-centres
老人	day-care-centres
足球	five-a-side-pitches
体育馆	fitness-centre
健身	fitness-centre
空气	/2020/indicators/
绿化	/2020/indicators/
交通运输局	department
住建局	department
0357-0000002	department
延期	/2020/changes/
推迟	/2020/changes/
第5件	rural-sewage
1.85亿	rural-roads
卫生城市	/2020/tasks/major-3/
霍东新区小学,西张小学	new-schools
谁负责	/departments/
wifi	-
"""
OURS = """
村里修路	rural-roads
第一件实事	rural-roads
18500万	rural-roads
修马路	city-roads
經二路	city-roads
jīng èr lù	city-roads
纬5路	city-roads
经二路修好了吗	city-roads
南环什么时候修好	city-roads
垃圾填埋场	second-waste-plant
泔水	kitchen-waste-plant
剩饭	kitchen-waste-plant
3300万	kitchen-waste-plant
汙水	rural-sewage
排污	rural-sewage
xiashuidao	rural-sewage
wushui	rural-sewage
第五件	rural-sewage
人民医院	new-hospital
住院	new-hospital
新医院建好了吗	new-hospital
YIYUAN	new-hospital
游泳	fitness-centre
锻炼身体	fitness-centre
ｊｉａｎｓｈｅｎ	fitness-centre
踢球	five-a-side-pitches
五人制	five-a-side-pitches
敬老院	day-care-centres
日間照料	day-care-centres
lao nian ren	day-care-centres
上学	new-schools
xuexiao	new-schools
孩子上学	new-schools
老小区	old-quarters
找工作	/2020/indicators/
菜价	/2020/indicators/
雾霾	/2020/indicators/
停车位	smart-parking
培训班	skills-training
教育局	/departments/education-sports-bureau/
民政局电话	/departments/civil-affairs-bureau/
03570000005	/departments/transport-bureau/
0357-0000011	/departments/civil-affairs-bureau/
zhujianju	/departments/construction-bureau/
凭证	/ledger/
公开记录第 3 条	/ledger/3/
取消	/2020/changes/
找谁	/departments/
办成了吗	/2020/review/
高铁	-
飞机场	-
5g	-
asdfgh	-
13800000000	-
"""
ALIASES = [FIXTURES / "aliases.json", FIXTURES / "aliases_illustrative.json"]
WRONG_AT_MOST = 3


def table(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if line]


@pytest.fixture
def findable():
    """The illustrative year with the names by which people look, spelled."""

    def fill() -> None:
        put(PLAN_FILE, ILLUSTRATIVE_FILE)
        call_command("load_record", *ALIASES, verbosity=0)

    keep("findable", fill)


def first_of(client, typed: str) -> str:
    """The kind and address of what stands first, of what is near where nothing else was found; "-" where nothing was."""
    context = client.get("/search/", {"q": typed}).context
    groups = [*context["page"], *context["results"].near]
    return f"{groups[0].head.kind.value} {groups[0].head.address}" if groups else "-"


def wrong(client, cases: str) -> dict[str, str]:
    found = {typed: (expected, first_of(client, typed)) for typed, expected in table(cases)}
    return {typed: first for typed, (expected, first) in found.items() if expected not in first}


@pytest.mark.usefixtures("findable")
def test_what_people_typed_is_found_first(client):
    assert len(table(TYPED)) == 39
    assert len(wrong(client, TYPED)) <= WRONG_AT_MOST
    assert wrong(client, TYPED) == {}


@pytest.mark.usefixtures("findable")
def test_so_is_what_they_would_type_otherwise(client):
    assert wrong(client, OURS) == {}


@pytest.mark.usefixtures("findable")
@pytest.mark.parametrize("typed", [typed for typed, expected in table(TYPED + OURS) if expected == "-"])
def test_where_nothing_is_public_the_page_says_so_and_what_to_try(client, typed):
    text = client.get("/search/", {"q": typed}).content.decode()
    assert "没有公布的事，这里找不到。" in text
    assert "可以这样再试" in text


@pytest.mark.usefixtures("findable")
@pytest.mark.parametrize("typed", ["霍东小学", "污水", "看病"])
def test_where_something_is_public_it_does_not(client, typed):
    assert "这里找不到" not in client.get("/search/", {"q": typed}).content.decode()
