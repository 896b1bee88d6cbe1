"""What every text is cleaned of, whichever field, form or fixture brings it."""

import json
import unicodedata
from itertools import chain

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from common import form_fields
from common.radicals import IDEOGRAPHS
from common.texts import clean_line, clean_text
from tests.filled_rows import kinds, text_fields
from tests.rooms import ROOMS

CASES = {
    "the radicals that PDFs copy": ("⼯⽤⻓⻋⻔⻛⻅", "工用长车门风见"),
    "the end of a line, in every way": ("a\r\nb\rc\nd", "a\nb\nc\nd"),
    "Word's soft break": ("a\x0bb", "a\nb"),
    "Unicode's own breaks": ("a\u2028b\u2029c\x85d\x0ce", "a\nb\nc\nd\ne"),
    "zero width": ("污\u200b水\u2060处\ufeff理\u00ad厂", "污水处理厂"),
    "overrides of the direction of writing": ("\u202e厂水污\u202c\u2066站\u2069\u200f", "厂水污站"),
    "control characters": ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
    "a tab": ("经二路\t40%", "经二路 40%"),
    "fillers that count as letters": ("\u3164甲\uffa0乙\u115f丙\u2800丁", "甲乙丙丁"),
    "halves of characters, from JSON": ("甲\ud800乙", "甲乙"),
    "signs that hide other texts": ("甲\U000e0041\U000e007f乙\ufff9丙\ufffe丁", "甲乙丙丁"),
    "only what nobody sees": ("\u200b \u3164\n\u3000\u2800", ""),
    "only marks without a character": ("\ufe0f\u0301", ""),
    "the place of a picture": ("甲\ufffc乙", "甲乙"),
    "only the place of a picture": ("\ufffc", ""),
    "what could not be read": ("甲\ufffd乙", "甲\ufffd乙"),
    "only what could not be read": ("\ufffd\ufffd \ufffd", ""),
    "the bullets of Word": ("\uf0b7甲\n\uf06c乙\n\uf0d8丙", "·甲\n·乙\n·丙"),
    "private characters": ("甲\ue000\uf8ff\U000f0000\U00100000乙", "甲乙"),
    "only private characters": ("\ue5e5", ""),
    "a family of emoji": ("👨‍👩‍👧 来了 ❤️", "👨‍👩‍👧 来了 ❤️"),
    "Persian and Uyghur spelling": ("می‌روم", "می‌روم"),
    "joiners between ideographs": ("污\u200d水\u200c厂", "污水厂"),
    "selectors without a character": ("\ufe0f甲\U000e0100 \ufe0e乙", "甲\U000e0100 乙"),
    "rare characters": ("𠮷䶮㐂\U00031350", "𠮷䶮㐂\U00031350"),
    "what officials write": ("　　一、总投资：1.85亿元（含税）——“已付”60％，见№3。", "　　一、总投资：1.85亿元（含税）——“已付”60％，见№3。"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "cleaned"), CASES.values(), ids=CASES)
def test_a_text(text, cleaned):
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("南环路\u2028南延", "南环路 南延"), ("一座 \r\n\r\n  桥", "一座 桥"), ("一座桥", "一座桥")],
)
def test_a_line(text, cleaned):
    assert clean_line(text) == cleaned


