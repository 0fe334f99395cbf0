"""From what a caller asks to an answer of the engine, and from that to a result."""

from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping

from . import _engine
from .errors import InvalidArgument
from .forms import form_of
from .messages import template_arguments
from .options import with_seed
from .results import Completion, Message, TokenLogprob, ToolCall, Usage

ADD_BOS, PARSE_SPECIAL = 2, 4  # As lfm2rt/lfm2rt.h has them.

Prompt = str | Iterable[int]
"""A text, in which "<|im_end|>" and the like are tokens, or ids, to which nothing is added."""


@dataclass
class Asked:
    """A request on its way to the engine."""

    ids: Any
    options: dict[str, Any]
    parse: Callable[[str], Any] | None
    is_chat: bool

    def result(self, model: _engine.Model, made: _engine.Result) -> Completion | Message:
        """What has been made so far."""
        common = {
            "tokens": made.tokens(), "finish_reason": made.finish, "usage": Usage(**made.usage()),
            "seed": self.options["seed"], "logprobs": self._logprobs(model, made)}
        text = made.text
        parsed = self.parse(text) if self.parse and made.finish == "stop" else None
        if not self.is_chat:
            return Completion(text, parsed=parsed, **common)
        calls = [ToolCall(f"call_{number}", name, arguments)
                 for number, (name, arguments) in enumerate(made.calls(), 1)]
        if calls and made.finish == "stop":
            common["finish_reason"] = "tool_calls"
        return Message(text, made.reasoning, calls, parsed, **common)

    def _logprobs(self, model: _engine.Model, made: _engine.Result) -> list[TokenLogprob] | None:
        if self.options.get("logprobs") is None:
            return None
        return [TokenLogprob(token, model.token_bytes(token), logprob, top)
                for token, (logprob, top) in zip(made.tokens(), made.logprobs())]


def prompt_ids(model: _engine.Model, prompt: Prompt, is_start: bool = True) -> Any:
    """Ids of a prompt. `is_start`: the token of a start is put in front of a text."""
    if isinstance(prompt, str):
        return model.tokenize(prompt, PARSE_SPECIAL | (ADD_BOS if is_start else 0))
    if isinstance(prompt, Iterable) and not isinstance(prompt, (bytes, bytearray, Mapping)):
        return prompt if hasattr(prompt, "__getitem__") else list(prompt)
    raise InvalidArgument(f"expected a text or a list of token ids, found {prompt!r:.60}")


def ask_text(model: _engine.Model, prompt: Prompt, *, schema: Any = None, grammar: str | None = None,
             regex: str | None = None, is_start: bool = True, **options: Any) -> Asked:
    """A text that is to go on."""
    form, parse = form_of(schema=schema, grammar=grammar, regex=regex)
    return Asked(prompt_ids(model, prompt, is_start), {**with_seed(options), "form": form}, parse, is_chat=False)


def ask_chat(model: _engine.Model, messages: Any, *, tools: Any = None, tool_choice: Any = None, schema: Any = None,
             grammar: str | None = None, regex: str | None = None, variables: Any = None,
             continue_final_message: bool = False, **options: Any) -> Asked:
    """Messages that are to be answered."""
    if tool_choice == "none":
        tools = None
    form, parse = form_of(schema=schema, grammar=grammar, regex=regex, tools=tools, tool_choice=tool_choice,
                          flags=model.form_flags)
    ids = model.encode(*template_arguments(messages, tools, variables,
                                           continue_final_message=continue_final_message))
    return Asked(ids, {**with_seed(options), "form": form, "is_answer": True}, parse, is_chat=True)
