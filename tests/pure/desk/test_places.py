"""The place that a title or the site's name begins with, and how residents call who promises there."""

import pytest

from desk.workbooks.places import NOWHERE, Place, place_in

NAMED = {
    "青岚县2024年十件民生实事责任分解表": Place("青岚县", "县里"),
    "青岚县人民政府 2024 年重点工作": Place("青岚县", "县里"),
    "2024年青岚县民生实事项目清单": Place("青岚县", "县里"),
    "附件1：关于印发青岚县2024年度民生实事的通知": Place("青岚县", "县里"),
    "青岚县委县政府2024年为民办实事": Place("青岚县", "县里"),
    "中共青岚县委办公室": Place("青岚县", "县里"),
    "青岚县“2024年”十件民生实事": Place("青岚县", "县里"),
    "青岚土家族自治县2024年实事": Place("青岚土家族自治县", "县里"),
    "滨河新区年度承诺公开": Place("滨河新区", "区里"),
    "青河镇十件实事": Place("青河镇", "镇里"),
    "青河乡人民政府": Place("青河乡", "乡里"),
    "青禾市人民政府办公室": Place("青禾市", "市里"),
    "青岚县": Place("青岚县", "县里"),
    "2024年全县重点工作任务分解": Place("", "县里"),
    "县政府2024年民生实事": Place("", "县里"),
}
UNNAMED = (
    "", "民生实事", "2024年城市重点工程", "城市道路建设2024年", "乡镇卫生院2024年重点项目", "老旧小区2024年重点工程", "年度承诺公开",
    "县域经济重点工作", "2024年社区工作",
)  # fmt: skip


@pytest.mark.parametrize(("text", "place"), NAMED.items(), ids=NAMED)
def test_a_title_names_its_place(text, place):
    assert place_in(text) == place


@pytest.mark.parametrize("text", UNNAMED)
def test_what_only_ends_like_a_place_is_none(text):
    assert place_in(text) == NOWHERE


def test_the_first_text_that_names_one_decides():
    assert place_in("", "承诺公开", "青岚县政府", "青禾市2024年").authority == "县里"
