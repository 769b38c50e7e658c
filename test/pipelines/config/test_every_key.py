"""Every key of the document, and every parameter, is read by something: a key that nothing reads is a broken promise."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.config import document, load, parameters
from pipelines.config.schema_check import check_json

ROOT = Path(__file__).parents[3]
FULL = ROOT / "test" / "fixtures" / "documents" / "valid" / "full.json"

#: Keys that the library leaves alone, and who reads them.
NOT_LOADED = {
    "documentVersion": "the check of the document, which allows one version",
    "description": "the deploy plane: descriptions of the job and of notebooks",
}

#: Fields that are read as the argument of an overloaded function (``dict``), where the type checker tells nothing.
UNTOLD = {"GoldInput.rename"}


class _Recording(dict[str, Any]):
    """A mapping that keeps the path of every key that it is asked for."""

    def __init__(self, value: dict[str, Any], path: str, read: set[str]) -> None:
        super().__init__({key: _recording(inner, f"{path}{key}", read) for key, inner in value.items()})
        self._path, self._read = path, read

    def __getitem__(self, key: str) -> Any:
        self._read.add(f"{self._path}{key}")
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._read.add(f"{self._path}{key}")
        return super().get(key, default)


def _recording(value: Any, path: str, read: set[str]) -> Any:
    if isinstance(value, list):
        return [_recording(item, path, read) for item in value]
    return _Recording(value, f"{path}.", read) if isinstance(value, dict) else value


def _keys(schema: Any, path: str = "") -> Iterator[str]:
    """The path of every key with a name of its own; keys of any name are read with what holds them."""
    for option in schema.get("anyOf", ()):
        yield from _keys(option, path)
    if "items" in schema:
        yield from _keys(schema["items"], path)
    for key, inner in schema.get("properties", {}).items():
        yield f"{path}{key}"
        yield from _keys(inner, f"{path}{key}.")


def test_every_key_of_the_document_is_loaded() -> None:
    value, faults = check_json(json.loads(FULL.read_text("utf-8")), load.document_schema())
    assert faults == []
    read: set[str] = set()
    load._document(_Recording(value, "", read))
    assert {key for key in _keys(load.document_schema()) if key not in read} == set(NOT_LOADED)


def _with_deprecated_fields(module: str) -> tuple[str, set[str]]:
    """The module with a deprecated property in place of each field of its classes, and the names of those fields."""
    tree, fields = ast.parse(module), set()
    for class_ in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for at, field in enumerate(class_.body):
            if not isinstance(field, ast.AnnAssign):
                continue
            name, type_ = ast.unparse(field.target), ast.unparse(field.annotation)
            fields.add(f"{class_.name}.{name}")
            body = f"@property\n@_deprecated('<{class_.name}.{name}>')\ndef {name}(self) -> {type_}: raise KeyError"
            class_.body[at] = ast.parse(body).body[0]
    source = ast.unparse(tree).replace(
        "\nfrom dataclasses", "\nfrom typing_extensions import deprecated as _deprecated\nfrom dataclasses", 1
    )
    return source, fields


def test_every_field_is_read_by_more_than_the_loader(tmp_path: Path) -> None:
    """The type checker tells where what is deprecated is used, by class and name: a field is read where it tells one."""
    options, fields = [], set()
    for module in (document, parameters):
        file = Path(str(module.__file__))
        source, found = _with_deprecated_fields(file.read_text("utf-8"))
        (tmp_path / file.name).write_text(source, "utf-8")
        options += ["--shadow-file", str(file.relative_to(ROOT)), str(tmp_path / file.name)]
        fields |= found
    assert len(fields) > 60
    options += [f"--cache-dir={ROOT / '.mypy_cache' / 'every_key'}", "--follow-imports=skip"]
    command = [sys.executable, "-m", "mypy", "--enable-error-code=deprecated", *options, "-p", "pipelines"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    read = set(re.findall(r"^(?!pipelines/config/load\.py).*<(\w+\.\w+)>", told.stdout, re.M))
    assert fields - read == UNTOLD, told.stderr
