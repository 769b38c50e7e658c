"""The part of `dbutils` that pipelines use, on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

# Largest size of one task value on Databricks, in bytes.
_TASK_VALUE_LIMIT = 48 * 1024


class NotebookExit(Exception):
    """`dbutils.notebook.exit(value)`: the notebook ends here, well, and with this value."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


class FileInfo(NamedTuple):
    """One entry of `dbutils.fs.ls`; folders end in a slash."""

    path: str
    name: str
    size: int
    modificationTime: int  # noqa: N815  (Databricks' own name)

    def isDir(self) -> bool:  # noqa: N802
        """Tell whether it is a folder."""
        return self.name.endswith("/")

    def isFile(self) -> bool:  # noqa: N802
        """Tell whether it is a file."""
        return not self.isDir()


class Widgets:
    """Parameters of a task: what the job passes wins over the default that the notebook declares."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._given = dict(values)
        self._declared: dict[str, str] = {}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:  # noqa: N803
        """Declare a parameter."""
        self._declared[name] = str(defaultValue)

    def dropdown(self, name: str, defaultValue: str, choices: list[str], label: str | None = None) -> None:  # noqa: N803
        """Declare a parameter with choices; the default must be one of them."""
        if defaultValue not in choices:
            raise ValueError(f"Widget {name}: the default {defaultValue!r} is not one of {choices}.")
        self._declared[name] = defaultValue

    combobox = dropdown

    def get(self, name: str) -> str:
        """The value of a parameter; unknown names raise, as on Databricks."""
        for values in (self._given, self._declared):
            if name in values:
                return values[name]
        raise ValueError(f"InputWidgetNotDefined: no input widget named {name} is defined")

    def getAll(self) -> dict[str, str]:  # noqa: N802
        """Every parameter."""
        return {**self._declared, **self._given}

    def remove(self, name: str) -> None:
        """Forget a declaration."""
        self._declared.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802
        """Forget all declarations."""
        self._declared.clear()


class Files:
    """`dbutils.fs` over the local disk; `/Volumes` is the folder of the volumes."""

    def __init__(self, volume_root: Path) -> None:
        self._volume_root = volume_root

    def ls(self, path: str) -> list[FileInfo]:
        """Entries of a folder, sorted; of a file, itself."""
        local_path = self._local(path)
        if local_path.is_file():
            return [_info(local_path)]
        if not local_path.is_dir():
            raise FileNotFoundError(f"No such file or directory: {path}")
        return [_info(entry) for entry in sorted(local_path.iterdir())]

    def mkdirs(self, path: str) -> bool:
        """Make a folder and its parents."""
        self._local(path).mkdir(parents=True, exist_ok=True)
        return True

    def put(self, path: str, contents: str, overwrite: bool = False) -> bool:
        """Write a text."""
        local_path = self._local(path)
        if local_path.exists() and not overwrite:
            raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
        local_path.parent.mkdir(parents=True, exist_ok=True)
        local_path.write_text(contents, encoding="utf-8")
        return True

    def head(self, path: str, max_bytes: int = 65536) -> str:
        """The first bytes of a file as text."""
        with self._local(path).open("rb") as file:
            return file.read(max_bytes).decode("utf-8", errors="ignore")

    def rm(self, path: str, recurse: bool = False) -> bool:
        """Remove a file, or with `recurse` a folder; False where there is none."""
        local_path = self._local(path)
        if local_path.is_dir():
            if not recurse and any(local_path.iterdir()):
                raise OSError(f"{path} is a folder with something in it; pass recurse=True")
            shutil.rmtree(local_path)
        elif local_path.exists():
            local_path.unlink()
        else:
            return False
        return True

    def cp(self, source: str, target: str, recurse: bool = False) -> bool:
        """Copy a file, or with `recurse` a folder."""
        origin, local_path = self._local(source), self._local(target)
        if origin.is_dir():
            if not recurse:
                raise OSError(f"{source} is a folder; pass recurse=True")
            shutil.copytree(origin, local_path, dirs_exist_ok=True)
        else:
            local_path = local_path / origin.name if local_path.is_dir() else local_path
            local_path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(origin, local_path)
        return True

    def mv(self, source: str, target: str, recurse: bool = False) -> bool:
        """Move a file, or with `recurse` a folder."""
        self.cp(source, target, recurse)
        return self.rm(source, recurse)

    def _local(self, path: str) -> Path:
        plain = re.sub(r"^(dbfs|file):(//)?(?=/)", "", path)
        if plain == "/Volumes" or plain.startswith("/Volumes/"):
            return self._volume_root / plain[len("/Volumes/") :]
        return Path(plain)


class Secrets:
    """`dbutils.secrets` from environment variables: `MEDALLION_SECRET_<SCOPE>_<KEY>`."""

    def get(self, scope: str, key: str) -> str:
        """A secret."""
        variable = secret_variable(scope, key)
        value = os.environ.get(variable)
        if value is None:
            raise KeyError(
                f"Secret {scope}/{key} is not known here: set the environment variable {variable}."
            )
        return value

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802
        """A secret as bytes."""
        return self.get(scope, key).encode("utf-8")


class NotebookControl:
    """`dbutils.notebook`."""

    def exit(self, value: Any) -> NoReturn:
        """End the notebook with a value."""
        raise NotebookExit(str(value))


class TaskValueStore:
    """Values that tasks of one run leave for later ones; shared by the threads of a run."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def set(self, task: str, key: str, value: Any) -> None:
        """Leave a value (anything that is JSON)."""
        text = json.dumps(value)
        if len(text.encode("utf-8")) > _TASK_VALUE_LIMIT:
            raise ValueError(f"Task value {key} is larger than 48 KiB.")
        with self._lock:
            self._values[(task, key)] = text

    def get(self, task: str, key: str) -> Any:
        """A value that a task left; KeyError where there is none."""
        with self._lock:
            return json.loads(self._values[(task, key)])


