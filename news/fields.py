"""The model fields of an article's body: its HTML, and its plain text for the search."""

from django.core.exceptions import ValidationError

from common import model_fields
from news.cleaning import normalize_body, text_of

MOST_CHARACTERS = 20_000


class BodyField(model_fields.TextField):
    """HTML that is cleaned by `news.cleaning` on every save. Validates the length of the text without markup."""

    def clean(self, value, model_instance):
        return super().clean(normalize_body(value or ""), model_instance)

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        length = len(text_of(value))
        if length > MOST_CHARACTERS:
            raise ValidationError(f"正文最多 {MOST_CHARACTERS} 个字，现在有 {length} 个。")

    def pre_save(self, model_instance, add):
        body = normalize_body(super().pre_save(model_instance, add) or "")
        setattr(model_instance, self.attname, body)
        return body


class TextOfField(model_fields.TextField):
    """The plain text of the HTML field named `of`, set on every save. Must be declared after that field."""

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
