"""Clients under test as data: a known name, a `*.client.yaml` file or a command line, and how to start one.

A command line says by its placeholders what the client can do (DESIGN.md, section 4); a file may say it outright.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PureWindowsPath
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..model.run import CAPABILITIES, Client
from ..model.scenario import Place
from ..model.template import TemplateError, parse
from . import functions
from .answers import answer_pairs, names_in, wrong_answer, wrong_file
from .bundled import known_clients_root
from .known import OwnEntry, deviations
from .nodes import Fields
from .problems import Problem, ScenarioError, nearest
from .validated import place_of, read_fields, validated

Values = Mapping[str, str | Sequence[str]]
"""What a client is told: text for each name of `VALUES`, a list for `recipients`. What it is not told is not there."""

VALUES = (
    *("host", "port", "tls", "auth", "username", "password", "sender", "recipient", "recipients", "message_file"),
    *("subject", "body_file", "helo", "ca_file", "certificate_file", "timeout"),
)
"""Placeholders of the contract. All but `recipient` are variables too: `SMTP_HOST`, ..."""

PLACES = ("here", "python")
"""Placeholders that say nothing about the job: the client file's folder, and the Python that runs the harness."""

_NEVER_GUESSED = ("auth-external", "auth-scram-sha-256-plus")
_AUTH = tuple(name for name in CAPABILITIES if name.startswith("auth-") and name not in _NEVER_GUESSED)
CAN = {
    "tls": ("starttls", "implicit-tls"),
    "auth": _AUTH,
    "recipients": ("several-recipients",),
    "message_file": ("raw-message",),
    "timeout": ("timeout",),
    "helo": ("helo",),
}
"""What a client can do that takes this placeholder."""

SUFFIX = ".client.yaml"
FUNCTION = "python:"
COMMAND_LINE = "--client"  # stands for the file where a command line is wrong


WHERE = frozenset(("host", "port", "ca_file"))
"""What tells a client where to send, and nothing of its job: that it has in its own text."""

Answers = Sequence[tuple[str, str]]


def client_from(text: str, answers: Answers = ()) -> Client:
    """The client that *text* names: a known name, a path to a `*.client.yaml`, `python:file.py:function`, or a quoted
    command line.

    *answers* are for a command line; a file has its own.

    Raises `ScenarioError` for a name that is not known (it tells the nearest), for a file that is wrong or cannot be
    read, and for a command line that is empty or has an unknown placeholder. One without any is redirected.
    """
    if text.endswith((SUFFIX, ".yaml", ".yml")) and "{" not in text:
        return read_client(Path(text))
    if re.fullmatch(r"[\w.+-]+", text):
        known = known_clients()
        if text not in known:
            raise _refusal(f"there is no known client {text!r}{nearest(text, known)}; known are {', '.join(known)}")
        return read_client(known[text])
    return _from_command_line(text, answers)


def clients_from(texts: Iterable[str], answers: Answers = ()) -> list[Client]:
    """The clients that *texts* name; those of one name get names of their own: `name`, `name-2`, ..."""
    chosen = [client_from(text, answers) for text in texts]
    if answers and all(one.place is not None for one in chosen):
        raise _refusal("--answer is for a command line; a *.client.yaml has `answers:`")
    found: list[Client] = []
    for client in chosen:
        names = (client.name, *(f"{client.name}-{number}" for number in range(2, len(chosen) + 2)))
        taken = {one.name for one in found} | {one.name for one in chosen if one.name != client.name}
        found.append(replace(client, name=next(name for name in names if name not in taken)))
    return found


def known_clients() -> dict[str, Path]:
    """The files of the clients that ship with the package, by name, in order."""
    return dict(sorted((path.name.removesuffix(SUFFIX), path) for path in known_clients_root().glob("*" + SUFFIX)))


# --- a command line ---------------------------------------------------------------------------------------------


def _from_command_line(text: str, answers: Answers = ()) -> Client:
    place = Place(COMMAND_LINE, 1, 1)
    try:
        argv = (
            functions.command(text.removeprefix(FUNCTION), Path()) if text.startswith(FUNCTION) else split_command(text)
        )
    except functions.FunctionError as error:
        raise _refusal(str(error)) from error
    except ValueError as error:
        raise _refusal(f"the command line cannot be taken apart: {error} in {text}") from error
    if not argv:
        raise _refusal("the command line is empty")
    problems = [Problem(place, message) for word in argv for message in _wrong_placeholders(word, VALUES + PLACES[1:])]
    problems += [Problem(place, message) for pair in answers for message in _wrong_answers(*pair)]
    if problems:
        raise ScenarioError(tuple(problems))
    client = Client(_name(argv), tuple(argv), answers=tuple(answers))
    names = told_by(client)
    told = names & frozenset(VALUES)
    supports = _supports(names) if told else None  # None: what it can do stands in its text
    return replace(client, takes=_takes(names), supports=supports, redirect=not told, learn=told <= WHERE)


def told_by(client: Client) -> frozenset[str]:
    """Names of all placeholders by which a client is told something: in its command, its answers and its files."""
    return placeholders(client.argv) | names_in(client, VALUES)


