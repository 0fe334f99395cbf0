"""tools/lfm2-eval: its numbers beside llama-perplexity's (make_eval_goldens.py) and beside plain NumPy, the files of
log probabilities, and its refusals."""

import json
import os
import sys

import numpy
import pytest

from conftest import ROOT, read_logits, run
from make_eval_goldens import gguf_of_bundled, held_out
from refusal import refused

sys.path.insert(0, os.path.join(ROOT, "tools"))
from evaluate import logits  # noqa: E402

EVAL = os.path.join(ROOT, "tools", "lfm2-eval")
GOLDENS = os.path.join(ROOT, "test", "e2e", "goldens")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("eval") / "text.txt"
    path.write_text(held_out())
    return path


def evaluate(*words):
    done = run([EVAL, *words, "--json=-"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_as_llama_perplexity(build, tmp_path, text):
    with open(os.path.join(GOLDENS, "eval.json"), encoding="utf-8") as file:
        golden = json.load(file)
    bf16, q4_0 = (build.compile(gguf_of_bundled(str(tmp_path / f"{kind}.gguf"), kind)) for kind in ("bf16", "q4_0"))
    words = [text, f"--context={golden['context']}", f"--chunks={golden['chunks']}"]
    found = evaluate(q4_0, *words, f"--reference={bf16}")
    assert found["windows"] == golden["chunks"] and found["tokens_scored"] == golden["chunks"] * 127
    assert found["reference_perplexity"] == pytest.approx(golden["perplexity"], rel=5e-3)
    assert found["perplexity"] == pytest.approx(golden["q4_0"]["perplexity"], rel=5e-3)
    assert found["kl_mean"] == pytest.approx(golden["q4_0"]["kl_mean"], rel=0.02)
    # One position of a thousand, at which both have the noise of int8 activations.
    assert found["kl_99_9"] == pytest.approx(golden["q4_0"]["kl_99_9"], rel=0.15)
    assert found["same_top"] == pytest.approx(golden["q4_0"]["same_top"], abs=0.01)


def test_beside_plain_numpy(build, tmp_path, text):
    """Odd windows; all by the definitions, of logits in files."""
    length, count = 25, 3
    first, second = (build.compile(name) for name in ("tiny-f32.gguf", "tiny-q4_0.gguf"))
    found = evaluate(second, text, f"--context={length}", f"--chunks={count}", f"--reference={first}")
    tokens = [int(word) for word in run([first, "--tokenize-file", text]).stdout.split(",")]
    start = tokens[0]
    nll, divergence, same = [], [], []
    for window in range(count):
        cut = tokens[window * length:(window + 1) * length]
        both = []
        for program in (first, second):
            out = tmp_path / "logits"
            ids = ",".join(map(str, [start, *cut[1:]]))
            assert run([program, "--tokens", ids, "--logits", out, "-n", "0"]).returncode == 0
            values = read_logits(out, length).astype(numpy.float64)
            both.append(values - numpy.log(numpy.exp(values).sum(axis=1, keepdims=True)))
        for place in range(length // 2, length - 1):
            base, mine = both[0][place], both[1][place]
            nll.append(-mine[cut[place + 1]])
            divergence.append((numpy.exp(base) * (base - mine)).sum())
            same.append(base.argmax() == mine.argmax())
    assert found["tokens_scored"] == len(nll) == count * 12
    assert found["nats_per_token"] == pytest.approx(numpy.mean(nll), rel=1e-5)
    assert found["kl_mean"] == pytest.approx(numpy.mean(divergence), rel=1e-3)
    assert found["kl_99_9"] == pytest.approx(numpy.percentile(divergence, 99.9), rel=1e-3)
    assert found["same_top"] == pytest.approx(numpy.mean(same))


def test_files_of_llama_cpp(build, tmp_path, text):
    program, theirs, ours = build.compile("tiny-f32.gguf"), os.path.join(GOLDENS, "llama.kld"), str(tmp_path / "ours")
    found = evaluate(program, f"--reference={theirs}")
    assert (found["context"], found["windows"]) == (16, 2)
    assert abs(found["kl_mean"]) < 1e-5 and found["same_top"] == 1
    assert evaluate(program, text, f"--reference={theirs}") == {**found, "text": str(text)}
    evaluate(program, text, "--context=16", "--chunks=2", f"--save-logits={ours}")
    with open(theirs, "rb") as golden, open(ours, "rb") as written:
        golden, written = golden.read(), written.read()
    assert len(golden) == len(written) and golden[:20 + 4 * 32] == written[:20 + 4 * 32]
    for number in range(2):
        for one, other in zip(logits.Reader(theirs).log_probabilities(number),
                              logits.Reader(ours).log_probabilities(number)):
            assert abs(one - other).max() < 0.01
    assert sorted(os.listdir(tmp_path)) == ["ours"]


def test_of_a_checkpoint(build, tmp_path, text):
    path = tmp_path / "numbers.json"
    done = run([EVAL, build.model("tiny-f32.gguf"), text, "--context=16", "--chunks=2", f"--json={path}",
                f"--reference={build.model('tiny-f32.gguf')}", f"--lfm2-compile={build.tool('lfm2-compile')}",
                "--", "--quantize=q8_0"])
    assert done.returncode == 0, done.stderr
    # The options are for both.
    assert json.loads(path.read_text())["kl_max"] < 1e-6
    assert "same most likely token" in done.stdout and "100.000 %" in done.stdout
    assert done.stderr.count("compiling") == 2


# A program that is made up: it has a vocabulary of 3, and 9 tokens in every text.
PROGRAM = """#!{python}
import json, os, struct, sys
if "--info" in sys.argv:
    print(json.dumps(dict(vocab=3, context_max={context}, weights_bytes=1, causal={causal},
                          tokenizer=dict(adds_bos=True, bos=dict(id=0)))))
elif "--tokenize-file" in sys.argv:
    print("0,1,2,{id},1,2,1,2,1")
else:
    {rows}
"""


@pytest.fixture
def made(tmp_path):
    def make(name="program", rows="", id=1, context=64, causal=True):
        path = tmp_path / name
        write = "os.write(int(sys.argv[-1].split('/')[-1]), struct.pack('<12f', *range(12)))"
        text = PROGRAM.format(python=sys.executable, rows=rows or write, id=id, context=context, causal=causal)
        path.write_text(text)
        path.chmod(0o755)
        return path
    return make


def test_a_made_up_program(made):
    found = evaluate(made(), __file__, "--context=4")
    assert found["windows"] == 2 and found["tokens_scored"] == 2
    odds = numpy.exp([0, 1, 2])
    assert found["nats_per_token"] == pytest.approx(-numpy.log(odds / odds.sum())[[1, 2]].mean())


@pytest.mark.parametrize("program,says", [
    (dict(rows="print('error: too warm', file=sys.stderr); sys.exit(3)"), ["--logits", "exit 3", "too warm"]),
    (dict(rows="pass"), ["logits of 4 positions", "found 0", "one version"]),
    (dict(rows="os.write(int(sys.argv[-1].split('/')[-1]), struct.pack('<9f', *range(9)))"),
     ["4 positions", "found 3"]),
    (dict(rows="os.write(int(sys.argv[-1].split('/')[-1]), struct.pack('<12f', *[float('nan')] * 12))"),
     ["finite logits", "window 1"]),
])
def test_program_fails(made, tmp_path, program, says):
    refused([EVAL, made(**program), __file__, "--context=4", f"--save-logits={tmp_path}/out"],
            [str(tmp_path / "program"), *says], [tmp_path / "out"], seconds=10)


def test_refusals(made, tmp_path, build):
    program, empty, kld = made(), tmp_path / "empty.txt", os.path.join(GOLDENS, "llama.kld")
    empty.write_text("")
    (tmp_path / "short.kld").write_bytes(b"_logits_" + bytes(9))
    with open(kld, "rb") as file:
        (tmp_path / "cut.kld").write_bytes(file.read()[:-1])
    small = build.compile("tiny-f32.gguf")
    for words, says in [
            ([program], ["a TEXT to read"]),
            ([program, "no-such.txt"], ["no 'no-such.txt'"]),
            ([program, __file__], ["two windows of 512 tokens", "found 9 tokens", "--context=4"]),
            ([program, __file__, "--context=3"], ["--context=3"]),
            ([program, __file__, "--context=none"], ["--context", "'none'"]),
            ([made("narrow", context=2), __file__, "--context=4"], ["at most 2 tokens", "found 4"]),
            ([made("whole", causal=False), __file__], ["texts as a whole"]),
            ([program, __file__, "--context=4", f"--reference={small}"], ["vocabulary", "3 tokens", "512"]),
            ([program, __file__, "--context=4", f"--reference={made('other', id=2)}"], ["tokenizer", "other ids"]),
            ([program, f"--reference={kld}"], ["vocabulary", "llama.kld", "512"]),
            ([small, f"--reference={kld}", "--context=4"], ["16 tokens", "--context=4"]),
            ([small, ROOT + "/LICENSE", f"--reference={kld}"], ["LICENSE", "the text of", "other ids"]),
            ([small, f"--reference={tmp_path}/short.kld"], ["short.kld", "--save-logits"]),
            ([small, f"--reference={tmp_path}/cut.kld"], ["bytes", "cut.kld", "14596", "14595"]),
            ([small, empty], ["expected a text", "empty.txt"]),
            ([small, __file__, "--context=8", "--save-logits=no/such/folder/x"], ["no/such/folder"]),
            ([build.model("tiny-f32.gguf"), __file__, "--lfm2-compile=/no/such"], ["/no/such", "--lfm2-compile"])]:
        refused([EVAL, *words], says, status=2, seconds=10)
