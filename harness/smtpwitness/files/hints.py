"""Reads a client's source without running it: what is worth a note, and what this Python cannot run.

Only the file that the command names is read, and at most 1 MB of it. Of other languages than Python no more is told
than a password in the text.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..model.run import Client, Hint
from ..model.scenario import Place
from .answers import SECRETIVE
from .bundled import known_clients_root
from .functions import DRIVER
from .problems import Problem, ScenarioError

LARGEST = 1_000_000  # octets
MOST = 20
"""Hints that are kept of one client."""

INTERPRETER = re.compile(r"(.*[/\\])?(python|pypy)\d*(\.\d+)?(\.exe)?|\{python\}", re.IGNORECASE)
PYTHON_2 = re.compile(
    r"""\s*print\s+[^\s(=]|\s*except\s+[\w.,() ]+,\s*\w+\s*:|\s*exec\s+["'\w]"""
    r"""|\s*raise\s+\w+\s*,|.*`\w+`|.*<>"""
)
"""Lines that are no Python 3, and were Python 2."""

OTHERS = (".js", ".mjs", ".cjs", ".ts", ".java", ".php", ".pl", ".rb")
NAMED = re.compile(r"""\b(\w{1,60})["']?\s*(?:=>|[:=])\s*(["'])([^"'\\$]{1,100})\2""")
"""A literal text that is given to a name in such a language."""

PASSWORD = re.compile(r"(?i:pass(?:word|wd)|pwd|auth_?code|密码|口令|授权码)$|(?i:(?:^|_)pass)$|[a-z]Pass$")
"""How the name of a password ends there, where less is known of what a name stands for than in Python."""


def with_interpreter(clients: Sequence[Client], python: str | None) -> list[Client]:
    """*clients*, those that begin with `python` or `{python}` run by the interpreter *python*; shipped ones never are.

    Raises `ScenarioError` if it is not there, or nobody is run by it.
    """
    if python is None:
        return list(clients)
    found = shutil.which(python)
    if found is None:
        raise _refusal(Place("--python", 1, 1), f"there is no program {python}")
    path = str(Path(found).absolute()).replace("{", "{{").replace("}", "}}")
    meant = [not _shipped(one) and INTERPRETER.fullmatch(one.argv[0]) is not None for one in clients]
    if not any(meant):
        raise _refusal(Place("--python", 1, 1), "no client's command begins with python or {python}")
    return [
        replace(one, argv=(path, *one.argv[1:])) if chosen else one for one, chosen in zip(clients, meant, strict=True)
    ]


def looked_at(client: Client) -> Client:
    """*client* with hints on its source. Raises `ScenarioError` for one that its interpreter cannot run."""
    path, tree = _read(client)
    told = list(hints(tree)) if tree else []
    if path is None:
        path, passwords = _in_another_language(client)
        told = [(line, "hint.password-here") for line, _ in passwords]
    found = (
        sorted({Hint(key, path.name, line) for line, key in told}, key=lambda one: (one.line, one.key)) if path else []
    )
    return replace(client, hints=tuple(found[:MOST]))


def passwords_in(client: Client) -> tuple[str, ...]:
    """The passwords that stand in the text of *client*, such as a traceback shows: to be kept in memory, and out of all
    that is stored. Raises `ScenarioError` as `looked_at`.
    """
    path, tree = _read(client)
    if path is None:
        return tuple(text for _, text in _in_another_language(client)[1])
    return tuple(text for node in ast.walk(tree) for _, text in _passwords(node))[:MOST] if tree else ()


def _read(client: Client) -> tuple[Path | None, ast.Module | None]:
    """Its source, if it is Python that can be read."""
    path = None if _shipped(client) else _source(client)
    if path is None:
        return None, None
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST + 1)
        with warnings.catch_warnings(action="ignore"):  # such as an escape that is none
            tree = ast.parse(octets)
    except FileNotFoundError:
        _must_not_be_missing(client, path)
        return path, None
    except SyntaxError as error:
        _must_not_be_python_2(client, path, octets, error.lineno or 1)
        return path, None  # a mistake of its writer's: running it tells
    except (OSError, ValueError, RecursionError, MemoryError):
        return path, None
    return path, None if len(octets) > LARGEST else tree


def _must_not_be_missing(client: Client, path: Path) -> None:
    """The first word after the interpreter is the program; a later one may be anything, such as a file to write."""
    if client.argv[1].endswith(".py") and not client.files:
        raise _refusal(client.place or Place(path.name, 1, 1), f"there is no file {path}")


def _must_not_be_python_2(client: Client, path: Path, octets: bytes, number: int) -> None:
    lines = octets.decode("utf-8", "replace").splitlines()
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    if PYTHON_2.match(line) and _version(client) >= (3, 0):
        raise _refusal(
            Place(path.name, number, 1),
            "this is written for Python 2, and Python 3 cannot run it: mend the line, or choose a Python 2 by --python",
        )


def _refusal(place: Place, message: str) -> ScenarioError:
    return ScenarioError((Problem(place, message),))


def _shipped(client: Client) -> bool:
    return client.place is not None and Path(client.place.file).resolve().parent == known_clients_root().resolve()


def _source(client: Client) -> Path | None:
    """The Python file that the command runs, if it says so."""
    if not INTERPRETER.fullmatch(client.argv[0]):
        return None
    folder = Path(client.place.file).parent if client.place else Path()
    words = [word.replace("{here}", str(folder.resolve())) for word in client.argv[1:] if word != str(DRIVER)]
    return next((folder / word for word in words if word.endswith(".py")), None)


