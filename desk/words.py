"""Words for officials."""

from desk.agenda import DueStatus

OFFICIAL_DUE_STATUSES = {
    DueStatus.STALE: "逾期未更新",
    DueStatus.NEVER: "从未填报",
    DueStatus.DUE: "该更新了",
    DueStatus.DUE_SOON: "快到期",
    DueStatus.LATER: "未到期",
    DueStatus.SETTLED: "不用再报",
}
