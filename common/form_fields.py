"""The form fields of the desk and of the pages: each cleans what was typed before it reads it.

No box is of `type=number`: the wheel changes what stands in one, and what is no number arrives empty.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorList
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.clocks import parse_clock
from common.days import EXAMPLE, parse_day, years_in
from common.formats import number_text
from common.links import parse_link
from common.money import box_text, parse_yuan, yuan_echo
from common.numbers import is_counted, parse_number
from common.texts import clean_line, clean_text
from common.tokens import Question, clean_token

TAKE = "_take_"  # before the name of an input: the suggestion that was taken in the place of what was typed in it


class AskingBoundField(BoundField):
    """Shows the suggestion of a Question as a button, and takes it; everything else on the form stays as it was typed."""

    @property
    def box(self) -> str:
        """The name of the input that is asked about."""
        return self.html_name

    @property
    def data(self):
        return self.form.data.get(f"{TAKE}{self.box}", super().data)

    @property
    def errors(self) -> ErrorList:
        errors = super().errors
        shown = [self._shown(error) for error in errors.as_data()]
        return type(errors)(shown, error_class=errors.error_class, renderer=errors.renderer, field_id=errors.field_id)  # type: ignore[attr-defined]  # not in the stubs

    def _shown(self, error: ValidationError) -> ValidationError:
        if not isinstance(error, Question):
            return error
        button = '{} <button type="submit" class="button desk-take" name="{}{}" value="{}">就是 {}</button>'
        taken = (error.message, TAKE, self.box, error.suggestion, error.suggestion)
        return ValidationError(format_html(button, *taken), code=error.code)


class AskingField(forms.Field):
    """A field that may ask back."""

    bound_field_class = AskingBoundField


# Texts


class TextField(forms.CharField):
    """A text of several lines. Its length is that of what is kept: a break counts one."""

    cleaned: Callable[[str], str] = staticmethod(clean_text)

    def to_python(self, value: Any) -> str | None:
        return super().to_python(self.cleaned(value) if isinstance(value, str) else value)


class LineField(TextField):
    """A text of one line."""

    cleaned = staticmethod(clean_line)


class QueryField(LineField):
    """Words in an address. Nobody types a NUL there: who sends one is refused."""

    def __init__(self, *, max_length: int, **kwargs):
        told = {"max_length": f"最多写 {max_length} 个字。"}
        super().__init__(max_length=max_length, error_messages=told, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return clean_line(value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> str | None:
        return value if isinstance(value, str) and "\x00" in value else super().to_python(value)


class AddressField(LineField, forms.URLField):
    """Of a page that residents can open."""

    cleaned = staticmethod(parse_link)
    default_validators: ClassVar = [URLValidator(schemes=["https", "http"])]  # type: ignore[misc]  # one list for all


class SlugField(LineField, forms.SlugField):
    """In addresses."""


class TokenField(TextField):
    """A text that a program reads."""

    cleaned = staticmethod(clean_token)


class EmailField(TokenField, forms.EmailField):
    """Of a person."""


# Days


class DayField(AskingField, forms.DateField):
    """A fact is not of a day to come: `is_past`.

    Where no year is written, one of `years` may be meant, today's, or one that is written elsewhere in the same form.
    """

    def __init__(self, *, years: Collection[int] = (), is_past: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.years, self.is_past = years, is_past
        self.sent: Mapping[str, Any] = {}

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        self.sent = form.data
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        if not clean_token(value):
            return None
        today = timezone.localdate()
        years = chain(self.years, years_in(self.sent), [today.year])
        day = parse_day(value, years=years, latest=today if self.is_past else None)
        if self.is_past and day > today:
            raise ValidationError(f"{day} 还没到。请看看年份写对没有。")
        return day


class ClockField(forms.TimeField):
    """A time of a day."""

    def to_python(self, value: Any) -> time | None:
        if not isinstance(value, str):
            return super().to_python(value)
        return parse_clock(value) if clean_token(value) else None


class MomentBoundField(AskingBoundField):
    """Of the two boxes, only that of the day asks."""

    @property
    def box(self) -> str:
        return f"{self.html_name}_0"

    @property
    def data(self):
        day, clock = super(AskingBoundField, self).data
        return [self.form.data.get(f"{TAKE}{self.box}", day), clock]


class MomentField(forms.SplitDateTimeField):
    """A day and a time of that day, in a box each."""

    bound_field_class = MomentBoundField
    default_error_messages: ClassVar = {
        "invalid_date": f"哪一天？例如 {EXAMPLE}-09-30。",
        "invalid_time": "几点？例如 9:00。",
    }

    def __init__(self, *, input_date_formats=None, input_time_formats=None, **kwargs):
        super().__init__(**kwargs)
        self.fields = (DayField(required=False), ClockField(required=False))


# Numbers


def text_box(widget: Any, inputmode: str) -> forms.Widget:
    """The widget asked for; a box of our own in the place of none, or of one of `type=number`."""
    instance = widget() if isinstance(widget, type) else widget
    if instance is None or isinstance(instance, forms.NumberInput):
        attrs = {} if instance is None else instance.attrs
        return forms.TextInput(attrs={**attrs, "class": "vIntegerField", "inputmode": inputmode, "autocomplete": "off"})
    return instance


class NumberField(AskingField, forms.DecimalField):
    """A number beside its unit; where that is None, the form says it by `unit_of(name)`, if it knows.

    `counts`: of what is counted only whole numbers are taken.
    """

    def __init__(self, *, unit: str | None = "", counts: bool = False, widget=None, **kwargs):
        super().__init__(widget=text_box(widget, "decimal"), **kwargs)
        self.unit, self.counts = unit, counts

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        if self.unit is None and hasattr(form, "unit_of"):
            self.unit = form.unit_of(field_name)
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        return number_text(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs derive Django's from IntegerField
        if not isinstance(value, str):
            return super().to_python(value)
        return self.read(value) if clean_token(value) else None

    def read(self, text: str) -> Decimal:
        unit = self.unit or ""
        return parse_number(text, unit=unit, is_whole=self.counts and is_counted(unit))


class WholeNumberField(forms.IntegerField):
    def __init__(self, *, unit: str = "", widget=None, **kwargs):
        super().__init__(widget=text_box(widget, "numeric"), **kwargs)
        self.unit = unit

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            # Numbers of pages stand in addresses: nobody types a NUL, so who sends one is refused.
            is_empty = not clean_token(value) and "\x00" not in value
            value = None if is_empty else int(parse_number(value, unit=self.unit, is_whole=True))
        return super().to_python(value)


class UnitForm(forms.ModelForm):
    """A form whose numbers are in the unit that is typed beside them."""

    def unit_of(self, _name: str) -> str:
        typed = self.data.get(self.add_prefix("unit"), "") if self.is_bound else self.instance.unit
        return clean_line(typed).strip()


# Money


class YuanInput(forms.TextInput):
    """Prints 万元 behind the box, and how the amount was understood: as by the field, with what that knows."""

    total: Decimal | None = None
    known: Decimal | None = None

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        box = super().render(name, value, attrs, renderer)
        return format_html('<span class="desk-amount">{} 万元</span>{}', box, self._echo(value))

    def _echo(self, value: Any) -> SafeString | str:
        understood = self.understood(value or "")
        return format_html('<small class="desk-echo">= {}</small>', understood) if understood else ""

    def understood(self, text: str) -> str:
        """In words; empty where it was not understood."""
        try:
            return yuan_echo(parse_yuan(text, total=self.total, known=self.known), self.total)
        except ValidationError:
            return ""


class YuanField(AskingField, forms.CharField):
    """A field for an amount; takes and ignores what a decimal model field says about its digits.

    `total` is what the amount is a part of. `leave_out` says what to do where there is no amount.
    """

    widget: YuanInput = YuanInput  # type: ignore[assignment]  # a class here, its instance in every field

    def __init__(
        self,
        *,
        total: Decimal | None = None,
        is_positive: bool = False,
        leave_out: str = "没有公布就留空。",
        max_digits: int = 15,
        decimal_places: int = 0,
        widget=None,
        **kwargs,
    ):
        super().__init__(widget=YuanInput(attrs={"inputmode": "text", "autocomplete": "off"}), **kwargs)
        self.widget.total = total
        self.is_positive, self.leave_out = is_positive, leave_out

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        bound = super().get_bound_field(form, field_name)
        self.widget.known = bound.initial if isinstance(bound.initial, Decimal) else None
        return bound

    def prepare_value(self, value: Any) -> Any:
        return box_text(value) if isinstance(value, Decimal) else value

    def as_told(self, text: str) -> str:
        """What stands in the box, for whoever reads it without the box."""
        return self.widget.understood(text) or text

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # Django's gives a text
        text = super().to_python(value) or ""
        if not clean_token(text):
            return None
        try:
            amount = parse_yuan(text, total=self.widget.total, known=self.widget.known)
        except ValidationError as error:
            raise ValidationError(f"{error.message}{self.leave_out}") if error.code == "unreadable" else error from None
        if self.is_positive and not amount:
            raise ValidationError(self.leave_out)
        return amount
