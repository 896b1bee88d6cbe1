"""Markup that means harm, each of it as somebody may try it. What it does when it runs is to set `window.hit`."""

PAYLOADS = {
    "script": "<script>window.hit=1</script>",
    "script in capitals": "<SCRIPT SRC=/x.js></SCRIPT>",
    "script within script": "<scr<script>ipt>window.hit=1</scr</script>ipt>",
    "script that is not closed": "<script>window.hit=1//",
    "script with a slash": "<script/x>window.hit=1</script>",
    "script behind the end of a field": "</textarea><script>window.hit=1</script>",
    "script behind the end of a title": "</title><script>window.hit=1</script>",
    "script behind the end of data": "</script><script>window.hit=1</script>",
    "script behind the end of an attribute": "\"'><script>window.hit=1</script>",
    "script behind a comment": "<!--><script>window.hit=1</script>-->",
    "script of a module": "<script type=module>window.hit=1</script>",
    "handler of a picture": "<img src=x onerror=window.hit=1>",
    "handler without blanks": "<img/src=x/onerror=window.hit=1>",
    "handler in an attribute": '" onmouseover="window.hit=1" autofocus onfocus="window.hit=1',
    "handler in a bare attribute": "x onfocus=window.hit=1 autofocus=1",
    "handler of the body": "<body onload=window.hit=1>",
    "handler of svg": "<svg onload=window.hit=1>",
    "handler in svg": "<svg><animate onbegin=window.hit=1 attributeName=x dur=1s>",
    "handler of details": "<details open ontoggle=window.hit=1>x</details>",
    "handler of a field": "<input autofocus onfocus=window.hit=1>",
    "handler of a film": "<video><source onerror=window.hit=1></video>",
    "handler of a sound": "<audio src=x onerror=window.hit=1>",
    "handler of a marquee": "<marquee onstart=window.hit=1>x</marquee>",
    "handler of an animation": "<p style='animation:a 1s' onanimationend=window.hit=1>x</p>",
    "handler of a paragraph": "<p onclick='window.hit=1' tabindex=1>x</p>",
    "handler with a line break": "<img src=x onerror\n=\nwindow.hit=1>",
    "handler in a popover": "<button popovertarget=x>x</button><p popover id=x onbeforetoggle=window.hit=1>x</p>",
    "link to a script": "<a href='javascript:window.hit=1'>x</a>",
    "link to a script in capitals": "<a href='JaVaScRiPt:window.hit=1'>x</a>",
    "link with a tab": "<a href='java\tscript:window.hit=1'>x</a>",
    "link with a written tab": "<a href='java&Tab;script&colon;window.hit=1'>x</a>",
    "link in numbers": "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;window.hit=1'>x</a>",
    "link in hexadecimal numbers": "<a href='&#x6a&#x61vascript:window.hit=1'>x</a>",
    "link behind a control character": "<a href='\x01javascript:window.hit=1'>x</a>",
    "link behind a blank": "<a href='  javascript:window.hit=1'>x</a>",
    "link to visual basic": "<a href='vbscript:window.hit=1'>x</a>",
    "link to data": "<a href='data:text/html,<script>window.hit=1</script>'>x</a>",
    "link to data in base 64": "<a href='data:text/html;base64,PHNjcmlwdD5oaXQ9MTwvc2NyaXB0Pg=='>x</a>",
    "link to another host": "<a href='//evil.example/'>x</a>",
    "link to another host with a backslash": "<a href='/\\evil.example/'>x</a>",
    "link to another host with a tab": "<a href='/\t/evil.example/'>x</a>",
    "link in svg": "<svg><a xlink:href='javascript:window.hit=1'><text y=20>x</text></a></svg>",
    "link in math": "<math><mi xlink:href='javascript:window.hit=1'>x</mi></math>",
    "link that sends word": "<a href='/x' ping='//evil.example/' target=_blank>x</a>",
    "picture from elsewhere": "<img src=//evil.example/x.png srcset='//evil.example/y.png 2x'>",
    "picture of data": "<img src='data:image/svg+xml,<svg onload=window.hit=1>'>",
    "style": "<style>@import '//evil.example/x.css'; body{display:none}</style>",
    "style of a paragraph": "<p style='background:url(//evil.example/x);position:fixed;inset:0'>x</p>",
    "class and name": "<p class='notice' id='main' name='hit'>x</p>",
    "style sheet": "<link rel=stylesheet href=//evil.example/x.css>",
    "base": "<base href=//evil.example/>",
    "refresh": "<meta http-equiv=refresh content='0;url=javascript:window.hit=1'>",
    "frame": "<iframe src='javascript:window.hit=1'></iframe>",
    "frame of its own text": "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "object": "<object data='javascript:window.hit=1'></object><embed src='javascript:window.hit=1'>",
    "form": "<form action='javascript:window.hit=1'><button>x</button></form>",
    "button of another form": "<button form=article_form formaction='javascript:window.hit=1'>x</button>",
    "template": "<template><script>window.hit=1</script></template>",
    "shadow": "<p><template shadowrootmode=open><img src=x onerror=window.hit=1></template></p>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=window.hit=1>'></noscript>",
    "comment": "<!-- --!><img src=x onerror=window.hit=1> -->",
    "cdata": "<svg><![CDATA[><img src=x onerror=window.hit=1>]]></svg>",
    "processing": "<?xml-stylesheet href='javascript:window.hit=1'?><img src=x onerror=window.hit=1>",
    "mutation by math": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.hit=1&gt;'>",
    "mutation by svg": "<svg></p><style><a title='</style><img src=x onerror=window.hit=1>'>",
    "mutation by a table": "<table><td><form><math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=1>",
    "mutation by a select": "<select><xmp></select><img src=x onerror=window.hit=1></xmp>",
    "wide brackets": "＜script＞window.hit=1＜/script＞",
    "brackets that fold to ours": "\ufe64script\ufe65window.hit=1\ufe64/script\ufe65",
    "other characters of a line's end": "x\u2028<img src=x onerror=window.hit=1>\u2029",
    "turned round": "\u202e<script>window.hit=1</script>",
    "invisible characters": "<a href='java\u200bscript:window.hit=1'>x</a><scr\u00adipt>window.hit=1</script>",
    "entities": "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "entities twice": "&amp;lt;img src=x onerror=window.hit=1&amp;gt;",
    "template language": "{% load x %}{{ 7|add:7 }}{{ request.user.password }}",
    "template of scripts": "${window.hit=1}{{constructor.constructor('window.hit=1')()}}",
    "a picture's place": "<p>[图1]<script>window.hit=1</script></p><p>[图 1<img src=x onerror=window.hit=1>]</p>",
}  # fmt: skip

# What the shortest fields have room for.
SHORT = {
    "comment that is not closed": "<!--",
    "end of an attribute": "\"'>",
    "tag": "<b>",
    "end of a tag": "</p>",
    "template": "{{7}",
    "end of an attribute and a tag": "\"'><u>",
    "attribute": "' on=1 \" ",
    "handler": "'\" onx=window.hit=1 ",
    "picture": "\"'><img src=x>",
}
# What a spreadsheet runs: only where it begins a text.
FORMULAS = {
    "formula": "=1+1",
    "wide formula": "＝1+1",
    "formula with a link": '=HYPERLINK("//evil.example")',
}


def pieces(room: int | None = None) -> list[str]:
    """All of it that a text of `room` characters can hold, as much as possible in each."""
    formulas = [text for text in FORMULAS.values() if room is None or len(text) <= room]
    packed: list[str] = []
    for payload in sorted([*PAYLOADS.values(), *SHORT.values()], key=len, reverse=True):
        for n, text in enumerate(packed):
            if room is None or len(text) + len(payload) <= room:
                packed[n] += payload
                break
        else:
            packed += [payload] * (room is None or len(payload) <= room)
    return [*formulas, *packed]
