"""`student.yaml`: what the cover of an evidence report says, and pictures of the student's own.

name: 李雷
number: "20250001"
course: Computer networks
teacher: 韩老师
language: zh
pictures: {window: window.png, sent: sent.png, inbox: inbox.png}   # beside this file; PNG or JPEG
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..model.student import Picture, Student
from .problems import Problem, ScenarioError
from .validated import place_of, read_fields, validated

PICTURE = 4 * 1024 * 1024  # octets
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}

Said = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class Pictures(BaseModel):
    model_config = ConfigDict(extra="forbid")

    window: str = ""
    sent: str = ""
    inbox: str = ""


class Cover(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Said = ""
    number: Said = ""
    course: Said = ""
    teacher: Said = ""
    language: Literal["", "en", "zh"] = ""
    pictures: Pictures = Pictures()


def read_student(path: Path) -> Student:
    """The cover in the file *path*. Raises `ScenarioError` that says where it is wrong."""
    fields = read_fields(path, "a cover")
    cover = validated(Cover, fields)
    pictures: dict[str, Picture] = {}
    for slot, name in cover.pictures.model_dump().items():
        if name:
            try:
                pictures[slot] = _picture(path.parent / name)
            except (OSError, ValueError) as error:
                place = place_of(fields, ("pictures", slot))
                why = error.strerror if isinstance(error, OSError) else error
                raise ScenarioError((Problem(place, f"the picture {name!r} cannot be used: {why}"),)) from error
    return Student(cover.name, cover.number, cover.course, cover.teacher, cover.language, pictures)


def _picture(path: Path) -> Picture:
    with path.open("rb") as file:
        octets = file.read(PICTURE + 1)
    if len(octets) > PICTURE:
        raise ValueError(f"it is larger than {PICTURE // 1024 // 1024} MiB")
    kind = next((kind for magic, kind in MAGIC.items() if octets.startswith(magic)), "")
    if not kind:
        raise ValueError("it is neither PNG nor JPEG")
    return Picture(kind, octets)
