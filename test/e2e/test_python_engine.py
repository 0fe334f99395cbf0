"""lfm2_compile.load() and what a Model does, beside what the executable of the same model prints."""

import ast
import asyncio
import functools
import gc
import json
import os
import re
import subprocess
import textwrap
import threading
import typing

import numpy
import pydantic
import pytest

from conftest import ROOT, ids, prompt, read_logits, run
from server import shared_library

TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "What it is like.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]},
                                                    "days": {"type": "integer", "minimum": 1, "maximum": 9}},
                   "required": ["city", "days"]}}}]
WEATHER = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}, "days": {"enum": [1, 2]}},
           "required": ["city", "days"]}
TALK = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "dog"}]


class Weather(pydantic.BaseModel):
    city: typing.Literal["Paris", "Rome"]
    days: int = pydantic.Field(ge=1, le=9)


@pytest.fixture(scope="module")
def library(build):
    """The shared library of a model."""
    return functools.partial(shared_library, build)


@pytest.fixture(scope="module")
def model(lfm2, library, wordnet):
    with lfm2.load(library(wordnet), threads=2) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def program(build, wordnet):
    return build.compile(wordnet)


@pytest.fixture
def talk(model):
    with model.conversation(hidden=True) as conversation:
        yield conversation


def python(build, script, *arguments):
    """What a script prints, in a process of its own."""
    done = build.python("-c", textwrap.dedent(script), *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def written(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


# --- Beside the executable ---

@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("words, options", [
    ([], {}),
    (["--temp", "0"], {"temperature": 0}),
    (["--temp", "1.5", "--top-k", "9", "--stop", "e"], {"temperature": 1.5, "top_k": 9, "stop": "e"}),
    (["--temp", "2", "--logit-bias", "15-inf", "--min-p", "0.2"],
     {"temperature": 2, "logit_bias": {15: -numpy.inf}, "min_p": 0.2})])
def test_texts_are_the_programs(program, model, words, options, seed):
    done = run([program, "--prompt", "A river is", "-n", "24", "--seed", seed, *words])
    found = model.generate("A river is", max_tokens=24, seed=seed, **options)
    assert found.text == done.stdout.removesuffix("\n")
    assert found.seed == seed and found.usage.prompt_tokens == len(model.tokenize("A river is"))
    assert "".join(model.stream("A river is", max_tokens=24, seed=seed, **options)) == found.text


@pytest.mark.parametrize("words, options", [
    ([], {}),
    (["--tools"], {"tools": TOOLS}),
    (["--tools", "--tool-choice", "required"], {"tools": TOOLS, "tool_choice": "required"}),
    (["--tools", "--tool-choice", "weather"],
     {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "weather"}}}),
    (["--schema"], {"schema": WEATHER})])
def test_messages_are_the_programs(program, model, tmp_path, words, options):
    files = {"--tools": TOOLS, "--schema": WEATHER}
    given = [word for name in words
             for word in ([name, written(tmp_path / "file", files[name])] if name in files else [name])]
    for seed in (3, 4):
        done = run([program, "--messages", written(tmp_path / "talk", TALK), "--json", "-n", "40", "--seed", seed,
                    *given])
        message = model.chat(TALK, max_tokens=40, seed=seed, **options)
        assert message.to_dict() == json.loads(done.stdout)
        with model.chat(TALK, max_tokens=40, seed=seed, stream=True, **options) as stream:
            deltas = list(stream)
        assert stream.result.to_dict() == message.to_dict()
        assert "".join(delta.text for delta in deltas if delta.kind in ("text", "no_call")) == message.content
        assert [delta.text for delta in deltas if delta.kind == "call_end"] == [
            call.arguments for call in message.tool_calls]


def test_logits_and_hidden_states_are_the_programs(build, program, talk, tmp_path):
    tokens = prompt(40, vocabulary=4000)
    expected = build.logits(program, tokens)
    found = talk.read(tokens, logits=True)
    assert (found == expected).all()
    assert (talk.logits == expected[-1]).all()
    done = run([program, "--tokens", ids(tokens), "--hidden", tmp_path / "hidden", "-n", "0"])
    assert done.returncode == 0, done.stderr
    assert (talk.hidden_states == read_logits(tmp_path / "hidden", 40)).all()


