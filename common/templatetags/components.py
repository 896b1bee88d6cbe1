"""Template tags of the components that all pages share. Tags take only keyword arguments.

A `component` renders a template in components/. A `leaf` returns its HTML itself, which is faster for short mark-up that
a page has a hundred times.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

from django import template
from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.template import Node, TemplateSyntaxError
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from common.as_of import marked_days, other_parameters
from common.formats import (
    UNPUBLISHED,
    counted_percent_text,
    day_text,
    exact_yuan_text,
    fine_number_text,
    fine_percent_text,
    fine_share_text,
    in_unit,
    number_text,
    percent_text,
    rounded,
    spaced,
    yuan_text,
)
from common.marks import TRIAL_NOTICE, mark_of
from common.media.renditions import narrowed, renditions_of
from common.phones import phone_in
from common.site_address import whole_address

register = template.Library()

FALLBACK_WIDTH = "960"  # for browsers without srcset
GROUP = 8  # digits in each group of a voucher
NO_HOLDERS = "到今天，还没有本站以外的单位或个人公开表明自己留着凭证。"
SHAPES = (
    "check",
    "check-hollow",
    "check-notch",
    "up-right",
    "equals",
    "up",
    "down-open",
    "down",
    "circle",
    "half",
    "question",
    "cross",
)
# The boundaries of clauses: after punctuation, and before an opening bracket.
BETWEEN = re.compile(r"(?<=[，。；：！？])(?![，。；：！？”’）]|$)|(?<=.)(?=（)")

# Terms without a line break: a day or a figure with its unit, and a short word before it.
DAY = r"(?:[0-9]{4} 年 )?[0-9]{1,2} 月 [0-9]{1,2} 日"
FIGURE = r"[0-9][0-9.,]*(?:%| (?:[万亿]元|平方公里|公里|月底|[\u4e00-\u9fff]))"
TERM = re.compile(rf"((?:(?:实际|按日子该到|该到|做到|修到|建成|完成|还差|还有|第|约) )?(?:{DAY}|{FIGURE}))")


def component(library: template.Library, template_name: str, *, takes_context=False, **literals) -> Callable:
    """Decorator that registers a function as a tag that renders `template_name` with the returned context.

    `literals` has the allowed values of parameters. A template with another literal value raises TemplateSyntaxError when
    it is compiled, as it does for an unknown or missing parameter.
    """

    def decorate(function: Callable) -> Callable:
        library.inclusion_tag(template_name, takes_context=takes_context)(function)
        _check_literals(library, function.__name__, literals, Stripped)
        return function

    return decorate


def leaf(library: template.Library, **literals) -> Callable:
    """Decorator that registers a function as a tag that returns its HTML; `literals` as for a component."""

    def decorate(function: Callable) -> Callable:
        library.simple_tag(function)
        _check_literals(library, function.__name__, literals)
        return function

    return decorate


class Stripped(Node):
    """Renders a node without the white space around it, which would be visible between Chinese characters."""

    def __init__(self, node: Node):
        self.node = node

    def render(self, context) -> str:
        return self.node.render(context).strip()


def _check_literals(
    library: template.Library, name: str, literals: Mapping, wrap: Callable = lambda node: node
) -> None:
    """Make the tag check its literal arguments when it is compiled; `wrap` is applied to the compiled node."""
    compile_tag = library.tags[name]

    def compile_checked(parser, token):
        node = compile_tag(parser, token)
        for parameter, allowed in literals.items():
            _check_literal(name, parameter, node.kwargs.get(parameter), allowed)
        return wrap(node)

    library.tag(name, compile_checked)


def _check_literal(tag: str, parameter: str, expression, allowed) -> None:
    if expression is None or not isinstance(expression.var, str) or expression.filters:
        return
    if expression.var not in allowed:
        raise TemplateSyntaxError(f"{tag!r} knows no {parameter}={expression.var!r}: use one of {', '.join(allowed)}")


# States: a shape, always with its word


SHAPE = '<svg class="shape" viewBox="0 0 16 16" aria-hidden="true">{}</svg>'
BADGE = f'<span class="badge badge-{{}} state-{{}}">{SHAPE}<span>{{}}</span></span>'


@leaf(register, name=SHAPES)
def shape(*, name: str) -> SafeString:
    """The shape alone, hidden from screen readers, so the page must have the word beside it."""
    return format_html(SHAPE, shape_drawing(name=name))


@leaf(register, name=SHAPES)
@cache
def shape_drawing(*, name: str) -> SafeString:
    """The SVG elements of a shape in a box of 16 by 16, for use within another SVG."""
    return render_to_string(f"components/shapes/{name}.html")


@leaf(register, shape=SHAPES, look=("plain", "tinted"))
def badge(*, shape: str, word: str, look: str = "tinted") -> SafeString:
    return format_html(BADGE, look, shape, shape_drawing(name=shape), word)


@component(register, "components/bar.html")
def bar(*, actual: Fraction | None, planned: Fraction | None = None) -> dict:
    """A bar of the actual share, with a mark at the planned one. An actual of None is shown as unknown."""
    description = "没有数据" if actual is None else f"实际 {percent_text(actual)}"
    if planned is not None:
        description += f"，按日子该到 {percent_text(planned)}"
    return {"actual": _width(actual), "planned": _width(planned), "description": description}


def _width(share: Fraction | None) -> str | None:
    """The share as percents within 0…100, with two decimals, for SVG."""
    return None if share is None else str(rounded(min(max(Fraction(share), Fraction(0)), Fraction(1)) * 100, 2))


@leaf(register)
def illustrative(*, when: object) -> SafeString:
    """The mark required beside illustrative data; "" if `when` is false."""
    return SafeString('<span class="mark mark-illustrative">示例</span>' if when else "")  # nosec B703 # our own mark-up


@register.simple_tag
def title_mark(*, is_illustrative: object) -> str:
    """In front of a title that is read elsewhere."""
    return mark_of(is_illustrative=is_illustrative)


@leaf(register)
def trial_band() -> SafeString:
    """The first words of every page of a site for a rehearsal; "" on any other site."""
    if not settings.TRIAL:
        return SafeString("")
    return format_html('<aside class="banner is-trial" aria-label="演练">{}</aside>', TRIAL_NOTICE)


@leaf(register)
def trial_words(*, look: str) -> SafeString:
    """The same within a page, as on a sheet of paper; `look` are the classes."""
    return format_html('<p class="{}">{}</p>', look, TRIAL_NOTICE) if settings.TRIAL else SafeString("")


@leaf(register)
def inferred(*, when: object) -> SafeString:
    """The mark of facts that we inferred, since the plan doesn't state them; "" if `when` is false."""
    link = '<a class="mark mark-inferred" href="{}#inferred">本站理解</a>'
    return format_html(link, reverse("about")) if when else SafeString("")


