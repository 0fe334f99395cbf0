"""Weights and logits that are no numbers: the compiler names the place, and a
program that was made all the same stops at the first such logits."""

import os
import shutil
import struct

import numpy
import pytest

import gguf_edit
from conftest import run
from refusal import refused

NAN16, INF16, NAN32 = b"\0\x7e", b"\0\x7c", struct.pack("<f", float("nan"))


def spoiled(build, model, name, at, value):
    """The path of `model` with other bytes at `at` of the tensor `name`."""
    file = gguf_edit.read(build.model(model))
    start = file.tensor(name).offset + at
    file.data = file.data[:start] + value + file.data[start + len(value):]
    path = build.path(f"spoiled-{model}")
    file.write(path)
    return path


@pytest.mark.parametrize("model,name,at,value,says", [
    ("tiny-f32.gguf", "blk.0.ffn_gate.weight", 4 * (256 * 3 + 7), NAN32,
     "NaN in row 3, column 7 of tensor 'blk.0.ffn_gate.weight'"),
    ("tiny-f32.gguf", "token_embd_norm.weight", 4 * 5, struct.pack("<f", float("-inf")),
     "infinity in column 5 of tensor 'token_embd_norm.weight'"),
    ("tiny-f16.gguf", "token_embd.weight", 2 * (256 * 9 + 63), INF16,
     "infinity in row 9, column 63 of tensor 'token_embd.weight'"),
    ("tiny-q4_0.gguf", "blk.0.ffn_down.weight", 18, NAN16,
     "NaN in row 0, column 32 of tensor 'blk.0.ffn_down.weight'"),
])  # fmt: skip
def test_weights_are_refused(build, model, name, at, value, says):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), spoiled(build, model, name, at, value), "-o", out],
            [says, "--allow-nonfinite"], leaves=[out], seconds=20)


def test_a_number_too_large_for_its_format_is_refused(build):
    """What is finite in the file must be so in the program."""
    source = spoiled(build, "tiny-f32.gguf", "blk.0.ffn_gate.weight", 4 * (256 * 3 + 7), struct.pack("<f", 1e7))
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), source, "-o", out, "--quantize=f16"],
            ["too large for f16 in row 3, column 7 of tensor 'blk.0.ffn_gate.weight'", "another format"],
            leaves=[out], seconds=20)


def test_folders_have_their_own_names(build, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(build.model("tiny-f32-hf"), folder)
    path = folder / "model.safetensors"
    blob = bytearray(path.read_bytes())
    blob[-4:] = NAN32  # The last element of the last tensor.
    path.write_bytes(blob)
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), folder, "-o", out],
            ["NaN in ", "of tensor 'model.", "in " + str(path)], leaves=[out], seconds=20)


@pytest.fixture(scope="module")
def program(build):
    source = spoiled(build, "tiny-f32.gguf", "token_embd_norm.weight", 0, NAN32)
    out = build.path("spoiled")
    done = run([build.tool("lfm2-compile"), source, "-o", out, "--allow-nonfinite"])
    assert done.returncode == 0, done.stderr
    assert "warning" in done.stderr and "NaN in column 0 of tensor 'token_embd_norm.weight'" in done.stderr
    return out


def stops(command):
    done = run(command)
    assert done.returncode == 1, done
    assert len(done.stderr.strip().split("\n")) == 1
    assert "expected logits that are finite numbers" in done.stderr


@pytest.mark.parametrize("words", [
    ["--tokens", "1,2,3", "--temp", "0", "--print-tokens"], ["--tokens", "1,2,3", "--temp", "0.8"],
    ["--prompt", "a", "-n", "4"], ["--prompt", "a", "--chat"],
])  # fmt: skip
def test_the_program_stops(program, words):
    stops([program, *words])


def test_a_conversation_stops(program, tmp_path):
    (tmp_path / "in").write_text("a\nb\n")
    with open(tmp_path / "in", encoding="utf-8") as lines:
        done = run([program], stdin=lines)
    assert done.returncode == 1 and "expected logits that are finite numbers" in done.stderr


def test_logits_are_written_all_the_same(program, tmp_path):
    path = tmp_path / "logits"
    stops([program, "--tokens", "1,2,3", "--logits", path, "-n", "0"])
    values = numpy.fromfile(path, dtype="<f4")
    assert values.size % 3 == 0 and values.size and numpy.isnan(values).all()
    assert os.listdir(tmp_path) == ["logits"]
