"""`python -m local.explain`: what a change of each input costs the gold models of a stack. Reads and writes no table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.command import FINE, STOPPED, answer
from local.stack import load_stack
from local.topics import find_model, read_document


def main(arguments: Sequence[str] | None = None) -> int:
    """Explain as asked. Status 0; 3: a strict model would fail after some change; 2: it cannot be said."""
    parser = argparse.ArgumentParser(
        prog="python -m local.explain", description="Says what a change of each input costs a gold model."
    )
    parser.add_argument("--stack-dir", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    return answer(lambda: _explain(options))


def _explain(options: argparse.Namespace) -> int:
    from local.session import build_session, shut_down
    from pipelines.config.load import parse_document
    from pipelines.gold.explain import explain

    raw = read_document(load_stack(options.stack_dir))
    if options.model is not None:
        find_model(raw, options.model)
    models = parse_document(json.dumps(raw)).gold
    with tempfile.TemporaryDirectory() as folder:
        spark = build_session(Path(folder))
        try:
            found = [explain(spark, one) for one in models if options.model in (None, one.name)]
        finally:
            shut_down(spark)
    if options.json:
        print(json.dumps([one.to_json() for one in found]))
    else:
        print("\n".join(line for one in found for line in one.lines()))
    return STOPPED if any(one.fails for one in found) else FINE


if __name__ == "__main__":
    sys.exit(main())
