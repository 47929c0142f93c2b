"""The PDF of a page: tagged (PDF/UA-1), A4, with bookmarks, page numbers and vector figures, by WeasyPrint.

WeasyPrint lays out with Pango, a library of the system; where either is absent `missing` says so and pages are
still made.
"""

import hashlib
import logging
import re

from mijnrisico.errors import MissingDataError, Problem

_SVG = re.compile(r'<svg role="img" aria-label="([^"]*)"')


def missing() -> Problem | None:
    """Return what stands in the way of a PDF (W708), or None when one can be made."""
    try:
        import weasyprint  # noqa: F401 - asked only whether it loads
    except (ImportError, OSError) as error:
        return Problem("W708", "PDF", {"reason": str(error).splitlines()[0] if str(error) else type(error).__name__})
    return None


def make(page: str, identity: str) -> bytes:
    """Return a page as PDF; the same page and identity give the same bytes.

    Links to other files become their names: a PDF travels alone, and would show where the run folder stood.
    Raises `MissingDataError` (W708) when WeasyPrint or Pango is absent.
    """
    if (problem := missing()) is not None:
        raise MissingDataError(problem)
    import weasyprint

    # fontTools tells every glyph it keeps, at a level that a program with logging turned on would show
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    document = weasyprint.HTML(string=named(page))
    identifier = hashlib.sha256(identity.encode()).digest()[:16]
    found = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    assert found is not None
    return found


def named(page: str) -> str:
    """Give every drawing a title, from which a PDF takes its words for who cannot see it."""
    return re.sub(r"(<svg [^>]*>)", _with_title, page)


def _with_title(tag: re.Match[str]) -> str:
    label = _SVG.match(tag[0])
    return f"{tag[0]}<title>{label[1]}</title>" if label else tag[0]
