"""Models of lfm2-serve: those that reason, those that `lfm2 prepare` compiles."""

import json
import os
import shutil

import openai
import pytest

from server import Server, shared_library

TALK = [{"role": "user", "content": "What is a dog?"}]
THINKS = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" \
    "<|im_start|>assistant\n{% if enable_thinking is not defined or enable_thinking %}<think>\n{% endif %}"


@pytest.fixture(scope="module")
def thinking(build, wordnet):
    template = build.path("thinks.jinja")
    with open(template, "w", encoding="utf-8") as file:
        file.write(THINKS)
    made = Server(
    build,
    f"--name=thinks={shared_library(build, wordnet, f'--chat-template={template}')}",
     "--threads=1")
    yield made
    assert made.close() == 0


def test_reasoning_is_told_apart(thinking):
    with openai.OpenAI(base_url=f"{thinking.url}/v1", api_key="none", max_retries=0) as client:
        ask = {"model": "thinks", "messages": TALK, "temperature": 0, "max_tokens": 12}
        answer = client.chat.completions.create(**ask)
        message = answer.choices[0].message
        assert message.reasoning_content and message.content == ""
        # But for the end.
        assert answer.usage.completion_tokens_details.reasoning_tokens == answer.usage.completion_tokens - 1
        chunks = client.chat.completions.create(**ask, stream=True)
        assert "".join(getattr(chunk.choices[0].delta, "reasoning_content", None) or "" for chunk in chunks) == \
            message.reasoning_content
        plain = client.chat.completions.create(**ask, extra_body={"chat_template_kwargs": {"enable_thinking": False}})
        assert plain.choices[0].message.content and not hasattr(plain.choices[0].message, "reasoning_content")
        response = client.responses.create(model="thinks", input=TALK, temperature=0, max_output_tokens=12)
        first = response.output[0]
        assert first.type == "reasoning" and first.content[0].text == message.reasoning_content
    ask = {"messages": TALK, "stream": False, "options": {"temperature": 0, "num_predict": 12}}
    assert thinking.json("/api/chat", ask)["message"]["thinking"] == message.reasoning_content
    told = thinking.json("/api/chat", {**ask, "think": False})["message"]
    assert told["content"] == plain.choices[0].message.content and "thinking" not in told
    assert thinking.json("/api/generate",
    {"prompt": TALK[0]["content"],
     **ask})["thinking"] == message.reasoning_content


def test_templates_and_tokens(thinking):
    prompt = thinking.json("/apply-template", {"messages": TALK})["prompt"]
    assert prompt == "<|im_start|>user\nWhat is a dog?<|im_end|>\n<|im_start|>assistant\n<think>\n"
    tokens = thinking.json("/tokenize", {"content": prompt})["tokens"]
    assert thinking.json("/detokenize", {"tokens": tokens})["content"] == prompt
    assert len(thinking.json("/tokenize", {"content": prompt, "parse_special": False})["tokens"]) > len(tokens)
    assert thinking.json("/tokenize", {"content": "a", "add_special": True})["tokens"][0] == 1
    pieces = thinking.json("/tokenize", {"content": "a ☃", "with_pieces": True})["tokens"]
    assert pieces[0]["piece"] == "a" and any(isinstance(one["piece"], list) for one in pieces)
    assert b"".join(bytes(one["piece"]) if isinstance(one["piece"], list) else one["piece"].encode()
                    for one in pieces).decode() == "a ☃"


def test_checkpoints_are_compiled(build, wordnet, tmp_path, monkeypatch):
    """A folder, by `lfm2 prepare`; a model that it cannot compile."""
    if not os.path.exists(build.tool("lfm2")):
        pytest.skip("no lfm2 in the build folder")
    monkeypatch.setenv("LFM2_CACHE", str(tmp_path / "cache"))
    shutil.copytree(wordnet, tmp_path / "my-model")
    server = Server(build, str(tmp_path / "my-model"), str(tmp_path / "nothing"), "--threads=1", "--log=json")
    try:
        answer = server.json("/v1/chat/completions", {"model": "my-model", "messages": TALK, "max_tokens": 4})
        assert answer["model"] == "my-model" and answer["choices"][0]["message"]["content"]
        error = server.error("/v1/chat/completions", {"model": "nothing", "messages": TALK}, 503)
        assert error["code"] == "model_not_loaded" and "standard error says why" in error["message"]
        assert "nothing" in server.said()
    finally:
        assert server.close() == 0
    assert json.dumps(answer)
