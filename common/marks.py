"""What stands in front of whatever is read elsewhere (titles, feeds, files, mails), where it is no real record."""

from django.conf import settings

TRIAL, ILLUSTRATIVE = "【演练】", "【示例】"
TRIAL_WORDS = "演练，不是真的"
TRIAL_NOTICE = f"{TRIAL_WORDS}。这里的承诺、进展和公开记录都不算数，练完以后连同数据目录一起删掉。"


def mark_of(*, is_illustrative: object) -> str:
    """That of a site for a rehearsal (the setting TRIAL), and that of illustrative data; "" where neither holds."""
    return f"{TRIAL if settings.TRIAL else ''}{ILLUSTRATIVE if is_illustrative else ''}"


def file_mark_of(*, is_illustrative: object) -> str:
    """The same within the name of a file."""
    return f"{'-trial' if settings.TRIAL else ''}{'-illustrative' if is_illustrative else ''}"
