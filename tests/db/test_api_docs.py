"""docs/api.md says what programs may ask for: each address with its parameters, and examples that are real answers."""

import json
import re

import pytest
from django.conf import settings

from tests.public_routes import Route, routes

pytestmark = pytest.mark.one_database

DOCS = (settings.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
OF_THIS_INSTALLATION = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")  # salts, digests, hashes
EXAMPLES = re.findall(r"^## `(/api/[^`]+)`\n(.*?)```json\n(.*?)```", DOCS, re.MULTILINE | re.DOTALL)


def for_programs() -> list[Route]:
    """Data and files: what is told by an address under /api/, or whose name has an ending."""
    return [one for one in routes() if one.template.startswith("/api/") or "." in one.template.rpartition("/")[2]]


def documented() -> dict[str, set[str]]:
    """The parameters by address, as the table lists them."""
    rows = re.findall(r"^\| (`/[^|]+)\|([^|]*)\|", DOCS, re.MULTILINE)
    return {
        address: set(re.findall(r"`(\w+)`", parameters))
        for addresses, parameters in rows
        for address in re.findall(r"`([^`]+)`", addresses)
    }


def test_every_address_for_programs_is_documented_with_what_it_reads():
    assert documented() == {one.template: set(one.view.cache_policy.checks) for one in for_programs()}


def test_every_address_of_the_api_has_an_example():
    addresses = {one.template for one in for_programs() if one.template.startswith("/api/")}
    assert {address for address, _text, _example in EXAMPLES} == addresses


def difference(example: object, answer: object, path: str = "") -> str:
    """Where the answer is another than the example, whose lists may end early; empty where it is nowhere."""
    if isinstance(example, dict) and isinstance(answer, dict):
        if example.keys() != answer.keys():
            return f"{path}: {sorted(example.keys() ^ answer.keys())}"
        pairs = [(f"{path}.{key}", value, answer[key]) for key, value in example.items()]
    elif isinstance(example, list) and isinstance(answer, list) and len(example) <= len(answer):
        pairs = [(f"{path}[{n}]", *pair) for n, pair in enumerate(zip(example, answer, strict=False))]
    elif isinstance(example, str) and OF_THIS_INSTALLATION.fullmatch(example):
        return "" if OF_THIS_INSTALLATION.fullmatch(str(answer)) else path
    else:
        return "" if example == answer else f"{path}: {example!r} is {answer!r}"
    return next(filter(None, (difference(one, other, where) for where, one, other in pairs)), "")


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(("address", "text", "example"), EXAMPLES, ids=[address for address, *_ in EXAMPLES])
def test_an_example_is_the_beginning_of_a_real_answer(client, address, text, example):
    asked = re.search(r"`GET ([^`]+)`", text)
    answer = client.get(asked[1] if asked else address, None if asked else {"as_of": "2020-09-30"})
    assert difference(json.loads(example), answer.json()) == ""
