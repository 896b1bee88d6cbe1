"""Templates without their layout."""

import pytest
from django.template import Engine

TEXTS = {
    "indented.html": ("<ul>\n  <li>{{ word }}</li>\n\t</ul>\n", "<ul>\n<li>办成</li>\n</ul>\n"),
    "a tag of logic.html": (
        "<b>a</b>\n  {% if word %}\n  <i>b</i>\n  {% endif %}\n<i>c</i>",
        "<b>a</b>\n<i>b</i>\n<i>c</i>",
    ),
    "logic and more.html": ("<b>a</b>\n{% if word %}<i>b</i>{% endif %}\n<i>c</i>", "<b>a</b>\n<i>b</i>\n<i>c</i>"),
    "inside a line.html": ("<p>一  二\n  三</p>", "<p>一  二\n三</p>"),
    "not html.txt": ("if done:\n    print(1)\n", "if done:\n    print(1)\n"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_layout_is_left_out_of_html_alone(name, tmp_path):
    written, rendered = TEXTS[name]
    (tmp_path / name).write_text(written)
    engine = Engine(dirs=[str(tmp_path)], loaders=["common.template_loader.Loader"])
    assert engine.render_to_string(name, {"word": "办成"}) == rendered
