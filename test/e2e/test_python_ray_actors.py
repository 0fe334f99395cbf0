"""lfm2_compile.ray without Ray: rows of batches, and the server that is a replica's child."""

import asyncio
import os
import sys
import types

import pytest


# --- The child ---

def fake_server(folder, script):
    path = folder / "lfm2-serve"
    path.write_text(f"#!{sys.executable}\nimport os, signal, sys, time\n{script}\n")
    path.chmod(0o755)


def test_the_server_ends_with_its_replica(build, tmp_path, monkeypatch):
    fake_server(tmp_path, "print('lfm2-serve: listening at http://127.0.0.1:1', flush=True)\ntime.sleep(60)")
    monkeypatch.setenv("LFM2_BIN", str(tmp_path))
    script = ("from lfm2_compile.ray.child import Child; child = Child(['m.so']); "
              "print(child.url, child._process.pid, flush=True); import os; os.kill(os.getpid(), 9)")
    url, pid = build.python("-c", script).stdout.split()
    assert url == "http://127.0.0.1:1"
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.kill(int(pid), 0)
            if os.path.exists(f"/proc/{pid}/stat") and open(f"/proc/{pid}/stat").read().split()[2] == "Z":
                raise ProcessLookupError
            asyncio.run(asyncio.sleep(0.02))


def test_the_server_is_stopped_gently_then_by_force(tmp_path, monkeypatch):
    from lfm2_compile.ray.child import Child
    monkeypatch.setenv("LFM2_BIN", str(tmp_path))
    listening = "print('lfm2-serve: listening at http://127.0.0.1:1', flush=True)\n"
    fake_server(tmp_path, listening + "time.sleep(60)")
    ended = []
    child = Child([], ended.append)
    assert child.is_alive()
    child.stop(5)
    child.stop(5)
    assert not child.is_alive() and not ended and child._process.returncode == -15
    fake_server(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + listening + "time.sleep(60)")
    child = Child([])
    child.stop(0.1)
    assert child._process.returncode == -9


def test_the_replica_learns_that_its_server_ended(tmp_path, monkeypatch):
    import queue

    from lfm2_compile.ray.child import Child
    fake_server(tmp_path, "print('lfm2-serve: listening at http://127.0.0.1:1', flush=True)\nsys.exit(3)")
    monkeypatch.setenv("LFM2_BIN", str(tmp_path))
    ended = queue.Queue()
    Child([], ended.put)
    assert ended.get(timeout=5) == 3


def test_a_server_that_does_not_start_is_an_error(tmp_path, monkeypatch):
    from lfm2_compile.command.refusal import Refusal
    from lfm2_compile.ray.child import Child
    fake_server(tmp_path, "sys.exit(3)")
    monkeypatch.setenv("LFM2_BIN", str(tmp_path))
    with pytest.raises(Refusal, match="lfm2-serve ended with status 3"):
        Child([])


# --- Batches ---

def answer(text, tokens=2):
    from lfm2_compile.results import Message, Usage
    return Message(text, finish_reason="stop", usage=Usage(3, 0, tokens, 0, 0, 0))


class FakeModel:
    """Answers a text by itself, refuses "bad", and breaks at "broken"."""

    facts = {"gives_logits": True, "gives_vectors": False, "gives_token_vectors": False, "is_bidirectional": False,
             "has_chat_template": True, "vector": 2}

    def __init__(self):
        self.asked = []

    def generate_many(self, prompts, errors, **options):
        from lfm2_compile.errors import Closed, ContextFull
        assert errors == "return" and options == {"max_tokens": 4}
        self.asked.append(prompts)
        texts = [prompt[-1]["content"] for prompt in prompts]
        return [ContextFull("too long") if text == "bad" else Closed("closed") if text == "broken" else
                answer(text.upper()) for text in texts]

    def embed(self, texts, **_):
        import numpy
        from lfm2_compile.errors import ContextFull
        self.asked.append(texts)
        if "bad" in texts:
            raise ContextFull("too long")
        return numpy.array([[len(text), 1] for text in texts], numpy.float32)


