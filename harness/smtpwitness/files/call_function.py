"""Calls one function of a client's file: `call_function.py FILE FUNCTION NAME:KIND=VALUE ...`, in a process of its own.

Exit status 0: it returned, and not False. Whatever it prints is its own business; an exception is shown without our
own lines. Needs nothing but Python itself, and must not be imported.
"""

import asyncio
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from typing import Any


def value(kind: str, text: str) -> Any:
    """What an argument of this kind is: a `file` is its text, line ends kept."""
    if kind == "file":
        return Path(text).read_bytes().decode("utf-8", "surrogateescape")
    if kind == "list":
        return text.split(",")
    return {"int": int, "float": float}.get(kind, str)(text)


def call(file: str, name: str, words: list[str]) -> Any:
    """Import *file* under its own name and call *name* in it."""
    path = Path(file).resolve()
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None, "it ends in .py"
    assert spec.loader is not None, "it is a file"
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arguments = {}
    for word in words:
        head, _, text = word.partition("=")
        parameter, _, kind = head.partition(":")
        arguments[parameter] = value(kind, text)
    result = getattr(module, name)(**arguments)
    if not inspect.iscoroutine(result):
        return result

    async def finished() -> Any:
        return await result

    return asyncio.run(finished())


def _is_ours(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen importlib")


def main() -> int:
    """Exit status: 0, or 1 for False, an exception, or an exit with any other status."""
    try:
        return int(call(sys.argv[1], sys.argv[2], sys.argv[3:]) is False)
    except SystemExit as end:
        if end.code not in (None, 0):
            print(end.code, file=sys.stderr)
        return int(end.code not in (None, 0))
    except BaseException as error:  # whatever it raises is its failure
        trace = error.__traceback__
        while trace is not None and (
            trace.tb_frame.f_code.co_filename == __file__ or "importlib" in str(trace.tb_frame)
        ):
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace)
        return 1


if __name__ == "__main__":
    sys.exit(main())