# Pictures that were uploaded


@component(register, "components/picture.html", loading=("lazy", "eager"))
def picture(*, file: FieldFile, alt: str, sizes: str = "(max-width: 46rem) 74vw, 42rem", loading: str = "lazy") -> dict:
    """A stored picture, for which the browser chooses the rendition: WebP or JPEG, in the width that it needs.

    `sizes` is the attribute of HTML, by default for the width of running text. It says 74vw for a picture as wide as a
    phone, because fewer pixels than the three per CSS pixel of a phone look as good. A picture at the top of a page needs
    `loading="eager"`. Without renditions the file itself is shown.
    """
    stored = renditions_of(str(file), file.storage)
    sets = {
        "webp": ", ".join(f"{file.storage.url(one.webp)} {one.width}w" for one in stored.renditions),
        "jpeg": ", ".join(f"{file.storage.url(one.jpeg)} {one.width}w" for one in stored.renditions),
    }
    src = file.storage.url(narrowed(str(file), FALLBACK_WIDTH, file.storage)) if stored.renditions else file.url
    return {"src": src, "alt": alt, "sizes": sizes, "loading": loading, "of": stored, **sets}


def picture_html(**parameters) -> SafeString:
    """The HTML of `{% picture … %}`, for HTML that is made without a template."""
    return render_to_string("components/picture.html", picture(**parameters))


# Figures