@pytest.fixture
def predictor(monkeypatch):
    import lfm2_compile.ray.predictor as module
    loaded = types.ModuleType("lfm2_compile.model")
    loaded.load = lambda path, **_: FakeModel()
    monkeypatch.setitem(sys.modules, "lfm2_compile.model", loaded)
    return lambda **options: module.LFM2Predictor("m.so", **options)


def test_rows_of_a_batch_are_answered_together_and_fail_alone(predictor):
    import numpy
    one = predictor(max_tokens=4)
    messages = numpy.empty(5, object)
    messages[:] = [[{"role": "user", "content": "a", "name": None}], "b", None, numpy.array(
        [{"role": "user", "content": "bad"}], object), numpy.float64("nan")]
    made = one({"id": numpy.arange(5), "messages": messages})
    assert one.model.asked == [[[{"role": "user", "content": "a"}], [{"role": "user", "content": "b"}],
                                [{"role": "user", "content": "bad"}]]]
    assert made["id"].tolist() == [0, 1, 2, 3, 4]
    assert made["answer"].tolist() == ["A", "B", "", "", ""]
    assert made["finish_reason"].tolist() == ["stop", "stop", "", "", ""]
    assert made["tool_calls"].tolist() == ["[]"] * 5
    assert made["completion_tokens"].tolist() == [2, 2, 0, 0, 0]
    assert made["error"].tolist() == [
        "", "", 'expected a text or a list of messages in column "messages", found None', "too long",
        'expected a text or a list of messages in column "messages", found nan']


def test_what_is_no_fault_of_a_row_ends_the_task(predictor):
    from lfm2_compile.errors import Closed
    with pytest.raises(Closed):
        predictor(max_tokens=4)({"messages": ["a", "broken"]})


def test_vectors_of_the_other_rows_are_there(predictor):
    import numpy
    one = predictor(task="embed", column="t", output="v")
    made = one({"t": numpy.array(["a", "bad", "ccc", None], object)})
    assert made["v"].dtype == numpy.float32 and made["v"].shape == (4, 2)
    assert made["v"][[0, 2]].tolist() == [[1, 1], [3, 1]] and numpy.isnan(made["v"][[1, 3]]).all()
    assert made["error"].tolist() == ["", "too long", "", 'expected a text in column "t", found None']
    assert one({"t": numpy.array([], object)})["v"].shape == (0, 2)


def test_wrong_words_are_refused(predictor):
    from lfm2_compile.errors import InvalidArgument
    with pytest.raises(InvalidArgument, match='expected "generate", "chat" or "embed" for "task", found \'talk\''):
        predictor(task="talk")
    with pytest.raises(InvalidArgument, match='expected a column "messages", found prompt, id; name it by column='):
        predictor()({"prompt": ["a"], "id": [1]})


def test_tables_of_arrow_get_typed_columns(predictor):
    pyarrow = pytest.importorskip("pyarrow")
    made = predictor(task="embed")(pyarrow.table({"text": ["a", None], "error": [1, 2]}))
    assert made.schema.field("embedding").type == pyarrow.list_(pyarrow.float32(), 2)
    assert made["error"].to_pylist() == ["", 'expected a text in column "text", found None']
    made = predictor(max_tokens=4)(pyarrow.table({"messages": [[{"role": "user", "content": "a"}], None]}))
    assert made["answer"].to_pylist() == ["A", ""] and made.schema.field("prompt_tokens").type == pyarrow.int64()


def test_a_model_that_cannot_be_prepared_says_why(monkeypatch, tmp_path):
    from lfm2_compile.command.refusal import Refusal
    from lfm2_compile.ray.place import place, words_of
    assert place(tmp_path / "m.so") == str(tmp_path / "m.so")
    assert words_of("--quantize=q4_0 --o='a b'") == ["--quantize=q4_0", "--o=a b"]
    with pytest.raises(Refusal, match=f"cannot prepare {tmp_path}/none.gguf on .*: lfm2: error: cannot read"):
        place(f"{tmp_path}/none.gguf")
