from __future__ import annotations

from pathlib import Path

import pytest

from smtpwitness.files.problems import ScenarioError
from smtpwitness.files.student import PICTURE, read_student

PNG = b"\x89PNG\r\n\x1a\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "student.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_cover_has_words_and_pictures(tmp_path: Path) -> None:
    (tmp_path / "w.png").write_bytes(PNG)
    (tmp_path / "s.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    student = read_student(written(tmp_path, "name: 李雷\nnumber: 0071\npictures: {window: w.png, sent: s.jpg}\n"))
    assert (student.name, student.number, student.teacher, student.language) == ("李雷", "0071", "", "")
    assert {slot: picture.type for slot, picture in student.pictures.items()} == {
        "window": "image/png",
        "sent": "image/jpeg",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nmae: x\n", "student.yaml:1:1: "),
        ("language: fr\n", "student.yaml:1:11: "),
        ("pictures: {window: lost.png}\n", "student.yaml:1:20: the picture 'lost.png' cannot be used: No such file"),
        ("pictures:\n  sent: a.gif\n", "student.yaml:2:9: the picture 'a.gif' cannot be used: it is neither PNG nor"),
        ("pictures:\n  inbox: big.png\n", "the picture 'big.png' cannot be used: it is larger than 4 MiB"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    (tmp_path / "big.png").write_bytes(PNG + bytes(PICTURE))
    with pytest.raises(ScenarioError) as caught:
        read_student(written(tmp_path, text))
    assert said in str(caught.value.problems[0])