@pytest.mark.parametrize("name", ["embed-f32.gguf", "colbert-f32.gguf"])
def test_vectors_are_the_programs(lfm2, build, library, name):
    texts = ["What is a river?", "A dog, a cat.", "x"]
    model = lfm2.load(library(name))
    for prompt_name in (None, *model.prompt_names):
        words = [] if prompt_name is None else [f"--prompt-name={prompt_name}"]
        done = run([build.compile(name), "--embed", "-", *words], stdin=None, input="\n".join(texts))
        expected = [numpy.array(json.loads(line)) for line in done.stdout.splitlines()]
        found = model.embed(texts, prompt_name, normalize=None)
        assert len(found) == len(expected) == 3
        for one, other in zip(found, expected):
            assert one.shape == other.shape and one.dtype == numpy.float32
            assert abs(one - other).max() < 1e-8
    one = model.embed(texts[0])
    assert (one == model.embed(texts)[0]).all()
    assert abs(numpy.linalg.norm(one, axis=-1) - 1).max() < 1e-5
    assert len(model.embed([])) == 0
    with pytest.raises(lfm2.InvalidArgument, match="expected a text or a list of texts, found 3"):
        model.embed([3])


def test_pipeline_example(build, program, library, wordnet):
    done = build.python(os.path.join(ROOT, "frontends/python/examples/pipeline.py"), library(wordnet), "A dog is")
    text = run([program, "--prompt", "A dog is", "-n", "24", "--temp", "0"]).stdout
    answer = run([program, "--prompt", "A dog is", "--chat", "-n", "24", "--temp", "0"]).stdout
    assert done.stdout == f"A dog is{text.rstrip()}\n{answer.rstrip()}\n", done.stderr


def test_pipeline_has_the_shapes_of_transformers(lfm2, model):
    generate = lfm2.pipeline("text-generation", model=model)
    options = {"max_new_tokens": 5, "do_sample": False}
    [one] = generate("dog", **options)
    assert one["generated_text"].startswith("dog") and len(one["generated_text"]) > 3
    assert generate(["dog", "cat"], **options)[0] == [one]
    assert len(generate("dog", num_return_sequences=3, seed=1, max_new_tokens=5)) == 3
    [talk] = generate(TALK, **options)
    assert talk["generated_text"][:2] == TALK and talk["generated_text"][2]["role"] == "assistant"


# --- Answers ---

def test_many_are_as_each_alone(lfm2, model):
    prompts = ["dog is", [5, 6, 7], TALK, "A river", "The cat"] * 4
    found = model.generate_many(prompts, max_tokens=12, seed=7)
    for number, (asked, result) in enumerate(zip(prompts, found)):
        alone = (model.chat if asked is TALK else model.generate)(asked, max_tokens=12, seed=7 + number)
        assert str(alone) == str(result) and alone.tokens == result.tokens and result.seed == 7 + number
    ended = dict(model.generate_many(iter(prompts), max_tokens=12, seed=7, as_completed=True))
    assert [ended[number].tokens for number in range(len(prompts))] == [result.tokens for result in found]
    long = "x" * 9000
    with pytest.raises(lfm2.ContextFull, match="expected a prompt of at most"):
        model.generate_many(["dog", long], max_tokens=2)
    one, other = model.generate_many(["dog", long], max_tokens=2, errors="return")
    assert one.finish_reason == "length" and isinstance(other, lfm2.ContextFull) and other.needed == 9001
    ending = model.generate_many(["dog"] * 9, as_completed=True, ignore_stop=True, max_tokens=40)
    next(ending)
    ending.close()


