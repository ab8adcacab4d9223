"""What the client's program said at its end, in one line: where a verdict is bad, that is often the whole story."""

from __future__ import annotations

import re

from ..model.run import Process

LONGEST = 200
"""Characters of a line that are told."""

BACKSLASH = "\\"

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_OTHERS = re.compile(r"[/\\]lib(64)?[/\\]python\d|[/\\]Lib[/\\]|site-packages|dist-packages|^<|call_function\.py$")
"""Files of Python itself, of packages, and of our own that calls a function: no mistake of the client's is there."""

_OTHER_FRAMES = (
    re.compile(r"^\s+at .*?\(?(?P<file>[^\s():/\\]+\.[cm]?[jt]s):(?P<line>\d+):\d+\)?$", re.MULTILINE),  # JavaScript
    re.compile(r"^\s+at (?!java\.|javax\.|jdk\.|sun\.).*\((?P<file>\w+\.java):(?P<line>\d+)\)$", re.MULTILINE),
)


def last_words(process: Process) -> str:
    """The prompt that nothing answered, the exception that ended it and where, or its last line of standard error."""
    if process.asked:
        return f"its prompt {_short(process.asked)!r} was not answered"
    lines = [line.strip() for line in process.stderr.splitlines() if line.strip()]
    if not lines:
        return f"it was ended by {process.signal}" if process.signal and not process.timed_out else ""
    if process.exit_status in (0, None):
        return ""
    where, error = _where(process.stderr), lines[-1]
    before_frames = re.search(r"^(.*\S.*)\n\s+at ", process.stderr, re.MULTILINE)
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
