"""Pinyin as people type it, and where it stands in a name."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from common.spelling import Spelling, spell, typed_letters

ROAD, HOSPITAL = Spelling.of("jing er lu"), Spelling.of("xin ren min yi yuan")


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("jinger lu", "jingerlu"),
        ("JING ER LU", "jingerlu"),
        ("jīng èr lù", "jingerlu"),
        ("jing1 er4 lu4", "jingerlu"),
        ("ｙｉｙｕａｎ", "yiyuan"),
        ("xi'an", "xian"),
        ("lǜhuà", "lvhua"),
        ("lühua", "lvhua"),
        ("经二路", ""),
        ("yi院", ""),
        ("5g", ""),
        ("10kv", ""),
        ("", ""),
    ],
)
def test_tones_blanks_and_width_make_no_difference(typed, letters):
    assert typed_letters(typed) == letters


@pytest.mark.parametrize(
    ("name", "letters", "holds"),
    [
        (ROAD, "jingerlu", True),
        (ROAD, "erlu", True),
        (ROAD, "lu", True),
        (ROAD, "ingerlu", False),
        (ROAD, "jinge", False),
        (HOSPITAL, "yiyuan", True),
        (HOSPITAL, "niyi", False),
        (HOSPITAL, "nyi", False),
        (ROAD, "", False),
    ],
)
def test_only_whole_syllables_are_found(name, letters, holds):
    assert name.holds(letters) is holds


def test_names_are_spelled_as_they_are_read_in_a_process_of_its_own():
    assert spell(["经二路", "绿化", "重庆路", "PPP 项目（一期）"]) == {
        "经二路": "jing er lu",
        "绿化": "lv hua",
        "重庆路": "chong qing lu",
        "PPP 项目（一期）": "xiang mu yi qi",
    }
    assert spell([]) == {}


def test_where_the_process_fails_nothing_is_spelled_and_nothing_breaks(monkeypatch, caplog):
    monkeypatch.setattr("common.spelling.sys.executable", "/nonexistent")
    assert spell(["经二路"]) == {}
    assert "were not spelled" in caplog.text


def test_no_web_worker_imports_the_library():
    """Everything that a worker imports: the application, and all pages and forms of the portal and of the desk."""
    imported = "import sys, huozhou_portal.wsgi, huozhou_portal.urls; print('opencc' in sys.modules, 'pypinyin' in sys.modules)"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", f"import django; django.setup(); {imported}"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["True", "False"]
