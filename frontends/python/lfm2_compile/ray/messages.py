"""What goes between the ingress and a replica: a request of HTTP, the head of an answer, its bytes."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

Headers = list[tuple[str, str]]

# Of one connection, or made anew by who sends. On loopback nothing is worth compressing, and events
# are looked for in what passes.
_OF_A_HOP = frozenset(("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
                       "transfer-encoding", "upgrade", "content-length", "expect", "date", "server",
                       "accept-encoding"))

# What they answer depends on the request alone, and nothing is kept: asking twice does no harm.
_PURE = frozenset(("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/tokenize",
                   "/detokenize", "/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/api/show"))


def passed_on(headers: Any) -> Headers:
    """The headers that are for the other end: Host too, since a page of this server is told by it."""
    return [(name, value) for name, value in headers if name.lower() not in _OF_A_HOP]


@dataclass
class Request:
    method: str
    path: str
    """As in the request line: with what is behind a question mark."""
    headers: Headers
    body: bytes
    prompt: str = field(default="", init=False)
    """The text that a model is to read, for routers that compare beginnings; never empty."""

    def __post_init__(self) -> None:
        self.prompt = "\n".join(_texts(self.fields())) or self.path

    def fields(self) -> dict[str, Any]:
        """Of a JSON body; none where it is no object. What is wrong with it the replica says."""
        try:
            fields = json.loads(self.body) if self.body else {}
        except (ValueError, RecursionError):
            return {}
        return fields if isinstance(fields, dict) else {}

    def is_pure(self) -> bool:
        """Whether it may be asked again when nobody knows what became of it."""
        return self.method in ("GET", "HEAD") or (
            self.path.partition("?")[0] in _PURE and not self.fields().get("previous_response_id"))

    def session(self) -> str:
        """The same for requests that begin alike, so that one replica reads the beginning once:
        what the client calls it by (`prompt_cache_key`), or how its conversation begins, up to
        the first thing a user says. "" where there is nothing to keep."""
        fields = self.fields()
        named = fields.get("prompt_cache_key")
        texts = [named] if isinstance(named, str) and named else _texts(fields, is_beginning=True)
        return hashlib.sha256("\0".join(texts).encode(errors="replace")).hexdigest()[:32] if texts else ""


@dataclass
class Head:
    status: int
    headers: Headers

    def media_type(self) -> str:
        found = [value for name, value in self.headers if name.lower() == "content-type"]
        return found[0].partition(";")[0].strip().lower() if found else ""


def _texts(fields: dict[str, Any], is_beginning: bool = False) -> list[str]:
    """Of messages their texts in order; of a prompt itself. Texts to embed begin nothing.
    is_beginning: up to the first that a user says, or the first 1,000 characters of a prompt."""
    talk = fields.get("messages", fields.get("input") if "instructions" in fields else None)
    texts = [_text(fields.get("instructions")), _text(fields.get("tools") and json.dumps(fields["tools"]))]
    if isinstance(talk, str):
        texts.append(talk)
    elif isinstance(talk, list):
        for message in talk:
            if isinstance(message, dict):
                texts.append(_text(message.get("content")))
                if is_beginning and message.get("role") == "user":
                    break
    else:
        prompt = _text(fields.get("prompt"))
        texts.append(prompt[:1000] if is_beginning else prompt)
    return [text for text in texts if text]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text") if isinstance(part, dict) else part) for part in content)
    return ""
