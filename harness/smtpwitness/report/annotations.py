"""A run as workflow commands of GitHub Actions, which show it beside the files: errors, warnings and notices.

The form, and what is escaped in it, are those of the Actions toolkit (`command.ts`). A step shows ten of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model.finding import Verdict
from ..model.gate import Unseen
from ..model.run import Run
from ..model.scenario import Place
from .octets import visible
from .standing import Outcome, Standing, standings, told
from .words import Words

MOST = 10  # of each kind

TOLD = (Verdict.FAIL, Verdict.WARN)


def data(text: str) -> str:
    """*text* as what a command says."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def value(text: str) -> str:
    """*text* as the value of a property."""
    return data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def command(kind: str, place: Place, title: str, *lines: str) -> str:
    """One command, on one line. A place that is nowhere is left out; paths are relative to the folder of the run."""
    properties = {"title": title}
    if place.file:
        properties = {"file": place.file.removeprefix("./"), "line": str(place.line), **properties}
    said = ",".join(f"{name}={value(text)}" for name, text in properties.items())
    return f"::{kind} {said}::{data(chr(10).join(visible(line, 1000) for line in lines if line))}"


def of_case(kind: str, standing: Standing, words: Words) -> str:
    case, finding = standing.case, standing.finding
    title = f"{case.client}: {standing.name}"
    if finding is None:
        return command(kind, case.place, title, f"{case.verdict}: {case.reason}")
    return command(kind, case.place, title, words.finding(finding, "what"), words.finding(finding, "fix"))


def of_unseen(unseen: Unseen) -> str:
    known, cases = unseen.known, ", ".join(unseen.cases)
    title = f"{unseen.client}: a known deviation did not show"
    return command("notice", known.place, title, f"{', '.join(known.rules)}: {told(known)}", f"Not seen in: {cases}")


def shown(errors: Sequence[str], warnings: Sequence[str], notices: Sequence[str]) -> list[str]:
    """At most ten of each kind. What is left out is counted in the last notice, which is one of the ten."""
    left = len(errors[MOST:]) + len(warnings[MOST:])
    if left or len(notices) > MOST:
        left += len(notices[MOST - 1 :])
        notices = [*notices[: MOST - 1], f"::notice title=smtpwitness::{left} more: see the report"]
    return [*errors[:MOST], *warnings[:MOST], *notices]


def workflow_commands(run: Run) -> str:
    """The commands, a line each: an error for what stops the build, a warning for what else fails or is warned of and
    is not known, a notice for a known deviation that did not show. "" where there is nothing to say.
    """
    words = Words("en")
    errors: list[str] = []
    warnings: list[str] = []
    for standing in standings(run):
        if standing.outcome is Outcome.FAILED:
            errors.append(of_case("error", standing, words))
        elif standing.case.verdict in TOLD and not standing.case.known:
            warnings.append(of_case("warning", standing, words))
    return "".join(line + "\n" for line in shown(errors, warnings, list(map(of_unseen, run.gate.unseen))))
