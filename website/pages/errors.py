"""Error pages. They read nothing of the record, which may be what failed."""

import sys

from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.outage import unavailable


def ask_again(request: HttpRequest, form: Form, title: str) -> HttpResponse:
    """Answers 400 with the invalid form as it was filled in, and its errors."""
    return render(request, "ask_again.html", {"form": form, "title": title}, status=400)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", {"message": _message_for_visitor(exception)}, status=400)


def _message_for_visitor(exception: Exception) -> str:
    """The message where this program wrote it; "" for errors of libraries, which may give away internals."""
    if isinstance(exception, TooManyFilesSent):
        return "一次传的文件太多，没有收下。填的内容还在：按浏览器的“后退”，一次选 20 个以内，分几次传。"
    if isinstance(exception, RequestDataTooBig):
        return "内容太大，多半是粘贴时带了图片。按浏览器的“后退”回到刚才那一页，把图片去掉或另外上传，再保存。"
    is_ours = isinstance(exception, BadRequest) and not isinstance(exception, SessionInterrupted)
    return str(exception) if is_ours else ""


def server_error(request: HttpRequest) -> HttpResponse:
    """Answers 503 with the advice to try again where the database is away, full or too slow; else 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    return render(None, "500.html", status=500)
