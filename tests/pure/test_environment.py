"""Each slip in the environment or in `.env` is told in one sentence that names the variable and the way out."""

import os
import re
import runpy
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from huozhou_portal import environment
from tests.rooms import ROOMS

WELL = {"SECRET_KEY": "s" * 60, "ENV_FILE": os.devnull, "ALLOWED_HOSTS": "zdgz.example.gov.cn"}
ON_OR_OFF = "看不懂，写 on 或 off。"
MAIL = "要写成 smtp+ssl://用户:密码@主机:465"
SLIPS = {
    "DEBUG with a letter too many": ({"DEBUG": "onn"}, f"DEBUG=onn：{ON_OR_OFF}"),
    "HTTPS with a letter too many": ({"HTTPS": "yess"}, f"HTTPS=yess：{ON_OR_OFF}"),
    "HTTPS with a remark behind it": ({"HTTPS": "off # 测试"}, f"HTTPS=off # 测试：{ON_OR_OFF}"),
    "HTTPS off for a public host": ({"HTTPS": "off"}, "HTTPS=off 只能用于本机"),
    "SITE_NEWS in Chinese": ({"SITE_NEWS": "关"}, f"SITE_NEWS=关：{ON_OR_OFF}"),
    "TRIAL in Chinese": ({"TRIAL": "演练"}, f"TRIAL=演练：{ON_OR_OFF}"),
    "TRUST_PROXY with a number of proxies": ({"TRUST_PROXY": "2"}, f"TRUST_PROXY=2：{ON_OR_OFF}"),
    "PROXY_COUNT in words": ({"PROXY_COUNT": "一层"}, "PROXY_COUNT=一层：要写 1 到 10 的整数。"),
    "PROXY_COUNT of none": ({"TRUST_PROXY": "on", "PROXY_COUNT": "0"}, "PROXY_COUNT=0：要写 1 到 10 的整数。"),
    "DATABASE_PATIENCE with a unit": ({"DATABASE_PATIENCE": "5s"}, "DATABASE_PATIENCE=5s：要写 1 到 3600 的整数。"),
    "no key": ({"SECRET_KEY": "", "DATA_DIR": "/nowhere"}, "没有密钥：/nowhere/secret_key 不在。"),
    "a file for the key that isn't there": ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/key"}, "没有密钥：/nowhere/key 不在。"),
    "a folder for the key": ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/"}, "读不了密钥 /"),
    "an empty file for the key": ({"SECRET_KEY": "", "SECRET_KEY_FILE": os.devnull}, f"密钥 {os.devnull} 是空的"),
    "another kind of database": ({"DATABASE_URL": "mysql://a:b@127.0.0.1/portal"}, "DATABASE_URL=mysql://…@127.0.0.1/portal：要以 postgres:// 开头"),
    "a database without an address": ({"DATABASE_URL": "portal"}, "DATABASE_URL=portal：要以 postgres:// 开头"),
    "a database without a name": ({"DATABASE_URL": "postgres://a:b@127.0.0.1/"}, "没有写数据库的名字"),
    "a port of the database in letters": ({"DATABASE_URL": "postgres://a:b@127.0.0.1:abc/d"}, "这个地址读不懂，端口要是数字"),
    "a slash in the password of the database": ({"DATABASE_URL": "postgres://a:b/c@127.0.0.1/d"}, "DATABASE_URL=postgres://…@127.0.0.1/d：这个地址读不懂"),
    "a bracket in the password of the database": ({"DATABASE_URL": "postgres://a:b[c@127.0.0.1/d"}, "写成 %XX"),
    "a database in memory": ({"DATABASE_URL": "sqlite://"}, "SQLite 要写成 sqlite:////目录/文件.sqlite3"),
    "a database at a host that is a folder": ({"DATABASE_URL": "sqlite://srv/portal.sqlite3"}, "SQLite 要写成 sqlite:////"),
    "an address for a host": ({"ALLOWED_HOSTS": "https://zdgz.example.gov.cn"}, "“https://zdgz.example.gov.cn”不是域名"),
    "a host with a port": ({"ALLOWED_HOSTS": "zdgz.example.gov.cn:8000"}, "“zdgz.example.gov.cn:8000”不是域名"),
    "hosts with a Chinese comma": ({"ALLOWED_HOSTS": "a.example.gov.cn，b.example.gov.cn"}, "不是域名"),
    "a path with blanks": ({"PATH_PREFIX": "/重点 工作/"}, "PATH_PREFIX=/重点 工作/：只写路径"),
    "an address for a path": ({"PATH_PREFIX": "https://www.example.gov.cn/zdgz/"}, "只写路径"),
    "an origin without a scheme": ({"CSRF_TRUSTED_ORIGINS": "www.example.gov.cn"}, "CSRF_TRUSTED_ORIGINS=www.example.gov.cn：“www.example.gov.cn”要写成 https:// 加域名"),
    "a frame's site with a path": ({"FRAME_ANCESTORS": "https://www.example.gov.cn/a/"}, "后面不带路径"),
    "a second rule among frames' sites": ({"FRAME_ANCESTORS": "https://a.cn;script-src *"}, "要写成 https:// 加域名"),
    "a site address with a path": ({"SITE_URL": "https://www.example.gov.cn/zdgz/"}, "SITE_URL=https://www.example.gov.cn/zdgz/：要写成 https:// 加域名"),
    "a site address without a scheme": ({"SITE_URL": "zdgz.example.gov.cn"}, "要写成 https:// 加域名"),
    "a code of the site that is too short": ({"SITE_ID_CODE": "12345"}, "SITE_ID_CODE=12345：政府网站标识码是 10 位数字或字母。"),
    "an official mark without an address": ({"OFFICIAL_MARK_URL": "bszs.conac.cn"}, "OFFICIAL_MARK_URL=bszs.conac.cn：要写成完整的网址"),
    "an address of errors that is a script": ({"SITE_ERROR_URL": "javascript:alert(1)"}, "要写成完整的网址"),
    "an address of the code as git has it": ({"SOURCE_URL": "git@example.gov.cn:zdgz.git"}, "要写成完整的网址"),
    "no day since when a voucher is held": ({"VOUCHER_HOLDERS": "市图书馆 2026-01-31；市档案馆 去年"}, "“市档案馆 去年”要写成“名称 2026-01-31”"),
    "no name of who holds a voucher": ({"VOUCHER_HOLDERS": "2026-01-31"}, "“2026-01-31”要写成“名称 2026-01-31”"),
    "a phone that doesn't say so": ({"SECURITY_CONTACT": "a@example.gov.cn 0357-0000000"}, "“0357-0000000”要写成邮箱、https:// 网址或 tel:+86-…"),
    "a mail server that is a word": ({"EMAIL_URL": "nonsense"}, f"EMAIL_URL=nonsense：{MAIL}"),
    "a mail server by web": ({"EMAIL_URL": "https://mail.example.gov.cn"}, MAIL),
    "a mail server without a host": ({"EMAIL_URL": "smtp://"}, MAIL),
    "a mail server's port in letters": ({"EMAIL_URL": "smtp://a:b@mail.example.gov.cn:ssl"}, "EMAIL_URL=smtp://…@mail.example.gov.cn:ssl：这个地址读不懂"),
    "a mail server without a sender": ({"EMAIL_URL": "smtp://mail.example.gov.cn"}, "还要写 EMAIL_FROM（发件地址）"),
    "a sender with a name": ({"EMAIL_FROM": "霍州 <zdgz@example.gov.cn>"}, "要写一个邮箱地址"),
    "a robot of another host": ({"WECOM_ROBOT": "https://qyapi.weixin.qq.com.example.org/cgi-bin/webhook/send?key=a:bcdefgh"}, "WECOM_ROBOT 要写成 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"),
    "a robot by plain http": ({"DINGTALK_ROBOT": "http://oapi.dingtalk.com/robot/send?access_token=a:bcdefgh"}, "DINGTALK_ROBOT 要写成 https://oapi.dingtalk.com/robot/send?access_token=…"),
    "a robot with a port": ({"DINGTALK_ROBOT": "https://oapi.dingtalk.com:8443/robot/send?access_token=abcdefgh"}, "别的网址不收"),
    "a robot behind a user": ({"WECOM_ROBOT": "https://qyapi.weixin.qq.com@a:b.cn/cgi-bin/webhook/send?key=abcdefgh"}, "别的网址不收"),
    "one vendor's robot for the other": ({"WECOM_ROBOT": "https://oapi.dingtalk.com/robot/send?access_token=abcdefgh"}, "别的网址不收"),
    "a secret without a robot": ({"DINGTALK_SECRET": "SEC0"}, "还要写 DINGTALK_ROBOT"),
    "a file of settings that isn't there": ({"ENV_FILE": "/nowhere/env"}, "读不了配置文件 /nowhere/env"),
}  # fmt: skip
LINES = {
    "a line without =": ("DEBUG off", "第 2 行看不懂：'DEBUG off'。要写成 名字=值"),
    "blanks around =": ("DEBUG = off", "第 2 行看不懂"),
    "a wide =": ("DEBUG＝off", "第 2 行看不懂"),
    "a name with a letter too few": ("ALLOWED_HOST=a.cn", "第 2 行：没有 ALLOWED_HOST 这一项，是不是 ALLOWED_HOSTS？"),
    "the same name twice": ("DEBUG=off\nDEBUG=on", "第 2 行和第 3 行都写了 DEBUG，请只留一行。"),
}


