"""One engine's backfill in a process of its own: ``python -m bench.pipeline.backfill pipeline|handwritten LANDING``.

Ends with one line ``seconds=… peak_mib=…`` (and ``promotion_s=…`` for the pipeline: a column of the sales turns to text).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.pipeline.engines import Pipeline, embedded_spark, shop_document, timed
from bench.pipeline.events import batch_events, write
from bench.pipeline.handwritten import Handwritten
from bench.pipeline.sections import peak_memory
from pipelines.config.load import load_document


def main(engine: str, landing: Path) -> None:
    """See the module's description."""
    with tempfile.TemporaryDirectory() as name, embedded_spark(Path(name)) as spark:
        folder = Path(name)
        (folder / "landing").symlink_to(landing)
        if engine == "handwritten":
            models = {model.name: model for model in load_document(None).gold}
            seconds, peak = peak_memory(Handwritten(spark, folder, models).run)
            sys.stdout.write(f"seconds={seconds:.1f} peak_mib={peak}\n")
            return
        pipeline = Pipeline(spark, folder, shop_document())
        seconds, peak = peak_memory(pipeline.run)
        odd = {**batch_events(0, 0.001)["sales"][0], "quantity": "a dozen", "sale_id": -1}
        late = landing / "sales" / "99999.json"
        write(late, [odd])
        promotion = timed(pipeline.run)
        late.unlink()  # the other engine gets the same files
        sys.stdout.write(f"seconds={seconds:.1f} peak_mib={peak} promotion_s={promotion:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
