"""One HTML file that opens from disk: nothing is asked for, and nothing runs but the style and script that stand in it.

Names of files and classes are hostile text. They are made harmless (`shown`) before they come here, the template
escapes every value, and the policy that the page carries lets only the very style and script run that stand in it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from labelkit.version import __version__


def render(template: str, values: Mapping[str, object], *, styles: Sequence[str], script: str) -> bytes:
    """The page, UTF-8.

    Args:
        template: its name; it is given `values`, `version`, `style`, `script` and `policy`.
        values: what it sets out; every text in them is escaped.
        styles: names of the style sheets, one after the other.
        script: name of the script.

    """
    style, run = "".join(map(_part, styles)), _part(script)
    text = (
        _environment()
        .get_template(template)
        .render(values, version=__version__, style=style, script=run, policy=_policy(style, run))
    )
    return text.encode("utf-8")


def data_uri(jpeg: bytes) -> str:
    """A picture as an address that holds the picture itself."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def _part(name: str) -> str:
    return (files("labelkit.reporting") / "templates" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """What a browser may do for this page: pictures that stand in it, and this very style and script."""
    return (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _environment() -> Environment:
    """Jinja2 with every value escaped, and a missing one an error."""
    return Environment(
        loader=FunctionLoader(_part), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