@pytest.fixture
def read(monkeypatch):
    """The settings of an installation with these variables, and no others of the portal's."""

    def read(**variables: str) -> dict:
        with monkeypatch.context() as patch:
            patch.setattr(os, "environ", dict(variables))
            return runpy.run_path(str(settings.BASE_DIR / "huozhou_portal" / "settings.py"))

    return read


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_with_the_way_out(read, name):
    variables, sentence = SLIPS[name]
    with pytest.raises(ImproperlyConfigured) as raised:
        read(**WELL | variables)
    assert sentence in str(raised.value)
    assert str(raised.value).endswith("。") or "？" in str(raised.value)
    assert "a:b" not in str(raised.value)


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_the_file_is_told_with_its_number(read, tmp_path, name):
    line, sentence = LINES[name]
    (tmp_path / "env").write_text(f"# 说明\n{line}\n")
    with pytest.raises(ImproperlyConfigured, match=re.escape(f"{tmp_path / 'env'} {sentence}")):
        read(**WELL | {"ENV_FILE": str(tmp_path / "env")})


def test_a_file_in_another_encoding_is_told(read, tmp_path):
    (tmp_path / "env").write_bytes("SITE_NAME=霍州".encode("gb18030"))
    with pytest.raises(ImproperlyConfigured, match="不是 UTF-8 编码"):
        read(**WELL | {"ENV_FILE": str(tmp_path / "env")})


