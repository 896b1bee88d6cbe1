"""What officials read of their own work."""

from desk.agenda import Need

# What a project asks of its department.
OFFICIAL_NEEDS = {
    Need.STALE: "逾期未更新",
    Need.NEVER: "从未填报",
    Need.DUE: "该更新了",
    Need.DUE_SOON: "快到期",
    Need.LATER: "未到期",
    Need.SETTLED: "不用再报",
}
