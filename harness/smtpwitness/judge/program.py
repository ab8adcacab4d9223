"""What the client's program said at its end, in one line: where a verdict is bad, that is often the whole story."""

from __future__ import annotations

import re

from ..model.run import Process

LONGEST = 200
"""Characters of a line that are told."""

BACKSLASH = "\\"

LOOKED_AT, LINE = 20_000, 400
"""Characters of standard error, from its end, and of one of its lines that are looked at: it is a stranger's."""

_FRAME = re.compile(r'^[ \t]*File "(?P<file>[^"\n]+)", line (?P<line>\d+)', re.MULTILINE)
_OTHERS = re.compile(r"[/\\]lib(64)?[/\\]python\d|[/\\]Lib[/\\]|site-packages|dist-packages|^<|call_function\.py$")
"""Files of Python itself, of packages, and of our own that calls a function: no mistake of the client's is there."""

_OTHER_FRAMES = (
    re.compile(r"^[ \t]+at .*?\(?(?P<file>[^\s():/\\]+\.[cm]?[jt]s):(?P<line>\d+):\d+\)?$", re.MULTILINE),  # JavaScript
    re.compile(r"^[ \t]+at (?!java\.|javax\.|jdk\.|sun\.).*\((?P<file>\w+\.java):(?P<line>\d+)\)$", re.MULTILINE),
)


def last_words(process: Process) -> str:
    """The prompt that nothing answered, the exception that ended it and where, or its last line of standard error."""
    if process.asked:
        return f"its prompt {_short(process.asked)!r} was not answered"
    stderr = "\n".join(line[:LINE] for line in process.stderr[-LOOKED_AT:].splitlines())
    lines = [line.strip() for line in stderr.split("\n") if line.strip()]
    if not lines:
        return f"it was ended by {process.signal}" if process.signal and not process.timed_out else ""
    if process.exit_status in (0, None):
        return ""
    where, error = _where(stderr), lines[-1]
    before_frames = re.search(r"^(.*\S.*)\n[ \t]+at ", stderr, re.MULTILINE)
    if before_frames:  # JavaScript and Java name the error first, Python names it last
        error = before_frames[1].strip()
    return f"{_short(error)} ({where})" if where else _short(error)


def _where(stderr: str) -> str:
    """The client's own line that was being run, as `file, line N`, or ""."""
    own = [one for one in _FRAME.finditer(stderr) if not _OTHERS.search(one["file"])][-1:]
    own = own or [one for pattern in _OTHER_FRAMES for one in pattern.finditer(stderr)][:1]
    return "".join(f"{one['file'].replace(BACKSLASH, '/').rpartition('/')[2]}, line {one['line']}" for one in own)


def _short(line: str) -> str:
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"
