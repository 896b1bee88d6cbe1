"""The words of every state, one table for each audience."""

from projects.progress import Light, State

RESIDENT_LIGHTS = {
    Light.DONE: "办成",
    Light.ON_PACE: "按计划",
    Light.AHEAD: "比计划快",
    Light.BEHIND: "落后",
    Light.FAR_BEHIND: "严重落后",
    Light.UNREPORTED: "没有数据",
    Light.DROPPED: "已取消",
}
OFFICIAL_LIGHTS = {
    Light.DONE: "已完成",
    Light.ON_PACE: "按序时",
    Light.AHEAD: "超序时",
    Light.BEHIND: "滞后",
    Light.FAR_BEHIND: "严重滞后",
    Light.UNREPORTED: "未填报",
    Light.DROPPED: "已取消",
}
OFFICIAL_OVERDUE = "逾期"
RESIDENT_STATES = {
    State.UNREPORTED: "没有数据",
    State.NOT_STARTED: "还没开始",
    State.UNDER_WAY: "进行中",
    State.REACHED: "办成",
}
# The drawn shape that always stands with the word: templates/components/shapes.
SHAPES = {
    Light.DONE: "check",
    Light.ON_PACE: "equals",
    Light.AHEAD: "up",
    Light.BEHIND: "down-open",
    Light.FAR_BEHIND: "down",
    Light.UNREPORTED: "question",
    Light.DROPPED: "cross",
}
PENDING_SHAPE = "circle"
OVERDUE_WORD = "过期没办完"
PENDING_WORD = "还没到期限"
