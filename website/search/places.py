"""Pages of this site that people ask for by what they want to know there."""

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import reverse

from common.matching import fold
from tasks.models import Plan


class Place(NamedTuple):
    """A page of the site by the name of its route, and the words that lead to it; those of a plan take its year."""

    route: str
    title: str
    says: str
    words: tuple[str, ...]
    is_of_plan: bool = True
    keeps_day: bool = True


PLACES = (
    Place(
        "changes",
        "改过的承诺",
        "哪些承诺改过：原来怎么说，现在怎么说，为什么，谁定的。",
        (
            "延期",
            "推迟",
            "推后",
            "延后",
            "顺延",
            "拖延",
            "改期",
            "提前",
            "取消",
            "变更",
            "调整",
            "改过的承诺",
            "改了什么",
        ),
    ),
    Place(
        "department-list",
        "谁负责",
        "每个部门牵头哪些承诺，电话多少。",
        (
            "谁负责",
            "谁管",
            "哪个部门",
            "部门",
            "负责人",
            "电话",
            "联系电话",
            "联系方式",
            "找谁",
            "牵头单位",
            "责任单位",
        ),
        is_of_plan=False,
    ),
    Place(
        "review",
        "年终对账",
        "一年结束，每一件承诺办成没有。",
        ("年终对账", "年终", "对账", "总结", "办成了吗", "兑现了吗", "完成情况", "没办成"),
    ),
    Place(
        "project-table",
        "全部项目",
        "每一件承诺和它做到哪里。",
        ("全部项目", "项目", "实事", "民生实事", "惠民实事", "承诺", "进度"),
    ),
    Place("task-list", "全部任务", "年度计划里的任务，一项一项。", ("全部任务", "任务", "重点工作", "大事")),
    Place("indicators", "全部指标", "计划要达到的数，现在是多少。", ("全部指标", "指标")),
    Place("compare", "两天之间", "从一天到另一天，什么变了。", ("两天之间", "变化", "对比", "比较"), keeps_day=False),
    Place(
        "ledger",
        "公开记录",
        "每一次公布都有一条，按先后排，可以核对。",
        ("公开记录", "台账", "凭证", "历史记录", "公示"),
        is_of_plan=False,
    ),
    Place(
        "about",
        "进度怎么算，凭证怎么查",
        "数字怎么来的，怎样核对有没有被改过。",
        ("怎么算", "进度怎么算", "数据来源", "来源", "真的吗", "核对", "凭证怎么查"),
        is_of_plan=False,
        keeps_day=False,
    ),
)


FOLDED = tuple((place, frozenset(map(fold, place.words))) for place in PLACES)


def places_named(phrase: str, plan: Plan | None, day_query: str) -> Iterator[tuple[Place, str]]:
    """The pages that the folded phrase asks for, with their addresses on the day; none where there is no plan yet."""
    for place, words in FOLDED if plan else ():
        if phrase in words:
            address = reverse(place.route, args=[plan.year] if place.is_of_plan and plan else [])
            yield place, f"{address}{day_query if place.keeps_day else ''}"
