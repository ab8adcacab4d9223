"""Who hands an evidence report in, and the pictures that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SLOTS = ("window", "sent", "inbox")
"""What a student may add a picture of: the client's window, the Sent folder, the recipient's inbox."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the user's own: its media type and octets."""

    type: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Student:
    """What the cover says, "" for what is not told; `language` is that of the report that is handed in.

    `pictures` are by the names in `SLOTS`.
    """

    name: str = ""
    number: str = ""
    course: str = ""
    teacher: str = ""
    language: str = ""
    pictures: Mapping[str, Picture] = field(default_factory=lambda: MappingProxyType({}))
