"""What answers are made of."""

from dataclasses import dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "tool_calls", "length", "context", "cancelled"]
"""Why an answer ended: the model ended it or a stop text came; the same, and it calls
tools; as many tokens as were asked for; no more room; somebody cancelled it."""


@dataclass(frozen=True)
class Usage:
    """What an answer cost. Times are in seconds."""

    prompt_tokens: int
    cached_tokens: int
    """Of the prompt, not read again."""
    completion_tokens: int
    waited_seconds: float
    """Until it was begun."""
    reading_seconds: float
    """From then to the first token."""
    making_seconds: float
    """From then to the last token."""

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def tokens_per_second(self) -> float:
        """Of the answer, behind its first token; 0 where there is no second one."""
        more = self.completion_tokens - 1
        return more / self.making_seconds if more > 0 and self.making_seconds > 0 else 0.0


@dataclass(frozen=True)
class TokenLogprob:
    """A token of an answer, and the natural logarithm of its probability as the model
    gives it: before temperature, penalties and forms."""

    token: int
    text: bytes
    """The token's bytes, maybe a part of a character."""
    logprob: float
    top: list[tuple[int, float]] = field(default_factory=list)
    """(token, logprob) of the most probable ones at this place, the most probable first."""


@dataclass
class Completion:
    """A text that goes on with a prompt."""

    text: str
    tokens: list[int]
    """Ids that were drawn, the one that ended the text included."""
    finish_reason: FinishReason
    usage: Usage
    seed: int
    """The same request with this seed gives the same answer."""
    logprobs: list[TokenLogprob] | None = None
    parsed: Any = None
    """Of a schema: what the JSON says, an instance where a Pydantic class was given; None
    where the answer was not brought to its end."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool that the model asks for."""

    id: str
    name: str
    arguments: str
    """A JSON object."""

    def parse(self) -> dict[str, Any]:
        """The arguments."""
        import json

        return json.loads(self.arguments)


@dataclass
class Message:
    """What an assistant says. It may be put among the messages of the next call as it is."""

    content: str
    reasoning: str = ""
    """What stood between <think> and </think>."""
    tool_calls: list[ToolCall] = field(default_factory=list)
    parsed: Any = None
    """As in Completion."""
    role: str = "assistant"
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    seed: int | None = None
    tokens: list[int] = field(default_factory=list)
    logprobs: list[TokenLogprob] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The message as OpenAI's interface has it."""
        message: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        if self.tool_calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in self.tool_calls]
        return message

    def __str__(self) -> str:
        return self.content


@dataclass(frozen=True)
class Delta:
    """A part of an assistant's message while it comes."""

    kind: Literal["text", "reasoning", "call_begin", "arguments", "call_end", "no_call"]
    """What `text` is: text or reasoning; nothing, a call of `name` begins; the next piece of
    its arguments, JSON; all of them; what was taken for a call and is text."""
    text: str
    call: int = 0
    """Number of the call, from 0."""
    name: str = ""
