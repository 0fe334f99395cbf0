"""tools/lfm2-eval: its numbers beside llama-perplexity's (make_eval_goldens.py) and beside plain NumPy, the files of
log probabilities, and its refusals."""

import json
import os
import struct
import subprocess
import sys

import numpy
import pytest

from conftest import ROOT, read_logits, run
from make_eval_goldens import gguf_of_bundled, held_out
from refusal import refused

sys.path.insert(0, os.path.join(ROOT, "tools"))
from bench import WrongUse, files  # noqa: E402
from evaluate import logits, texts  # noqa: E402

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
            [str(tmp_path / "program"), *says], seconds=10)
    assert os.listdir(tmp_path) == ["program"]


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


# What leads to a file: its name, a link to it, another name of it.
NAMES = {"name": lambda path, _: path, "symlink": lambda path, name: name.symlink_to(path) or name,
         "hard link": lambda path, name: os.link(path, name) or name}


def test_outputs_replace_no_input(made, tmp_path):
    program, other, text, weights = made(), made("other"), tmp_path / "text", tmp_path / "program.weights"
    text.write_text("some words")
    weights.write_text("weights")
    for option, name, read in [("--json", "name", program), ("--save-logits", "symlink", text),
                               ("--json", "hard link", other), ("--save-logits", "name", weights)]:
        before = read.read_bytes()
        out = NAMES[name](read, tmp_path / name)
        refused([EVAL, program, text, "--context=4", f"--reference={other}", f"{option}={out}"],
                [f"the output {out} would replace {read}, which is read; name another file"], status=2)
        assert read.read_bytes() == before


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_an_input(tmp_path, name):
    read, out = tmp_path / "read", tmp_path / "out"
    read.write_text("read")
    out = NAMES[name](read, out)
    with pytest.raises(WrongUse, match=f"the output {out} would replace {read}, which is read"):
        files.check_outputs([None, str(out)], [None, __file__, str(read)])


def test_outputs_replace_no_checkpoint(tmp_path):
    folder, adapter, text = tmp_path / "model", tmp_path / "adapter.gguf", tmp_path / "text"
    folder.mkdir()
    for path in (folder / "config.json", folder / "numbers.json", tmp_path / "m-00001-of-00002.gguf",
                 tmp_path / "m-00002-of-00002.gguf", adapter, text):
        path.write_text("GGUF, or so")
    refused([EVAL, folder, text, f"--json={adapter}", "--", f"--adapter={adapter}"],
            [f"the output {adapter} would replace {adapter}, which is read"], status=2)
    for model, out in [(folder, folder / "config.json"),
                       (tmp_path / "m-00001-of-00002.gguf", tmp_path / "m-00002-of-00002.gguf")]:
        with pytest.raises(WrongUse, match=f"the output {out} would replace {out}, which is read"):
            files.check_outputs([str(out)], [str(model)])
    # Results may lie in the folder, and be replaced.
    files.check_outputs([str(folder / "numbers.json")], [str(folder), str(adapter)])


def test_two_outputs_are_two_files(made, tmp_path):
    (tmp_path / "link").symlink_to("out")
    refused([EVAL, made(), __file__, f"--json={tmp_path}/out", f"--save-logits={tmp_path}/./out"],
            ["two outputs", "are one file"], [tmp_path / "out"], status=2)
    with pytest.raises(WrongUse, match="two outputs, .*/link and .*/out, are one file"):
        files.check_outputs([str(tmp_path / "link"), str(tmp_path / "out")], [])