@given(st.text())
def test_cleaned_twice_is_cleaned_once(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert clean_line(clean_line(text)) == clean_line(text)


def test_every_radical_becomes_an_ideograph():
    assert len(IDEOGRAPHS) == 214 + 114
    assert {unicodedata.name(chr(code)).partition(" RADICAL ")[0] for code in IDEOGRAPHS} == {"KANGXI", "CJK"}
    assert all(unicodedata.name(one).startswith("CJK UNIFIED IDEOGRAPH") for one in IDEOGRAPHS.values())


# Every column, every form

DIRTY, CLEAN = "污\u202e水\u200b\x00⼚", "污水厂"
COLUMNS = [(model, field) for model in kinds() for field in text_fields(model)]
NOT_TYPED = {"salt"}


@pytest.mark.parametrize(("model", "field"), COLUMNS, ids=[str(field) for _model, field in COLUMNS])
def test_every_column_of_the_record_cleans_what_it_is_given(model, field):
    if isinstance(field, models.FileField) or field.name in NOT_TYPED:
        return
    assert field.to_python(DIRTY) == CLEAN, f"{field}: take the column from common.model_fields"
    assert field.get_prep_value(DIRTY) == CLEAN
    if not field.blank and field.editable:
        with pytest.raises(ValidationError) as refusal:
            field.clean("\u200b\u3164", model())
        assert refusal.value.messages
    if field.editable:
        assert isinstance(field.formfield(), form_fields.TextField), field


def all_forms() -> list[type[forms.BaseForm]]:
    """Every form of ours."""
    found, waiting = [], [forms.BaseForm]
    while waiting:
        form = waiting.pop()
        waiting.extend(form.__subclasses__())
        if form.__module__.partition(".")[0] in ROOMS:
            found.append(form)
    return sorted(set(found), key=lambda form: f"{form.__module__}.{form.__name__}")


# What a form takes from a column is asked of the columns.
DECLARED = [
    pytest.param(field, id=f"{form.__name__}.{name}")
    for form in all_forms()
    for name, field in getattr(form, "declared_fields", {}).items()
]


@pytest.mark.parametrize("field", DECLARED)
def test_every_field_of_a_form_cleans_texts(field):
    is_credential = (
        isinstance(field.widget, forms.PasswordInput) or type(field).__module__ == "django.contrib.auth.forms"
    )
    if isinstance(field, forms.CharField) and not is_credential:
        ours = (form_fields.TextField, form_fields.YuanField)
        assert isinstance(field, ours), f"{field.label}: take the field from common.form_fields"


@pytest.mark.parametrize("field", DECLARED)
def test_no_box_is_one_of_numbers_that_the_wheel_turns(field):
    assert not isinstance(field.widget, forms.NumberInput)


@pytest.mark.parametrize("field", DECLARED)
def test_every_day_is_read_as_people_write_it(field):
    assert not isinstance(field, forms.DateField) or isinstance(field, form_fields.DayField)


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_such_a_box(path):
    assert 'type="number"' not in path.read_text()


COLUMNS_OF_ALL = [
    pytest.param(field, id=str(field))
    for model in kinds()
    for field in model._meta.concrete_fields
    if field.editable and not field.is_relation and not isinstance(field, models.AutoField)
]


@pytest.mark.parametrize("field", COLUMNS_OF_ALL)
def test_every_column_has_a_box_that_takes_what_people_type(field):
    shown = field.formfield()
    if shown is not None:
        assert not isinstance(shown.widget, forms.NumberInput)
        assert not isinstance(shown, forms.DateField) or isinstance(shown, form_fields.DayField)


def test_two_thousand_characters_with_twenty_breaks_are_taken():
    field = form_fields.TextField(max_length=2000)
    text = "\r\n".join(["字" * 94] * 20 + ["字" * 100])
    assert len(text.replace("\r\n", "\n")) == 2000
    assert len(field.clean(text)) == 2000
    with pytest.raises(ValidationError):
        field.clean(f"{text}多")


# What is loaded

FIXTURES = ("fixtures/plan_2020.json", "fixtures/illustrative_2020.json", "tests/fixtures/fictional_city.json")


def texts_in(value) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return list(chain.from_iterable(map(texts_in, value)))
        case dict():
            return list(chain.from_iterable(map(texts_in, value.values())))
    return []


@pytest.mark.parametrize("path", FIXTURES)
def test_the_fixtures_are_clean_so_that_their_entries_stay_as_they_are(path):
    texts = texts_in(json.loads((settings.BASE_DIR / path).read_text()))
    assert [text for text in texts if clean_text(text) != text] == []
