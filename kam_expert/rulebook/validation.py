"""From plain values to schema entries; pydantic's findings become located problems."""

from __future__ import annotations

import typing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kam_expert.problems import Phrase, nearest_phrase
from kam_expert.rulebook.located import Document, Path_
from kam_expert.rulebook.schema import Entry

E = TypeVar("E", bound=Entry)

_EXPECTED = {
    "string_type": "expect_text",
    "string_too_short": "expect_text",
    "string_pattern_mismatch": "expect_id",
    "int_type": "expect_integer",
    "int_from_float": "expect_integer",
    "float_type": "expect_number",
    "bool_type": "expect_flag",
    "tuple_type": "expect_list",
    "too_short": "expect_nonempty",
    "too_long": "expect_shorter_list",
    "dict_type": "expect_map",
    "model_type": "expect_map",
    "model_attributes_type": "expect_map",
}


def validate(model: type[E], value: Any, document: Document, path: Path_ = ()) -> E | None:
    """The entry, or None after its problems were recorded in the document."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        reported: set[tuple[str, Path_]] = set()
        for item in error.errors(include_url=False):
            _record(model, item, document, path, reported)
        return None


def _record(
    model: type[BaseModel], item: Any, document: Document, path: Path_, reported: set[tuple[str, Path_]]
) -> None:
    where: Path_ = tuple(part for part in (*path, *item["loc"]))
    while where and not document.has(where) and item["type"] != "missing":
        where = where[:-1]  # branches of a union are not places in the file
    kind = item["type"]
    if (kind, where) in reported:
        return
    reported.add((kind, where))
    last = item["loc"][-1] if item["loc"] else ""
    if kind == "missing":
        code = "translation_missing" if last in ("en", "zh") else "missing_key"
        document.problem(code, where[:-1], key=True, name=str(last))
    elif kind == "extra_forbidden":
        allowed = _allowed_keys(model, item["loc"][:-1])
        document.problem(
            "unknown_key",
            where,
            key=True,
            name=str(last),
            allowed=", ".join(allowed),
            nearest=nearest_phrase(str(last), allowed),
        )
    else:
        expected: object = Phrase(_EXPECTED.get(kind, "expect_other"))
        if kind == "literal_error":
            expected = Phrase("expect_one_of", {"allowed": item["ctx"]["expected"].replace("'", "")})
        named = str(where[-1]) if where else ""
        document.problem("wrong_value", where, name=named, found=shown(item["input"]), expected=expected)


def shown(value: Any) -> object:
    """A value as it is quoted in a message: as it would be written in the file, short, on one line."""
    if value is None:
        return Phrase("nothing")
    text = "".join(character if character.isprintable() else " " for character in _written(value))
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def _written(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(each)}" for key, each in list(value.items())[:9]) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_written(each) for each in value[:9]) + "]"
    return str(value)


def _allowed_keys(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    current: Any = model
    for part in path:
        fields = {(field.alias or name): field for name, field in current.model_fields.items()}
        if part in fields:
            found = _model_in(fields[part].annotation)
            if found is None:
                return []
            current = found
    return [field.alias or name for name, field in current.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
