"""The two vendors of group robots on this machine: what they take, as their documentation says it, and how they refuse.

WeCom: a POST of JSON to /cgi-bin/webhook/send?key=…, `markdown.content` of at most 4096 bytes; 93000 for a key that isn't
there, 45009 for more than 20 a minute. DingTalk: a POST to /robot/send?access_token=…, with 加签 also timestamp (within an
hour) and sign, `markdown.title` and `markdown.text`, 20,000 bytes in all; 310000 for what its 安全设置 refuses.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

WECOM, DINGTALK = "https://qyapi.weixin.qq.com", "https://oapi.dingtalk.com"
KEY, TOKEN, SECRET = "secret-of-wecom", "secret-of-dingtalk", "SECsecret-of-the-signature"
MOST_A_MINUTE = 20
HOUR = 3600 * 1000  # milliseconds


class Vendors:
    """Both of them; `taken` are the messages that came to a group, by host."""

    def __init__(self, port: int):
        self.address = f"http://127.0.0.1:{port}"
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.keyword = self.secret = self.whitelist = ""
        self.n_asked = 0
        self.how = "answer"  # or hang, break, redirect, fail

    def here(self, address: str) -> str:
        """The same address at this machine; `host` says which of the vendors it is."""
        parts = urlsplit(address)
        return f"{self.address}{parts.path}?{parts.query}&host={parts.hostname}"

    def is_here(self, address: str) -> bool:
        return address.startswith(f"{self.address}/")

    def answer(self, path: str, headers: Any, body: bytes) -> dict[str, Any]:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        host = query.pop("host", "")
        if not headers["Content-Type"].startswith("application/json"):
            return refused(43004, "invalid http header Content-Type")
        try:
            message = json.loads(body.decode())
        except ValueError:
            return refused(40035, "bad json")
        answer = self._wecom if host in WECOM else self._dingtalk
        code, text = answer(parts.path, query, message, len(body)) or (0, "ok")
        if code:
            return refused(code, f"{text}, hint: {path}")  # which has the key: nobody may be told it
        self.taken.append((host, message))
        return {"errcode": 0, "errmsg": "ok"}

    def _is_too_often(self) -> bool:
        return len(self.taken) >= MOST_A_MINUTE

    def _wecom(self, path: str, query: dict, message: dict, _n_bytes: int) -> tuple[int, str] | None:
        if path != "/cgi-bin/webhook/send" or query != {"key": KEY}:
            return 93000, "invalid webhook url"
        if self._is_too_often():
            return 45009, "api freq out of limit"
        if message.keys() != {"msgtype", "markdown"} or message["msgtype"] != "markdown":
            return 40008, "invalid message type"
        if message["markdown"].keys() != {"content"} or not 0 < len(message["markdown"]["content"].encode()) <= 4096:
            return 40058, "markdown.content exceed max length 4096"
        return None

    def _dingtalk(self, path: str, query: dict, message: dict, n_bytes: int) -> tuple[int, str] | None:
        if path != "/robot/send" or query.pop("access_token", "") != TOKEN:
            return 300001, "token is not exist"
        if self._is_too_often():
            return 410100, "send too fast, exceed 20 times per minute"
        if message.keys() != {"msgtype", "markdown"} or message["msgtype"] != "markdown":
            return 400105, "unsupported msgtype"
        if message["markdown"].keys() != {"title", "text"} or not all(message["markdown"].values()):
            return 40035, "missing param markdown"
        return self._unsafe(query, message) or ((460101, "message too long") if n_bytes > 20_000 else None)

    def _unsafe(self, query: dict, message: dict) -> tuple[int, str] | None:
        """By the three kinds of 安全设置, in the words of the vendor."""
        if self.whitelist:
            return 310000, "description:IP地址不在白名单;solution:请联系群管理员"
        if self.keyword and self.keyword not in message["markdown"]["text"]:
            return 310000, "description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词"
        if self.secret:
            at = query.get("timestamp", "")
            digest = hmac.new(self.secret.encode(), f"{at}\n{self.secret}".encode(), hashlib.sha256).digest()
            if query.get("sign") != base64.b64encode(digest).decode():
                return 310000, "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳"
            if abs(time.time() * 1000 - int(at)) > HOUR:
                return 310000, "description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在timestampms以内"
        elif query:
            return 300001, "unknown parameters"
        return None


def refused(code: int, text: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": text}


@contextmanager
def both_vendors() -> Iterator[Vendors]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            vendors.n_asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            match vendors.how:
                case "hang":
                    vendors.answer(self.path, self.headers, body)  # it came to the group all the same
                    time.sleep(3)
                case "break":
                    vendors.answer(self.path, self.headers, body)
                case "redirect":
                    self._send(302, b"", Location=f"{vendors.address}/elsewhere")
                case "fail":
                    self._send(502, b"<html>Bad Gateway</html>")
                case _:
                    self._send(200, json.dumps(vendors.answer(self.path, self.headers, body)).encode())

        def do_GET(self) -> None:
            vendors.n_asked += 1
            self._send(200, b'{"errcode": 0}')

        def _send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    vendors = Vendors(server.server_port)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield vendors
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
