"""What the pages of a plan say besides what became of its promises: what they leave out, and what programs read of them."""

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tasks.snapshots import GroupSnapshot, MeasureSnapshot, PlanSnapshot, SeriesSnapshot, TaskSnapshot
from website.sentences.promises import task_sentence, tasks_sentence

MOST_FEW = 9  # which 几 may stand for
NO_PROJECTS = "这份计划没有定下具体项目。"


def listed(titles: Iterable[str]) -> str:
    """`经二路；纬一路。`, nothing of nothing."""
    told = "；".join(titles)
    return f"{told}。" if told else ""


def investment_caption(series: SeriesSnapshot, n_listed: int) -> str:
    """What the sum covers, of how many the table shows."""
    n, counter = len(series.commitments), series.row.counter
    rest = f"。合计是全部 {n} {counter}的，这里只列出上面 {n_listed} {counter}" if n > n_listed else ""
    return f"只加已经公布的；没有公布的不当作 0{rest}"


def groups_heading(groups: Sequence[GroupSnapshot]) -> SafeString:
    """Their titles with 、 and 和 between them, where lines are broken."""
    joints = {1: "", 2: "和"}  # by how many are left
    titles = [f"{group.title}{joints.get(len(groups) - n, '、')}" for n, group in enumerate(groups)]
    return format_html_join("", '<span class="clause">{}</span>', ((title,) for title in titles))


def task_description(task: TaskSnapshot) -> str:
    measures = listed(measure.title for measure in task.measures)
    return f"{task_sentence(task)}{task.group.noun} {task.number}：{measures}"


def tasks_description(snapshot: PlanSnapshot) -> str:
    groups = (f"{group.title}：{listed(task.title for task in group.tasks)}" for group in snapshot.groups)
    return tasks_sentence(snapshot.tasks) + "".join(groups)


# What no project serves


def rest_of_group(group: GroupSnapshot) -> SafeString:
    """`另有 2 项没有列入项目，写在最后。`, a link to where they are."""
    return format_html('另有 {} 项没有列入项目，<a href="#unserved">写在最后</a>。', len(group.unserved))


def unserved_groups_line(groups: Sequence[GroupSnapshot]) -> SafeString:
    """Of groups of which no project serves anything: `工业、民生和改革开放：15 项没有列入项目，写在最后。`"""
    n = sum(len(group.unserved) for group in groups)
    html = '{}：{} 项没有列入项目，<a href="#unserved">写在最后</a>。'
    return format_html(html, groups_heading(groups), n)


def unserved_tasks_sentence(tasks: Sequence[TaskSnapshot], has_news: bool) -> str:
    news = "有消息会写在这里。" if has_news else ""
    return f"{tasks[0].group.plan.authority}的计划没有写明哪些项目在做{_these(tasks)}，所以没有进度可以算。{news}"


def unserved_measures_sentence(measures: Sequence[MeasureSnapshot], has_news: bool) -> str:
    news = "；有消息会写在下面的新闻里" if has_news else ""
    return (
        f"{measures[0].row.task.group.plan.authority}没有写明哪些项目在做{_these(measures)}，所以没有进度可以算{news}。"
    )


def _these(items: Sequence) -> str:
    if len(items) > MOST_FEW:
        return f"这 {len(items)} 项"
    return "这几项" if len(items) > 1 else "这一项"
