"""How the bytes of a table may be read as text, and which of these readings are doubtful.

Japanese lines write CP932, Western ones Windows-1252; most texts of one decode as the other without an error, so each
reading is looked at for what nobody writes: Python decodes 'groß' as the CP932 'groﾟ', and '良' as the cp1252 '—Ç'.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.names import did_you_mean, shown

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8-SIG"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SPREADSHEETS = (
    (b"PK\x03\x04", "a ZIP file, as Excel's .xlsx is", "if it is one, let its name end in .xlsx, else save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save it as .xlsx or as CSV"),
)
_OFFERED = ["utf-8", "cp932", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "euc_jp", "gb18030", "big5", "euc_kr"]
_PROBED = 4096
"""Bytes looked at to tell UTF-16 without a byte order mark."""

_NUL_SHARE = 0.25
"""UTF-16 of a table is mostly ASCII: half of its bytes are NUL, nearly all of them in odd or in even places."""

_UNASSIGNED = re.compile("[\x80\xa0\ue000-\uf8ff]")
"""What Python makes of bytes that CP932 leaves unassigned or to each machine's own characters."""

_LONE_KANA = re.compile("(?:(?<=[A-Za-z0-9])[\uff61-\uff9f]|[\uff61-\uff9f](?=[A-Za-z0-9]))")
_KANA = re.compile("[\uff61-\uff9f]")
_GLUED_KANJI = re.compile("[A-Za-z][\u4e00-\u9fff][a-z]")
_FOREIGN_RUN = re.compile("[^\x00-\x7f]{2,}")
_SMALL_PAIR = re.compile("[\u00df-\u00f6\u00f8-\u00ff]{2}")
_FOREIGN = re.compile("[^\x00-\x7f]")
_LOWER_UPPER = re.compile("[a-z][\u00c0-\u00de]")
_RARE = re.compile("[\u0192\u201a\u2020\u2021\u02c6\u2039\u02dc\u203a\u0178\u00ff]")
"""Signs of cp1252 that tables hardly hold; katakana and hiragana of CP932 begin with the bytes of the first two."""

_RUN_SHARE = 1 / 2
"""Western text has its accented letters one by one, or two small ones as in 'größer'; two-byte text read as cp1252
has all kinds of signs in runs."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One way to read the bytes.

    Attributes:
        text: the text, without a byte order mark.
        encoding: its name, as told.
        doubt: a piece that this encoding's writers hardly write; empty when there is none.

    """

    text: str
    encoding: str
    doubt: str = ""


def decodings(data: bytes, path: str, *, declared: str | None = None) -> tuple[Decoded, ...]:
    """The readings of a table's bytes that raise no error, the likeliest first; more than one when it is not clear.

    Args:
        data: the whole file.
        path: its name, for errors.
        declared: the encoding that a person named; None finds it.

    Raises:
        UsageError: the declared encoding does not exist.
        MetadataError: the bytes are no text in any encoding looked for, or hold NUL bytes.

    """
    for begins, what, remedy in _SPREADSHEETS:
        if data.startswith(begins):
            raise MetadataError(f"this is {what}, not a text table", place=path, remedy=remedy)
    found = (_declared(data, declared, path),) if declared else _looked_for(data, path)
    for reading in found:
        _refuse_nul(reading.text, path)
    return found


def _declared(data: bytes, name: str, path: str) -> Decoded:
    try:
        b"ab".decode(name, "replace")
    except LookupError:
        raise UsageError(f"there is no encoding '{name}'", remedy=did_you_mean(name, _OFFERED)) from None
    return Decoded(_strict(data, name, path, said=name.upper()).removeprefix("\ufeff"), name.upper())


def _looked_for(data: bytes, path: str) -> tuple[Decoded, ...]:
    for bom, encoding, told in _BOMS:
        if data.startswith(bom):
            return (Decoded(_strict(data, encoding, path, said=told), told),)
    order = _utf_16_order(data)
    if order:
        told = f"{order.upper()} without byte order mark"
        return (Decoded(_strict(data, order, path, said=told), told),)
    try:
        return (Decoded(data.decode("utf-8"), "UTF-8"),)
    except UnicodeDecodeError as e:
        _refuse_damaged_utf_8(data, path, e)
        return _old_code_pages(data, path)


