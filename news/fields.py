"""The two columns of a body: as it is shown, and as it is searched."""

from django.core.exceptions import ValidationError

from common import model_fields
from news.cleaning import text_of, written

MOST_CHARACTERS = 20_000


class BodyField(model_fields.TextField):
    """Markup from the allow-list of `news.cleaning`, cleaned on its way into the row."""

    def clean(self, value, model_instance):
        return super().clean(written(value or ""), model_instance)

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        length = len(text_of(value))
        if length > MOST_CHARACTERS:
            raise ValidationError(f"正文最多 {MOST_CHARACTERS} 个字，现在有 {length} 个。")

    def pre_save(self, model_instance, add):
        body = written(super().pre_save(model_instance, add) or "")
        setattr(model_instance, self.attname, body)
        return body


class TextOfField(model_fields.TextField):
    """The text of the field named `of`, which has to be declared before it; nobody writes it."""

    def __init__(self, *args, of: str = "", **kwargs):
        self.of = of
        super().__init__(*args, **{"editable": False, "default": "", **kwargs})

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def _text(self, model_instance) -> str:
        return text_of(getattr(model_instance, self.of) or "")

    def clean(self, value, model_instance):
        return self._text(model_instance)

    def pre_save(self, model_instance, add):
        text = self._text(model_instance)
        setattr(model_instance, self.attname, text)
        return text
