"""Importance of weights: gathered by compiled models over a text, beside llama-imatrix's of the same text
(make_eval_goldens.py) and beside exact arithmetic; files that go out and in; refusals."""

import os
import shutil
import signal
import subprocess
import time

import gguf
import numpy
import pytest

from conftest import relative_error, run
from make_eval_goldens import IMPORTANCE_BYTES, held_out
from refusal import refused

GOLDENS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("calibrate") / "text.txt"
    path.write_bytes(held_out().encode()[:IMPORTANCE_BYTES])
    return path


def read(path):
    """{weight: (means of squares [matrices, columns], tokens [matrices])}"""
    tensors = {tensor.name: numpy.array(tensor.data, numpy.float64) for tensor in gguf.GGUFReader(path).tensors}
    found = {}
    for name, sums in tensors.items():
        if name.endswith(".in_sum2"):
            name = name.removesuffix(".in_sum2")
            counts = tensors[f"{name}.counts"].reshape(-1)
            found[name] = sums.reshape(len(counts), -1) / numpy.maximum(counts, 1)[:, None], counts
    return found


def gather(build, model, text, out):
    done = run([build.tool("lfm2-compile"), build.model(model), "-o", out / "program", f"--calibrate={text}",
                f"--save-importance={out}/saved.gguf"])
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(out)) == ["program", "saved.gguf"]
    return done, read(out / "saved.gguf")


def close(mine, theirs):
    """Relative, over all columns; a column is noise where little goes through it."""
    return abs(mine - theirs).sum() / theirs.sum()


def test_as_llama_imatrix(build, text, tmp_path):
    done, mine = gather(build, "moe-f32.gguf", text, tmp_path)
    theirs = read(os.path.join(GOLDENS, "imatrix-moe.gguf"))
    # A router is no matrix to be quantised; a head that is tied is no matrix of theirs.
    assert set(theirs) - set(mine) == {f"blk.{layer}.ffn_gate_inp.weight" for layer in (1, 2, 3)}
    assert set(mine) - set(theirs) == {"token_embd.weight"}
    assert "gathered over 1024 tokens" in done.stderr
    for name in set(mine) & set(theirs):
        (squares, counts), (golden, golden_counts) = mine[name], theirs[name]
        assert squares.shape == golden.shape
        # A token at the edge of two experts goes to the other one now and then.
        assert abs(counts - golden_counts).max() <= (3 if len(counts) > 1 else 0), name
        assert close(squares, golden) < (0.03 if len(counts) > 1 else 0.01), name


@pytest.mark.parametrize("model", ["odd-f32.gguf", "all-att-f32.gguf", "tiny-q4_0.gguf"])
def test_gathers_of_each_kind(build, text, tmp_path, model):
    """Of a norm in front of projections: the mean of its squares is near that of its weights' squares."""
    _, mine = gather(build, model, text, tmp_path)
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(build.model(model)).tensors}
    matrices = {name for name, tensor in tensors.items() if len(tensor.shape) == 2 and "conv.conv" not in name}
    assert set(mine) == matrices
    for name, (squares, counts) in mine.items():
        assert squares.shape[1] == tensors[name].shape[0] and (squares > 0).any() and counts.min() > 0
        if ".ffn_gate." in name:
            norm = numpy.array(tensors[name.replace("ffn_gate", "ffn_norm")].data, numpy.float64)
            assert squares.mean() == pytest.approx((norm ** 2).mean(), rel=0.2)


def test_what_was_saved_is_read(build, text, tmp_path):
    tool, model = build.tool("lfm2-compile"), build.model("tiny-f32.gguf")
    programs = []
    for number, words in enumerate([[f"--calibrate={text}", f"--save-importance={tmp_path}/i.gguf"],
                                    [f"--importance={tmp_path}/i.gguf"]]):
        programs.append(tmp_path / f"program{number}")
        done = run([tool, model, "-o", programs[-1], "--quantize=q4_0", "--weights=file", *words])
        assert done.returncode == 0, done.stderr
    weights = [(path.parent / f"{path.name}.weights").read_bytes() for path in programs]
    assert weights[0] == weights[1]
    done = run([tool, model, "-o", tmp_path / "old", "--quantize=q4_0",
                f"--importance={os.path.join(GOLDENS, 'imatrix-tiny.dat')}"])
    assert done.returncode == 0, done.stderr


