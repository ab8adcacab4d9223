"""The JSON schema agrees with what the loader takes; the shapes themselves are tested through the loader."""

from __future__ import annotations

from typing import get_args

from smtpwitness.files import shape
from smtpwitness.files.mapping import STEP_KEYS, Shape
from smtpwitness.model.scenario import CERTIFICATES, OUTCOMES


def test_every_kind_of_step_has_its_shape() -> None:
    union = get_args(get_args(shape.Step)[0])
    tagged = {tag.tag: kind for kind, tag in (get_args(one) for one in union)}
    assert list(tagged) == sorted(tagged, key=[f"<{key}>" for key in STEP_KEYS].index)
    for tag, kind in tagged.items():
        assert issubclass(kind, Shape)
        assert tag[1:-1] in kind.known()


def test_editors_are_told_the_words() -> None:
    schema = shape.json_schema()
    certificate = schema["$defs"]["TlsMap"]["properties"]["certificate"]["anyOf"][0]
    assert {"enum": list(CERTIFICATES)} in certificate["anyOf"]
    assert {"enum": list(OUTCOMES)} in _all(schema["properties"]["outcome"])


def test_every_value_may_be_a_placeholder() -> None:
    schema = shape.json_schema()
    for model in (schema, *schema["$defs"].values()):
        for value in model.get("properties", {}).values():
            assert value["anyOf"][-1] == shape.PLACEHOLDER


def test_what_is_not_supported_yet_is_not_in_the_schema() -> None:
    schema = shape.json_schema()
    assert "split" not in schema["$defs"]["EveryShape"]["properties"]


def _all(schema: object) -> list[object]:
    found = [schema]
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        found += _all(inner)
    return found
