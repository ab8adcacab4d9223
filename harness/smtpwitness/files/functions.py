"""A client that is a function of a Python file: `python:path/to/file.py:smtp_client`.

Its parameters tell by their names what it wants to know. The file is read, not imported, to find them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .problems import nearest

DRIVER = Path(__file__).with_name("call_function.py")
FORM = re.compile(r"(?P<file>.+\.py):(?P<function>\w+)")

PARAMETERS = {
    ("host", ""): "host hostname server servername mailserver mailhost smtpserver smtphost serverhost",
    ("port", "int"): "port serverport smtpport mailport portnumber",
    ("username", ""): "username user login account userid smtpuser smtpusername",
    ("password", ""): "password passwd pwd passcode authcode smtppassword",
    ("sender", ""): "sender from fromaddr fromaddress frommail fromemail mailfrom senderemail senderaddress source",
    ("recipient", ""): "recipient to receiver toaddr toaddress toemail tomail rcpt rcptto mailto receiveremail",
    ("recipients", "list"): "recipients receivers toaddrs toaddresses rcpts",
    ("subject", ""): "subject title mailsubject",
    ("body_file", "file"): "body text content message msg mailbody messagebody",
    ("message_file", ""): "messagefile emlfile",
    ("helo", ""): "helo heloname ehlo ehloname localhostname",
    ("ca_file", ""): "cafile cacert",
    ("timeout", "float"): "timeout",
}
"""For each placeholder, with the kind of its value: the names of parameters that get it, without case and `_`."""

_OF = {name: told for told, names in PARAMETERS.items() for name in names.split()}


class FunctionError(ValueError):
    """What was named is no function that can be called with what there is to tell."""


def command(text: str, folder: Path) -> list[str]:
    """The command that calls the function *text* names (`file.py:function`), the file relative to *folder*.

    Raises `FunctionError`.
    """
    named = FORM.fullmatch(text)
    if named is None:
        raise FunctionError(f"a function is named as python:path/to/file.py:function, and not as {text!r}")
    path = (folder / named["file"]).resolve()
    words = (_word(*one) for one in _wanted(_function(path, named["function"])))
    return ["{python}", *map(_plain, (str(DRIVER), str(path), named["function"])), *words]


def _plain(word: str) -> str:
    return word.replace("{", "{{").replace("}", "}}")


def _word(parameter: str, told: tuple[str, str]) -> str:
    return f"{parameter}:{told[1]}={{{told[0]}}}"


def _function(path: Path, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    try:
        body = ast.parse(path.read_bytes()).body
    except OSError as error:
        raise FunctionError(f"{path.name} cannot be read: {error.strerror}") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise FunctionError(f"{path.name}{line} is no Python: {error.args[0] if error.args else error}") from None
    found = {one.name: one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    if name not in found:
        raise FunctionError(f"{path.name} has no function {name!r}{nearest(name, found)}")
    return found[name]


def _wanted(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each parameter that is told something. One with a default may stay as it is."""
    arguments = function.args
    if arguments.posonlyargs:
        raise FunctionError(f"{function.name} is called by keywords, and takes some of its arguments without")
    needed = len(arguments.args) - len(arguments.defaults)
    listed = [(one.arg, number < needed) for number, one in enumerate(arguments.args)]
    listed += [(o.arg, d is None) for o, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    for name, required in listed:
        told = _OF.get(name.lower().replace("_", ""))
        if told is not None:
            yield name, told
        elif required:
            names = ", ".join(words.split()[0] for words in PARAMETERS.values())
            raise FunctionError(
                f"{function.name} wants {name!r}, and nobody knows what that is: give it a default, or one of the "
                f"names {names}"
            )
