"""Options of `python -m local`."""

from __future__ import annotations

import argparse
import json as json_text
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Checked arguments."""

    stack_dir: Path
    out: Path
    data: Path | None = None
    reset: bool = False
    sample: bool = False
    """True if the stack is of the project that the sample data are for: they land where there are no others."""
    loop: bool = False
    interval_s: float = 10.0
    max_iterations: int | None = None
    json: bool = False
    workers: int | None = None
    action: str | None = None
    """An action of the job to carry out instead of a run."""
    action_arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def job_parameters(self) -> dict[str, str]:
        """Parameters of the job that this start sets."""
        if self.action is None:
            return {}
        return {"action": self.action, "action_arguments": json_text.dumps(dict(self.action_arguments))}


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Parse the command line; wrong arguments end the process with status 2 and say what is allowed."""
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Runs a synthesized stack on embedded Spark and Delta."
    )
    parser.add_argument("--stack-dir", type=Path, required=True, help="folder with the stack's cdk.tf.json")
    parser.add_argument(
        "--out", type=Path, default=Path(".medallion"), help="output folder (default .medallion)"
    )
    parser.add_argument("--data", type=Path, help="folder with one subfolder of JSON files per topic")
    parser.add_argument("--sample", action="store_true", help="without --data, land the sample data")
    parser.add_argument("--reset", action="store_true", help="empty the output folder first")
    parser.add_argument("--loop", action="store_true", help="run again and again")
    parser.add_argument(
        "--interval", type=_positive_number, default=10.0, metavar="S", help="seconds between two runs"
    )
    parser.add_argument(
        "--max-iterations", type=_positive_integer, metavar="N", help="end a loop after N runs"
    )
    parser.add_argument("--json", action="store_true", help="end standard output with one line of JSON")
    parser.add_argument(
        "--workers", type=_positive_integer, metavar="N", help="tasks that run at the same time"
    )
    parser.add_argument("--action", metavar="NAME", help="carry out an action of the job instead of a run")
    parser.add_argument(
        "--action-arguments",
        type=_texts,
        default={},
        metavar="JSON",
        help="an object of texts for the action",
    )
    found = parser.parse_args(arguments)
    if found.max_iterations is not None and not found.loop:
        parser.error("--max-iterations is for --loop")
    if found.action is not None and (found.loop or found.reset or found.data):
        parser.error("--action works on what is there: without --data, --reset and --loop")
    return Options(
        stack_dir=found.stack_dir,
        out=found.out,
        data=found.data,
        reset=found.reset,
        sample=found.sample,
        loop=found.loop,
        interval_s=found.interval,
        max_iterations=found.max_iterations,
        json=found.json,
        workers=found.workers,
        action=found.action,
        action_arguments=found.action_arguments,
    )


def _positive_number(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def _positive_integer(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive integer")
    return value


def _texts(text: str) -> dict[str, str]:
    try:
        value = json_text.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"is not JSON: {error}") from error
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise argparse.ArgumentTypeError("an object of texts is wanted")
    return value
