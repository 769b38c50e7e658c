"""`python -m local.explain`: what a change of each input costs the gold models of a stack. Reads and writes no table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.errors import LocalError
from local.stack import load_stack
from local.topics import read_document

_FINE, _CANNOT, _STOPPED = 0, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Explain as asked. Status 0; 3: a strict model would fail after some change; 2: it cannot be said."""
    parser = argparse.ArgumentParser(
        prog="python -m local.explain", description="Says what a change of each input costs a gold model."
    )
    parser.add_argument("--stack-dir", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    from pipelines.errors import PipelineError

    try:
        return _explain(options)
    except (LocalError, PipelineError) as error:
        sys.stderr.write(f"medallion: {error}\n")
        return _CANNOT


def _explain(options: argparse.Namespace) -> int:
    from local.session import build_session, shut_down
    from pipelines.config.load import parse_document
    from pipelines.gold.explain import explain

    models = parse_document(json.dumps(read_document(load_stack(options.stack_dir)))).gold
    names = [model.name for model in models]
    if options.model is not None and options.model not in names:
        raise LocalError(f"There is no gold model {options.model}; there are {', '.join(names)}.")
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
    return _STOPPED if any(one.fails for one in found) else _FINE


if __name__ == "__main__":
    sys.exit(main())
