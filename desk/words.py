"""Words for officials, each of a state with the shape that is drawn beside it."""

from typing import NamedTuple

from desk.agenda import DueStatus
from desk.supervision.kinds import Column, Issue, Stage
from projects.progress import Light
from tasks.clarity import Tick
from tasks.measures import MeasureStatus
from tasks.progress import IndicatorStatus
from tasks.verdicts import LIGHTS, OVERDUE

OFFICIAL_DUE_STATUSES = {
    DueStatus.STALE: "逾期未更新",
    DueStatus.NEVER: "从未填报",
    DueStatus.DUE: "该更新了",
    DueStatus.DUE_SOON: "快到期",
    DueStatus.LATER: "未到期",
    DueStatus.NOT_ASKED: "现在不用报，可以补报",
    DueStatus.SETTLED: "不用再报",
}


class OfficialWord(NamedTuple):
    word: str
    shape: str


OFFICIAL_MEASURES = {
    MeasureStatus.DONE: OfficialWord("已完成", "check"),
    MeasureStatus.OVERDUE: OfficialWord("逾期", "down"),
    MeasureStatus.STALE: OfficialWord("未更新", "question"),
    MeasureStatus.UNDER_WAY: OfficialWord("推进中", "half"),
    MeasureStatus.NOT_STARTED: OfficialWord("未启动", "circle"),
    MeasureStatus.SILENT: OfficialWord("未填报", "question"),
    MeasureStatus.NO_DATA: OfficialWord("未填报", "question"),
    MeasureStatus.SERVED: OfficialWord("看它的项目", "circle"),
}
OFFICIAL_INDICATORS = {
    IndicatorStatus.OPEN: OfficialWord("未到期", "circle"),
    IndicatorStatus.MET: OfficialWord("达标", "check"),
    IndicatorStatus.NOT_MET: OfficialWord("未达标", "down"),
    IndicatorStatus.UNKNOWN: OfficialWord("无数据", "question"),
    IndicatorStatus.NO_DATA: OfficialWord("无数据", "question"),
    IndicatorStatus.DROPPED: OfficialWord("已取消", "cross"),
}
# docs/words.md: Clarity.
CLARITY = {
    Tick.WHO: "谁负责",
    Tick.HOW_MANY: "做多少",
    Tick.WHEN: "什么时候",
    Tick.MONEY: "花多少钱",
    Tick.STAGES: "分几步",
}
CLEAR, UNCLEAR, ONLY_THE_YEAR = "说了", "没说", "未明确时限"
# docs/words.md: What the supervisors follow.
ISSUE_WORDS = {
    Issue.OVERDUE: OVERDUE,
    Issue.FAR_BEHIND: LIGHTS[Light.FAR_BEHIND][2],
    Issue.BEHIND: LIGHTS[Light.BEHIND][2],
    Issue.SILENT: "未报",
    Issue.HINDERED: "受阻",
}
STAGE_WORDS = {Stage.NONE: "没有动笔", Stage.DRAFT: "有草稿", Stage.RETURNED: "退回了", Stage.SUBMITTED: "已送审"}
COLUMN_WORDS = {
    Column.DONE: "已完成",
    Column.AHEAD: LIGHTS[Light.AHEAD][2],
    Column.ON_PACE: LIGHTS[Light.ON_PACE][2],
    Column.BEHIND: LIGHTS[Light.BEHIND][2],
    Column.FAR_BEHIND: LIGHTS[Light.FAR_BEHIND][2],
    Column.OVERDUE: OVERDUE,
    Column.UNREPORTED: "未填报",
    Column.OTHER: "其他",
}
# What a row of a plan lacks, a clause each.
NO_LEADS, NO_DUE_DAY, NO_WORDING = "没有写牵头部门", "没有写期限", "没有写原话"
NO_INVESTMENT, NO_ANNUAL, NO_PLACE = "没有写总投资", "没有写年度投资", "没有写地点"
NO_TARGETS, NO_MEASURES = "没有写明办成要看哪些节点", "没有写打算怎么做"
CARRIED_DAY = "照去年顺延（本站理解）"  # last year the city named a day, and this year nobody did yet
# Beside a button that publishes at once.
FINAL = "公布以后居民看得到，收不回来；写错了只能更正。"
FINAL_CHANGE = "公布以后居民看得到，收不回来；再要改，只能再走“调整”。"
