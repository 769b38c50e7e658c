"""The documents of the Kafka tests load: told in the fast tests, where no broker is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.load import load_document
from test.kafka.topics import plain, signed_in
from test.pipelines.support import Lab


@pytest.mark.parametrize("topic", [plain, signed_in])
def test_the_document_loads(topic: Callable[[str], dict[str, Any]], tmp_path: Path) -> None:
    lab = Lab(None, tmp_path, [topic("localhost:9092")])  # type: ignore[arg-type]
    assert load_document(str(lab.document)).topic("orders").kafka is not None
