"""Files of users as text: which encoding, and what it is instead when it is no text at all."""

import codecs
from pathlib import Path
from typing import Final

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_KINDS: Final = (
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
    (b"%PDF", "pdf"),
    (b"SQLite format 3", "geopackage"),
    (b"\x1f\x8b", "compressed"),
    (b"\x89HDF", "netcdf"),
    (b"CDF", "netcdf"),
)
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNDEFINED: Final = "\N{REPLACEMENT CHARACTER}"


def read(path: Path) -> tuple[str, tuple[Problem, ...]] | Problem:
    """Return the text of a file and what must be said about its encoding; E209 when it is no text.

    UTF-8 with or without a byte order mark needs no word; Windows-1252 and UTF-16 are read with a warning (W209).
    Line ends become a single newline.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        return refused(path.name, "closed", reason=error.strerror or type(error).__name__)
    for signature, kind in _KINDS:
        if raw.startswith(signature):
            return refused(path.name, kind)
    warnings: tuple[Problem, ...] = ()
    if raw.startswith(_UTF16):
        try:
            content = raw.decode("utf-16")
        except UnicodeDecodeError:
            return refused(path.name, "encoding")
        warnings = (_read_as(path.name, "UTF-16", ""),)
    else:
        try:
            content = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            content = raw.decode("cp1252", errors="replace")  # what Dutch spreadsheets write outside UTF-8
            warnings = (_read_as(f"{path.name}:{_line(raw, error.start)}", "Windows-1252", _around(content, error)),)
    if "\0" in content:
        return refused(path.name, "binary")
    if warnings and _UNDEFINED in content:
        return refused(path.name, "encoding")
    if content.lstrip()[:1] == "<":
        return refused(path.name, "markup")
    return content.replace("\r\n", "\n").replace("\r", "\n"), warnings


def refused(where: str, kind: str, **params: object) -> Problem:
    """Return E209 in the words of its kind (`tables.<kind>` in the messages)."""
    parts = {part: Phrase(f"tables.{kind}.{part}", params) for part in ("kind", "why", "fix")}
    return Problem("E209", where, parts)


def _read_as(where: str, encoding: str, example: str) -> Problem:
    kind = "read_as_example" if example else "read_as"
    return Problem("W209", where, {"what": Phrase(f"tables.{kind}", {"encoding": encoding, "example": example})})


def _line(raw: bytes, start: int) -> int:
    return raw.count(b"\n", 0, start) + 1


def _around(content: str, error: UnicodeDecodeError) -> str:
    """Return the word in which the first character outside UTF-8 stands (one byte is one character in cp1252)."""
    left = max(content.rfind(mark, 0, error.start) for mark in " ,;\t\n") + 1
    ends = [end for mark in " ,;\t\r\n" if (end := content.find(mark, error.start)) >= 0]
    return content[left : min(ends, default=len(content))][:30].strip('"')
