"""What a search says of itself: its title, where it looked, and what it comes to."""

from datetime import date

from common.formats import day_text


def search_title(query: str, n_results: int, n_near: int, *, is_asked: bool) -> str:
    if not is_asked:
        return "搜索"
    if n_results:
        return f"“{query}”：找到 {n_results} 项"
    return f"“{query}”：没有完全一样的，{n_near} 项接近" if n_near else f"“{query}”：没有找到"


def search_description(has_news: bool) -> str:
    return f"在项目、任务、指标、部门、进展、改动、回头看、公开记录{'和新闻' if has_news else ''}里找。"


def results_sentence(query: str, n_results: int, n_groups: int, on: date | None) -> str:
    """`和“污水”有关的有 3 处，一共 23 项。`"""
    day = f"到 {day_text(on)}公布的，" if on else ""
    if n_results == n_groups:
        return f"{day}和“{query}”有关的有 {n_results} 项。"
    return f"{day}和“{query}”有关的有 {n_groups} 处，一共 {n_results} 项。"


def about_sentence(name: str, query: str, n: int) -> str:
    return f"“{name}”里和“{query}”有关的，一共 {n} 条，新的在前。"


def near_sentence(query: str) -> str:
    return f"没有和“{query}”完全一样的，这些接近："


def nothing_sentence(on: date | None) -> str:
    """Only where nothing public has the words, nor anything near."""
    return f"到 {day_text(on)}还没有公布的事，这里找不到。" if on else "没有公布的事，这里找不到。"


def more_sentence(n: int) -> str:
    return f"还有 {n} 条"


def cut_sentence(has_news: bool) -> str:
    """That only the latest of what grows without end was looked through."""
    return f"对得上的很多，进展、改动{'和新闻' if has_news else ''}只看了最近的。多写一个词，会找得更准。"