def test_async_streams(model):
    options = {"max_tokens": 20, "temperature": 0}

    async def all_of(text):
        return "".join([piece async for piece in model.stream(text, **options)])

    async def several():
        return await asyncio.gather(*(all_of(text) for text in ("dog", "A river", "cat")))

    async def some():
        async with model.stream("dog", ignore_stop=True) as stream:
            async for _ in stream:
                break
        return stream.result.finish_reason

    assert asyncio.run(several()) == [model.generate(text, **options).text for text in ("dog", "A river", "cat")]
    assert asyncio.run(some()) == "cancelled"


def test_what_a_schema_says_is_parsed(model):
    found = model.chat("dog", schema=Weather, seed=1)
    assert isinstance(found.parsed, Weather) and found.parsed.city in ("Paris", "Rome")
    found = model.generate("dog", schema=WEATHER, seed=1)
    assert found.parsed == json.loads(found.text)
    assert model.generate("dog", schema=json.dumps(WEATHER), max_tokens=2).parsed is None
    assert model.generate("dog", regex="[a-c]{4}").text.strip("abc") == ""
    assert model.generate("dog", grammar='root ::= "yes" | "no"').text in ("yes", "no")


def test_logprobs(model):
    found = model.generate("dog", max_tokens=3, temperature=0, logprobs=2)
    with model.conversation() as talk:
        talk.read("dog")
        for one in found.logprobs:
            logits = talk.logits.astype(float)
            expected = logits - numpy.log(numpy.exp(logits - logits.max()).sum()) - logits.max()
            assert one.top[0] == (one.token, one.logprob) and one.token == expected.argmax()
            assert abs(one.logprob - expected.max()) < 1e-5 and len(one.top) == 2
            assert one.text == model.detokenize([one.token]).encode()
            talk.read([one.token])


# --- Conversations ---

def test_a_conversation_goes_back_elsewhere_and_on(lfm2, build, library, wordnet, model, talk, tmp_path):
    options = {"max_tokens": 6, "temperature": 0}
    talk.read("A river is")
    start = talk.position
    first = talk.generate(**options)
    assert talk.position == start + 6 and talk.tokens[start:] == first.tokens
    saved, other = talk.save(), talk.fork()
    after = talk.generate(**options)
    assert other.generate(**options).tokens == after.tokens
    talk.restore(bytearray(saved))
    assert talk.generate(**options).tokens == after.tokens
    talk.rewind(start)
    assert talk.generate(**options).tokens == first.tokens
    talk.rewind()
    assert talk.position == 0 and talk.tokens == []
    (tmp_path / "saved").write_bytes(saved)
    assert python(build, """
        import lfm2_compile, sys
        talk = lfm2_compile.load(sys.argv[1]).conversation()
        talk.restore(open(sys.argv[2], "rb").read())
        print(talk.generate(max_tokens=6, temperature=0).tokens)
        """, library(wordnet), tmp_path / "saved") == f"{after.tokens}\n"
    before = other.tokens
    for damaged in (saved[:-1], saved[:100] + b"!" + saved[101:], b"", b"x" * 999):
        with pytest.raises(lfm2.InvalidArgument):
            other.restore(damaged)
    assert other.tokens == before and other.generate("dog", **options).text


def test_a_chat_keeps_what_was_said(model):
    with model.conversation(messages=TALK[:1]) as talk:
        first = talk.chat("dog", max_tokens=9, temperature=0)
        assert str(first) == str(model.chat(TALK, max_tokens=9, temperature=0))
        with talk.chat("cat", max_tokens=9, temperature=0, stream=True) as stream:
            said = "".join(delta.text for delta in stream)
        assert stream.result.usage.cached_tokens > 10
        assert talk.messages == [*TALK, first.to_dict(), {"role": "user", "content": "cat"},
                                 {"role": "assistant", "content": said}]
        before = list(talk.messages)
        with pytest.raises(ValueError):
            talk.chat("bird", temperature="hot")
        assert talk.messages == before and talk.fork().messages == before


