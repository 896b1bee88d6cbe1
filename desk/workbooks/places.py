"""The place that a table's title or the site's name begins with, and how residents call who promises there."""

import re
from dataclasses import dataclass

from accounts.publisher import publisher

CALLED = {"县": "县里", "市": "市里", "区": "区里", "旗": "旗里", "镇": "镇里", "乡": "乡里"}
UNKNOWN = "市里"
# What stands behind a place's name, so that 城市道路 and 乡镇卫生院 are none.
_BEHIND = r"(?=[“\"]?[0-9]{4}年|人民政府|政府|人大|党委|[县市区旗镇乡]?委|政务|办公室|民生|实事|为民|重点|承诺|年度|工作|公开|督查|[一二三四五六七八九十]+[大件项]|$)"
_PLACE = re.compile(
    r"^(?:附件[0-9一二三四五六七八九十]*[:：]?|关于|印发|下达|公布|中国共产党|中共|《)*(?:[0-9]{4}年度?)?"
    rf"(?P<place>[一-鿿]{{0,14}}?[{''.join(CALLED)}]){_BEHIND}"
)
# 全县, 我市, and words that only end like a name.
_NO_NAME = re.compile(r"^[全我本各]?.$|(?:城市|城区|市区|县区|镇区|社区|小区|园区|乡镇|村镇|集镇|城镇)$")


@dataclass(frozen=True)
class Place:
    """`name` is empty where only its kind is known: of 全县重点工作."""

    name: str = ""
    authority: str = UNKNOWN


NOWHERE = Place()


def place_in(*texts: str) -> Place:
    """What the first of the texts says that says something."""
    for text in texts:
        found = _PLACE.match(re.sub(r"\s", "", text))
        if not found:
            continue
        place = found["place"]
        if not _NO_NAME.search(place):
            return Place(place, CALLED[place[-1]])
        if re.fullmatch("[全我本]?.", place):
            return Place("", CALLED[place[-1]])
    return NOWHERE


def site_place() -> Place:
    """Where the site is, by who runs it, else by its name."""
    return place_in(publisher().site_organizer, publisher().site_name)
