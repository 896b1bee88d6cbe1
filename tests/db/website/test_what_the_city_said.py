"""What a careful reader of the other city looked for: every act and every promise stands on its page, said once."""

import re
from html import unescape

import pytest

from tests.db.test_other_city import CITY_FILE
from tests.loaded_cities import put

pytestmark = pytest.mark.one_database


@pytest.fixture
def city(db):
    put(CITY_FILE)


def main_of(client, address: str) -> str:
    """What people read of it, without any space."""
    html = re.search(r"<main.*</main>", client.get(address).content.decode(), re.DOTALL)[0]
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL))))


# address, what stands there, what doesn't
PAGES = [
    pytest.param(
        "/2018/compare/?from=2019-01-15&to=2019-06-01",
        ["1项办成以后看到停用了", "回头看了1次。", "钟楼2019年5月10日，媒体去看：停用"], ["没有公布过变化"],
        id="a check between two days",
    ),
    pytest.param(
        "/projects/library/", ["期限已过，实际做到25%"], ["还没开出", "2017年9月30日|—"],
        id="four rooms by one day",
    ),
    pytest.param("/departments/?as_of=2019-03-15", ["牵头的部门、公开电话"], ["还没有公布谁负责"], id="offices that lead tasks"),
    pytest.param(
        "/2018/tasks/road-1/", ["十二桩跑腿2市图书馆没办成", "十处修补1市图书馆办成"], [],
        id="a project in two lists",
    ),
    pytest.param(
        "/2018/compare/?from=2018-01-08&to=2018-12-31", ["铜钟化铜了", "街边公厕进行中", "东渡口：码头"],
        ["街边公厕：街边公厕", "铜钟：铜钟", "铜钟办成"], id="names said once, and what was to begin began",
    ),
    pytest.param("/2017/compare/?from=2018-03-31&to=2018-12-31", ["东渡口：码头晚了才打桩"], ["码头晚了才办成"], id="begun late"),
    pytest.param("/projects/cold-wall/", ["取消"], ["要办→", "取消要办"], id="what was cut, said once"),
    pytest.param(
        "/2017/?as_of=2018-04-15", ["期限从2018年3月31日推到2018年5月31日"], ["期限从3月31日"], id="days of another year than the plan's",
    ),
    pytest.param("/2017/review/", ["2018年3月31日前"], ["：3月31日前", "公布3月31日前"], id="the account of a plan that runs on"),
    pytest.param("/2019/", ["2项没有列入项目"], ["合计", "竖线是按日子"], id="a plan without projects"),
    pytest.param(
        "/2019/tasks/", ["没有写明哪些项目在做这几项，所以没有进度可以算"], ["写在最后", "没有列入项目的"],
        id="tasks without projects stand in their groups",
    ),
    pytest.param("/2019/projects/", ["这份计划没有定下具体项目。"], ["没有符合条件", "总投资"], id="a table of nothing"),
    pytest.param("/2019/review/", ["这份计划没有定下具体项目，没有账可对。"], ["三个框"], id="an account of nothing"),
    pytest.param("/2019/tasks/chore-1/", ["没有写明打算怎么做"], ["打算怎么做指标"], id="a task without measures"),
    *(
        pytest.param(address, ["在1.2到1.8米之间本站理解", "稳在一米半上下。", "谁负责：营造办"], [], id=f"our reading, {address}")
        for address in ("/2018/", "/2018/tasks/river-1/", "/departments/works-office/?as_of=2018-07-15")
    ),
    pytest.param("/2018/indicators/", ["稳在一米半上下。", "在1.2到1.8米之间本站理解谁负责营造办", "不低于200天谁负责没有公布"], [], id="indicators"),
    pytest.param(
        "/projects/library/poster/",
        ["文化办000-1001", "营造办000-1002", "还承诺了青禾2018·第1处修补：翻修好屋顶，2018年8月31日前"], [], id="all promises and phones on a poster",
    ),
    pytest.param("/projects/lifts/poster/", ["说好30部，后来改成24部"], [], id="what a poster's promise was at first"),
]  # fmt: skip


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("address", "there", "absent"), PAGES)
def test_a_page_of_the_other_city(client, address, there, absent):
    """docs/rules.md: comparison."""
    text = main_of(client, address)
    assert [words for words in there if words not in text] == []
    assert [words for words in absent if words in text] == []


EMPTY_HEADING = re.compile(r"<h[1-6][^>]*>\s*</h[1-6]>")


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("address", ["/2019/", "/2019/projects/", "/2019/review/", "/2019/tasks/chore-1/"])
def test_what_is_not_there_has_no_heading(client, address):
    assert not EMPTY_HEADING.search(client.get(address).content.decode())


def test_a_day_behind_words_and_words_behind_a_figure_have_room(client, city):
    assert re.search(r"该回头看的日子是 <time", client.get("/projects/library/").content.decode())
    assert "青禾 2018 里的每一个项目" in client.get("/2018/projects/").content.decode()
    assert "青禾 2018 的期限" in client.get("/2018/deadlines.ics").content.decode()
    assert "青禾 2018 到 2018 年" in client.get("/2018/review/", {"as_of": "2018-07-01"}).content.decode()
