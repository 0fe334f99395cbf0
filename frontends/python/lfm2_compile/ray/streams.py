"""Answers that come piece by piece: whole events go on, and one that breaks off ends with an error."""

import json

SSE, LINES = "text/event-stream", "application/x-ndjson"


def is_stream(media_type: str) -> bool:
    return media_type in (SSE, LINES)


class Events:
    """Bytes in, whole events out: a client never gets a part of one."""

    def __init__(self, media_type: str):
        self._end = b"\n\n" if media_type == SSE else b"\n"
        self._rest = b""

    def add(self, piece: bytes) -> bytes:
        """The events that `piece` brings to their end."""
        whole, end, rest = (self._rest + piece).rpartition(self._end)
        self._rest = rest
        return whole + end

    def finish(self) -> bytes:
        """What is behind the last event, where the answer ended in order."""
        rest, self._rest = self._rest, b""
        return rest


def error_event(media_type: str, message: str, code: str) -> bytes:
    """The last event of an answer that broke off. Clients of OpenAI's raise it as an APIError."""
    if media_type == SSE:
        return b"data: " + error_body("/v1/", message, 500, code) + b"\n\n"
    return error_body("/api/", message, 500, code) + b"\n"


def error_body(path: str, message: str, status: int, code: str) -> bytes:
    """An error as the interface of `path` has it: OpenAI's, or Ollama's."""
    kind = "rate_limit_error" if status == 429 else "invalid_request_error" if status < 500 else "server_error"
    error = message if path.startswith("/api/") else {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": error}, ensure_ascii=False).encode()
