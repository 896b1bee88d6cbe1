"""Reads and checks the configuration of an installation, from the environment and the file `.env`.

Every variable that the portal reads is in NAMES and described in `.env.example`. The functions raise ImproperlyConfigured,
whose message is for the operator: the variable, its value, and how it should be written.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

NAMES = {
    "ALLOWED_HOSTS", "COMPLAINT_LINE", "CONTACT_LINE", "CSRF_TRUSTED_ORIGINS", "DATABASE_PATIENCE", "DATABASE_URL", "DATA_DIR",
    "DEBUG", "DINGTALK_ROBOT", "DINGTALK_SECRET", "EMAIL_FROM", "EMAIL_URL", "ENV_FILE", "FRAME_ANCESTORS", "HTTPS", "ICP_NUMBER", "OFFICIAL_MARK_URL",
    "PAPERS_DIR", "PATH_PREFIX", "POLICE_NUMBER", "PORT", "PROXY_COUNT", "SECRET_KEY", "SECRET_KEY_FILE", "SECURITY_CONTACT",
    "SITE_ERROR_URL", "SITE_ID_CODE", "SITE_NAME", "SITE_NEWS", "SITE_ORGANIZER", "SITE_UNDERTAKER", "SITE_URL",
    "SOURCE_URL", "THREADS", "TRIAL", "TRUST_PROXY", "VOUCHER_HOLDERS", "WECOM_ROBOT", "WORKERS",
}  # fmt: skip
ON, OFF = {"on", "true", "yes", "1"}, {"off", "false", "no", "0"}
_LINE = re.compile(r"(?:export )?([A-Za-z_][A-Za-z_0-9]*)=(.*)")
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]")
_ORIGIN = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?::[0-9]{1,5})?")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9_.-]+(?::[0-9]{1,5})?(?:[/?#][^\s<>\"']*)?")
_MAILBOX = re.compile(r"[^@\s<>,]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PREFIX = re.compile(r"(?:/?[A-Za-z0-9_.~-]+)*/?")
_DATABASES = ("postgres", "postgresql", "sqlite")
_MAIL_SERVERS = ("smtp", "smtp+tls", "smtp+ssl")
# How the address of a group's robot begins, before the key that is as good as a password.
_ROBOTS = {
    "WECOM_ROBOT": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "DINGTALK_ROBOT": "https://oapi.dingtalk.com/robot/send?access_token=",
}


def invalid(name: str, advice: str) -> ImproperlyConfigured:
    """The error, whose message is the variable, its value and the advice."""
    return ImproperlyConfigured(f"{name}={_masked(name)}：{advice}。")


def _masked(name: str) -> str:
    """The value without user and password, which must not get into terminals and logs."""
    return re.sub(r"(?<=//).*(?=@)", "…", text(name))


# The file


def read_file(default: Path) -> None:
    """Set the variables of the file ENV_FILE or `default` that the environment lacks. `default` needn't exist.

    A relative ENV_FILE is relative to the folder of `default`.
    """
    env_file = os.environ.get("ENV_FILE")
    path = default.parent / env_file if env_file else default
    if not env_file and not path.exists():
        return
    try:
        content = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{path} 不是 UTF-8 编码的文本，请用 UTF-8 重新保存。") from error
    except OSError as error:
        raise ImproperlyConfigured(
            f"读不了配置文件 {path}（{error.strerror}），请看 ENV_FILE 写对了没有、这个用户能不能读。"
        ) from error
    for name, value in dict(_pairs(path, content)).items():
        os.environ.setdefault(name, value)


def _pairs(path: Path, content: str) -> Iterator[tuple[str, str]]:
    """Name and value of each line. Raises ImproperlyConfigured for a line that is invalid, doubled, or misspells a name."""
    line_numbers: dict[str, int] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if not match:
            raise ImproperlyConfigured(
                f"{path} 第 {number} 行看不懂：{line.strip()[:40]!r}。要写成 名字=值，等号用半角、两边没有空格；说明前面加 #。"
            )
        name, value = match.groups()
        if name in line_numbers:
            raise ImproperlyConfigured(f"{path} 第 {line_numbers[name]} 行和第 {number} 行都写了 {name}，请只留一行。")
        if name not in NAMES and (similar := get_close_matches(name.upper(), NAMES, 1, 0.85)):
            raise ImproperlyConfigured(f"{path} 第 {number} 行：没有 {name} 这一项，是不是 {similar[0]}？")
        line_numbers[name] = number
        yield name, _unquoted(value)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] == '"' else value[1:-1]
    return value


# The variables, by type


def secret_key(base: Path, data: Path) -> str:
    """From SECRET_KEY, else from the file SECRET_KEY_FILE, else from `secret_key` in the data folder."""
    if key := text("SECRET_KEY"):
        return key
    path = base / text("SECRET_KEY_FILE", str(data / "secret_key"))
    try:
        key = path.read_text().strip()
    except FileNotFoundError as error:
        raise ImproperlyConfigured(
            f"没有密钥：{path} 不在。第一次运行用 make run；已经用过的，看 DATA_DIR（{data}）写对了没有、磁盘挂上了没有。"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"读不了密钥 {path}，请看这个用户能不能读。") from error
    if not key:
        raise ImproperlyConfigured(f"密钥 {path} 是空的：删掉它再运行 make run，会另生成一个，大家要重新登录。")
    return key


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """A value of ON or OFF."""
    value = text(name).lower()
    if value and value not in ON | OFF:
        raise invalid(name, "看不懂，写 on 或 off")
    return value in ON if value else default


def number(name: str, default: int, least: int, most: int) -> int:
    """An integer from `least` to `most`."""
    value = text(name)
    if value and not (re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most):
        raise invalid(name, f"要写 {least} 到 {most} 的整数")
    return int(value) if value else default


def words(name: str) -> list[str]:
    """Separated by commas or spaces."""
    return text(name).replace(",", " ").split()


def _checked_words(name: str, pattern: re.Pattern, advice: str) -> list[str]:
    for word in words(name):
        if not pattern.fullmatch(word):
            raise invalid(name, f"“{word}”{advice}")
    return words(name)


def hosts(name: str) -> list[str]:
    return _checked_words(
        name, _HOST, "不是域名：只写域名，不带 https://、端口和路径，例如 zdgz.example.gov.cn，几个用逗号分开"
    )


def origins(name: str) -> list[str]:
    return _checked_words(name, _ORIGIN, "要写成 https:// 加域名，后面不带路径，例如 https://www.example.gov.cn")


def origin(name: str) -> str:
    value = text(name).rstrip("/")
    if value and not _ORIGIN.fullmatch(value):
        raise invalid(name, "要写成 https:// 加域名，后面不带路径，例如 https://zdgz.example.gov.cn")
    return value


def address(name: str) -> str:
    value = text(name)
    if value and not _ADDRESS.fullmatch(value):
        raise invalid(name, "要写成完整的网址，例如 https://www.example.gov.cn/cuo/")
    return value


def mailbox(name: str) -> str:
    value = text(name)
    if value and not _MAILBOX.fullmatch(value):
        raise invalid(name, "要写一个邮箱地址，例如 zdgz@example.gov.cn")
    return value


def site_code(name: str) -> str:
    value = text(name)
    if value and not re.fullmatch("[A-Za-z0-9]{10}", value):
        raise invalid(name, "政府网站标识码是 10 位数字或字母")
    return value


def contacts(name: str) -> list[str]:
    """Addresses as `mailto:`, `https:` or `tel:` (RFC 9116), the preferred one first."""
    uris = [f"mailto:{word}" if "@" in word and ":" not in word else word for word in words(name)]
    for word in uris:
        if not word.startswith(("mailto:", "https://", "tel:")):
            raise invalid(name, f"“{word}”要写成邮箱、https:// 网址或 tel:+86-…")
    return uris


def holders(name: str) -> list[tuple[str, date]]:
    """The organisations outside that keep vouchers, and the day since when each does."""
    holders = []
    for item in filter(None, map(str.strip, re.split("[;；]", text(name)))):
        who, _, since = item.rpartition(" ")
        try:
            holders.append((who.strip(" ,，"), date.fromisoformat(since)))
        except ValueError:
            who = ""
        if not who:
            raise invalid(name, f"“{item}”要写成“名称 2026-01-31”，几个之间用分号隔开")
    return holders


def path_prefix(name: str) -> str:
    """Without slashes at either end."""
    value = text(name)
    if not _PREFIX.fullmatch(value):
        raise invalid(name, "只写路径，用字母、数字和连字符，例如 /zdgz/")
    return value.strip("/")


def database_url(name: str) -> str:
    value = text(name)
    url = _split(name, value)
    if not value:
        return ""
    if url.scheme not in _DATABASES or "://" not in value:
        raise invalid(name, "要以 postgres:// 开头，或者不写（用 DATA_DIR 里的 SQLite）")
    if url.scheme == "sqlite":
        if len(url.path) < 2 or url.netloc:
            raise invalid(name, "SQLite 要写成 sqlite:////目录/文件.sqlite3，或者不写（用 DATA_DIR 里的）")
    elif not url.path.strip("/"):
        raise invalid(name, "没有写数据库的名字：postgres://用户:密码@主机:5432/数据库名，密码里的特殊字符写成 %XX")
    return value


def mail_server(name: str) -> str:
    value = text(name)
    url = _split(name, value)
    if value and (url.scheme not in _MAIL_SERVERS or not url.hostname or url.path.strip("/")):
        raise invalid(
            name,
            "要写成 smtp+ssl://用户:密码@主机:465（或 smtp+tls://…:587、smtp://…:25），用户和密码里的特殊字符写成 %XX",
        )
    return value


def robot(name: str) -> str:
    """The address of a group's robot at its vendor. The error never has the value, with which anybody could write there."""
    value = text(name)
    if value and not re.fullmatch(re.escape(_ROBOTS[name]) + "[A-Za-z0-9_-]{8,200}", value):
        raise ImproperlyConfigured(
            f"{name} 要写成 {_ROBOTS[name]}…，从群机器人的设置里整条复制，别的网址不收（写了什么这里不显示：它等于密码）。"
        )
    return value


def _split(name: str, value: str) -> SplitResult:
    try:
        url = urlsplit(value)
        _ = url.port
        unquote(url.password or "", errors="strict")
    except ValueError as error:
        raise invalid(name, "这个地址读不懂，端口要是数字，用户和密码里的特殊字符（: / @ # ? [ ]）写成 %XX") from error
    return url
