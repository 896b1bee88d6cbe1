"""Recognizes the type of a file by its bytes, and has the advice for each type that isn't accepted."""

import re
from dataclasses import dataclass
from typing import IO

AS_JPEG = "请用看图软件打开，另存为 JPEG 再传。"
BROKEN = "文件不完整，或者坏了。请重新选这张照片再传；还不行，就重拍，或截一张图再传。"
# How many bytes may precede the header of a PDF: the limit of Acrobat, which other readers follow.
FARTHEST_HEADER = 1024
MOST_READ = 15 * 1024 * 1024  # bytes; larger files are refused anyway
PDF_HEADER = re.compile(rb"%PDF-\d")


@dataclass(frozen=True)
class FileKind:
    """`advice` tells in Chinese how to convert it: a picture to JPEG, a document to PDF."""

    name: str
    advice: str
    is_picture: bool = False
    is_document: bool = False

    @property
    def for_photo(self) -> str:
        """The error message, with advice, where a picture is required."""
        return BROKEN if self is PHOTO else f"{self._named}{PAGE_AS_PICTURE if self.is_document else self.advice}"

    @property
    def for_pdf(self) -> str:
        """The error message, with advice, where a PDF is required."""
        return f"文件只收 PDF，这{self._named}{PICTURE_AS_PDF if self.is_picture else self.advice}"

    @property
    def for_evidence(self) -> str:
        """The error message, with advice, where a picture or a PDF is required."""
        return f"{PHOTOS_AND_PDF}这{self._named}{self.advice}"

    @property
    def _named(self) -> str:
        return f"是{' ' if self.name[0].isascii() else ''}{self.name}。"


def _document(name: str, program: str) -> FileKind:
    return FileKind(name, f"请在{program}里打开，选“文件 → 另存为”或“输出为 PDF”，再传那份 PDF。", is_document=True)


PICTURE_AS_PDF = "照片请放到选图片的地方；要当文件传，请先存成 PDF。"
PAGE_AS_PICTURE = "这里要图片：请把那一页截图再传。"
PHOTOS_AND_PDF = "这里收照片（JPEG、PNG、WebP）和 PDF，"
PHOTO = FileKind("照片", BROKEN, is_picture=True)
PDF = FileKind("PDF", "", is_document=True)
UNKNOWN_PHOTO = f"看不出是什么。{PAGE_AS_PICTURE}"
UNKNOWN_EVIDENCE = f"{PHOTOS_AND_PDF}这一份看不出是什么。是文件的，请打开它，选“打印”，打印成 PDF 再传。"
UNKNOWN_PDF = "文件只收 PDF，这一份看不出是什么。请打开它，选“打印”，存成 PDF 再传。"
HEIC = FileKind(
    "iPhone 的 HEIC 照片",
    "请在“设置 → 相机 → 格式”里选“兼容性最佳”后重拍，或用微信发给自己（不勾“原图”），存下来再传。",
    is_picture=True,
)
VIDEO = FileKind("视频", "请从视频里截一张图再传。")
WORD, SHEET = _document("Word 文件", " Word 或 WPS "), _document("Excel 表格", " Excel 或 WPS ")
SLIDES, OFD = _document("演示文稿", " PowerPoint 或 WPS "), _document("OFD 文件", "阅读器")
LOCKED = FileKind("加了密码的 Office 文件", "请先去掉密码，另存为 PDF，再传那份 PDF。", is_document=True)
ARCHIVE = FileKind("压缩包", "请先解压，把里面的照片或 PDF 传上来。")
OFFICE = _document("Office 文件", " Office 或 WPS ")


def _picture(name: str, advice: str = AS_JPEG) -> FileKind:
    return FileKind(name, advice, is_picture=True)


# The first bytes of a file, after a byte order mark and white space.
BEGINNINGS = (
    (b"\xff\xd8\xff", PHOTO),
    (b"\x89PNG\r\n", PHOTO),
    (b"GIF8", _picture("GIF 图片")),
    (b"BM", _picture("BMP 图片")),
    (b"II*\x00", _picture("TIFF 图片")),
    (b"MM\x00*", _picture("TIFF 图片")),
    (b"\x00\x00\x01\x00", _picture("图标文件")),
    (b"%!PS", _picture("EPS 图片")),
    (b"{\\rtf", WORD),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"\x1a\x45\xdf\xa3", VIDEO),  # Matroska, WebM
    (b"\x30\x26\xb2\x75", VIDEO),  # Windows Media
    (b"FLV\x01", VIDEO),
    (b"\x00\x00\x01\xba", VIDEO),  # MPEG
    (b"<", _picture("网页或矢量图", "请截一张图再传。")),
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
OLD_QUICKTIME = (b"wide", b"mdat", b"moov")  # the first atom of files older than the atom `ftyp`
# Names of files in a ZIP archive, and of streams in an OLE file, the container of older Office documents.
IN_ZIP = ((b"OFD.xml", OFD), (b"word/", WORD), (b"xl/", SHEET), (b"ppt/", SLIDES), (b"opendocument", OFFICE))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
IN_OLE = (("EncryptedPackage", LOCKED), ("WordDocument", WORD), ("Workbook", SHEET), ("PowerPoint Document", SLIDES))


def kind_of(upload: IO[bytes]) -> FileKind | None:
    """PHOTO for a JPEG, PNG or WebP, PDF for a file with the header of one; None for an unknown type.

    The first bytes take precedence over the header of a PDF that follows them.
    """
    upload.seek(0)
    start = upload.read(FARTHEST_HEADER + len(b"%PDF-1"))
    known = _by_beginning(start.removeprefix(b"\xef\xbb\xbf").lstrip(), upload)
    return known or (PDF if PDF_HEADER.search(start) else None)


def _by_beginning(start: bytes, upload: IO[bytes]) -> FileKind | None:
    if start.startswith((b"PK\x03\x04", OLE)):
        upload.seek(0)
        return _by_contents(upload.read(MOST_READ))
    if start[4:8] == b"ftyp":
        return HEIC if start[8:12] in HEIC_BRANDS else _picture("AVIF 图片") if start[8:11] == b"avi" else VIDEO
    if start[4:8] in OLD_QUICKTIME:
        return VIDEO
    if start.startswith(b"RIFF"):
        return {b"WEBP": PHOTO, b"AVI ": VIDEO}.get(start[8:12])
    return next((kind for beginning, kind in BEGINNINGS if start.startswith(beginning)), None)


def _by_contents(content: bytes) -> FileKind:
    if content.startswith(OLE):
        return next((kind for name, kind in IN_OLE if name.encode("utf-16-le") in content), OFFICE)
    is_office = any(name in content for name in (b"[Content_Types].xml", b"OFD.xml", b"opendocument"))
    return next((kind for name, kind in IN_ZIP if is_office and name in content), ARCHIVE)
