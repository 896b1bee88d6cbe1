"""What a search found, as its page shows it."""

from collections.abc import Iterable

from django import template

from common.templatetags.components import component
from website.pages.search import Known
from website.search.results import SearchGroup, SearchResult
from website.sentences import search
from website.sentences.answers import answer_line

register = template.Library()
for sentence in (
    search.search_description,
    search.near_sentence,
    search.nothing_sentence,
    search.more_sentence,
    search.cut_sentence,
):
    register.filter(sentence)
register.simple_tag(search.results_sentence)
register.simple_tag(search.about_sentence)


@component(register, "components/search_group.html", takes_context=True)
def search_group(context, *, of: SearchGroup, known: Known) -> dict:
    """One thing that was found, how it stands, and what was said of it; the words asked for are marked."""
    answer = known.answers.get(of.head.about)
    return {
        "group": of,
        "head": of.head,
        "card": known.cards.get(of.head.about),
        "answer": answer_line(answer, known.names) if answer else "",
        "request": context["request"],
    }


@component(register, "components/found_facts.html")
def facts_list(*, of: Iterable[SearchResult]) -> dict:
    """Reports, moves and checks, each with the words asked for marked."""
    return {"facts": of}
