"""The look of what people open in a browser: templates, styles and filters of the report, and of the pages of the local workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from local.formatting import NOTHING, format_duration, format_value

TEMPLATES = Path(__file__).parent / "templates"


def environment(*folders: Path, log: Callable[..., str], **filters: Callable[..., str]) -> Environment:
    """Templates in which every value is escaped and every name must be there.

    Args:
        folders: folders of templates, beside those of the report.
        log: gives the address of the logs of a run, by its id; empty where there are none.
        filters: filters of these templates alone.
    """
    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        shown=format_value,
        duration=lambda seconds: NOTHING if seconds is None else format_duration(seconds),
        # Drawn by Vega, which escapes the texts of a chart, and by charts.py, which escapes title and summary.
        drawing=Markup,
        sentence=_sentence,
        log=log,
        **filters,
    )
    return made


def _sentence(text: str) -> Markup:
    """A text of the vocabulary as a sentence; what stands in backquotes is code."""
    parts = (
        escape(part) if at % 2 == 0 else Markup("<code>{}</code>").format(part)
        for at, part in enumerate(text.split("`"))
    )
    sentence = Markup("").join(parts)
    return Markup(f"{sentence[:1].upper()}{sentence[1:]}.") if sentence else sentence