def _version(client: Client) -> tuple[int, ...]:
    """Of the interpreter that the command names; (0,) if it cannot be asked."""
    python = client.argv[0]
    if python in ("{python}", sys.executable):
        return tuple(sys.version_info[:2])
    try:
        told = subprocess.run(  # noqa: S603 - an interpreter of the caller's choice, which is to run the client anyway
            [python, "-c", "import sys; print('%d %d' % sys.version_info[:2])"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=True,
        )
        return tuple(map(int, told.stdout.split()))
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0,)


# --- what is worth a note


def hints(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and key of each."""
    received = _received(tree)
    old_names = not any(
        isinstance(node, ast.Name) and node.id == "raw_input" and _stores(node) for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        for line, _ in _passwords(node):
            yield line, "hint.password"
        if isinstance(node, ast.Attribute) and node.attr == "wrap_socket" and _is(node.value, "ssl"):
            yield node.lineno, "hint.wrap-socket"
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "ssl"
            and "wrap_socket" in [one.name for one in node.names]
        ):
            yield node.lineno, "hint.wrap-socket"
        if isinstance(node, ast.Attribute | ast.Name) and _name(node) in ("CERT_NONE", "_create_unverified_context"):
            yield node.lineno, "hint.unverified"
        if isinstance(node, ast.Assign) and _is_false(node.value) and "check_hostname" in map(_name, node.targets):
            yield node.lineno, "hint.unverified"
        if isinstance(node, ast.Compare) and _bytes_and_str([node.left, *node.comparators], received):
            yield node.lineno, "hint.bytes-and-str"
        if isinstance(node, ast.Name) and node.id == "raw_input" and old_names:
            yield node.lineno, "hint.python2"


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _catches_its_absence(tree: ast.Module) -> bool:
    """Whether the text provides for Python 3: it gives the name a meaning, catches its absence, or asks the version."""
    if any(isinstance(node, ast.Name) and node.id == "raw_input" and _stores(node) for node in ast.walk(tree)):
        return True
    names = {_name(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}
    return bool(names & {"NameError", "version_info", "version"})


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _text(node: ast.AST | None) -> str:
    """A literal text that can be a secret, else "": no sentence, and not asked for or filled in."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
        return ""
    text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
    return text if _may_be_secret(text) else ""


def _may_be_secret(text: str) -> bool:
    return 4 <= len(text) <= 100 and re.search(r"[\s{}%:<>]", text) is None


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _passwords(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of each literal that *node* uses as a password."""
    for name, value in _given(node):
        if value is not None and _secretive(name) and (text := _text(value)):
            yield value.lineno, text


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """What *node* gives a value, by name, and the value."""
    if isinstance(node, ast.Assign):
        yield from ((_name(one), node.value) for one in node.targets)
    elif isinstance(node, ast.AnnAssign):
        yield _name(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.arguments):
        plain = [*node.posonlyargs, *node.args]
        yield from ((one.arg, value) for one, value in zip(plain[::-1], node.defaults[::-1], strict=False))
        yield from ((one.arg, value) for one, value in zip(node.kwonlyargs, node.kw_defaults, strict=True))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "login":
        yield from (("password", one) for one in node.args[1:2])


def _secretive(name: str) -> bool:
    return (
        SECRETIVE.search(name) is not None and re.search(r"prompt|file|path|env|var|url", name, re.IGNORECASE) is None
    )


def _received(tree: ast.Module) -> frozenset[str]:
    """Names that are given what `recv` gives, and never anything else."""
    nodes = list(ast.walk(tree))
    plain = [one for one in nodes if isinstance(one, ast.Assign) and len(one.targets) == 1 and _is_recv(one.value)]
    given = Counter(_name(one.targets[0]) for one in plain if isinstance(one.targets[0], ast.Name))
    stored = Counter(one.id for one in nodes if isinstance(one, ast.Name) and _stores(one))
    parameters = {one.arg for one in nodes if isinstance(one, ast.arg)}
    return frozenset(name for name, count in given.items() if stored[name] == count and name not in parameters)


def _is_recv(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "recv"


def _bytes_and_str(operands: Sequence[ast.expr], received: frozenset[str]) -> bool:
    text = any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in operands)
    return text and any(_is_bytes(one, received) for one in operands)


def _is_bytes(node: ast.expr, received: frozenset[str]) -> bool:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        node = node.value
    literal = isinstance(node, ast.Constant) and isinstance(node.value, bytes)
    return literal or _is_recv(node) or (isinstance(node, ast.Name) and node.id in received)


# --- other languages


def _in_another_language(client: Client) -> tuple[Path | None, tuple[tuple[int, str], ...]]:
    """The source of *client*, if its command names one, and each password in it: line and text."""
    folder = Path(client.place.file).parent if client.place else Path()
    words = [word.replace("{here}", str(folder.resolve())) for word in client.argv if not _shipped(client)]
    path = next((folder / word for word in words if word.endswith(OTHERS)), None)
    try:
        octets = path.read_bytes() if path and path.is_file() and path.stat().st_size <= LARGEST else b""
    except OSError:
        octets = b""
    lines = enumerate(octets.decode("utf-8", "replace").split("\n"), 1)
    found = ((number, name, text) for number, line in lines for name, _, text in NAMED.findall(line))
    return path, tuple((number, text) for number, name, text in found if _names_its_password(name, text))[:MOST]


def _names_its_password(name: str, text: str) -> bool:
    return PASSWORD.search(name) is not None and _may_be_secret(text) and SECRETIVE.search(text) is None