def test_arrays_outlive_what_they_are_of(model):
    talk = model.conversation(hidden=True)
    talk.read("A river is")
    logits, hidden = talk.logits, talk.hidden_states
    before, states = logits.copy(), hidden.copy()
    for array in (logits, hidden):
        with pytest.raises(ValueError):
            array[0] = 1
    talk.read("dog")
    assert (hidden == states).all() and hidden.shape == (len(model.tokenize("A river is")),
                                                         model.facts["hidden"])
    assert (logits == talk.logits).all() and (logits != before).any()
    last = logits.copy()
    talk.close()
    del talk
    gc.collect()
    assert (logits == last).all() and (hidden == states).all()


# --- What is refused, and what is ended ---

@pytest.mark.parametrize("options, message", [
    ({"temperature": "x"}, 'expected a finite number for "temperature", found \'x\''),
    ({"top_p": float("nan")}, 'expected a finite number for "top_p", found nan'),
    ({"heat": 1}, 'expected an option of an answer, found "heat"; lfm2_compile.Options lists them'),
    ({"max_tokens": -1}, 'expected a whole number of 0 ... 2147483647 for "max_tokens", found -1'),
    ({"seed": 1 << 40}, 'expected a whole number of 0 ... 4294967295 for "seed", found 1099511627776'),
    ({"stop": [3]}, 'expected a text or a list of texts for "stop", found [3]'),
    ({"logit_bias": [1]}, 'expected a mapping of token ids to numbers for "logit_bias", found [1]'),
    ({"logit_bias": {1: "x"}}, 'expected a number or -inf for a token in "logit_bias", found \'x\''),
    ({"logit_bias": {4096: 1}}, 'expected a whole number of 0 ... 4095 for "logit_bias", found 4096'),
    ({"repeat_penalty": 0}, 'expected a number above 0 for "repeat_penalty", found 0.000000'),
    ({"schema": 3}, "expected a JSON schema as a dict or a text, or a class of Pydantic's, found 3"),
    ({"schema": {"enum": [{1, 2}]}}, "expected a schema that can be written as JSON, found others: Object of type set "
                                     "is not JSON serializable"),
    ({"schema": {}, "regex": "x"}, "expected one form of the answer, found schema and regex; leave one out"),
    ({"regex": 1}, 'expected a text for "regex", found 1'),
    ({"regex": "("}, "expression, byte 1: expected ')', found the end; close the bracket")])
def test_options_that_are_none(lfm2, model, options, message):
    with pytest.raises(lfm2.InvalidArgument) as refused:
        model.generate("dog", **options)
    assert str(refused.value) == message


