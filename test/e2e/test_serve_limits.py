"""What lfm2-serve refuses, and how it ends: bad HTTP, limits, keys, clients that leave, signals."""

import gzip
import http.client
import json
import signal
import socket
import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from programs import run
from server import Server, shared_library

CHAT = "/v1/chat/completions"
ASK = {"messages": [{"role": "user", "content": "What is a dog?"}], "temperature": 0, "max_tokens": 16}
LONG = {**ASK, "max_tokens": 1900, "ignore_eos": True}
KEY = "a-key-of-some-length"


@pytest.fixture(scope="module")
def library(build, wordnet):
    return shared_library(build, wordnet)


@pytest.fixture(scope="module")
def server(build, library):
    made = Server(build, library, "--threads=1", "--log=json", "--max-body=100K", "--parallel=4")
    yield made
    assert made.close() == 0


def request(server, body, headers="", path=CHAT):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.mark.parametrize("words,message", [
    ([], "expected a MODEL, found none"),
    (["m.so", "--port=x"], 'expected a whole number of 0 ... 65535 for --port, found "x"'),
    (["m.so", "--port"], "expected --port=N, found no value"),
    (["m.so", "--nonsense"], 'expected an option or a model, found "--nonsense"'),
    (["m.so", "--no-page=1"], 'expected no value for --no-page, found "1"'),
    (["m.so", "n/m.so"], 'expected models with different names, found "m" twice'),
    (["--name=m"], 'expected NAME=MODEL for --name, found "m"'),
    (["--name==m.so"], 'expected a model with a name, found "" for "m.so"'),
    (["m.so", "--log=xml"], 'expected json, text or none for --log, found "xml"'),
    (["m.so", "--api-key=short"], "expected keys of at least 8 characters for --api-key, found one of 5"),
    (["m.so", "--api-key-file=/nothing"], 'expected a file of keys, one a line, at "/nothing", found No such file'),
    (["m.so", "--api-key-file=/dev/null"], 'expected a key in "/dev/null", found none'),
    (["m.so", "--max-body=0"], 'expected a whole number of 1 ... ')])
def test_wrong_use(build, words, message):
    done = run([build.tool("lfm2-serve"), *words])
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"lfm2-serve: error: {message}")


def test_help(build, server, library):
    assert "--api-key-file=FILE" in run([build.tool("lfm2-serve"), "--help"]).stdout
    assert run([build.tool("lfm2-serve"), "--version"]).stdout.startswith("lfm2-serve ")
    taken = run([build.tool("lfm2-serve"), library, f"--port={server.address[1]}"])
    assert taken.returncode == 1 and "expected to listen at 127.0.0.1, found Address already in use" in taken.stderr


BODIES = {
    "cut off": (b'{"messages": [{"role": "us', "byte 27 cannot be part of it"),
    "empty": (b"", "expected a body of JSON, found none"),
    "a list": (b"[]", "expected a body that is a JSON object, found a list"),
    "not UTF-8": (b'{"model": "\xff"}', "expected a body of JSON"),
    "half a surrogate pair": (rb'{"model": "\ud800"}', "expected a body of JSON"),
    "deep": (b"[" * 50000, "at most 64 levels"),
    "deep objects": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "at most 64 levels"),
    "many members": (b"{" + b",".join(b'"%d":0' % i for i in range(5000)) + b"}", "at most 1024 members"),
    "NaN": (b'{"temperature": NaN}', "expected a body of JSON"),
    "huge number": (b'{"temperature": 1e999}', "expected JSON whose numbers fit"),
    "no messages": (b"{}", "expected messages to be a list of one message or more, found none"),
    "messages null": (b'{"messages": null}', "expected messages to be"),
    "a message of text": (b'{"messages": ["hi"]}', "expected messages[0] to be an object"),
    "no role": (b'{"messages": [{"content": "hi"}]}', "expected messages[0].role to be"),
    "another role": (b'{"messages": [{"role": "king", "content": "hi"}]}', "expected messages[0].role to be one of"),
    "content of numbers": (b'{"messages": [{"role": "user", "content": 5}]}', "expected messages[0].content to be"),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(server, name):
    body, message = BODIES[name]
    error = server.error(CHAT, body)
    assert message in error["message"] and error["type"] == "invalid_request_error"


def test_http(server):
    assert status_of(server.send(request(server, ASK))) == 200
    assert status_of(server.send(b"nonsense\r\n\r\n")) == 400
    assert status_of(server.send(b"GET /health HTTP/9.9\r\n\r\n")) == 400
    assert status_of(server.send(b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n")) in (400, 414)
    assert status_of(server.send(b"GET /health HTTP/1.1\r\n" + b"a: b\r\n" * 20000 + b"\r\n")) == 431
    ranges = b"GET /health HTTP/1.1\r\nConnection: close\r\nRange: bytes=0-0,0-0,5-1\r\n\r\n"
    assert status_of(server.send(ranges)) in (200, 416)
    assert status_of(server.send(b"BREW /health HTTP/1.1\r\n\r\n")) == 400
    assert server.error("/nothing", status=404)["code"] == "not_found"
    assert server.error(CHAT, status=405)["code"] == "method_not_allowed"
    assert server.ask("/health", method="HEAD")[0] == 200
    assert status_of(server.send(f"POST {CHAT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())) == 411
    assert status_of(server.send(request(server, ASK)[:-5])) == 400  # A part of a body, then the end.
    assert status_of(server.send(request(server, b"x" * 200000))) == 413
    chunks = b"".join(b"%x\r\n%s\r\n" % (60000, b" " * 60000) for _ in range(5)) + b"0\r\n\r\n"
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert status_of(server.send(head + chunks)) == 413
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100000 and status_of(server.send(request(server, bomb, "Content-Encoding: gzip\r\n"))) == 413
    packed = gzip.compress(json.dumps(ASK).encode())
    assert status_of(server.send(request(server, packed, "Content-Encoding: gzip\r\n"))) == 200
    assert status_of(server.send(request(server, b"", "Content-Type: multipart/form-data; boundary=x\r\n"))) == 400
    # Two requests on one connection, and one behind a body that was refused.
    connection = http.client.HTTPConnection(*server.address, timeout=30)
    for _ in range(2):
        connection.request("POST", CHAT, json.dumps(ASK))
        assert connection.getresponse().read()
    connection.close()
    assert server.json("/health")["status"] == "ok"


def test_kinds_of_fields(server):
    """Every field of every endpoint with values of all kinds: an answer or a refusal, no failure."""
    fields = {
        CHAT: ["messages", "model", "temperature", "top_p", "top_k", "n", "stop", "max_tokens", "logit_bias",
               "logprobs", "top_logprobs", "stream", "stream_options", "tools", "tool_choice", "response_format", "seed",
               "user",
               "chat_template_kwargs", "parallel_tool_calls", "grammar"],
        "/v1/completions": ["prompt", "suffix", "echo", "logprobs", "best_of", "max_tokens", "stream"],
        "/v1/responses": ["input", "instructions", "tools", "text", "previous_response_id", "metadata",
                          "max_output_tokens"],
        "/v1/embeddings": ["input", "encoding_format", "dimensions"],
        "/tokenize": ["content", "add_special", "with_pieces"], "/detokenize": ["tokens"],
        "/apply-template": ["messages"],
        "/api/chat": ["messages", "options", "format", "think", "tools", "keep_alive", "stream", "model"],
        "/api/generate": ["prompt", "system", "raw", "options", "images", "context"], "/api/show": ["model", "name"],
        "/api/embed": ["input", "truncate"]}
    values = [None, True, 5, -1, 1.5, 1e300, 2**63, "", "x", "json", [], [[]], [1], [-1], ["a"], [None], [{}], {},
              {"type": "x"},
              {"type": "function"}, {"a": [{"b": None}]}, [{"role": "user", "content": None}], [{"type": "function"}],
              {"type": "json_schema"}, {"type": "json_schema", "json_schema": {"schema": {"$ref": "#"}}}]
    base = {CHAT: ASK, "/v1/completions": {"prompt": "x"}, "/v1/responses": {"input": "x"},
            "/api/chat": {"messages": ASK["messages"]}, "/api/generate": {"prompt": "x"}}
    connection = http.client.HTTPConnection(*server.address, timeout=60)
    for path, names in fields.items():
        for name in names:
            for value in values:
                body = {**base.get(path, {}), "max_tokens": 2, "max_output_tokens": 2, "options": {"num_predict": 2},
                        name: value}
                connection.request("POST", path, json.dumps(body))
                answer = connection.getresponse()
                text = answer.read().decode()
                assert answer.status in (200, 400, 404), (path, name, value, text)
                if answer.status != 200:
                    error = json.loads(text)["error"]
                    assert (error if path.startswith("/api") else error["message"]), (path, name, value)
    connection.close()
    assert server.process.poll() is None


def test_keys_and_pages(build, library, tmp_path):
    (tmp_path / "keys").write_text(f"# mine\n{KEY}\nanother-long-key\n")
    server = Server(build, library, f"--api-key-file={tmp_path}/keys", "--api-key=third-long-key", "--log=json",
                    "--cors=https://app.example")
    try:
        assert server.error(CHAT, ASK, 401)["code"] == "invalid_api_key"
        for wrong in ("Bearer nonsense", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer ", KEY, f"Basic {KEY}"):
            status, headers, _ = server.ask(CHAT, ASK, {"Authorization": wrong})
            assert status == 401 and headers["WWW-Authenticate"] == "Bearer", wrong
        for right in ({"Authorization": f"Bearer {KEY}"}, {"Authorization": "bearer another-long-key"},
                      {"X-Api-Key": "third-long-key"}):
            assert server.ask("/v1/models", headers=right)[0] == 200
        assert server.ask("/health")[0] == 200 and server.ask("/metrics")[0] == 401
        mine = {"Authorization": f"Bearer {KEY}", "Origin": "https://app.example"}
        assert server.ask("/v1/models", headers=mine)[1]["Access-Control-Allow-Origin"] == "https://app.example"
        status, headers, _ = server.ask(CHAT, headers={"Origin": "https://app.example"}, method="OPTIONS")
        assert status == 204 and "POST" in headers["Access-Control-Allow-Methods"]
        other = {**mine, "Origin": "https://evil.example"}
        assert server.error(CHAT, ASK, 403, headers=other)["code"] == "origin_not_allowed"
        own = {**mine, "Origin": server.url, "Host": server.url[7:]}
        assert server.ask("/v1/models", headers=own)[0] == 200
        assert KEY not in server.said() and {line.get("key") for line in server.lines()} >= {"key 1", "key 2", "key 3"}
    finally:
        assert server.close() == 0


def test_no_other_origin_without_cors(server):
    assert server.error(CHAT, ASK, 403, headers={"Origin": "http://evil.example"})["code"] == "origin_not_allowed"
    # A name that leads here, as of a page that turns itself into one of this machine.
    trick = {"Origin": "http://evil.example:80", "Host": "evil.example:80"}
    assert server.error(CHAT, ASK, 403, headers=trick)["code"] == "origin_not_allowed"
    status, headers, _ = server.ask("/health", headers={"Origin": server.url, "Host": server.url[7:]})
    assert status == 200 and "Access-Control-Allow-Origin" not in headers


def begin(server, body, path=CHAT):
    connection = socket.create_connection(server.address, timeout=60)
    connection.sendall(request(server, body, path=path))
    return connection


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_is_not_answered(server, stream):
    before = server.metric("lfm2_answers_cancelled_total")
    connection = begin(server, {**LONG, "stream": stream, "n": 4})
    server.wait_for(lambda: server.metric("lfm2_running") > 0)
    connection.close()
    server.wait_for(lambda: server.metric("lfm2_running") == 0)
    assert server.metric("lfm2_answers_cancelled_total") >= before + 4
    server.wait_for(lambda: any("the client left" in line.get("error", "") for line in server.lines()))


def test_slow_readers_hold_up_nobody(server):
    """The answer waits for its reader, whole, while the model goes on with others."""
    made = server.metric("lfm2_generated_tokens_total")
    connection = begin(server, {**LONG, "n": 3, "stream": True, "logprobs": True, "top_logprobs": 20})
    server.wait_for(lambda: server.metric("lfm2_generated_tokens_total") >= made + 3 * LONG["max_tokens"], 60)
    assert server.json(CHAT, ASK)["choices"][0]["message"]["content"]
    with connection.makefile("rb") as answer:
        parts = [json.loads(line[6:]) for line in answer if line.startswith(b"data: {")]
    connection.close()
    tokens = sum(len(choice["logprobs"]["content"])
                 for part in parts for choice in part["choices"] if choice["logprobs"])
    assert tokens == 3 * LONG["max_tokens"] and sum(len(json.dumps(part)) for part in parts) > 8_000_000


def test_full_queue(build, library):
    server = Server(build, library, "--threads=1", "--parallel=1", "--queue=1", "--timeout=2", "--max-tokens=1900")
    try:
        first = begin(server, {**LONG, "n": 1, "stream": True})
        server.wait_for(lambda: server.metric("lfm2_running") == 1)
        second = begin(server, {**LONG, "stream": True})
        server.wait_for(lambda: server.metric("lfm2_waiting") == 1)
        status, headers, text = server.ask(CHAT, ASK)
        assert status == 429 and headers["Retry-After"] and json.loads(text)["error"]["code"] == "queue_full"
        first.close()
        second.close()
    finally:
        server.close()


def test_time_is_limited(build, library):
    server = Server(build, library, "--threads=1", "--timeout=1", "--parallel=1")
    try:
        error = server.error(CHAT, {**LONG, "n": 16}, 504)
        assert error["code"] == "timeout" and "--timeout" in error["message"]
        text = server.ask(CHAT, {**LONG, "n": 16, "stream": True})[2]
        assert '"code":"timeout"' in text.splitlines()[-2] and "[DONE]" not in text
        server.wait_for(lambda: server.metric("lfm2_running") == 0)
    finally:
        server.close()


def test_metrics_and_log(server):
    ask = {**ASK, "messages": [{"role": "user", "content": "What is a dog? " * 40}], "user": "me"}
    # What an answer has read is kept when its step has ended, maybe a moment after the answer.
    server.wait_for(lambda: server.json(CHAT, ask)["usage"]["prompt_tokens_details"]["cached_tokens"] > 16)
    found = {family.name: family for family in text_string_to_metric_families(server.ask("/metrics")[2])}
    for name in ("lfm2_requests", "lfm2_prompt_tokens", "lfm2_generated_tokens", "lfm2_cached_tokens"):
        assert found[name].type == "counter" and sum(sample.value for sample in found[name].samples) > 0, name
    for name in ("lfm2_time_to_first_token_seconds", "lfm2_time_between_tokens_seconds", "lfm2_request_seconds"):
        samples = {sample.labels.get("le", sample.name): sample.value for sample in found[name].samples}
        assert found[name].type == "histogram" and samples["+Inf"] == samples[f"{name}_count"] > 0
    line = [line for line in server.lines() if line.get("user") == "me" and line["cached_tokens"] > 16][-1]
    assert line["path"] == CHAT and line["status"] == 200
    assert line["seconds"] > 0 and line["id"].startswith("req_") and "dog" not in json.dumps(line)


def test_models_that_cannot_be_loaded(build, tmp_path):
    (tmp_path / "broken.so").write_text("no library")
    server = Server(build, str(tmp_path / "broken.so"), "--log=none")
    try:
        error = server.error(CHAT, ASK, 503)
        assert error["code"] == "model_not_loaded" and "broken.so" in error["message"]
        assert server.error(CHAT, ASK, 503)["code"] == "model_not_loaded"
        assert server.said() == ""
    finally:
        assert server.close() == 0


def test_it_ends_gracefully(build, library):
    server = Server(build, library, "--threads=1", "--log=json")
    answer = {}

    def ask():
        answer["text"] = server.ask(CHAT, {**LONG, "max_tokens": 600, "stream": True})[2]
    thread = threading.Thread(target=ask)
    thread.start()
    server.wait_for(lambda: server.metric("lfm2_running") == 1)
    idle = socket.create_connection(server.address)
    server.process.send_signal(signal.SIGTERM)
    server.wait_for(lambda: "stops when" in server.said())
    with pytest.raises((OSError, AssertionError)):
        assert server.ask("/health")[0] == 200
    thread.join(60)
    assert answer["text"].endswith("data: [DONE]\n\n") and '"finish_reason":"length"' in answer["text"]
    assert server.process.wait(20) == 0
    idle.close()


def test_a_second_signal_ends_it_at_once(build, library):
    server = Server(build, library, "--threads=1")
    connection = begin(server, {**LONG, "n": 16, "stream": True})
    server.wait_for(lambda: server.metric("lfm2_running") > 0)
    server.process.send_signal(signal.SIGINT)
    server.wait_for(lambda: "stops when" in server.said())
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(5) == 128 + signal.SIGINT
    connection.close()
