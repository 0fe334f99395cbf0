"""Conversations on the command line, on the bundled model."""

import json
import os
import random
import subprocess
import sys

import jinja2
import pytest

from conftest import ROOT, run
from refusal import refused

sys.path.insert(0, os.path.join(ROOT, "test", "runtime", "Inputs"))
from terminal import Terminal  # noqa: E402

WORDS = "dog cat river stone sky table music water tree animal house run bird fish red blue large 世界 é".split()
TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "What it is like.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]},
                                                    "days": {"type": "integer", "minimum": 1, "maximum": 9}},
                   "required": ["city", "days"]}}}]
THINKING = """{{- bos_token -}}{%- for message in messages -%}
{%- set content = message.content.split('</think>')[-1] -%}
{{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' -}}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n<think>' -}}{%- endif -%}"""


@pytest.fixture(scope="module")
def program(build, wordnet):
    return build.compile(wordnet)


def text_of(draw):
    return " ".join(draw.choices(WORDS, k=draw.randint(1, 9)))


def written(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def answer(program, messages, *arguments):
    """The assistant's message."""
    done = run([program, "--messages", "/dev/stdin", "--json", *arguments], stdin=None, input=json.dumps(messages))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_prompt_is_what_the_template_prints(program, wordnet):
    with open(os.path.join(wordnet, "chat_template.jinja"), encoding="utf-8") as file:
        template = jinja2.Template(file.read())
    draw = random.Random(5)
    for _ in range(10):
        messages = [{"role": role, "content": text_of(draw)}
                    for role in ["system"] * draw.randint(0, 1) + ["user", "assistant"] * draw.randint(0, 4) + ["user"]]
        done = run([program, "--messages", "/dev/stdin", "--show-prompt"], stdin=None, input=json.dumps(messages))
        assert done.stdout == template.render(messages=messages, add_generation_prompt=True, bos_token="<|startoftext|>")


def test_turns_of_a_chat_are_answers_to_all_that_was_said(program):
    draw = random.Random(6)
    said = [text_of(draw) for _ in range(5)]
    settings = ["--temp", "0", "-n", "24", "--system", "Be short.", "--context", "512"]
    done = run([program, *settings], stdin=None, input="\n".join(said))
    messages = [{"role": "system", "content": "Be short."}]
    expected = ""
    for text in said:
        messages.append({"role": "user", "content": text})
        messages.append(answer(program, messages, *settings))
        expected += messages[-1]["content"].rstrip("\n") + "\n"
    assert done.stdout == expected


def test_a_conversation_goes_on_in_another_process(program, tmp_path):
    settings = [program, "--temp", "0", "-n", "12"]
    whole = run(settings, stdin=None, input="dog\ncat\nriver\n").stdout
    parts = ""
    state = tmp_path / "state"
    for number, text in enumerate(("dog", "cat", "river")):
        parts += run([*settings, "--chat", "--prompt", text, "--save", state, *(["--load", state] if number else [])]).stdout
    assert parts == whole
    # A text, too; with a token that was drawn and not read yet.
    run([*settings, "--prompt", "a dog", "--save", state])
    on = run([program, "--temp", "0", "-n", "6", "--prompt", " is", "--load", state, "--print-tokens"])
    assert on.returncode == 0 and len(on.stdout.split(",")) == 6
    refused([*settings, "--prompt", "a dog", "--load", state, "--context", "16"], ["has room for 1 tokens"])


def test_a_conversation_outgrows_its_context(program):
    draw = random.Random(7)
    said = [text_of(draw) for _ in range(40)]
    done = run([program, "--temp", "0", "-n", "20", "--system", "Be short.", "--context", "128"], stdin=None,
               input="\n".join(said))
    assert done.returncode == 0
    notes = done.stderr.splitlines()
    assert len(notes) > 3 and all("are left out from now on" in note for note in notes)
    # Each makes room for several turns.
    assert len(notes) < len(said) / 2


def test_answers_have_the_form_that_is_asked_for(program, tmp_path):
    schema = written(tmp_path / "schema", {
        "type": "object", "additionalProperties": False, "required": ["name", "age"],
        "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "minimum": 0, "maximum": 99}}})
    tools = written(tmp_path / "tools", TOOLS)
    lines = "".join(json.dumps({"prompt": word, "seed": seed}) + "\n" for seed, word in enumerate(WORDS))
    done = run([program, "--jsonl", "-", "--schema", schema, "--temp", "1"], stdin=None, input=lines)
    for line in done.stdout.splitlines():
        found = json.loads(json.loads(line)["text"])
        assert set(found) == {"name", "age"} and len(found["name"]) <= 12 and 0 <= found["age"] <= 99
    # Whatever the model would say, it calls a tool.
    for number in range(8):
        message = answer(program, [{"role": "user", "content": WORDS[number]}], "--tools", tools, "--tool-choice", "required",
                         "--seed", number, "-n", "60")
        call = message["tool_calls"][0]
        assert call["type"] == "function" and call["function"]["name"] == "weather"
        arguments = json.loads(call["function"]["arguments"])
        assert arguments["city"] in ("Paris", "Rome") and 1 <= arguments["days"] <= 9


def test_lines_may_have_tools_of_their_own(program):
    lines = [{"messages": [{"role": "user", "content": "dog"}], "tools": TOOLS},
             [{"role": "user", "content": "dog"}],
             {"messages": [{"role": "user", "content": "cat"}], "tools": [{"type": "function", "function": {"name": "rest"}}]},
             {"messages": [{"role": "user", "content": "cat"}], "tools": [{"type": "function", "function": {"name": 1}}]}]
    done = run([program, "--jsonl", "-", "--tool-choice", "required", "-n", "60"], stdin=None,
               input="\n".join(map(json.dumps, lines)))
    first, second, third, fourth = map(json.loads, done.stdout.splitlines())
    assert first["tool_calls"][0]["function"]["name"] == "weather" and "tool_calls" not in second
    assert third["tool_calls"][0]["function"] == {"name": "rest", "arguments": "{}"}
    assert third["finish"] in ("tool_calls", "length")
    assert "line 4: " in fourth["error"]["message"] and "name" in fourth["error"]["message"]


def test_what_is_reasoned_is_dim_and_is_told_apart(build, wordnet, tmp_path):
    template = tmp_path / "template"
    template.write_text(THINKING, encoding="utf-8")
    program = build.path("thinking")
    assert run([build.tool("lfm2-compile"), wordnet, "-o", program, f"--chat-template={template}"]).returncode == 0
    done = run([program, "--prompt", "dog", "--chat", "--temp", "0", "-n", "8"])
    assert done.stdout.startswith("<think>") and done.stdout.endswith("</think>\n")
    message = answer(program, [{"role": "user", "content": "dog"}], "--temp", "0", "-n", "8")
    assert message["content"] == "" and done.stdout == f"<think>{message['reasoning_content']}</think>\n"
    chat = Terminal([program, "--temp", "0", "-n", "8"], "xterm")
    chat.read_until(b"> ")
    chat.type(b"dog\r")
    shown = chat.read_until(b"tokens/s]").decode()
    chat.read_until(b"\x1b[2C")  # It takes keys again.
    assert f"\033[2m{message['reasoning_content']}\033[0m" in shown.replace("\r\n", "\n")
    chat.type(b"\x04")
    chat.read_until(b"never")
    assert chat.status() == 0


def test_a_long_prompt_has_a_bar(program, tmp_path):
    text = tmp_path / "text"
    text.write_text("dog " * 1900, encoding="utf-8")
    shown = Terminal([program, "--file", str(text), "-n", "1"], "xterm").read_until(b"never").decode()
    assert "reading [" in shown and "tokens/s" in shown
    # Where nobody sees it, there is none.
    assert not run([program, "--file", text, "-n", "1"]).stderr


@pytest.mark.parametrize("writers", [4])
def test_one_state_file_of_several_writers_is_one_of_theirs(program, tmp_path, writers):
    state = tmp_path / "state"
    for _ in range(3):
        processes = [subprocess.Popen([program, "--chat", "--prompt", f"say {word}", "-n", "3", "--save", str(state)],
                                      stdout=subprocess.DEVNULL) for word in WORDS[:writers]]
        assert not any(process.wait() for process in processes)
        shown = run([program, "--chat", "--prompt", "x", "--load", state, "--show-prompt"])
        assert shown.returncode == 0 and sum(f"say {word}<" in shown.stdout for word in WORDS[:writers]) == 1
    assert os.listdir(tmp_path) == ["state"]
