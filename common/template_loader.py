"""Loads templates without the layout that is there for those who read them."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
LINE_OF_LOGIC = re.compile(
    r"^(\{% (?:if|elif|else|endif|for|empty|endfor|with|endwith|load)\b[^%\n]*%\})\n", re.MULTILINE
)


class Loader(filesystem.Loader):
    """HTML templates without indentation, and without the line breaks of lines that hold a tag of logic alone.

    A browser reads them as the line break before them. On the overview they were 4 % of what is sent, and that page has to
    arrive in the first ten packets of a connection: one more costs a phone another round trip. A <pre> or <textarea> has its
    text from a variable or from a file that isn't HTML, which stay as they are.
    """

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        if not origin.name.endswith(".html"):
            return contents
        return LINE_OF_LOGIC.sub(r"\1", INDENTATION.sub("", contents))