def test_outputs_are_regular_files(made, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("pipe")
    for option in ("--json", "--save-logits"):
        refused([EVAL, made(), __file__, f"{option}={tmp_path}/pipe"], ["pipe", "is no regular file; name a file"],
                status=2)
    refused([EVAL, made(), __file__, "--json="], ["name a file"], status=2)
    for path, says in [(tmp_path / "folder", "is no regular file; name a file"),
                       (tmp_path / "link", "is no regular file; name a file"), ("", "name a file"),
                       (tmp_path / "none/out", "expected a folder for .*/none/out"),
                       (tmp_path / ("x" * 300), "too long")]:
        with pytest.raises(WrongUse, match=says):
            files.check_place(str(path))
    assert sorted(os.listdir(tmp_path)) == ["folder", "link", "pipe", "program"]


def test_devices_are_not_replaced():
    """Asked only: nothing here may open it to write."""
    with pytest.raises(WrongUse, match="is no regular file; name a file"):
        files.check_place("/dev/full")


def test_what_cannot_be_written_leaves_nothing(made, tmp_path):
    """Here something else comes to its place while the program runs; and the numbers are told all the same."""
    out = tmp_path / "out"
    rows = (f"os.path.isdir('{out}') or os.mkdir('{out}'); "
            "os.write(int(sys.argv[-1].split('/')[-1]), struct.pack('<12f', *range(12)))")
    for option in ("--json", "--save-logits"):
        done = run([EVAL, made(rows=rows), __file__, "--context=4", f"{option}={out}"])
        assert done.returncode == 2 and "perplexity" in done.stdout and "Traceback" not in done.stderr
        assert f"'{out}': it is no regular file" in done.stderr
        assert sorted(os.listdir(tmp_path)) == ["out", "program"]
        out.rmdir()


def test_nobody_reads(made, tmp_path):
    for words in ([], ["--json=-"], ["--help"], [f"--json={tmp_path}/out", f"--save-logits={tmp_path}/kld"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([EVAL, made(), __file__, "--context=4", *words], stdout=writer, stderr=subprocess.PIPE,
                              text=True, check=False)
        os.close(writer)
        assert done.returncode == 1
        assert not [line for line in done.stderr.splitlines() if not line.startswith("lfm2-eval: window ")]
    # The files of a long evaluation are there.
    assert json.loads((tmp_path / "out").read_text())["windows"] == 2
    assert logits.Reader(str(tmp_path / "kld")).windows.count == 2


def test_texts_are_regular_files(made, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path):
        refused([EVAL, made(), path], [f"'{path}'", "expected a regular file"], status=2)
    refused([EVAL, tmp_path / "pipe", __file__], ["pipe", "expected a regular file or a folder"], status=2)
    refused([EVAL, made(), __file__, f"--reference={tmp_path}/pipe"], ["pipe", "expected a regular file"], status=2)


@pytest.mark.parametrize("data,at", [
    (b"\xff", 0), (b"abc\0def", 3), ("\u20ac".encode() + b"\xe2\x82", 3), (b"\xed\xa0\x80", 0), (b"ab\xc3\0", 2),
    (b"a" * (texts.BLOCK_BYTES - 1) + "\u20ac".encode() + b"\xf0\x9f.", texts.BLOCK_BYTES + 2),
    (b"a" * (texts.BLOCK_BYTES - 1) + b"\xe2(", texts.BLOCK_BYTES - 1),
])
def test_texts_are_utf8(made, tmp_path, data, at):
    path = tmp_path / "text"
    path.write_bytes(data)
    says = f"expected text in UTF-8 in '{path}', found other bytes at byte {at};"
    with pytest.raises(WrongUse, match=says):
        texts.check_text(str(path))
    if at == 3:
        refused([EVAL, made(), path], [says], status=2)


def test_a_character_between_blocks(tmp_path):
    path = tmp_path / "text"
    for before in range(4):
        path.write_bytes(b"a" * (texts.BLOCK_BYTES - before) + "\U0001f600".encode())
        texts.check_text(str(path))


@pytest.mark.parametrize("at,value,says", [
    (20, struct.pack("<i", -1), ["ids from 0 to 511", "found -1"]),
    (20 + 4 * 31, struct.pack("<i", 512), ["ids from 0 to 511", "found 512"]),
    (20 + 4 * 32, struct.pack("<f", float("nan")), ["found -", "nan", "window 1"]),
    (20 + 4 * 32 + 4, struct.pack("<f", float("-inf")), ["-inf", "window 1"]),
    (20 + 4 * 32 + 8 * 1032, struct.pack("<f", 3e38), ["window 2"]),
    (20 + 4 * 32 + 13 * 1032 + 4, struct.pack("<f", -1e30), ["-1e+30", "window 2"]),
])
def test_damaged_log_probabilities(tmp_path, made, at, value, says):
    path = tmp_path / "damaged.kld"
    with open(os.path.join(GOLDENS, "llama.kld"), "rb") as file:
        data = bytearray(file.read())
    data[at:at + 4] = value
    path.write_bytes(data)
    with pytest.raises(WrongUse) as error:
        logits.Reader(str(path))
    for word in ["damaged.kld", *says, "--save-logits"]:
        assert word in str(error.value)
    if "found -1" in says:
        refused([EVAL, made(), f"--reference={path}"], ["damaged.kld", *says], status=2)