class TaskValues:
    """`dbutils.jobs.taskValues` of one task."""

    def __init__(self, store: TaskValueStore, task: str) -> None:
        self._store = store
        self._task = task

    def set(self, key: str, value: Any) -> None:
        """Leave a value for later tasks."""
        self._store.set(self._task, key, value)

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:  # noqa: N803
        """A value of an earlier task, or the default."""
        try:
            return self._store.get(taskKey, key)
        except KeyError:
            if default is None:
                raise ValueError(f"Task {taskKey} left no value {key}, and there is no default.") from None
            return default


class Jobs:
    """`dbutils.jobs`."""

    def __init__(self, store: TaskValueStore, task: str) -> None:
        self.taskValues = TaskValues(store, task)


class DBUtils:
    """The `dbutils` of a task."""

    def __init__(
        self,
        *,
        parameters: Mapping[str, str] | None = None,
        volume_root: Path | str = "/Volumes",
        task: str = "task",
        task_values: TaskValueStore | None = None,
    ) -> None:
        self.widgets = Widgets(parameters or {})
        self.fs = Files(Path(volume_root))
        self.secrets = Secrets()
        self.notebook = NotebookControl()
        self.jobs = Jobs(task_values or TaskValueStore(), task)


def secret_variable(scope: str, key: str) -> str:
    """The environment variable that stands for a secret."""
    return "_".join(
        ["MEDALLION_SECRET", *(re.sub(r"[^A-Za-z0-9]", "_", part).upper() for part in (scope, key))]
    )


def _info(local_path: Path) -> FileInfo:
    stat = local_path.stat()
    slash = "/" if local_path.is_dir() else ""
    size = 0 if slash else stat.st_size
    return FileInfo(f"{local_path}{slash}", f"{local_path.name}{slash}", size, int(stat.st_mtime * 1000))