@leaf(register)
def day(*, on: date | None, year: int | None = None, missing: str = UNPUBLISHED) -> str:
    """A day, without its year if that is `year`."""
    if not on:
        return missing
    return format_html('<time datetime="{}">{}</time>', on, day_text(on, year=year))


@leaf(register)
def amount(*, yuan: Decimal | None, missing: str = UNPUBLISHED) -> str:
    """Money in 亿元 or 万元 with the exact yuan in its title; `missing` for None, which is never shown as zero."""
    if yuan is None:
        return missing
    return format_html('<data value="{}" title="{}">{}</data>', yuan, exact_yuan_text(yuan), yuan_text(yuan))


@leaf(register)
def total(*, of, counter: str) -> str:
    """A sum that says what it covers: `10.83 亿元（10 件中 6 件已公布）`. `of` has amount, known and unknown."""
    if not of.known:
        return UNPUBLISHED
    html = "{}（{} {}中 {} {}已公布）"
    return format_html(html, amount(yuan=of.amount), of.known + of.unknown, counter, of.known, counter)


@component(register, "components/phone.html")
def phone(*, line: str) -> dict:
    """A contact line with its phone number as a `tel:` link."""
    return phone_in(line or "")._asdict()


@register.filter
def percent(share: Fraction | None) -> str:
    return percent_text(share)


@register.filter
def fine_percent(share: Fraction | None) -> str:
    return fine_percent_text(share)


@register.filter
def counted_percent(share: Fraction) -> str:
    return counted_percent_text(share)


@register.filter
def fine_number(number: Decimal | Fraction) -> str:
    return fine_number_text(Fraction(number))


@register.filter
def fine_share(share: Fraction | None) -> str:
    return fine_share_text(share)


@register.filter
def exact_yuan(amount: Decimal | None) -> str:
    return exact_yuan_text(amount)


@register.filter
def plain(number: Decimal | Fraction | None) -> str:
    """A number without trailing zeros; a Fraction with at most two decimals."""
    return number_text(rounded(number, 2) if isinstance(number, Fraction) else number)


register.filter(in_unit)
register.filter(spaced)


@register.filter
def clauses(sentence: str) -> SafeString:
    """The sentence with a span for each clause, between which lines are preferably broken, and one for each term."""
    pieces = ((unbroken(clause),) for clause in BETWEEN.split(sentence))
    return format_html_join("", '<span class="clause">{}</span>', pieces)


@register.filter
def unbroken(sentence: str) -> SafeString:
    """The sentence with each day and figure in a span that prevents line breaks."""
    pieces = enumerate(TERM.split(sentence))  # split() returns texts and terms in turn
    return format_html_join(
        "", "{}", ((format_html('<span class="term">{}</span>', text) if n % 2 else text,) for n, text in pieces)
    )


@register.filter
def at(mapping: Mapping, key: object) -> object:
    """The value of the key in the mapping; "" without one, and for None as mapping."""
    return (mapping or {}).get(key, "")


# Page furniture


@component(register, "components/voucher.html")
def voucher(*, entry) -> dict:
    """The voucher, with which a reader can prove later what this page said. `entry` is None while the ledger is empty."""
    return {"entry": entry}


@leaf(register)
def voucher_code(*, of) -> SafeString:
    """The voucher of an entry in groups, between which lines may break. When copied it has no spaces."""
    number, _, digits = of.voucher.partition(":")
    groups = [f"{number}:", *(digits[start : start + GROUP] for start in range(0, len(digits), GROUP))]
    spans = format_html_join("", "<span>{}</span>", ((group,) for group in groups))
    return format_html('<code class="voucher-code">{}</code>', spans)


@leaf(register)
def voucher_qr(*, of) -> SafeString:
    """The QR code of the page that checks the entry's voucher, for printed pages. Browsers load it only for printing."""
    html = '<img class="voucher-qr" src="{}" width="120" height="120" loading="lazy" alt="二维码：核对凭证">'
    return format_html(html, reverse("voucher-qr", args=[of.seq]))


@leaf(register)
def voucher_holders() -> str:
    """A sentence about who else keeps vouchers. Without them nobody could detect that the whole ledger was replaced."""
    today = timezone.localdate()
    named = [f"{name}（{day_text(since)}起）" for name, since in settings.VOUCHER_HOLDERS if since <= today]
    return f"本站以外留着凭证的有：{'、'.join(named)}。" if named else NO_HOLDERS


