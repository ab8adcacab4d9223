"""A reply as octets, and the writes that it is sent in."""

from __future__ import annotations

from itertools import pairwise

from ..model.scenario import Reply
from .pattern import Values


def octets(reply: Reply, values: Values) -> bytes:
    """What *reply* says, as often as it says it. A `usual` reply must have been made definite before."""
    if reply.lines is not None:
        text = "".join(line.fill(values.literal) + "\r\n" for line in reply.lines)
    else:
        text = reply.raw.fill(values.literal) if reply.raw is not None else ""
    return text.encode() * reply.times


def pieces(said: bytes, reply: Reply) -> tuple[bytes, ...]:
    """The writes that *said* is sent in; none for nothing."""
    if not said:
        return ()
    if reply.split == "lines":
        return tuple(said.splitlines(keepends=True))
    if reply.split == "octets":
        return tuple(said[at : at + 1] for at in range(len(said)))
    cuts = [0, *sorted({at for at in reply.split or () if 0 < at < len(said)}), len(said)]
    return tuple(said[at:end] for at, end in pairwise(cuts))
