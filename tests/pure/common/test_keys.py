"""Keys of rows, as forms and addresses send them: what is none never comes to a query, neither when it is read nor when it is
shown again."""

import pytest
from django.core.exceptions import ValidationError

from common.keys import KeyField, KeysField
from projects.models import Department

NO_KEYS = ["x", "-1", "²", "1.5", "9" * 40]


@pytest.mark.parametrize("value", NO_KEYS)
def test_what_is_no_key_is_refused_without_asking(value):
    for field, sent in ((KeyField(Department.objects.all()), value), (KeysField(Department.objects.all()), [value])):
        with pytest.raises(ValidationError):
            field.clean(sent)


@pytest.mark.parametrize("value", NO_KEYS)
def test_nor_is_it_shown_again(value):
    assert KeyField(Department.objects.all()).prepare_value(value) == ""
    assert KeysField(Department.objects.all()).bound_data([value, "7"], None) == ["7"]


@pytest.mark.parametrize("value", [7, "7", Department(pk=7)])
def test_a_key_is(value):
    assert KeyField(Department.objects.all()).prepare_value(value) in (7, "7")