def test_arguments_that_are_none(lfm2, library, wordnet, model, talk):
    def refused(message, call, kind=lfm2.InvalidArgument):
        with pytest.raises(kind) as why:
            call()
        assert message in str(why.value), why.value
        assert isinstance(why.value, lfm2.Lfm2Error)

    refused("expected a prompt of one token or more, found none", lambda: talk.generate())
    refused("expected a prompt of one token or more, found none", lambda: model.generate([]))
    refused("expected a prompt of one token or more, found none", lambda: model.generate_many([[]]))
    refused("expected a text or a list of token ids, found 3", lambda: model.generate(3))
    refused("expected a text or a list of token ids, found b'x'", lambda: model.generate(b"x"))
    refused("expected a text, found 3", lambda: model.tokenize(3))
    for call in (model.generate, model.chat, model.tokenize, lambda text: model.generate("x", stop=text)):
        refused("expected a text that UTF-8 can say, without half of a surrogate pair", lambda: call("\ud800"))
    refused("expected the path of a file for \"path\", found 'a\\x00b'", lambda: lfm2.load("a\0b"))
    refused("expected the path of a file for \"weights\", found 3", lambda: lfm2.load("a", weights=3))
    refused("expected token ids of 0 ... 4095, found 4096", lambda: model.generate([4096]))
    refused("expected token ids of 0 ... 4095, found 'x'", lambda: model.detokenize(["x"]))
    refused("the context holds 2048 tokens", lambda: talk.read([5] * 2049), lfm2.ContextFull)
    refused("expected a text or a list of messages, found 3", lambda: model.chat(3))
    refused('expected a message as {"role": ..., "content": ...} or a Message, found 3', lambda: model.chat([3]))
    refused('expected tools with "tool_choice", found none', lambda: model.chat("x", tool_choice="required"))
    refused('expected "auto", "required", "none" or the name of a tool', lambda: model.chat(
        "x", tools=TOOLS, tool_choice=3))
    refused("expected tools that can be written as JSON", lambda: model.chat("x", tools=[{1, 2}]))
    refused("expected a conversation whose last token was just read, found one without logits", lambda: talk.logits)
    refused("expected a conversation that keeps hidden states", lambda: model.conversation().hidden_states)
    refused("expected a position of 0 ... 0, as many tokens as there are, found 1", lambda: talk.rewind(1))
    refused("expected a position of 0 ... 0, found -1", lambda: talk.rewind(-1))
    refused("expected a conversation as save() gives it, found 3 bytes", lambda: talk.restore(b"abc"))
    refused("expected a whole number of 1 ... 2048 for \"context\", found 0", lambda: model.conversation(context=0))
    refused("expected a whole number of 1 ... 64 for \"threads\", found 65", lambda: lfm2.load("x", threads=65))
    refused("expected a model that gives vectors", lambda: model.embed("x"))
    refused("expected a list of prompts, found 'dog'", lambda: model.generate_many("dog"))
    refused('expected "raise" or "return" for "errors", found 1', lambda: model.generate_many([], errors=1))
    refused('expected "text-generation" or "feature-extraction", found \'x\'', lambda: lfm2.pipeline("x", model))
    refused("expected a library that lfm2-compile made", lambda: lfm2.load(wordnet))
    refused("expected weights in 'nowhere', found no such file", lambda: lfm2.load(library(wordnet), weights="nowhere"),
            lfm2.SystemFailure)


def test_models_that_read_texts_whole(lfm2, build, library):
    model = lfm2.load(library("mlm-f32.gguf"))
    for call in (model.generate, model.chat, lambda text: model.generate_many([text])):
        with pytest.raises(lfm2.InvalidArgument, match="expected a model that goes on with texts, found"):
            call("dog")
    tokens = prompt(20)
    talk = model.conversation(hidden=True)
    for _ in range(2):
        assert (talk.read(tokens, logits=True) == build.logits(build.compile("mlm-f32.gguf"), tokens)).all()
        assert talk.hidden_states.shape == (20, 256)
        talk.rewind()
    embedder = lfm2.load(library("embed-f32.gguf"))
    with pytest.raises(lfm2.InvalidArgument, match="of which at most 512 are read as one"):
        embedder.embed("x " * 999)
    assert embedder.embed("x " * 999, truncate=True).shape == (256,)


def test_closed_objects_refuse(lfm2, library, wordnet):
    model = lfm2.load(library(wordnet))
    talk, stream = model.conversation(), model.stream("dog")
    next(stream)
    model.generate_many(["dog"], max_tokens=1)
    model.close()
    model.close()
    for call in (lambda: model.generate("dog"), lambda: model.tokenize("dog"), lambda: model.generate_many(["dog"]),
                 model.conversation):
        with pytest.raises(lfm2.Closed, match="expected an open model, found one after close()"):
            call()
    assert "closed" in repr(model)
    assert next(stream) and talk.generate("dog", max_tokens=3).text
    stream.close()
    assert next(stream, None) is None
    talk.close()
    talk.close()
    for call in (lambda: talk.read("dog"), lambda: talk.position, lambda: talk.logits, lambda: talk.chat("dog"),
                 talk.fork, talk.save, lambda: talk.rewind(0)):
        with pytest.raises(lfm2.Closed, match="expected an open conversation, found one after close()"):
            call()