def _wrong_answers(pattern: str, text: str) -> list[str]:
    wrong = wrong_answer(pattern, text)
    return [*([wrong] if wrong else []), *_wrong_placeholders(text, VALUES)]


NAMES_ITS_SERVER = (
    "the command has no placeholder, so it names its server itself and would send to a real one; give it {host} and "
    "{port}, or say `redirect: true`, or `reads-environment: true` if it takes them from there"
)


def _refusal(message: str) -> ScenarioError:
    return ScenarioError((Problem(Place(COMMAND_LINE, 1, 1), message),))


def split_command(text: str, windows: bool = sys.platform == "win32") -> list[str]:
    """The words of a command line. On Windows a backslash is a letter and only `"` quotes. Raises `ValueError`."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    if windows:
        lexer.escape = ""
        lexer.quotes = '"'
    return list(lexer)


def placeholders(argv: Iterable[str]) -> frozenset[str]:
    """Names of the placeholders in the words of a command."""
    return frozenset().union(*(parse(word).names for word in argv))


def _wrong_placeholders(word: str, known: Sequence[str]) -> list[str]:
    try:
        template = parse(word)
    except TemplateError as error:
        return [f"in {word!r} there is {error}"]
    written = [part for part in template.parts if not isinstance(part, str)]
    unknown = [f"there is no placeholder {p}{nearest(p.name, known)}" for p in written if p.name not in known]
    return unknown + [f"{p}: no encoding can be asked for here" for p in written if p.name in known and p.how]


def _supports(names: frozenset[str]) -> frozenset[str]:
    can = {capability for name in names for capability in CAN.get(name, ())}
    if "auth" not in names and names & {"username", "password"}:
        can |= {"auth-login", "auth-plain"}
    return frozenset(can)


def _takes(names: frozenset[str]) -> str:
    if "message_file" in names:
        return "raw"
    return "composed" if names & {"subject", "body_file"} else "fixed"


def _name(argv: Sequence[str], windows: bool = sys.platform == "win32") -> str:
    """A short name for reports and files: the program, or the script that an interpreter runs."""
    words = [word for word in argv if "{" not in word and not word.startswith("-") and word != str(functions.DRIVER)]
    words = words or ["python"]
    pure = PureWindowsPath if windows else PurePath
    stems = [pure(word).name.removesuffix(pure(word).suffix) for word in words]
    runs_a_script = "{" in argv[0] or re.fullmatch(r"python[\d.]*|py|node|java|ruby|perl|php|sh|bash|env", stems[0])
    stem = stems[1] if runs_a_script and "{" not in argv[0] and len(stems) > 1 else stems[0]
    return re.sub(r"[^\w.+-]+", "-", stem) or "client"


# --- a client file ----------------------------------------------------------------------------------------------


def _words(value: object) -> object:
    return split_command(value) if isinstance(value, str) else value


def _capability(word: str) -> str:
    if word not in CAPABILITIES:
        raise ValueError(f"there is no capability {word!r}{nearest(word, CAPABILITIES)}")
    return word


class _ClientFile(BaseModel):
    """The keys of a `*.client.yaml`."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, pattern=r"^\w[\w.+-]*$")
    title: str = ""
    command: Annotated[list[str], BeforeValidator(_words)] = Field(min_length=1)
    takes: Literal["raw", "composed", "fixed"] | None = None
    supports: list[Annotated[str, AfterValidator(_capability)]] | None = None
    exit: dict[Literal["accepted", "temporary", "permanent", "unsupported"], list[int]] | None = None
    tells_classes: bool = Field(False, alias="tells-classes")
    reads_environment: bool = Field(False, alias="reads-environment")
    redirect: bool = False
    env: dict[str, str] = {}
    version: Annotated[list[str], BeforeValidator(_words)] = []
    install: str = ""
    known: list[OwnEntry] = []
    answers: Annotated[list[tuple[str, str]], BeforeValidator(answer_pairs)] = []
    files: dict[str, str] = {}
    learn: bool | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a client comes from: `version` is a command that prints its version, `install` one that installs it.

    Neither knows of a job: the only placeholders are `{here}` and `{python}`. Empty where the file does not say it.
    """

    client: Client
    version: tuple[str, ...] = ()
    install: str = ""


def read_client(path: Path) -> Client:
    """The client that a `*.client.yaml` describes. Raises `ScenarioError` with all that is wrong in it."""
    return read_origin(path).client


def read_origin(path: Path) -> Origin:
    """The same, and where the client comes from."""
    written = read_fields(path, "the client")
    file = validated(_ClientFile, written)
    if len(file.command) == 1 and file.command[0].startswith(FUNCTION):
        try:
            file.command = functions.command(file.command[0].removeprefix(FUNCTION), path.parent)
        except functions.FunctionError as error:
            raise ScenarioError((Problem(place_of(written, ("command",)), str(error)),)) from error
    if problems := tuple(_contradictions(file, written)):
        raise ScenarioError(problems)
    install = file.install.strip().replace("{here}", str(path.parent))
    return Origin(_client(file, path, written), tuple(file.version), install)


def _contradictions(file: _ClientFile, written: Fields) -> Iterable[Problem]:
    """What pydantic cannot see."""
    wrong = [
        (n, message) for n, word in enumerate(file.command) for message in _wrong_placeholders(word, VALUES + PLACES)
    ]
    yield from (Problem(place_of(written, ("command", index)), message) for index, message in wrong)
    for pair in file.answers:
        for message in _wrong_answers(*pair):
            wrong.append((0, message))
            yield Problem(place_of(written, ("answers",)), message)
    for name in file.files:
        if message := wrong_file(name):
            yield Problem(place_of(written, ("files", name), of_key=True), message)
    told = wrong or file.reads_environment or _names(file).intersection(VALUES)
    if not told and not file.redirect:
        yield Problem(place_of(written, ("command",)), NAMES_ITS_SERVER)
    for index, word in enumerate(file.version):
        for message in _wrong_placeholders(word, PLACES):
            yield Problem(place_of(written, ("version", index)), message)
    seen: set[int] = set()
    for word, statuses in (file.exit or {}).items():
        for index, status in enumerate(statuses):
            if status in seen:
                yield Problem(place_of(written, ("exit", word, index)), f"exit status {status} stands here twice")
            seen.add(status)


def _names(file: _ClientFile) -> frozenset[str]:
    return told_by(Client("", tuple(file.command), answers=tuple(file.answers), files=file.files))


def _client(file: _ClientFile, path: Path, written: Fields) -> Client:
    names = _names(file)
    known = names.intersection(VALUES) and not file.reads_environment
    supports = _supports(names) if known else None  # None: nobody knows what it reads, or what stands in its text
    client = Client(
        file.name or path.name.removesuffix(SUFFIX),
        tuple(file.command),
        takes=file.takes or _takes(names),
        supports=supports if file.supports is None else frozenset(file.supports),
        tells_classes=file.tells_classes,
        reads_environment=file.reads_environment,
        env=MappingProxyType(dict(file.env)),
        place=Place(str(path), 1, 1),
        title=file.title,
        redirect=file.redirect,
        known=deviations(file.known, written),
        answers=tuple(file.answers),
        files=MappingProxyType(dict(file.files)),
        learn=names.intersection(VALUES) <= WHERE and not file.reads_environment if file.learn is None else file.learn,
    )
    if file.exit is None:
        return client
    return replace(client, exits=MappingProxyType({n: word for word, numbers in file.exit.items() for n in numbers}))


# --- to start it ------------------------------------------------------------------------------------------------


def arguments(client: Client, values: Values) -> list[str]:
    """The words of the client's command with *values* in place; what it is not told is empty.

    `{recipients}` alone becomes one word for each; inside a longer word they are joined by commas.
    """
    argv: list[str] = []
    for word in client.argv:
        if word == "{recipients}":
            argv += _listed(values.get("recipients", ()))
        else:
            argv.append(parse(word).fill(lambda part: value_of(client, values, part.name)))
    return argv


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def value_of(client: Client, values: Values, name: str) -> str:
    """What a placeholder stands for; "" for what the client is not told."""
    if name == "python":
        return sys.executable
    if name == "here":
        return str(Path(client.place.file).resolve().parent) if client.place else ""
    return ",".join(_listed(values.get(name, "")))


LONGEST = 32_000  # characters: Windows gives 32767 to a variable, Linux four times that
CA_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO")
WINDOWS = (
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
)
"""Variables without which programs on Windows do not start."""


def environment(
    client: Client,
    values: Values,
    ca_file: Path,
    folder: Path,
    *,
    job_file: Path | None = None,
    result_file: Path | None = None,
    caller: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The whole environment of the client's process; makes its home and its folder for temporary files in *folder*.

    Of the caller's variables only PATH and what Windows needs come through. A value that no variable can hold (with a
    NUL, a recipient of several lines, more than 32000 characters) is left out: the job file has it.
    """
    home, temporary = folder / "home", folder / "tmp"
    for made in (home, temporary):
        made.mkdir(parents=True, exist_ok=True)
    upper = {name.upper(): value for name, value in caller.items()}
    return {
        **{name: upper[name] for name in WINDOWS if name in upper},
        "PATH": upper.get("PATH", os.defpath),
        **dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(home)),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
        "LANG": "C.UTF-8",
        **dict.fromkeys(CA_VARIABLES, str(ca_file)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        **_variables(values),
        **({"SMTP_JOB_FILE": str(job_file)} if job_file else {}),
        **({"SMTP_RESULT_FILE": str(result_file)} if result_file else {}),
        **client.env,
    }


def _variables(values: Values) -> dict[str, str]:
    """`SMTP_HOST` and so on; recipients one a line."""
    told = {}
    for name in VALUES:
        lines = _listed(values[name]) if name in values else []
        text = "\n".join(lines)
        one_a_line = name != "recipients" or not any(re.search("[\r\n]", line) for line in lines)
        if name in values and name != "recipient" and one_a_line and "\0" not in text and len(text) <= LONGEST:
            told[f"SMTP_{name.upper()}"] = text
    return told
