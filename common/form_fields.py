"""The form fields of the desk and of the pages. Each cleans the typed text before it parses it.

None uses `type=number`: there the mouse wheel changes the value, and browsers send nothing for what is no number.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorList
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.clocks import parse_clock
from common.days import EXAMPLE, parse_day, years_in
from common.formats import number_text
from common.links import parse_link
from common.money import box_text, parse_yuan, yuan_echo
from common.numbers import is_counted, parse_number
from common.texts import clean_line, clean_text
from common.tokens import Question, clean_token

AnyField = TypeVar("AnyField", bound=forms.Field)

TAKE = "_take_"  # before the name of an input: the suggestion that was taken in the place of what was typed in it


def field_of(form: forms.BaseForm, name: str, kind: type[AnyField]) -> AnyField:
    """The form's field, whose attributes can be set. Raises TypeError where it is of another kind."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is no {kind.__name__}")
    return field


class AskingBoundField(BoundField):
    """Shows the suggestion of a Question as a button. Pressed, it replaces what was typed in this field and sends the form."""

    @property
    def box(self) -> str:
        """The name of the input that the question is about."""
        return self.html_name

    @property
    def data(self):
        return self.form.data.get(f"{TAKE}{self.box}", super().data)

    @property
    def errors(self) -> ErrorList:
        errors = super().errors
        shown = [self._with_button(error) for error in errors.as_data()]
        return type(errors)(shown, error_class=errors.error_class, renderer=errors.renderer, field_id=errors.field_id)  # type: ignore[attr-defined]  # not in the stubs

    def _with_button(self, error: ValidationError) -> ValidationError:
        if not isinstance(error, Question):
            return error
        button = '{} <button type="submit" class="button desk-take" name="{}{}" value="{}">就是 {}</button>'
        taken = (error.message, TAKE, self.box, error.suggestion, error.suggestion)
        return ValidationError(format_html(button, *taken), code=error.code)


class AskingField(forms.Field):
    """A field whose validation may raise a Question, shown with a button for its suggestion."""

    bound_field_class = AskingBoundField


# Texts


class TextField(forms.CharField):
    """A text of several lines. Its length counts as it is stored, with one character for each line break."""

    cleaned: Callable[[str], str] = staticmethod(clean_text)

    def to_python(self, value: Any) -> str | None:
        return super().to_python(self.cleaned(value) if isinstance(value, str) else value)


class LineField(TextField):
    """A text of one line."""

    cleaned = staticmethod(clean_line)


class QueryField(LineField):
    """A text in a query string, such as words to search for. A NUL, which nobody can type, is an error."""

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
    """A day; with `is_past` none after today.

    Where no year was typed, it suggests this year, one of `years`, or one that is typed elsewhere in the same form.
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
    """The suggestion of a Question belongs to the box of the day, not to that of the time."""

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
    """The widget given; our text box where there is none, or one of `type=number`."""
    instance = widget() if isinstance(widget, type) else widget
    if instance is None or isinstance(instance, forms.NumberInput):
        attrs = {} if instance is None else instance.attrs
        return forms.TextInput(attrs={**attrs, "class": "vIntegerField", "inputmode": inputmode, "autocomplete": "off"})
    return instance


class NumberField(AskingField, forms.DecimalField):
    """A number with its unit beside the box. Where `unit` is None, the form's `unit_of(name)` is asked, if it has one.

    With `counts` only whole numbers are valid.
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
            # Numbers are also read from query strings, where a NUL can be sent but not typed.
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
    """Shows 万元 behind the box, and below it how the amount was understood.

    `total` and `known` are those of the field, so that both read the text alike.
    """

    total: Decimal | None = None
    known: Decimal | None = None

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        box = super().render(name, value, attrs, renderer)
        return format_html('<span class="desk-amount">{} 万元</span>{}', box, self._echo(value))

    def _echo(self, value: Any) -> SafeString | str:
        understood = self.understood(value or "")
        return format_html('<small class="desk-echo">= {}</small>', understood) if understood else ""

    def understood(self, text: str) -> str:
        """The amount in words; "" where the text is no amount."""
        try:
            return yuan_echo(parse_yuan(text, total=self.total, known=self.known), self.total)
        except ValidationError:
            return ""


class YuanField(AskingField, forms.CharField):
    """An amount of money: typed in 万元 or with a unit, cleaned to a Decimal in whole yuan.

    `total` is the amount that this one is a part of; `leave_out` is the Chinese advice where there is no amount. The
    arguments of a DecimalField about digits are accepted and ignored.
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

    def display_text(self, text: str) -> str:
        """The text of the box as an amount in words, to show it outside of the form."""
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


class StepsField(forms.CharField):
    """Steps towards an amount, one a line: a day, and the number that is to be reached by it.

    Cleaned to `[[YYYY-MM-DD, number in plain notation], …]`; "" to an empty list.
    """

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, unit: str = "", **kwargs):
        super().__init__(**{"help_text": "一步一行，例如“2020-03-31 20”；数是累计的。", **kwargs})
        self.unit = unit

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{day} {amount}" for day, amount in value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> list[list[str]]:
        return [self._step(line) for line in clean_text(super().clean(value) or "").splitlines() if line.strip()]

    def _step(self, line: str) -> list[str]:
        day, _, amount = line.strip().replace("，", " ").replace("：", " ").partition(" ")
        if not amount.strip():
            raise ValidationError(f"“{line.strip()}”里没有数。一步一行，先写日期，再写累计的数，例如“2020-03-31 20”。")
        number = parse_number(amount, unit=self.unit)
        return [parse_day(day).isoformat(), f"{number.normalize():f}"]


class SelectsWidget(forms.SelectMultiple):
    """A drop-down list for each value and N_FREE more, so that what is chosen keeps its order, without a script."""

    N_FREE = 2

    def render(self, name, value, attrs=None, renderer=None):
        values = [*(value or ()), *[""] * self.N_FREE]
        one = forms.Select(choices=[("", "—"), *self.choices])
        own = self.build_attrs(self.attrs, attrs)
        drawn = [one.render(name, chosen, own | self._identity(own, n), renderer) for n, chosen in enumerate(values)]
        return format_html_join(" ", "{}", ((html,) for html in drawn))

    def _identity(self, attrs: dict, n: int) -> dict:
        return {} if n == 0 else {"id": f"{attrs.get('id', '')}_{n}", "aria-label": f"第 {n + 1} 个"}

    def value_from_datadict(self, data, files, name):
        return [value for value in super().value_from_datadict(data, files, name) or () if value]


class OrderedChoicesField(forms.MultipleChoiceField):
    """Several of the choices, each once, in the order in which they are chosen."""

    widget = SelectsWidget

    def clean(self, value: Any) -> list[str]:
        values = super().clean(value)
        if len(set(values)) < len(values):
            raise ValidationError("每个只能选一次。")
        return values

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != list(data or ())
