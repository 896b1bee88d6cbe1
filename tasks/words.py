"""The words of promises kept and broken, one table for each audience."""

from tasks.measures import MeasureStatus
from tasks.models import Finding, VotingBody
from tasks.progress import IndicatorStatus, Outcome

RESIDENT_OUTCOMES = {
    Outcome.KEPT: "办成",
    Outcome.MISSED: "没办成",
    Outcome.UNKNOWN: "办没办成不知道",
    Outcome.ADVANCED: "往前推了",
    Outcome.DROPPED: "已取消",
    Outcome.OPEN: "还没到期限",
}
KEPT_LATE = "晚了才办成"
OFFICIAL_OUTCOMES = {
    Outcome.KEPT: "已完成",
    Outcome.MISSED: "未完成",
    Outcome.UNKNOWN: "未填报，无法核定",
    Outcome.ADVANCED: "有推进",
    Outcome.DROPPED: "已取消",
    Outcome.OPEN: "未到期限",
}
COMPARATORS = {"≥": "不低于", "≤": "不超过", "=": "", "BETWEEN": ""}
INDICATOR_STATUSES = {
    IndicatorStatus.OPEN: "还没到期限",
    IndicatorStatus.MET: "达到",
    IndicatorStatus.NOT_MET: "没达到",
    IndicatorStatus.UNKNOWN: "期限那天的数没有公布",
    IndicatorStatus.NO_DATA: "没有数据",
    IndicatorStatus.DROPPED: "已取消",
}
# docs/words.md: Measures.
RESIDENT_MEASURES = {
    MeasureStatus.SERVED: "看它的项目",
    MeasureStatus.DONE: "说已完成",
    MeasureStatus.OVERDUE: "过期没说完成",
    MeasureStatus.STALE: "很久没有消息",
    MeasureStatus.UNDER_WAY: "在做",
    MeasureStatus.NOT_STARTED: "还没开始",
    MeasureStatus.SILENT: "部门没有说过",
    MeasureStatus.NO_DATA: "暂无公开消息",
}
# docs/words.md: Checks.
RESIDENT_FINDINGS = {
    Finding.IN_USE: "在用",
    Finding.NOT_OPENED: "建好没启用",
    Finding.STOPPED: "停用了",
    Finding.DEFECTIVE: "有问题",
}
# docs/words.md: Votes.
RESIDENT_BODIES = {
    VotingBody.CONGRESS: "人大代表",
    VotingBody.STANDING_COMMITTEE: "人大常委会组成人员",
}
CHECK_DUE, CHECK_DUE_WORD = "DUE", "该回头看了"
