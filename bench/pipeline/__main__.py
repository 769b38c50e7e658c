"""`npm run bench`: the pipeline against a hand-written job, as ratios within one run.

`--save` keeps the results in bench/results/pipeline.json, section by section, with the command; `--json` ends with them as
one line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.pipeline import sections
from bench.pipeline.statements import statements
from bench.pipeline.typing_speed import typing_speed

RESULTS = Path(__file__).parent.parent / "results" / "pipeline.json"
SECTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "micro-batches": sections.micro_batches,
    "backfill": sections.backfill,
    "fifty": sections.fifty,
    "start": sections.start,
    "statements": statements,
    "typing": typing_speed,
    "soak": sections.soak,
}
#: Sizes with which a section only shows that it works: what it measures then says nothing.
SMALL: dict[str, dict[str, Any]] = {
    "micro-batches": {"early": range(1, 4), "late": range(4, 7), "scale": 0.002},
    "statements": {},
    "typing": {"records": 2000},
}
#: Sections that run by default: all but the soak, which takes longer than all of these.
USUAL = [name for name in SECTIONS if name != "soak"]


def main() -> None:
    """See the module's description."""
    parser = _parser()
    arguments = parser.parse_args()
    out = sys.stderr if arguments.json else sys.stdout
    chosen = arguments.only.split(",") if arguments.only else USUAL
    started = time.monotonic()
    results: dict[str, Any] = {}

    def say(text: str) -> None:
        out.write(f"[{time.monotonic() - started:6.0f} s] {text}\n")
        out.flush()

    if arguments.small and not set(chosen) <= SMALL.keys():
        parser.error(f"--small: only of {', '.join(SMALL)}; choose with --only")
    for name in chosen:
        options = SMALL[name] if arguments.small else {}
        if name == "micro-batches" and not arguments.small:
            late = range(arguments.micro_batches - 4, arguments.micro_batches + 1)
            options = {"late": late, "scale": arguments.scale}
        found = SECTIONS[name](say, **options)
        results.update(found)
        if arguments.save:
            _keep(name, found)
    results["took_s"] = round(time.monotonic() - started)
    width = max(map(len, results))
    out.write("\n" + "".join(f"{name:{width}}  {value}\n" for name, value in results.items()))
    if arguments.json:
        sys.stdout.write(json.dumps(results) + "\n")


def _keep(section: str, results: dict[str, Any]) -> None:
    """Put the results of a section into the file of results; those of other sections stay."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    command = " ".join(["npm run bench --", *sys.argv[1:]])
    kept[section] = {"command": command, "cores": os.cpu_count(), **results}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run bench --", description="The pipeline against a hand-written job."
    )
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON; the rest goes to standard error"
    )
    parser.add_argument(
        "--only",
        metavar="NAMES",
        help=f"sections, separated by commas: {', '.join(SECTIONS)} (default: all but soak)",
    )
    parser.add_argument(
        "--micro-batches",
        type=int,
        default=52,
        metavar="N",
        help="how many micro-batches (default 52; at least 12)",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="X",
        help="events per batch, as a part of 42,000 (default 1)",
    )
    parser.add_argument(
        "--small", action="store_true", help=f"very little data, to see that {' and '.join(SMALL)} work"
    )
    parser.add_argument("--save", action="store_true", help="keep the results in bench/results/pipeline.json")
    return parser


if __name__ == "__main__":
    main()