def test_refusals(build, text, tmp_path):
    tool, model, out = build.tool("lfm2-compile"), build.model("tiny-f32.gguf"), tmp_path / "out"
    empty, binary, one = tmp_path / "empty.txt", tmp_path / "binary.txt", tmp_path / "one.txt"
    empty.write_text(" \n")
    binary.write_bytes(b"some \x00 bytes")
    one.write_text("a")
    moe = os.path.join(GOLDENS, "imatrix-moe.gguf")
    for words, says in [
            ([f"--calibrate={empty}"], ["calibration text", "empty.txt", "found nothing"]),
            ([f"--calibrate={binary}"], ["calibration text", "binary.txt", "other bytes"]),
            ([f"--calibrate={model}"], ["calibration text", "tiny-f32.gguf", "other bytes"]),
            ([f"--calibrate={one}"], ["some thousand words", "found 2 tokens"]),
            ([f"--calibrate={tmp_path}/none"], ["none"]),
            ([f"--calibrate={text}", "--save-importance=no/such/folder/x.gguf"], ["no/such/folder"]),
            ([f"--importance={moe}"], ["another model", "'blk.1.ffn_down_exps.weight'", "lacks"]),
            ([f"--importance={text}"], ["importance file", "text.txt", "other bytes"]),
            ([f"--importance={tmp_path}/none"], ["none"]),
            ([f"--importance={os.path.join(GOLDENS, 'imatrix-tiny.dat')}", "--quantize-effort=feedback"],
             ["imatrix-tiny.dat", "products", "--calibrate"])]:
        refused([tool, model, "-o", out, "--quantize=q4_0", *words], says, [out], seconds=20)
    refused([tool, build.model("embed-f32.gguf"), "-o", out, f"--calibrate={text}"], ["causal"], [out], seconds=20)
    for words, says in [
            ([f"--calibrate={text}", f"--importance={moe}"], ["--calibrate", "--importance", "one of them"]),
            (["--save-importance=x"], ["--save-importance=x", "--calibrate"])]:
        refused([tool, model, "-o", out, *words], says, [out], status=2, seconds=20)


def test_nothing_stays_behind(build, text, tmp_path):
    """In the folder for temporary files, whether it works or not."""
    (tmp_path / "tmp").mkdir()
    shutil.copy(build.model("tiny-f32.gguf"), tmp_path / "m.gguf")
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    for path in (text, tmp_path / "m.gguf"):
        run([build.tool("lfm2-compile"), tmp_path / "m.gguf", "-o", tmp_path / "p", f"--calibrate={path}"],
            env=environment)
        assert not os.listdir(tmp_path / "tmp")


def test_a_signal_leaves_nothing(build, wordnet, tmp_path):
    """Though the library and the weights of calibration are whole by then."""
    folder, text = tmp_path / "tmp", tmp_path / "text.txt"
    folder.mkdir()
    text.write_text(held_out() * 20, encoding="utf-8")
    command = [build.tool("lfm2-compile"), wordnet, "-o", tmp_path / "p", f"--calibrate={text}"]
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(folder)}, stderr=subprocess.DEVNULL) as process:
        while not any(name.endswith(".weights") for name in os.listdir(folder)):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait() != 0
    assert not os.listdir(folder)


def test_feedback_errs_less(build, wordnet, tmp_path):
    """Of what the weights give for text like that of calibration, if not of the weights themselves."""
    errors, text = [], tmp_path / "text.txt"
    text.write_text(held_out()[:-1500], encoding="utf-8")
    for effort in ["fit", "feedback"]:
        program = tmp_path / effort
        done = run([build.tool("lfm2-compile"), wordnet, "-o", program, "--quantize=q4_0", f"--calibrate={text}",
                    f"--quantize-effort={effort}"])
        assert done.returncode == 0, done.stderr
        done = run([program, "--tokenize", held_out()[-1500:]])
        tokens = [int(word) for word in done.stdout.split(",")]
        errors.append(relative_error(build.logits(program, tokens), build.reference(wordnet, tokens)))
    assert errors[1] < 0.93 * errors[0], errors
