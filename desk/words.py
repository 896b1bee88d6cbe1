"""Words for officials, each of a state with the shape that is drawn beside it."""

from typing import NamedTuple

from desk.agenda import DueStatus
from tasks.clarity import Tick
from tasks.measures import MeasureStatus
from tasks.progress import IndicatorStatus

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
