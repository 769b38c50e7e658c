"""Which program deploys: Terraform, OpenTofu, or what `TERRAFORM_BINARY_NAME` names."""

from __future__ import annotations

from pathlib import Path

import pytest

from certify.errors import CertifyError
from certify.terraform import Terraform


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a PATH of one folder; a program in it prints its own name and fails."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    return tmp_path


def install(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\necho run by $0\n")
        (folder / name).chmod(0o755)


def said(folder: Path) -> str:
    return Terraform(folder, {}).run("version").stdout.strip().rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("installed", "wanted", "program"),
    [
        (("terraform", "tofu"), None, "terraform"),
        (("tofu",), None, "tofu"),
        (("terraform", "tofu"), "tofu", "tofu"),
    ],
)
def test_program(
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
    installed: tuple[str, ...],
    wanted: str | None,
    program: str,
) -> None:
    install(programs, *installed)
    if wanted:
        monkeypatch.setenv("TERRAFORM_BINARY_NAME", wanted)
    assert said(programs) == program


def test_nothing_to_run(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CertifyError, match="no terraform and no tofu"):
        Terraform(programs, {})
    install(programs, "terraform")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "tofu")
    with pytest.raises(CertifyError, match="TERRAFORM_BINARY_NAME is tofu"):
        Terraform(programs, {})
