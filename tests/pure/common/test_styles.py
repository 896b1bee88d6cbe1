"""Each style sheet of ours is served as one file, which holds all its parts in the order of its entry."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from common.media.store import JOINED_STYLES

FOLDER = settings.BASE_DIR / "static/css"
OF_ONE_PAGE = {"paper.css", "poster.css", "sheet.css"}
OF_BOTH = {"tokens.css"}  # of the site and of the desk


def parts_of(name: str) -> list[str]:
    return re.findall(r'^@import url\("(.+)"\);$', (settings.BASE_DIR / "static" / name).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", JOINED_STYLES)
def test_one_file_is_served_with_every_part_in_its_place(name):
    served = (settings.STATIC_ROOT / staticfiles_storage.stored_name(name)).read_text()
    parts = "".join((FOLDER / part).read_text() for part in parts_of(name))
    assert served.endswith("*/\n" + parts)
    assert "@import" not in served


def test_no_part_is_forgotten_or_named_twice():
    parts = [part for name in JOINED_STYLES for part in parts_of(name)]
    entries = {name.removeprefix("css/") for name in JOINED_STYLES}
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.css")}
    assert sorted(parts) == sorted([*(there - entries - OF_ONE_PAGE), *OF_BOTH])


def test_no_part_names_a_file_beside_it_which_it_would_no_longer_stand_beside():
    entries = [settings.BASE_DIR / "static" / name for name in JOINED_STYLES]
    assert [path for path in FOLDER.rglob("*.css") if path not in entries and "url(" in path.read_text()] == []