@component(register, "components/day_chooser.html", takes_context=True)
def day_chooser(context, *, as_of: date, first: date | None = None) -> dict:
    """The day of the page, folded, with links to others and a box for any from `first` on.

    It mentions no day after `as_of`, not even today, so that the page of a past day never changes.
    """
    parameters = other_parameters(context["request"])
    plan = context.get("plan")
    days = marked_days(as_of, first=first, ends_on=plan and plan.ends_on) if first else []
    return {
        "as_of": as_of,
        "first": first,
        "kept": parameters,
        "latest_query": urlencode(parameters),
        "days": [(marked, urlencode([*parameters, ("as_of", marked.day.isoformat())])) for marked in days],
    }


@component(register, "components/citation.html", takes_context=True)
def citation(context, *, title: str, as_of: date, entry, address: str = "", query: str = "") -> dict:
    """The text to cite the page with: title, day, address, voucher. `address` and `query` override those of the page."""
    request = context["request"]
    query = query or urlencode([*other_parameters(request), ("as_of", as_of.isoformat())])
    found = f"{whole_address(request, address or request.path)}?{query}"
    mark = mark_of(is_illustrative=False) + ("【示例数据】" if context.get("is_illustrative", False) else "")
    head = f"{mark}{title.rstrip('。')}。{context.get('site_name', '')}"
    voucher = f" 凭证 {entry.voucher}" if entry else ""
    return {"text": format_html("{}，数据算到 {}。{}{}", head, day(on=as_of), found, voucher)}


@component(register, "components/field.html")
def field(*, of) -> dict:
    """A form field with its label above it."""
    return {"field": of}


@component(register, "components/search_field.html", takes_context=True)
def search_field(context, *, label: str = "", value: str = "") -> dict:
    """The search field. Without a `label` it has one for screen readers only. It keeps the day of the page."""
    return {"label": label, "value": value, "day": context.get("day_query", "").removeprefix("?as_of=")}


@component(register, "components/pages.html", takes_context=True)
def pages(context, *, of) -> dict:
    """Links to the pages before and after `of`, with the other parameters of the query string."""
    return {"page": of, "request": context["request"]}


@component(register, "components/navigation.html", takes_context=True)
def navigation(context, *, plan, has_departments: bool, label: str) -> dict:
    """The main links; those to pages of the plan keep the requested day."""
    query = context.get("day_query", "")
    match = getattr(context.get("request"), "resolver_match", None)
    return {
        "label": label,
        "links": [
            {"words": words, "address": address, "is_current": match is not None and match.view_name in names}
            for words, address, names in _links(plan, has_departments, query)
        ],
    }


def _links(plan, has_departments: bool, query: str):
    if plan:
        for words, name, names in (
            ("承诺", "overview", {"overview", "front", "changes", "compare", "plan-month", "year-poster"}),
            ("任务", "task-list", {"task-list", "task"}),
            ("项目", "project-table", {"project-table", "project"}),
            ("指标", "indicators", {"indicators"}),
            ("年终对账", "review", {"review"}),
        ):
            yield words, reverse(name, args=[plan.year]) + query, names
    if plan and has_departments:
        yield "部门", reverse("department-list") + query, {"department-list", "department"}
    yield "公开记录", reverse("ledger") + query, {"ledger", "entry"}
    if settings.SITE_NEWS:
        yield "新闻", reverse("news:list"), {"news:list", "news:month", "news:article"}
    yield "关于", reverse("about"), {"about"}


@register.simple_tag
def asset(*, path: str) -> str:
    """The URL of a static file; "" if it is missing, so that error pages don't fail because of it."""
    try:
        return static(path)
    except ValueError:
        return ""


@register.filter
def paragraphs(text: str) -> SafeString:
    """The escaped text as paragraphs, which are separated by blank lines, with <br> for other line breaks."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n")) if part.strip()]
    return format_html_join("\n", "<p>{}</p>", ((_with_breaks(part),) for part in parts))


def _with_breaks(text: str) -> SafeString:
    return linebreaksbr(text)
