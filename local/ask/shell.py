"""The interactive shell of `medallion query`."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from types import ModuleType

from local.ask.engine import is_complete, run_query
from local.ask.folder import TableFolder
from local.ask.inventory import describe_table, list_tables
from local.ask.rows import Target, render
from local.errors import LocalError
from pipelines.errors import counted

_PROMPT, _CONTINUED = "medallion> ", "      ...> "
_HISTORY, _HISTORY_LINES = ".medallion.history", 1000
_HELP = """\
SELECT ...;         a statement, over as many lines as it takes, to the semicolon
.tables             every table
.describe TABLE     the columns of a table
.quit               end, as Ctrl-D does
Ctrl-C drops what is typed, or stops the statement that runs.
"""


def run_shell(folder: TableFolder) -> int:
    """Read statements until the user ends; returns the exit status."""
    history = folder.out / _HISTORY
    editor = _editor()
    if editor is not None:
        with suppress(OSError):
            editor.read_history_file(str(history))
    print(
        f"{counted(len(folder.paths), 'table')} in {folder.out}. Statements end in a semicolon; .help says the rest."
    )
    try:
        _read_statements(folder)
    finally:
        if editor is not None:
            editor.set_history_length(_HISTORY_LINES)
            with suppress(OSError):
                editor.write_history_file(str(history))
    return 0


def _read_statements(folder: TableFolder) -> None:
    text = ""
    while True:
        try:
            text += input(_CONTINUED if text else _PROMPT) + "\n"
            if not text.strip():
                text = ""
            elif text.startswith("."):
                command, text = text.split(), ""
                if command[0] in (".quit", ".exit"):
                    return
                _show(_command(folder, command))
            elif is_complete(text):
                statement, text = text, ""
                _show(render(run_query(folder, statement), _target()))
        except LocalError as error:
            _show(f"{error}\n")
        except KeyboardInterrupt:
            print("^C")
            text = ""
        except EOFError:
            print()
            return


def _command(folder: TableFolder, words: list[str]) -> str:
    match words:
        case [".tables"]:
            return render(list_tables(folder).drop_columns(["comment"]), _target())
        case [".describe", name]:
            return render(describe_table(folder, folder.resolve(name.split("."))), _target())
        case [".help"]:
            return _HELP
    raise LocalError(f"{' '.join(words)} is no command; .help lists them.")


def _target() -> Target:
    return Target(width=shutil.get_terminal_size().columns)


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _editor() -> ModuleType | None:
    """The line editor, which has the history; none on Windows."""
    try:
        import readline
    except ImportError:
        return None
    return readline
