"""Arguments of an action: the job parameter ``action_arguments``, one JSON object of texts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.errors import ActionError


def read_arguments(ctx: Context, known: Sequence[str]) -> dict[str, str]:
    """The arguments by name. Raises :class:`ActionError` for what is no object of texts, or has a name not ``known``."""
    action, text = ctx.parameters.action, ctx.parameters.action_arguments.strip()
    wanted = "{" + ", ".join(f'"{name}": "…"' for name in known) + "}"
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise ActionError(action, f"action_arguments is not JSON ({error}); wanted: {wanted}") from error
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ActionError(action, f"action_arguments must be an object of texts; wanted: {wanted}")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise ActionError(action, f"unknown argument {', '.join(unknown)}; wanted: {wanted}")
    return value


def required(ctx: Context, arguments: dict[str, str], name: str, meaning: str) -> str:
    """An argument that the action cannot do without."""
    value = arguments.get(name, "").strip()
    if not value:
        raise ActionError(
            ctx.parameters.action, f'action_arguments needs "{name}": {meaning} (now: nothing of that name)'
        )
    return value


def topic_of(ctx: Context, arguments: dict[str, str]) -> Topic:
    """The topic that the argument ``topic`` names."""
    name = required(ctx, arguments, "topic", "the name of a topic")
    try:
        return ctx.document.topic(name)
    except KeyError as error:
        raise ActionError(ctx.parameters.action, str(error.args[0])) from error