def test_an_answer_has_its_conversation_for_itself(lfm2, talk):
    stream = talk.stream("dog", ignore_stop=True)
    first = next(stream)
    for call in (lambda: talk.read("x"), lambda: talk.generate("x"), talk.fork, talk.save, lambda: talk.rewind(0)):
        with pytest.raises(lfm2.InUse, match="found one; take that to its end, or close\\(\\) it"):
            call()
    assert talk.position > 0
    stream.close()
    assert stream.result.finish_reason == "cancelled" and stream.result.text.startswith(first)
    talk.read("x")
    del stream
    talk.stream("dog")  # Left behind at once.
    gc.collect()
    talk.read("x")


def test_two_threads(lfm2, model, talk):
    """A model serves both; a conversation refuses the second."""
    expected = [model.generate(text, max_tokens=20, seed=1).tokens for text in ("dog", "cat", "bird")]
    found, refused = {}, []

    def ask(text):
        found[text] = [model.generate(text, max_tokens=20, seed=1).tokens for _ in range(3)]

    def read():
        for _ in range(60):
            try:
                talk.generate([5] * 40, max_tokens=5)
                talk.rewind()
            except lfm2.InUse as error:
                refused.append(str(error))
            except lfm2.ContextFull:
                talk.rewind()

    threads = [threading.Thread(target=ask, args=(text,)) for text in ("dog", "cat", "bird")]
    threads += [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[text] for text in ("dog", "cat", "bird")] == [[tokens] * 3 for tokens in expected]
    assert refused and refused[0].startswith("expected a conversation that no other call uses")
    assert talk.generate("dog", max_tokens=2).text


def test_what_was_made_so_far_is_seen_by_other_threads(model):
    stream, seen = model.stream("dog", ignore_stop=True, max_tokens=200, logprobs=1), []
    thread = threading.Thread(target=lambda: [seen.append(stream.result) for _ in range(50)])
    thread.start()
    text = "".join(stream)
    thread.join()
    assert all(text.startswith(one.text) and len(one.logprobs) == one.usage.completion_tokens for one in seen)
    left = model.stream("dog")
    left.close()
    assert left.result.finish_reason == "cancelled" and left.result.text == ""
    cancelled = model.stream("dog")
    cancelled.cancel()
    assert list(cancelled) == [] and 0 <= cancelled.result.usage.reading_seconds < 60


def test_a_forked_process_is_refused(build, library, wordnet):
    assert python(build, """
        import lfm2_compile, os, sys
        model = lfm2_compile.load(sys.argv[1])
        talk, stream = model.conversation(), model.stream("dog")
        next(stream), talk.read("dog"), model.generate_many(["dog"], max_tokens=1)
        logits = talk.logits
        child = os.fork()
        if not child:
            for call in (lambda: model.generate("dog"), lambda: next(stream), lambda: talk.read("dog"), talk.save,
                         lambda: model.generate_many(["dog"]), lambda: model.tokenize("x")):
                try:
                    call()
                    os._exit(1)
                except lfm2_compile.WrongProcess as error:
                    assert str(error).startswith("expected the process that made this"), error
            logits.sum()
            stream.close(), talk.close(), model.close()
            del stream, talk, model
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(model.generate("dog", max_tokens=2, temperature=0).finish_reason)
        """, library(wordnet)) == "length\n"


@pytest.mark.parametrize("call", [
    "while True: model.generate('dog', ignore_stop=True)", "while True: talk.rewind(); talk.read([5] * 2000)",
    "list(model.generate_many(['dog'] * 99, ignore_stop=True))"])
def test_threads_that_compute_let_the_interpreter_end(build, library, wordnet, call):
    assert python(build, """
        import lfm2_compile, sys, threading, time
        model = lfm2_compile.load(sys.argv[1])
        talk = model.conversation()
        for _ in range(1 if "talk" in sys.argv[2] else 3):
            threading.Thread(target=exec, args=(sys.argv[2], globals()), daemon=True).start()
        time.sleep(0.3)
        print("ended")
        """, library(wordnet), call) == "ended\n"


@pytest.mark.parametrize("call", [
    "talk.rewind(); talk.read([5] * 2000)", "talk.rewind(); talk.generate('dog', ignore_stop=True)",
    "model.generate('dog', ignore_stop=True)", "list(model.chat('dog', stream=True, ignore_stop=True))",
    "model.generate_many(['dog'] * 200, max_tokens=100)"])
