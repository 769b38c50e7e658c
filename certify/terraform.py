"""Terraform, or OpenTofu, in the folder of a stack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from certify.errors import CertifyError, CheckFailedError

_TAIL = 25
#: Status of `plan -detailed-exitcode`.
NOTHING_TO_DO, CHANGES = 0, 2


class Terraform:
    """The program, in one folder; its state lies there too."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._program = _find()
        self.folder = folder
        self._environment = environment

    @property
    def has_state(self) -> bool:
        """Tell whether something may be deployed from here."""
        return (self.folder / "terraform.tfstate").exists()

    def run(self, *arguments: str, allowed: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; raises `CheckFailedError` with the end of its output at any other status."""
        done = subprocess.run(
            [self._program, *arguments, "-input=false", "-no-color"],
            cwd=self.folder,
            env={**os.environ, **self._environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in allowed:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_TAIL:])
            raise CheckFailedError(
                f"{Path(self._program).name} {arguments[0]} ended with status {done.returncode}:\n{said}"
            )
        return done

    def planned(self) -> list[dict[str, Any]]:
        """Changes that a plan holds, as `terraform show -json` has them, without those that do nothing."""
        self.run("plan", "-out=certify.tfplan")
        shown = self._show("certify.tfplan")
        return [
            one
            for one in shown.get("resource_changes", ())
            if one["change"]["actions"] not in (["no-op"], ["read"])
        ]

    def resources(self) -> list[dict[str, Any]]:
        """Resources of the state, with their values."""
        module = self._show().get("values", {}).get("root_module", {})
        found: list[dict[str, Any]] = module.get("resources", [])
        return found

    def _show(self, *file: str) -> dict[str, Any]:
        done = subprocess.run(
            [self._program, "show", "-json", *file],
            cwd=self.folder,
            env={**os.environ, **self._environment},
            capture_output=True,
            text=True,
            check=True,
        )
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown


def _find() -> str:
    """Path of the program: the one that `TERRAFORM_BINARY_NAME` names, as for `scripts/ci`; else terraform, else tofu."""
    wanted = os.environ.get("TERRAFORM_BINARY_NAME")
    for name in [wanted] if wanted else ["terraform", "tofu"]:
        if program := shutil.which(name):
            return program
    if wanted:
        raise CertifyError(
            f"TERRAFORM_BINARY_NAME is {wanted}, which is no program on the PATH: install it, or name terraform or tofu."
        )
    raise CertifyError("There is no terraform and no tofu on the PATH: install one of them.")
