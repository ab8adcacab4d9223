"""What play writes down as it goes: the rows of the dialogue side by side, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model.finding import Verdict
from ..model.run import Row, Status
from ..model.scenario import Closing, Command, Leaf, Message, Place, Tls
from ..model.template import Placeholder
from ..model.transcript import Event, Kind
from .grammar import readable
from .pattern import Values


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that went otherwise than the scenario expects, before it is graded. `row` counts from 0.

    `missed_by`: the seconds by which a time lies outside of its limits, where the difference is one of time.
    """

    key: str
    requirement: str | None
    expected: str
    observed: str
    events: tuple[int, ...]
    nearest: str = ""
    row: int | None = None
    at_most: Verdict = Verdict.FAIL
    missed_by: float | None = None


@dataclass(slots=True)
class Record:
    """Rows and differences, in the order in which they came about."""

    rows: list[Row] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    def row(
        self,
        connection: int,
        side: str,
        status: Status,
        expected: str = "",
        observed: str = "",
        events: tuple[int, ...] = (),
        place: Place | None = None,
    ) -> int:
        """Write a row; its number is given back."""
        self.rows.append(Row(connection, side, status, expected, observed, events, place))
        return len(self.rows) - 1


def shown(event: Event) -> str:
    """A client's line, or its content in a few words."""
    if event.kind is Kind.CONTENT:
        return f"(message, {len(event.octets)} octets)"
    return readable(event.octets)


def wanted(leaf: Leaf, values: Values) -> str:
    """What a step expects, in words; the password stays a placeholder."""
    match leaf:
        case Command():
            return leaf.pattern.fill(lambda one: _value(one, values))
        case Message():
            return (
                f"(first {leaf.first} octets of the message)" if leaf.first is not None else f"(message: {leaf.kind})"
            )
        case Closing():
            return f"(client {'sends close_notify and ' if leaf.notify else ''}closes the connection)"
        case Tls():
            versions = f", version: {' or '.join(leaf.versions)}" if leaf.versions else ""
            terms = "".join(f", {one}" for one in leaf.terms)
            return f"(TLS handshake, certificate: {leaf.certificate}{versions}{terms})"
        case _:
            return "(SASL exchange)"


def _value(placeholder: Placeholder, values: Values) -> str:
    known = placeholder.name != "password" and not placeholder.name.startswith("recipient")
    return values.literal(placeholder) if known else str(placeholder)