def _utf_16_order(data: bytes) -> str:
    """Which UTF-16 the NUL bytes speak of; empty when it is none."""
    head = data[:_PROBED]
    even, odd = head[::2].count(0), head[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if len(data) % 2 or most < len(head) * _NUL_SHARE or least * 10 > most:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_damaged_utf_8(data: bytes, path: str, first: UnicodeDecodeError) -> None:
    """One wrong byte makes no other encoding of it: text of the old code pages is hardly ever right UTF-8."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    if len(_FOREIGN.findall(text)) - lost >= lost:
        line = data.count(b"\n", 0, first.start) + 1
        places = "one place" if lost == 1 else f"{lost:,} places"
        raise MetadataError(
            f"the text is UTF-8, but for {places} (byte 0x{data[first.start]:02x})",
            place=f"{path}:{line}",
            remedy="mend the line, or say how the table is written: --encoding NAME",
        )


def _old_code_pages(data: bytes, path: str) -> tuple[Decoded, ...]:
    found = []
    for encoding, doubt in (("cp932", _doubt_cp932), ("cp1252", _doubt_cp1252)):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        found.append(Decoded(text, encoding.upper(), doubt(text)))
    if not found:
        _strict(data, "cp932", path, said="UTF-8 nor CP932 nor CP1252", neither="neither ")
    return tuple(found)


def _doubt_cp932(text: str) -> str:
    odd = _UNASSIGNED.search(text) or _GLUED_KANJI.search(text)
    if odd:
        return odd.group()
    for kana in _LONE_KANA.finditer(text):
        at = kana.start()
        around = text[max(at - 1, 0) : at + 2]
        if len(_KANA.findall(around)) == 1:  # real kana come in words: 'ﾛｯﾄ5', not 'groﾟ'
            return around.strip()
    return ""


def _doubt_cp1252(text: str) -> str:
    odd = _LOWER_UPPER.search(text) or _RARE.search(text)
    if odd:
        return odd.group()
    runs = [run for run in _FOREIGN_RUN.findall(text) if not _SMALL_PAIR.fullmatch(run)]
    in_runs = sum(map(len, runs))
    return runs[0] if runs and in_runs > _RUN_SHARE * len(_FOREIGN.findall(text)) else ""


def _strict(data: bytes, encoding: str, path: str, *, said: str, neither: str = "not ") -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise MetadataError(
            f"the text is {neither}{said} (byte 0x{data[e.start]:02x})",
            place=f"{path}:{line}",
            remedy="say how it is written: --encoding NAME; or save it as UTF-8",
        ) from e


def _refuse_nul(text: str, path: str) -> None:
    at = text.find("\0")
    if at >= 0:
        raise MetadataError(
            "the file holds NUL characters, so it is no whole text table",
            place=f"{path}:{text.count(chr(10), 0, at) + 1}",
            remedy="write the table again; a copy that was broken off, or a disk that was full, leaves them",
        )


def unclear(found: tuple[Decoded, ...], path: str) -> MetadataError:
    """Why none of several readings can be taken for sure."""
    tried = " or ".join(f"{d.encoding} (near '{shown(d.doubt or _first_foreign(d.text))}')" for d in found)
    doubted = all(d.doubt for d in found)
    line = found[0].text.count("\n", 0, _foreign_at(found[0].text)) + 1
    return MetadataError(
        f"the text is {'neither UTF-8 nor, for sure,' if doubted else 'not UTF-8; it may be'} {tried}",
        place=f"{path}:{line}",
        remedy="say how it is written: --encoding cp932, or --encoding cp1252; or save it as UTF-8",
    )


def _foreign_at(text: str) -> int:
    found = _FOREIGN.search(text)
    return found.start() if found else 0


def _first_foreign(text: str) -> str:
    at = _foreign_at(text)
    return text[max(at - 3, 0) : at + 3].strip()
