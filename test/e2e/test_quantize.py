"""--quantize: the program is that of a checkpoint quantised beforehand by the
gguf package, and what cannot be converted is said."""

import json
import os
import subprocess
import sys

import pytest

from conftest import ROOT, prompt, relative_error, run

# What is lost is in the activations, 8 bits with one scale per 32 values: the
# weights are the same. On the bundled model llama.cpp's is 1.0e-2, give or take the
# prompt.
TRAINED, RANDOM = 1.3e-2, 3e-2
# Of random experts some are near a tie, and the other one may be chosen; see
# test_formats.py for what llama.cpp does.
EXPERTS = 0.15


@pytest.fixture(scope="module")
def wordnet_q8_0(build, wordnet):
    """The bundled model as Q8_0, quantised by gguf-py."""
    path = build.path("wordnet-q8_0.gguf")
    maker = os.path.join(ROOT, "test", "models", "make_checkpoint.py")
    subprocess.run([sys.executable, maker, path, "--from-hf", wordnet, "--type", "q8_0"], check=True)
    return path


def quantized_module(build, model, quantize):
    """The module with the types changed, for the reference executor."""
    source = model if os.path.isabs(model) else build.model(model)
    path = build.path(f"{os.path.basename(source)}-{os.path.basename(quantize)}.mlir")
    done = run([build.tool("lfm2-compile"), source, f"--quantize={quantize}",
                "--stop-after=quantize", "--verify-roundtrip", "-o", path])
    assert done.returncode == 0, done.stderr
    return path


def test_q8_0_is_gguf_pys(build, wordnet, wordnet_q8_0):
    tokens = prompt(24, 4096)
    program = build.compile(wordnet, "--quantize=q8_0", "--quantize-effort=nearest")
    found = build.logits(program, tokens)
    assert relative_error(found, build.reference(wordnet_q8_0, tokens)) <= TRAINED
    # The weights are equal bit for bit, so all is.
    assert (found == build.logits(build.compile(wordnet_q8_0), tokens)).all()


@pytest.mark.parametrize("quantize", ["q8_0", "q4_0", "q4_k_m"])
def test_trained_model(build, wordnet, quantize):
    tokens = prompt(24, 4096)
    found = build.logits(build.compile(wordnet, f"--quantize={quantize}"), tokens)
    assert relative_error(found, build.reference(quantized_module(build, wordnet, quantize), tokens)) <= TRAINED


@pytest.mark.parametrize("model,quantize,bar", [
    ("tiny-f32.gguf", "q8_0", RANDOM), ("tiny-f16.gguf", "q4_0", RANDOM),
    ("tiny-f32.gguf", "f16", 1e-3), ("tiny-bf16.gguf", "f32", 1e-3),
    ("untied-f32.gguf", "q4_0", RANDOM), ("odd-f32.gguf", "q8_0", RANDOM),
    ("moe-bf16.gguf", "q4_0", EXPERTS), ("moe-f32-hf", "q8_0", EXPERTS),
    ("moe-bf16.gguf", "f16", 1e-3), ("moe-f32-hf", "f32", 1e-5)])
def test_random_models(build, model, quantize, bar):
    tokens = prompt(24)
    found = build.logits(build.compile(model, f"--quantize={quantize}"), tokens)
    assert relative_error(found, build.reference(quantized_module(build, model, quantize), tokens)) <= bar


def test_formats_are_reported(build, wordnet):
    report = build.path("formats.json")
    done = run([build.tool("lfm2-compile"), wordnet, "--quantize=q4_k_m", "-o", build.path("reported"),
                f"--report={report}"])
    assert done.returncode == 0, done.stderr
    assert "quantized 35 tensors to 3.1 MB: 31 q4_k (error " in done.stderr
    with open(report) as file:
        information = json.load(file)
    assert information["quantize"] == "q4_k_m"
    tensors = {entry["tensor"]: entry for entry in information["quantized"]}
    formats = {name: entry["format"] for name, entry in tensors.items()}
    # What llama-quantize chooses: the tied embedding, and values and down projections in the first eighth (of
    # six layers there is none), the last eighth, and each third layer between.
    assert {name for name in formats if formats[name] == "q6_k"} == {
        "token_embd.weight", "blk.2.ffn_down.weight", "blk.5.ffn_down.weight", "blk.4.attn_v.weight"}
    assert set(formats.values()) == {"q4_k", "q6_k"}
    gate = tensors["blk.0.ffn_gate.weight"]
    assert gate["from"] == "bf16" and gate["bytes"] == 512 * 144
    assert 0.05 < gate["error"] < 0.08 and "weighted_error" not in gate
    assert json.loads(run([build.path("reported"), "--info"]).stdout)["quantize"] == "q4_k_m"