def test_an_interrupt_ends_calls(build, library, wordnet, call):
    """Whatever it meets; and the objects go on."""
    assert python(build, """
        import lfm2_compile, os, signal, sys, threading, time
        model = lfm2_compile.load(sys.argv[1])
        talk = model.conversation()
        call = compile(sys.argv[2], "call", "exec")
        for _ in range(3):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            begun = time.monotonic()
            try:
                while time.monotonic() < begun + 60:
                    exec(call)
            except KeyboardInterrupt:
                assert time.monotonic() - begun < 20
            else:
                sys.exit("no KeyboardInterrupt")
            talk.rewind()
            talk.read("A river is")
            assert talk.generate(max_tokens=5, temperature=0).tokens == model.generate(
                "A river is", max_tokens=5, temperature=0).tokens
        print("ended")
        """, library(wordnet), call) == "ended\n"


# --- The package ---

def test_nothing_is_loaded_before_it_is_used(build, library, wordnet):
    assert python(build, """
        import sys, lfm2_compile
        model = lfm2_compile.load(sys.argv[1])
        model.chat("dog", max_tokens=1), model.info
        print([name for name in ("numpy", "pydantic", "asyncio", "lfm2_compile._compiler") if name in sys.modules])
        """, library(wordnet)) == "[]\n"


def test_model_describes_itself(program, model):
    info = json.loads(subprocess.run([program, "--info"], capture_output=True, check=True).stdout)
    assert {name: model.info[name] for name in ("architecture", "chat", "context_max")} == {
        name: info[name] for name in ("architecture", "chat", "context_max")}
    assert model.facts["vocabulary"] == 4096 and model.facts["has_chat_template"]
    assert model.detokenize(model.tokenize("dog <|im_end|> é"), skip_special=True) == "dog  é"
    assert model.render_chat(TALK, tokenize=True) == model.tokenize(model.render_chat(TALK), add_special=False)


def test_stubs_say_what_is_there(lfm2):
    import lfm2_compile._engine as engine
    with open(os.path.join(os.path.dirname(lfm2.__file__), "_engine.pyi"), encoding="utf-8") as file:
        stubs = {node.name: node for node in ast.parse(file.read()).body if isinstance(node, ast.ClassDef)}
    classes = {name: value for name, value in vars(engine).items() if isinstance(value, type)}
    assert stubs.keys() == classes.keys()
    for name, node in stubs.items():
        said = {item.name if isinstance(item, ast.FunctionDef) else item.target.id for item in node.body
                if isinstance(item, (ast.FunctionDef, ast.AnnAssign))}
        assert {member for member in said if not member.startswith("_")} == {
            member for member in vars(classes[name]) if not member.startswith("_")}, name
    with open(os.path.join(os.path.dirname(lfm2.__file__), "__init__.pyi"), encoding="utf-8") as file:
        names = [name.asname for node in ast.parse(file.read()).body for name in node.names]
    assert sorted(names) == lfm2.__all__


def test_everything_public_is_documented(lfm2):
    for name in ("load", "pipeline", "Model", "Conversation", "Stream", "Options", "Completion", "Message"):
        value = getattr(lfm2, name)
        assert value.__doc__, name
        for member, of in vars(value).items() if isinstance(value, type) else ():
            if callable(of) and not member.startswith("_"):
                assert of.__doc__, f"{name}.{member}"


def test_the_readme_runs(build, library, wordnet, tmp_path):
    with open(os.path.join(ROOT, "frontends/python/README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```python\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    for name, of in (("model", wordnet), ("embedder", "embed-f32.gguf")):
        for ending in (".so", ".weights"):
            os.symlink(library(of).removesuffix(".so") + ending, tmp_path / (name + ending))
    printed = python(build, f"import os; os.chdir({str(tmp_path)!r})\n" + "\n".join(blocks))
    assert "city='Rome'" in printed or "city='Paris'" in printed
    assert "weather {'city': '" in printed
