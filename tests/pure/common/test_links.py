"""Addresses of pages as people copy them are taken, and those that residents can't open are refused in words."""

import pytest
from django.forms import ValidationError

from common.form_fields import AddressField
from common.links import BROKEN, INTERNAL, NO_PORT, SEVERAL, WITH_NAME

READ = "https://www.a.cn/x"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https:// www.a.cn/x", READ),
        ("https：//www.a.cn/x", READ),
        ("https：／／www.a.cn／x", READ),
        ("http：//www.a.cn/x", "http://www.a.cn/x"),
        ("网址：https://www.a.cn/x", READ),
        ("网址：www.a.cn/x", READ),
        ("《市政府关于道路的通知》https://www.a.cn/x", READ),
        ("见 https://www.a.cn/x。", READ),
        ("（https://www.a.cn/x）", READ),
        ("「https://www.a.cn/x」，第三段；", READ),
        ("(https://www.a.cn/x)", READ),
        ("https://www.a.cn/x，https://www.a.cn/x", READ),
        ("HTTPS://www.a.cn/x", READ),
        ("HTTPS://WWW.A.CN", "https://WWW.A.CN"),
        ("a.cn/x", "https://a.cn/x"),
        ("https://a.cn/to?u=https://b.cn/", "https://a.cn/to?u=https://b.cn/"),
        ("https://a.cn/桥_(霍州)", "https://a.cn/桥_(霍州)"),
        ("http://114.114.114.114:8080/x", "http://114.114.114.114:8080/x"),
        ("  ", ""),
    ],
)
def test_an_address_as_it_is_copied(typed, address):
    assert AddressField(required=False, assume_scheme="https").clean(typed) == address


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("https://a.cn/x、https://b.cn/y", SEVERAL),
        ("https://a.cn/my file.pdf", BROKEN),
        ("https://me:secret@a.cn/", WITH_NAME),
        ("me:secret@a.cn", WITH_NAME),
        ("http://192.168.1.5/x", INTERNAL),
        ("192.168.1.5:8080/x", INTERNAL),
        ("http://10.1.2.3/", INTERNAL),
        ("http://172.16.0.1/", INTERNAL),
        ("http://172.31.0.1/", INTERNAL),
        ("http://127.0.0.1:8000/", INTERNAL),
        ("http://[::1]/", INTERNAL),
        ("http://localhost/", INTERNAL),
        ("http://oa/x", INTERNAL),
        ("http://oa.local/x", INTERNAL),
        ("https://a.cn:99999/", NO_PORT),
        ("ftp://a.cn/", "把网址整行复制过来，例如 https://www.example.com。"),
        ("市政府网站", "把网址整行复制过来，例如 https://www.example.com。"),
        ("https://", "把网址整行复制过来，例如 https://www.example.com。"),
        ("http://[a.cn/", "把网址整行复制过来，例如 https://www.example.com。"),
    ],
)
def test_what_residents_can_t_open_is_refused_in_words(typed, told):
    with pytest.raises(ValidationError) as refused:
        AddressField(assume_scheme="https").clean(typed)
    assert refused.value.messages == [told]