def test_recipe(build, wordnet):
    recipe = build.path("mine.recipe")
    with open(recipe, "w") as file:
        file.write("head q8_0\nattention@4 q6_k # one layer\n\nblk.[01].ffn_* q5_k\n*.out_proj q4_0\n")
    report = build.path("recipe.json")
    program = build.compile(wordnet, f"--quantize={recipe}", f"--report={report}")
    with open(report) as file:
        formats = {entry["tensor"]: entry["format"] for entry in json.load(file)["quantized"]}
    assert formats["token_embd.weight"] == "q8_0" and formats["blk.4.attn_k.weight"] == "q6_k"
    assert formats["blk.1.ffn_up.weight"] == "q5_k" and formats["blk.5.shortconv.out_proj.weight"] == "q4_0"
    assert "blk.2.attn_q.weight" not in formats and len(formats) == 1 + 4 + 6 + 4
    tokens = prompt(24, 4096)
    assert relative_error(build.logits(program, tokens),
                          build.reference(quantized_module(build, wordnet, recipe), tokens)) <= TRAINED


@pytest.mark.parametrize("text,expected", [
    ("head q6_k\nattn_v q9_k\n", ":2: unknown format 'q9_k'; expected one of f32, "),
    ("* iq2_s\n", ":1: nothing here encodes 'iq2_s'; expected one of f32, "),
    ("\xef\xbb\xbfexperts q4_0\n", ":1: the pattern 'experts' fits none of the 35 matrices"),
    ("head\n", ":1: expected a pattern and a format, as in 'head q6_k', found 'head'"),
    ("* q8_0 q4_0\n", ":1: expected a pattern and a format"),
    ("# nothing\n", ": expected lines with a pattern and a format, as in '* q4_k', found none"),
    ("", ": expected lines with a pattern and a format, as in '* q4_k', found none"),
    ("experts q4_0\n* q8_0\n", ":1: the pattern 'experts' fits none of the 35 matrices"),
    ("* q8_0\nblk.9.* q4_0\n", ":2: the pattern 'blk.9.*' fits none of the 35 matrices"),
    ("*norm* q8_0\n", ":1: the pattern '*norm*' fits none of the 35 matrices"),
    ("attn_v@middle q8_0\n", ":1: expected layers as edges, first2, last1/8, 3 or 3-5 behind '@', found 'middle'"),
    ("blk.[ q8_0\n", ":1: cannot read the pattern 'blk.['"),
    ("\0\xff\n", ":1: expected a pattern and a format")])
def test_bad_recipes(build, wordnet, text, expected):
    recipe, out = build.path("bad.recipe"), build.path("bad-recipe")
    with open(recipe, "w", encoding="latin-1") as file:
        file.write(text)
    done = run([build.tool("lfm2-compile"), wordnet, f"--quantize={recipe}", "-o", out])
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
    assert recipe + expected in done.stderr
    assert not os.path.exists(out)


def test_recipe_is_no_output(build, wordnet):
    recipe = build.path("kept.recipe")
    with open(recipe, "w") as file:
        file.write("* q8_0\n")
    done = run([build.tool("lfm2-compile"), wordnet, f"--quantize={recipe}", "-o", recipe])
    assert done.returncode == 1 and open(recipe).read() == "* q8_0\n"


def test_says_what_is_left(build):
    """Quantised already: nothing changes, and one line says so."""
    done = run([build.tool("lfm2-compile"), build.model("tiny-q4_0.gguf"), "--quantize=q8_0",
                "--stop-after=quantize", "-o", build.path("left.mlir")])
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "stays q4_0: it is quantized already" in line]
    assert len(lines) == 1 and "more weights" in lines[0]
