"""The review status of a run: what a reader must know before the first number, and the mark behind every page."""

from dataclasses import dataclass
from urllib.parse import quote

from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

_UNMARKED = ("reviewed", "published")


@dataclass(frozen=True, slots=True)
class Review:
    """Status in words, a banner (empty for a reviewed or published run) and the word behind the page."""

    status: str
    banner: str
    mark: str


def review(run: RunFolder, words: Words) -> Review:
    """Return the review of a run; a run without one is a draft."""
    known = run.manifest.get("review") or {}
    name = str(known.get("status") or "draft")
    by = str(known.get("by") or "")
    status = words(f"review.{name}_by", by=by) if by and name in _UNMARKED else words.or_name("status", name)
    if name in _UNMARKED:
        return Review(status, "", "")
    if name == "superseded":
        newer = known.get("superseded_by") or run.manifest.get("superseded_by")
        banner = words("review.superseded_by", run=newer) if newer else words("review.superseded")
        return Review(status, banner, words("review.mark_superseded"))
    return Review(status, words("review.draft"), words("review.mark_draft"))


def mark_image(mark: str) -> str:
    """Return a data address of the mark: pale, slanting, behind the page; empty without a mark."""
    if not mark:
        return ""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="560" height="760" viewBox="0 0 560 760">'
        '<text x="280" y="380" transform="rotate(-52 280 380)" text-anchor="middle" '
        'font-family="DejaVu Sans, Verdana, sans-serif" font-weight="700" font-size="96" letter-spacing="8" '
        f'fill="#b3470b" fill-opacity="0.06">{mark}</text></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"
