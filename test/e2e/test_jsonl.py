"""--jsonl on the bundled model: answers that depend on nobody, and runs that are cut off."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

from conftest import run

COUNT = 400


@pytest.fixture(scope="module")
def program(build, wordnet):
    return build.compile(wordnet)


@pytest.fixture(scope="module")
def prompts(tmp_path_factory):
    draw = random.Random(1)
    words = "dog cat river stone sky table music water tree animal house run bird fish red blue large 🌧 é".split()
    path = tmp_path_factory.mktemp("jsonl") / "in"
    with open(path, "w", encoding="utf-8") as file:
        for number in range(COUNT):
            line = {"id": f"{number}-é", "prompt": " ".join(draw.choices(words, k=draw.randint(1, 12))),
                    "max_tokens": draw.randint(1, 24)}
            if number % 10 == 0:
                line["temperature"] = 0
            if number % 7 == 0:
                line["seed"] = 5
            file.write(json.dumps(line, ensure_ascii=number % 2 == 0) + "\n")
    return path


@pytest.fixture(scope="module")
def answers(program, prompts):
    done = run([program, "--jsonl", prompts, "--seed", "3"])
    assert done.returncode == 0 and not done.stderr
    return done.stdout


def test_every_line_is_answered_in_order(answers, prompts):
    lines = [json.loads(line) for line in answers.splitlines()]
    assert [line["id"] for line in lines] == [f"{number}-é" for number in range(COUNT)]
    with open(prompts, encoding="utf-8") as file:
        asked = [json.loads(line) for line in file]
    for line, question in zip(lines, asked):
        assert set(line) == {"id", "text", "tokens", "prompt_tokens", "finish"}
        assert line["finish"] in ("stop", "length") and line["tokens"] <= question["max_tokens"]
        assert (line["finish"] == "length") <= (line["tokens"] == question["max_tokens"])
    assert {line["finish"] for line in lines} == {"stop", "length"}


@pytest.mark.parametrize("arguments", [["--parallel", "1", "--threads", "1"], ["--parallel", "5"]])
def test_answers_do_not_depend_on_who_is_beside(program, prompts, answers, arguments):
    assert run([program, "--jsonl", prompts, "--seed", "3", *arguments]).stdout == answers


def test_a_line_alone_has_the_same_answer(program, prompts, answers):
    """Where its seed is its own, or none is needed."""
    with open(prompts, encoding="utf-8") as file:
        asked = file.read().splitlines()
    for number in range(0, COUNT, 70):
        done = run([program, "--jsonl", "/dev/stdin"], stdin=None, input=asked[number])
        assert done.stdout.strip() == answers.splitlines()[number]


def test_an_answer_is_what_prompt_gives(program, prompts, answers):
    """Greedy; a step of one token may round in other places, and seldom chooses another token."""
    with open(prompts, encoding="utf-8") as file:
        asked = [json.loads(line) for line in file]
    given = [json.loads(line) for line in answers.splitlines()]
    same = 0
    numbers = range(0, 200, 10)
    for number in numbers:
        line = asked[number]
        done = run([program, "--prompt", line["prompt"], "--temp", "0", "-n", line["max_tokens"]])
        same += done.stdout.rstrip("\n") == given[number]["text"].rstrip("\n")
    assert same >= len(numbers) - 2


def test_a_run_that_is_killed_goes_on(program, prompts, answers, tmp_path):
    out = tmp_path / "out"
    command = [str(word) for word in (program, "--jsonl", prompts, "--out", out, "--seed", "3", "--resume")]
    draw = random.Random(4)
    for share in (0.2, 0.5, 0.8):
        process = subprocess.Popen(command)
        end = time.time() + 60
        while process.poll() is None and time.time() < end:
            if out.exists() and out.stat().st_size >= share * len(answers.encode()):
                break
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole = out.read_bytes()
        assert answers.encode().startswith(whole)
        # As a full disk or a lost page would leave it.
        os.truncate(out, max(0, len(whole) - draw.randint(0, 200)))
        if not (tmp_path / "out.resume").exists():
            return  # It was faster than this test.
    assert run(command).returncode == 0
    assert out.read_bytes() == answers.encode()
    assert not (tmp_path / "out.resume").exists()
