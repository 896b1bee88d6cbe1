"""The words of every state, one table for each audience, and of what happens to reviewers."""

from collections.abc import Iterable

from common.formats import day_text
from ledger.models import EntryKind
from projects.models import Appointment, Department, PromiseChange
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


def department_names(slugs: Iterable[str]) -> dict[str, str]:
    return dict(Department.objects.filter(slug__in=list(slugs)).values_list("slug", "name"))


def document_text(change: PromiseChange) -> str:
    """`《分工表》（12 号，6 月 18 日）`, the day with its year; a title of which nothing else is known as it was typed."""
    if not any(getattr(change, name) for name in change.hidden_with["document"]):
        return change.document
    beside = [change.document_number, day_text(change.document_on) if change.document_on else ""]
    told = "，".join(filter(None, beside))
    title = change.document if change.document.startswith("《") else f"《{change.document}》"
    return f"{title}（{told}）" if told else title


def appointment_text(fact: Appointment) -> tuple[str, str]:
    """Nobody is named: the entry counts people and offices."""
    where = "" if fact.published_by_id else "在服务器上"
    about = f"第 {fact.about.entry_id} 条说的那位审核员" if fact.about else ""
    waits = "另一位审核员确认以前，或者 24 小时没有人提出异议以前，不能公布。"
    match fact.kind:
        case EntryKind.APPOINTMENT:
            return f"{where}任命了一位审核员", waits
        case EntryKind.PASSWORD:
            return "替一位审核员重设了密码", waits
        case EntryKind.DISMISSAL:
            return "免去了一位审核员", "从这时起，这个人不再公布。"
        case EntryKind.APPROVAL:
            return f"{where}确认了{about}", "从这时起，可以公布。"
    return f"对{about}提出了异议", "在服务器上确认以前，不能公布。"
