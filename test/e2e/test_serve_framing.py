"""Where a request to lfm2-serve ends, and an answer: lengths, chunks, HTTP/1.0."""

import json

import pytest

from server import Server, shared_library

CHAT = "/v1/chat/completions"
ASK = {"messages": [{"role": "user", "content": "What is a dog?"}], "temperature": 0, "max_tokens": 4}


@pytest.fixture(scope="module")
def server(build, wordnet):
    made = Server(build, shared_library(build, wordnet), "--threads=1", "--max-body=100K")
    yield made
    assert made.close() == 0


@pytest.mark.parametrize("line,status", [
    ("Content-Length: abc", 400), ("Content-Length: -1", 400), ("Content-Length: +20", 400),
    ("Content-Length: 0x20", 400), ("Content-Length: 20, 20", 400), ("Content-Length: ", 411),
    ("Content-Length: 20\r\nContent-Length: 20", 400), ("Content-Length: 20\r\nTransfer-Encoding: chunked", 400),
    ("Transfer-Encoding: gzip, chunked", 400), ("Transfer-Encoding: identity", 400),
    ("Content-Length: 99999999999999999999999", 413), ("Content-Length: 200000", 413)])
def test_lengths_that_can_be_read_in_two_ways(server, line, status):
    """Refused at once, and nothing behind them is taken for a request."""
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\n{line}\r\n\r\nGET /health HTTP/1.1\r\n\r\n"
    answer = server.send(head.encode(), timeout=5)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()) and answer.count(b"HTTP/1.1 ") == 1
    assert b'"error"' in answer and b"Connection: close" in answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_bodies_that_nobody_reads(server, method):
    head = f"{method} /health HTTP/1.1\r\nHost: x\r\nContent-Length: 28\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n\r\n\r\n"
    answer = server.send(head.encode(), timeout=5)
    assert answer.count(b"HTTP/1.1 ") == 1 and b"Connection: close" in answer


def test_streams_of_old_clients(server):
    body = json.dumps({**ASK, "stream": True})
    for more in ("", "Connection: Keep-Alive\r\n"):
        answer = server.send(f"POST {CHAT} HTTP/1.0\r\nContent-Length: {len(body)}\r\n{more}\r\n{body}".encode())
        head, _, events = answer.partition(b"\r\n\r\n")
        assert b"chunked" not in head and b"Connection: close" in head
        assert all(line.startswith(b"data: ") for line in events.split(b"\n\n") if line), events
        assert events.endswith(b"data: [DONE]\n\n")


def test_chunks(server):
    body = json.dumps(ASK).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[i:i + 1]) for i in range(len(body))) + b"0\r\n\r\n"
    for coding in ("chunked", "Chunked"):
        head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: {coding}\r\n\r\n".encode()
        assert server.send(head + chunks).startswith(b"HTTP/1.1 200 ")


def test_ids_of_biases_are_digits(server):
    for name in (" 12", "+12", "12 ", "-1", "", "4096", "12\0x", "99999999999999999999"):
        assert "as the names in logit_bias" in server.error(CHAT, {**ASK, "logit_bias": {name: 1}})["message"], name


def test_no_tokens_at_all(server):
    told = server.json("/v1/completions", {"prompt": "a dog", "max_tokens": 0, "echo": True})
    assert told["choices"][0]["text"].endswith("a dog") and told["usage"]["completion_tokens"] == 0
    assert told["choices"][0]["finish_reason"] == "length"


def test_usage_counts_what_was_told(server):
    """Where the first call of a tool is to be the last, nothing behind it counts."""
    tool = {"type": "function", "function": {"name": "look", "parameters": {
        "type": "object", "properties": {"word": {"enum": ["dog"]}}, "required": ["word"]}}}
    ask = {**ASK, "max_tokens": 400, "tools": [tool], "tool_choice": "required", "parallel_tool_calls": False}
    tokens = {server.json(CHAT, ask)["usage"]["completion_tokens"] for _ in range(8)}
    assert len(tokens) == 1 and tokens.pop() < 60
