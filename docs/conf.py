"""How the documentation becomes pages: `make docs`, where a warning is an error."""

from importlib import metadata

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "mijnrisico"
author = "mijnrisico developers"
release = metadata.version("mijnrisico")
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = True

html_theme = "furo"
html_title = f"mijnrisico {release}"
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {"light_css_variables": {"color-brand-primary": "#174f8f", "color-brand-content": "#174f8f"}}


def setup(app: Sphinx) -> None:
    """Show tables in CSV as they are: Pygments knows no lexer of that name."""
    app.add_lexer("csv", TextLexer)