def test_a_file_is_read_as_it_is_written_everywhere(read, tmp_path):
    lines = [
        'SITE_NAME="霍州"',
        "export DEBUG=on",
        "",
        "#HTTPS=yess",
        "ICP_NUMBER='a#b'",
        "SECRET_KEY=$k",
        "DEBUG_TOO=1",
    ]
    (tmp_path / "env").write_bytes(("\ufeff" + "\r\n".join(lines)).encode())
    known = read(ENV_FILE=str(tmp_path / "env"), ICP_NUMBER="first")
    assert (known["SITE_NAME"], known["DEBUG"], known["ICP_NUMBER"], known["SECRET_KEY"]) == (
        "霍州",
        True,
        "first",
        "$k",
    )


def names_read(path: Path) -> set[str]:
    source = path.read_text()
    asked = r"environment\.\w+\(\s*\"([A-Z_]+)\"|(?:os\.environ(?:\.get|\.setdefault)?[\[(]|\btext\()\"([A-Z_]+)\""
    return {first or second for first, second in re.findall(asked, source)} - {"DJANGO_SETTINGS_MODULE"}


def test_every_variable_that_is_read_is_known_and_described():
    rooms = [settings.BASE_DIR / room for room in ROOMS]
    found = set().union(*(names_read(path) for room in rooms for path in room.rglob("*.py")))
    described = set(re.findall(r"^#?([A-Z_]+)=", (settings.BASE_DIR / ".env.example").read_text(), re.M))
    assert found == environment.NAMES == described


def test_what_the_installer_writes_is_described():
    written = set(re.findall(r"^#?([A-Z_]+)=", (settings.BASE_DIR / "deploy" / "env").read_text(), re.M))
    assert written <= environment.NAMES
