"""Finds the address of a page in copied text, which may have full-width signs or words around it."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from common.texts import clean_line

INTERNAL = "这个网址只有内网能打开，居民打不开。请换成公开的网址。"
SEVERAL = "这里有几个不同的网址，只能写一个。请留下一个，其余的另外写。"
BROKEN = "网址中间断开了。请把空格去掉，或者整行重新复制过来。"
WITH_NAME = "网址里不能有“@”：它前面是用户名、密码或邮箱，不能公开。请去掉“@”和它前面的。"
LAST_PORT = 65535
NO_PORT = f"网址里冒号后面的数太大，最大 {LAST_PORT}。请核对网址。"
_HALF_WIDTH = str.maketrans("：／．？＝＆＃％＠", ":/.?=&#%@")
_ADDRESS = re.compile(
    r"(?<![a-z0-9./@-])(?:(https?)\s*:\s*/\s*/\s*|(?=www\.))([^\s，。；、！《》“”「」【】（）]+)", re.IGNORECASE
)
_GOES_ON = re.compile(r"\s+[a-z0-9/?&=#%._-]", re.IGNORECASE)


def parse_link(text: str) -> str:
    """The address in the text; without one the text itself, which the field's validators refuse.

    Raises ValidationError for several addresses, a broken or internal one, and one with a user name or password.
    """
    plain = clean_line(text).translate(_HALF_WIDTH).strip()
    matches = list(_ADDRESS.finditer(plain))
    addresses = {f"{(match[1] or 'https').lower()}://{_trimmed(match[2])}" for match in matches}
    if len(addresses) > 1:
        raise ValidationError(SEVERAL)
    if any(_GOES_ON.match(plain, match.end()) and not _ADDRESS.match(plain, match.end() + 1) for match in matches):
        raise ValidationError(BROKEN)
    address = next(iter(addresses), "")
    _check_host(address or f"https://{plain}", has_scheme=any(match[1] for match in matches))
    return address or plain


def _trimmed(address: str) -> str:
    """Without punctuation or a closing bracket copied along after it."""
    return address.rstrip(".,;:>\"'" if "(" in address else ".,;:>\"')")


def _check_host(address: str, *, has_scheme: bool) -> None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    host, port = parts.hostname or "", re.search(r":([0-9]+)$", parts.netloc)
    if "@" in parts.netloc:
        raise ValidationError(WITH_NAME)
    if port and int(port[1][:9]) > LAST_PORT:
        raise ValidationError(NO_PORT)
    if _is_internal(host) or (has_scheme and not {".", ":"} & set(host)):
        raise ValidationError(INTERNAL)


def _is_internal(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".local")
