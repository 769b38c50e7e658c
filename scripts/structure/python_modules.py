"""Prints, as JSON, every module of the packages in a folder: its file, what it imports of them, its lines, its longest function."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path


def describe(root: Path, packages: list[str]) -> list[dict[str, object]]:
    """Describe the modules of ``packages``, which are folders below ``root``."""
    files = {path for package in packages for path in (root / package).rglob("*.py")}
    names = {_name(root, path): path for path in files}
    return [_describe(root, path, names) for path in sorted(files)]


def _describe(root: Path, path: Path, names: dict[str, Path]) -> dict[str, object]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    package = _name(root, path).split(".")[: None if path.name == "__init__.py" else -1]
    functions = [
        (node.end_lineno - node.lineno + 1, node.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    ]
    longest = max(functions, default=(0, ""))
    found = {names[name] for name in _imported(tree, package, names)} - {path}
    return {
        "file": path.relative_to(root).as_posix(),
        "imports": sorted(other.relative_to(root).as_posix() for other in found),
        "lines": len(text.splitlines()),
        "longestFunction": {"lines": longest[0], "name": longest[1]},
    }


def _imported(tree: ast.AST, package: list[str], names: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            inner = {f"{module}.{alias.name}" for alias in node.names}
            found |= inner & names.keys() or {module}
    return found & names.keys()


def _name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


if __name__ == "__main__":
    json.dump(describe(Path(sys.argv[1]), sys.argv[2:]), sys.stdout)
