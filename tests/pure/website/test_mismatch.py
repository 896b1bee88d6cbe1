"""What somebody passes on who saw something else than the page says."""

from tests.plain_projects import day
from website.sentences.mismatch import WRONG, mismatch_text


def test_it_says_what_is_wrong_what_the_page_says_which_day_and_voucher():
    text = mismatch_text(
        WRONG["idle"],
        title="城市道路",
        page_text="城市道路：落后。",
        as_of=day("2020-09-30"),
        address="https://a.example/projects/city-roads/",
        voucher="7:abc",
        mark="【示例】",
    )
    assert text.splitlines() == [
        "【示例】“城市道路”的情况和网页上写的不一样：现场没有动静。",
        "网页上写的（数据算到 2020 年 9 月 30 日）：城市道路：落后。",
        "网页：https://a.example/projects/city-roads/",
        "凭证：7:abc",
        "我看到的（什么时候，在哪里，什么样）：",
    ]
