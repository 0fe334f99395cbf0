"""A server that says what a test tells it to say: the chat page's other half.

It serves the page and the two addresses that the page asks. `say(...)` puts what
the next request is answered by into a queue; behind the queue comes a short answer.
`requests` keeps the bodies that were sent, `left` counts clients that went away.
"""

import http.server
import json
import threading
import time


class Say:
    """An answer in a stream: its parts one by one, `pause` seconds between two."""

    def __init__(self, text="", reasoning="", calls=(), pause=0.0, finish="stop", end="[DONE]", usage=True):
        self.text, self.reasoning, self.calls = text, reasoning, calls
        self.pause, self.finish, self.end, self.usage = pause, finish, end, usage

    def events(self):
        parts = [{"reasoning_content": word} for word in words(self.reasoning)]
        parts += [{"content": word} for word in words(self.text)]
        for number, (name, arguments) in enumerate(self.calls):
            parts.append({"tool_calls": [{"index": number, "id": f"call_{number}", "type": "function",
                                          "function": {"name": name, "arguments": ""}}]})
            parts += [{"tool_calls": [{"index": number, "function": {"arguments": piece}}]}
                      for piece in words(json.dumps(arguments))]
        for part in parts:
            yield {"choices": [{"index": 0, "delta": part, "finish_reason": None}]}
        if self.finish:
            yield {"choices": [{"index": 0, "delta": {}, "finish_reason": self.finish}]}
        if self.usage:
            yield {"choices": [], "usage": {"prompt_tokens": 1234, "completion_tokens": len(parts),
                                            "prompt_tokens_details": {"cached_tokens": 1200}}}


class Refuse:
    """An error instead of an answer."""

    def __init__(self, status, message="no", code=None, headers=(), body=None):
        self.status, self.headers = status, dict(headers)
        self.body = body or json.dumps({"error": {"message": message, "code": code}})


class Hang:
    """Closes the connection before a word is said."""


def words(text):
    cut = text.split(" ")
    return [word + (" " if at + 1 < len(cut) else "") for at, word in enumerate(cut)] if text else []


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, page):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page, self.queue, self.requests, self.left = page, [], [], 0
        self.key, self.models = None, ["lfm2-350m", "lfm2.5-1.2b-thinking"]
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def say(self, *answers):
        self.queue += answers


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/":
            self.reply(200, self.server.page, "text/html; charset=utf-8")
        elif self.is_allowed():
            self.reply(200, json.dumps({"object": "list", "data": [
                {"id": model, "object": "model"} for model in self.server.models]}))

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.is_allowed():
            return
        self.server.requests.append(body)
        answer = self.server.queue.pop(0) if self.server.queue else Say("Yes, of course.")
        if isinstance(answer, Hang):
            self.close_connection = True
        elif isinstance(answer, Refuse):
            self.reply(answer.status, answer.body, headers=answer.headers)
        else:
            try:
                self.stream(answer)
            except OSError:
                self.server.left += 1
                self.close_connection = True

    def stream(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for event in answer.events():
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            time.sleep(answer.pause)
        if answer.end:
            self.wfile.write(b"data: " + answer.end.encode() + b"\n\n")

    def is_allowed(self):
        if self.server.key and self.headers.get("Authorization") != "Bearer " + self.server.key:
            self.reply(401, json.dumps({"error": {"message": "no such key", "code": "invalid_api_key"}}))
            return False
        return True

    def reply(self, status, body, kind="application/json", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass
