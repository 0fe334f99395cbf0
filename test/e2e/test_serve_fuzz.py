"""Bodies for every endpoint of lfm2-serve, changed at random: an answer or a proper refusal, and the server lives.

The same bodies each time; LFM2_FUZZ_ROUNDS and LFM2_FUZZ_SEED ask for more and for others.
"""

import copy
import http.client
import json
import os
import random

import pytest

from server import Server, shared_library

TALK = [{"role": "system", "content": "Be short."}, {"role": "user", "content": [{"type": "text", "text": "dog"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"word\": \"dog\"}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "an animal"}, {"role": "user", "content": "And a cat?"}]
SCHEMA = {"type": "object", "properties": {"word": {"enum": ["dog", "cat"]}, "n": {"type": "integer", "minimum": 1}},
          "required": ["word"], "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA}}
DRAWN = {"temperature": 0.5, "top_p": 0.9, "top_k": 5, "min_p": 0.1, "seed": 7, "frequency_penalty": 0.1,
         "presence_penalty": 0.1, "repeat_penalty": 1.1, "logit_bias": {"7": -100, "9": 1.5}, "stop": ["x", "\n\n"]}
BODIES = {
    "/v1/chat/completions": [
        {"messages": TALK, **DRAWN, "max_tokens": 3, "n": 2, "logprobs": True, "top_logprobs": 2, "user": "me",
         "stream_options": {"include_usage": True}, "stream": True, "chat_template_kwargs": {"a": [1]}},
        {"messages": TALK, "tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False, "max_tokens": 3},
        {"messages": TALK, "tools": [TOOL], "max_tokens": 3,
         "tool_choice": {"type": "function", "function": {"name": "look"}}},
        {"messages": TALK, "max_completion_tokens": 3, "response_format": {
            "type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}},
        {"messages": TALK, "max_tokens": 3, "grammar": "root ::= \"a\" [b-d]* | [^x]",
         "continue_final_message": True}],
    "/v1/completions": [{"prompt": ["dog", [5, 6]], **DRAWN, "max_tokens": 2, "n": 2, "logprobs": 2, "stream": True},
                        {"prompt": [5, 6, 7], "max_tokens": 1, "echo": True, "suffix": "", "best_of": 1}],
    "/v1/responses": [
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": "dog"}]},
                   {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]},
                   {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"},
                   {"type": "function_call_output", "call_id": "c", "output": "x"}],
         "instructions": "Be short.", "max_output_tokens": 3, "tools": [{**TOOL["function"], "type": "function"}],
         "text": {"format": {"type": "text"}}, "metadata": {"a": "b"}, "stream": True, "tool_choice": "auto"}],
    "/v1/embeddings": [{"input": ["dog", [5, 6]], "encoding_format": "base64", "dimensions": 64,
                        "prompt_name": "query"}],
    "/tokenize": [{"content": "a dog", "add_special": True, "parse_special": False, "with_pieces": True}],
    "/detokenize": [{"tokens": [5, 6, 300]}],
    "/apply-template": [{"messages": TALK, "tools": [TOOL], "chat_template_kwargs": {}}],
    "/api/chat": [{"model": "", "messages": TALK[:2], "options": {**DRAWN, "num_predict": 2}, "format": SCHEMA,
                   "think": False, "keep_alive": "5m", "logprobs": True, "top_logprobs": 1},
                  {"messages": TALK[:2], "tools": [TOOL], "options": {"num_predict": 2}, "stream": False}],
    "/api/generate": [{"prompt": "dog", "system": "Be short.", "raw": False, "options": {"num_predict": 2},
                       "format": "json", "images": [], "stream": True}],
    "/api/show": [{"model": "", "name": ""}],
    "/api/embed": [{"input": ["dog"], "truncate": True}], "/api/embeddings": [{"prompt": "dog"}]}
VALUES = [None, True, False, 0, -1, 5, 17, 2**31, 2**32, 2**63, 2**64, -2**63, 0.5, -0.0, 1e-300, 1e300, "", "x",
          "auto", "none", "json", "\0", "\ud83d\ude00", "\\ud800", "a" * 5000, "<|im_end|>", "{% for x in y %}", [], {},
          [[]], [None], [{}], {"": None}, {"type": "x"}, {"$ref": "#"}, {"type": "array", "minItems": 10**9},
          {"type": "string", "pattern": "(a{1,900}){1,900}"}, {"enum": []}, {"anyOf": [{"$ref": "#"}]}, [1] * 300]


def places(value, found):
    """All (container, key) within a value."""
    for key in (list(value) if isinstance(value, dict) else range(len(value))):
        found.append((value, key))
        if isinstance(value[key], (dict, list)):
            places(value[key], found)
    return found


def changed(body, chance):
    body = copy.deepcopy(body)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = places(body, [])
        if not at:
            return body
        container, key = chance.choice(at)
        kind = chance.randrange(6)
        if kind == 0:
            del container[key]
        elif kind == 1:
            container[key] = copy.deepcopy(chance.choice(at)[0])  # A part of itself elsewhere.
        elif kind == 2 and isinstance(container, dict):
            container[chance.choice(("type", "name", "a\0b", "role", "model", "stream", "n"))] = container.pop(key)
        elif kind == 3 and isinstance(container, list):
            container.extend(copy.deepcopy(container[key]) for _ in range(chance.choice((1, 20))))
        else:
            container[key] = copy.deepcopy(chance.choice(VALUES))
    return body


def damaged(data, chance):
    """Bytes cut, doubled or replaced, now and then."""
    kind, at = chance.randrange(8), chance.randrange(len(data) + 1)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1:]
    if kind == 2:
        return data[:at] + chance.choice((b"{", b"[" * 100, b'"', b"\\", b"\xff", b",", b"1e999", b"NaN")) + data[at:]
    return data


def check(path, status, kind, text):
    if status != 200:
        error = json.loads(text)["error"]
        message = error if path.startswith("/api") else error["message"]
        assert status in (400, 404, 413) and message and "\n" not in message, (status, text)
    elif kind == "text/event-stream":
        events = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
        assert all(json.loads(event) for event in events if event != "[DONE]") and '"code":"internal_error"' not in text
        assert events[-1] == "[DONE]" or '"type":"response.' in events[-1], text[-500:]
    elif kind == "application/x-ndjson":
        assert json.loads(text.splitlines()[-1])["done"] is True
    else:
        json.loads(text)


@pytest.mark.parametrize("path", BODIES)
def test_every_endpoint(build, wordnet, path):
    model = build.model("embed-f32.gguf") if "embed" in path else wordnet
    server = Server(build, shared_library(build, model), "--threads=1", "--context=256", "--max-tokens=3", "--log=none")
    seed = f"{os.environ.get('LFM2_FUZZ_SEED', '')}{path}"
    chance = random.Random(seed)
    try:
        connection = http.client.HTTPConnection(*server.address, timeout=60)
        for turn in range(int(os.environ.get("LFM2_FUZZ_ROUNDS", "250"))):
            body = json.dumps(changed(chance.choice(BODIES[path]), chance))
            data = damaged(body.replace("\\\\ud800", "\\ud800").encode(), chance)
            connection.request("POST", path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            try:
                check(path, answer.status, answer.getheader("Content-Type"), answer.read().decode())
            except Exception as error:
                raise AssertionError(f"seed {seed!r}, turn {turn}: {data[:3000]!r}") from error
        connection.close()
        assert server.json("/health")["status"] == "ok"
        server.wait_for(lambda: server.metric("lfm2_running") == server.metric("lfm2_waiting") == 0)
    finally:
        assert server.close() == 0
