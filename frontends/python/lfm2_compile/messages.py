"""Conversations on their way to the chat template."""

from typing import Any, Iterable, Mapping

from .errors import InvalidArgument
from .forms import to_json
from .results import Message

MessageLike = Mapping[str, Any] | Message

# As lfm2rt/chat.h has them.
_ANSWER, _CONTINUE, _TRUSTED = 1, 2, 4


def message_list(messages: str | MessageLike | Iterable[MessageLike]) -> list[dict[str, Any]]:
    """Messages as dicts. A text is what a user says."""
    if isinstance(messages, str):
        return [{"role": "user", "content": messages}]
    if isinstance(messages, (Mapping, Message)):
        messages = [messages]
    if not isinstance(messages, Iterable):
        raise InvalidArgument(f"expected a text or a list of messages, found {messages!r:.60}")
    return [_as_dict(message) for message in messages]


def _as_dict(message: Any) -> dict[str, Any]:
    if isinstance(message, Message):
        return message.to_dict()
    if isinstance(message, Mapping):
        return dict(message)
    raise InvalidArgument("expected a message as {\"role\": ..., \"content\": ...} or a Message, "
                          f"found {message!r:.60}")


def template_arguments(messages: Any, tools: Any, variables: Mapping[str, Any] | None, *, answer: bool = True,
                       continue_final_message: bool = False, trusted: bool = False) -> tuple[str, str, str, int]:
    """What _engine.Model.encode() and render() take."""
    flags = _CONTINUE if continue_final_message else _ANSWER if answer else 0
    return (to_json("messages", message_list(messages)), to_json("tools", tools) if tools else "",
            to_json("variables", dict(variables)) if variables else "", flags | (_TRUSTED if trusted else 0))
