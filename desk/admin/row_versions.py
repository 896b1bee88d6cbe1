"""The version of one row of a page with a form for each row, by the inputs of that form.

Every row is sent with the version that it was shown with, so that the rows in which nobody typed are known.
"""

from collections.abc import Mapping
from typing import Any

from django.forms import ModelForm
from django.http import QueryDict

from desk.admin.conflicts import as_untouched
from desk.admin.versions import version_of

ROW, VERSION = "_row", "_version-"  # the inputs that name the rows of the page, and before the key of each its version


def untouched_version(form: ModelForm) -> str:
    """Of the form as a browser sends it back where nothing was typed."""
    return _version(dict(as_untouched(form).lists()))


def sent_version(data: QueryDict, key: str) -> str:
    return _version({name: values for name, values in data.lists() if name.startswith(f"{key}-")})


def _version(inputs: Mapping[str, list[Any]]) -> str:
    """Without what browsers change: how lines are broken, and boxes that aren't ticked."""
    lines = {name: ["\n".join(str(value).splitlines()) for value in values] for name, values in inputs.items()}
    return version_of({name: values for name, values in lines.items() if values})
