"""What the files are called that the desk hands out: whose site, what it is, of which days, so that it is found again among others."""

import re
from calendar import monthrange
from datetime import date

from accounts.publisher import publisher
from common.marks import mark_of

LONGEST = 75  # characters without marks and ending: file systems take 255 bytes, a Chinese character has three


def file_name(*parts: str, ending: str, is_illustrative: bool = False) -> str:
    """`某市-住建局-2024年9月填报.xlsx`: the site and the parts; in front what marks a rehearsal and illustrative data. `ending` may be ""."""
    name = "-".join(filter(None, (publisher().author, *parts)))
    plain = re.sub(r'[\\/:*?"<>|\s\x00-\x1f-]+', "-", name).strip("-.")
    return ".".join(filter(None, (f"{mark_of(is_illustrative=is_illustrative)}{plain[:LONGEST]}", ending)))


def month_text(day: date) -> str:
    """`2024年9月` on the last day of a month, else with the day: `2024年9月25日`."""
    month = f"{day.year}年{day.month}月"
    return month if day.day == monthrange(day.year, day.month)[1] else f"{month}{day.day}日"
