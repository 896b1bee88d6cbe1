"""What stands on a poster beside the promise itself."""

from common.formats import in_unit
from projects.progress import Progress, TargetState


def lessened_text(progress: Progress) -> str:
    """`说好 30 部，后来改成 24 部`, of each part of which less is promised than at first; empty where none is."""
    lessened = [state for state in progress.active if state.terms.amount < state.snapshot.promised.amount]
    named = len(progress.targets) > 1
    return "；".join(f"{state.snapshot.title}：{_amounts(state)}" if named else _amounts(state) for state in lessened)


def call_sentence(*, has_phone: bool, complaint_line: str) -> str:
    """Whom to call: the departments whose phone stands above, the line for complaints; 12345, which is there anywhere."""
    lines = ["上面的电话"] if has_phone else []
    if complaint_line:
        lines.append(f"监督投诉电话：{complaint_line}")
    return f"情况和页面上写的不一样，请打{'，或者打'.join(lines) or '政务服务便民热线 12345'}。"


def _amounts(state: TargetState) -> str:
    unit = state.snapshot.unit
    first, now = in_unit(state.snapshot.promised.amount, unit), in_unit(state.terms.amount, unit)
    return f"说好 {first}，后来改成 {now}"
