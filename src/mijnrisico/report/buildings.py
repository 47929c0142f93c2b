"""Building types in words: what the letters of a vulnerability class say, and the code itself."""

import re

from mijnrisico.report.words import Words

_CODE = re.compile(r"(?P<material>URM|RC|PC|W|S)\d+(?P<height>[LM])?\w*")
_BARN, _FARM = re.compile(r"URM1F_B"), re.compile(r"URM1_?F\w*")


def named(words: Words, code: str) -> str:
    """Return the name of a class with its code behind it; the code alone where its letters are not known.

    >>> named(Words("en"), "URM1F_B"), named(Words("en"), "X9")
    ('barn of a farm (URM1F_B)', 'X9')
    """
    if found := said(words, code):
        return words("building.coded", name=found, code=code)
    return code


def said(words: Words, code: str, texts: str = "building") -> str:
    """Return what the letters of a class say, without the code; nothing where they are not known.

    `texts` is the group of texts: `building` for experts, `plain_building` for residents.
    """
    if _BARN.fullmatch(code):
        return words(f"{texts}.barn")
    if _FARM.fullmatch(code):
        return words(f"{texts}.farm")
    if not (read := _CODE.fullmatch(code)):
        return ""
    material = words(f"{texts}.{read['material']}")
    return words(f"{texts}.{read['height']}", material=material) if read["height"] else material


def is_dwelling(code: str) -> bool:
    """Say whether people live in a class as far as its name tells: the barn of a farm is none."""
    return not _BARN.fullmatch(code)
