"""The command ``rawsmtp``: options in, exit status out."""

from __future__ import annotations

import argparse
import io
import json
import locale
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final, NoReturn, TextIO

from .delivery import deliver
from .job import Options, read_job
from .outcome import (
    EXIT_ACCEPTED,
    EXIT_PERMANENT,
    EXIT_PROTOCOL,
    EXIT_TEMPORARY,
    EXIT_UNSUPPORTED,
    EXIT_USAGE,
    Failure,
    Status,
    UsageError,
    overall_exit_status,
)
from .transaction import Outcomes
from .window import Window, readable

EPILOG: Final = """\
example:
  SMTP_PASSWORD=... rawsmtp --host mail.example.test --tls starttls --auth login \\
      --username alice@example.test --sender alice@example.test \\
      --recipient bob@example.test --subject "Hello" --body "Hello Bob!"

Each option has an environment variable, such as SMTP_HOST for --host; the option wins.
The password comes from SMTP_PASSWORD, or is asked for in a terminal.

exit status: 0 accepted, 69 refused for good, 75 failed for now (try again later), 70 the
server broke the protocol, 127 not supported by this client, 2 the command line is wrong.
"""

SENTENCES: Final = {
    "en": {
        EXIT_ACCEPTED: "Message accepted by the server",
        EXIT_USAGE: "the job is wrong",
        EXIT_PERMANENT: "not accepted",
        EXIT_PROTOCOL: "the server broke the protocol",
        EXIT_TEMPORARY: "not accepted for now, try again later",
        EXIT_UNSUPPORTED: "not supported",
    },
    "zh": {
        EXIT_ACCEPTED: "邮件已被服务器接受",
        EXIT_USAGE: "任务有误",
        EXIT_PERMANENT: "邮件未被接受",
        EXIT_PROTOCOL: "服务器违反了协议",
        EXIT_TEMPORARY: "邮件暂未被接受，请稍后重试",
        EXIT_UNSUPPORTED: "不支持",
    },
}


def main(argv: Sequence[str] | None = None) -> int:
    """Do one job; return the exit status. Whatever happens is told in one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_a_character(stream)
    lang = _language(os.environ)
    try:
        arguments = _parser().parse_args(argv)
        lang = arguments.lang or lang
        return _run(arguments, os.environ, lang)
    except SystemExit:  # --help
        return EXIT_ACCEPTED
    except Failure as failure:
        return _fail(lang, failure.exit_status, str(failure))
    except KeyboardInterrupt:
        return _fail(lang, EXIT_TEMPORARY, "interrupted")
    except Exception as error:  # a mistake of ours; still no traceback for the user
        return _fail(lang, EXIT_PROTOCOL, f"internal error: {type(error).__name__}: {error}")


def _run(arguments: argparse.Namespace, environment: Mapping[str, str], lang: str) -> int:
    window = Window(None if arguments.quiet else sys.stdout)
    results: list[Outcomes] = []
    try:
        results = deliver(read_job(_options(arguments), environment), window)
    finally:
        if result_file := environment.get("SMTP_RESULT_FILE"):
            _write_results(Path(result_file), results)
    return _conclude(results, window, lang)


def _conclude(results: list[Outcomes], window: Window, lang: str) -> int:
    """Say how it went, in one sentence, and turn it into an exit status."""
    outcomes = [(recipient, outcome) for result in results for recipient, outcome in result.items()]
    exit_status = overall_exit_status([outcome for _, outcome in outcomes])
    if exit_status == EXIT_ACCEPTED:
        window.say(SENTENCES[lang][EXIT_ACCEPTED])
        return EXIT_ACCEPTED
    failed = [pair for pair in outcomes if pair[1].status is not Status.ACCEPTED]
    recipient, outcome = next(pair for pair in failed if pair[1].exit_status == exit_status)
    more = f" ({len(failed)} of {len(outcomes)} recipients failed)" if len(outcomes) > 1 else ""
    return _fail(lang, exit_status, f"{recipient}: {outcome.reason}{more}")


def _fail(lang: str, exit_status: int, why: str) -> int:
    print(f"rawsmtp: {SENTENCES[lang][exit_status]}: {readable(why)}", file=sys.stderr)
    return exit_status


def _write_results(path: Path, results: list[Outcomes]) -> None:
    """Write ``SMTP_RESULT_FILE``; if we may, under another name first: nobody shall read half a file."""
    messages = [{"recipients": {name: str(o.status) for name, o in result.items()}} for result in results]
    text = json.dumps({"messages": messages}) + "\n"
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="ascii")
        draft.replace(path)
        return
    except OSError:  # perhaps only the file itself is ours to write
        draft.unlink(missing_ok=True)
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:  # the mail is on its way all the same
        print(f"rawsmtp: cannot write the result file {path}: {error.strerror}", file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """Tells a wrong command line in one line, like everything else."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (--help shows how it goes)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rawsmtp",
        description="Send a message by SMTP over a raw socket, and show the dialogue.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    server = parser.add_argument_group("the server")
    server.add_argument("--host", help="name or address of the server")
    server.add_argument("--port", help="default: 587, 465 with implicit TLS, 25 with none")
    server.add_argument("--tls", metavar="{none,starttls,implicit}", help="default: starttls")
    server.add_argument("--ca-file", metavar="FILE", help="trust the authorities in this PEM file too")
    server.add_argument("--timeout", metavar="SECONDS", help="for each step; default: as RFC 5321 4.5.3.2")
    server.add_argument("--helo", metavar="NAME", help="the name to say in EHLO; default: the host's own")
    server.add_argument("--hello", choices=("ehlo", "helo"), help="the command to say it with; default: ehlo")
    login = parser.add_argument_group("authentication")
    login.add_argument("--auth", metavar="NAME", help="none, plain, login, cram-md5, or any (the best offered)")
    login.add_argument("--username", metavar="NAME")
    message = parser.add_argument_group("the message")
    message.add_argument("--sender", "--from", metavar="ADDRESS", help="<> is the null sender")
    message.add_argument("--recipient", "--to", dest="recipients", metavar="ADDRESS", nargs="+", action="extend")
    message.add_argument("--message-file", metavar="FILE", help="a complete RFC 5322 message, sent as it is")
    message.add_argument("--subject", metavar="TEXT")
    message.add_argument("--body", metavar="TEXT")
    message.add_argument("--body-file", metavar="FILE", help="UTF-8 text")
    message.add_argument("--attach", metavar="FILE", action="append", help="may be given more than once")
    window = parser.add_argument_group("the window")
    window.add_argument("--quiet", action="store_true", help="do not show the dialogue")
    window.add_argument("--lang", choices=sorted(SENTENCES), help="language of the last sentence")
    return parser


def _options(arguments: argparse.Namespace) -> Options:
    return Options(**{field.name: getattr(arguments, field.name) for field in fields(Options)})


def _language(environment: Mapping[str, str]) -> str:
    """Chinese where the user's locale is, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(variable):
            return "zh" if value.lower().startswith("zh") else "en"
    name = locale.getlocale()[0] or ""  # Windows has none of these variables
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def _never_fail_on_a_character(stream: TextIO) -> None:
    """A terminal that cannot show a character shows a question mark instead of a traceback."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
