"""What somebody says who saw something else than the page says: composed for them to pass on, and kept nowhere."""

from datetime import date

from common.formats import day_text

# What may be wrong, by its code in the address.
WRONG = {
    "idle": "现场没有动静",
    "less": "做得没有网页上写的多",
    "undone": "网页上写办到了，其实没有",
    "unused": "建好了，没有启用",
    "faulty": "建好了，有毛病",
    "other": "别的地方不一样",
}


def mismatch_text(
    wrong: str, *, title: str, page_text: str, as_of: date, address: str, voucher: str, mark: str = ""
) -> str:
    """A text of a few lines: what is wrong, what the page says, of which day, where, its voucher; room for the rest.

    `wrong` is one of the words above, `page_text` what the page says; `mark` stands before made-up data.
    """
    return "\n".join(
        (
            f"{mark}“{title}”的情况和网页上写的不一样：{wrong}。",
            f"网页上写的（数据算到 {day_text(as_of)}）：{page_text}",
            f"网页：{address}",
            f"凭证：{voucher}",
            "我看到的（什么时候，在哪里，什么样）：",
        )
    )
