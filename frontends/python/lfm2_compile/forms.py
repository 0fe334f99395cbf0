"""What answers must look like: schemas, grammars, expressions, declared tools."""

import json
from typing import Any, Callable, Mapping

from .errors import InvalidArgument

# As lfm2rt/constraint.h has them.
_SCHEMA, _GRAMMAR, _REGEX, _TOOLS = range(4)

Form = tuple[int, int, str, str]
"""Kind, flags, the tool to be called, text."""


def to_json(what: str, value: Any) -> str:
    """`value` as JSON; a text is taken for JSON. `what` names it in the message."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(f"expected {what} that can be written as JSON, found others: {error}") from None


def _schema(schema: Any) -> tuple[str, Callable[[str], Any]]:
    """The JSON schema, and what makes a value of an answer that meets it."""
    if hasattr(schema, "model_json_schema"):  # A class of Pydantic's.
        return json.dumps(schema.model_json_schema()), schema.model_validate_json
    if isinstance(schema, (str, Mapping)):
        return to_json("a schema", dict(schema) if isinstance(schema, Mapping) else schema), json.loads
    raise InvalidArgument(
        f"expected a JSON schema as a dict or a text, or a class of Pydantic's, found {schema!r:.60}")


def _tool(choice: Any) -> str:
    """The form's word for a tool_choice of OpenAI's."""
    if isinstance(choice, Mapping):
        choice = choice.get("function", choice).get("name")
    if choice in (None, "auto"):
        return ""
    if isinstance(choice, str):
        return choice
    raise InvalidArgument("expected \"auto\", \"required\", \"none\" or the name of a tool for \"tool_choice\", "
                          f"found {choice!r:.60}")


def form_of(*, schema: Any = None, grammar: str | None = None, regex: str | None = None, tools: Any = None,
            tool_choice: Any = None, flags: int = 0) -> tuple[Form | None, Callable[[str], Any] | None]:
    """The form of an answer, or None, and what makes a value of its text, or None."""
    given = [name for name, value in (("schema", schema), ("grammar", grammar), ("regex", regex))
             if value is not None]
    if len(given) > 1:
        raise InvalidArgument(f"expected one form of the answer, found {' and '.join(given)}; leave one out")
    if tool_choice not in (None, "none") and not tools:
        raise InvalidArgument("expected tools with \"tool_choice\", found none; give \"tools\"")
    if schema is not None:
        text, parse = _schema(schema)
        return (_SCHEMA, flags, "", text), parse
    if grammar is not None:
        return (_GRAMMAR, flags, "", _text("grammar", grammar)), None
    if regex is not None:
        return (_REGEX, flags, "", _text("regex", regex)), None
    if tools:
        return (_TOOLS, flags, _tool(tool_choice), to_json("tools", tools)), None
    return None, None


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise InvalidArgument(f"expected a text for \"{name}\", found {value!r:.60}")
