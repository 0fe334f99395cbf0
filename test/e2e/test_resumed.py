"""Modules that go on from a file: what they were made for is compared with the checkpoint
that is there now; text that no module is; identities of programs."""

import json
import os
import shutil
import struct

import pytest

from conftest import run
from refusal import refused

STAGES = ["import", "quantize", "fuse", "tile", "plan"]


def edit_safetensors(path, change):
    """`change` gets {name: [dtype, shape, bytes]}."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {name: [entry["dtype"], entry["shape"], data[8 + size:][slice(*entry["data_offsets"])]]
               for name, entry in header.items()}
    change(tensors)
    at, entries = 0, {}
    for name, (dtype, shape, payload) in tensors.items():
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(payload)]}
        at += len(payload)
    text = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(entry[2] for entry in tensors.values()))


def edit_config(path, **values):
    config = json.loads(path.read_text())
    config.update(values)
    path.write_text(json.dumps(config))


def other_theta(folder):
    config = json.loads((folder / "config.json").read_text())
    rope = config.get("rope_parameters")
    edit_config(folder / "config.json",
                **({"rope_parameters": {**rope, "rope_theta": 7e5}} if rope else {"rope_theta": 7e5}))


def grow_vocabulary(folder):
    def grow(tensors):
        entry = tensors["model.embed_tokens.weight"]
        entry[2] += entry[2][:len(entry[2]) // entry[1][0] * 64]
        entry[1][0] += 64
    edit_safetensors(folder / "model.safetensors", grow)
    config = json.loads((folder / "config.json").read_text())
    edit_config(folder / "config.json", vocab_size=config["vocab_size"] + 64)


def narrow_norms(folder):
    """Half the numbers, the same shape and bytes when packed."""
    def narrow(tensors):
        name = next(name for name in tensors if name.endswith("embedding_norm.weight"))
        dtype, shape, payload = tensors[name]
        values = struct.unpack(f"<{len(payload) // 4}f", payload)
        tensors[name] = ["F16", shape, struct.pack(f"<{len(values)}e", *values)]
    edit_safetensors(folder / "model.safetensors", narrow)


@pytest.mark.parametrize("model,change,says", [
    ("tiny-f32-hf", grow_vocabulary, ["token_embd.weight", "in f32, and the checkpoint has"]),
    ("tiny-f32-hf", narrow_norms, ["token_embd_norm.weight", "in f32", "in f16"]),
    ("tiny-f32-hf", lambda folder: edit_config(folder / "config.json", norm_eps=0.5), ["norm_eps", "5.0"]),
    ("tiny-f32-hf", other_theta, ["rope_theta", "checkpoint has 700000"]),
    ("moe-f32-hf", lambda folder: edit_config(folder / "config.json", num_experts_per_tok=1),
     ["experts_used", "checkpoint has 1"]),
    ("moe-f32-hf", lambda folder: edit_config(folder / "config.json", norm_topk_prob=False),
     ["norm_top_k", "true", "false"]),
])
def test_another_checkpoint_behind_a_module(build, tmp_path, model, change, says):
    shutil.copytree(build.model(model), tmp_path / "hf")
    # What is recorded does not depend on the stage; the weights that are declared do.
    stages = STAGES if change is grow_vocabulary else ["import", "plan"]
    for stage in stages:
        done = run([build.tool("lfm2-compile"), tmp_path / "hf", f"--stop-after={stage}",
                    "-o", tmp_path / f"{stage}.mlir"])
        assert done.returncode == 0, done.stderr
    change(tmp_path / "hf")
    for stage in stages:
        refused([build.tool("lfm2-compile"), tmp_path / f"{stage}.mlir", "-o", tmp_path / "out"],
                ["does not fit", *says], leaves=[tmp_path / "out"])
    refused([build.tool("lfm2-run"), tmp_path / "import.mlir", "--tokens=1", "-n", "1"], ["does not fit", *says])


@pytest.mark.parametrize("stage", STAGES)
def test_a_module_without_its_record(build, tmp_path, stage):
    """What is left to compare are the weights themselves."""
    shutil.copytree(build.model("tiny-f32-hf"), tmp_path / "hf")
    module = tmp_path / "m.mlir"
    done = run([build.tool("lfm2-compile"), tmp_path / "hf", f"--stop-after={stage}", "-o", module])
    assert done.returncode == 0, done.stderr
    text = module.read_text()
    start = text.index("lfm2.checkpoint = {")
    end, depth = start + len("lfm2.checkpoint = {"), 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    module.write_text(text[:start] + text[end:].lstrip(", "))
    done = run([build.tool("lfm2-compile"), module, "-o", tmp_path / "out"])
    assert done.returncode == 0, done.stderr
    os.remove(tmp_path / "out")
    grow_vocabulary(tmp_path / "hf")
    refused([build.tool("lfm2-compile"), module, "-o", tmp_path / "out"], ["does not fit", "token_embd.weight"],
            leaves=[tmp_path / "out"])


def test_a_module_of_a_moved_checkpoint(build, tmp_path):
    """The name is no part of what a module was made for."""
    shutil.copytree(build.model("tiny-f32-hf"), tmp_path / "hf")
    run([build.tool("lfm2-compile"), tmp_path / "hf", "--stop-after=plan", "-o", tmp_path / "plan.mlir"])
    os.rename(tmp_path / "hf", tmp_path / "moved")
    module = tmp_path / "plan.mlir"
    module.write_text(module.read_text().replace(f'"{tmp_path}/hf"', f'"{tmp_path}/moved"'))
    done = run([build.tool("lfm2-compile"), module, "-o", tmp_path / "out"])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", [
    "module attributes {a = %s1%s} {}" % ("[" * 7000, "]" * 7000),
    "module {" * 7000 + "}" * 7000,
    "module {} loc(%s\"x\"%s)" % ("fused[" * 7000, "]" * 7000),
    "module attributes {a = %si32%s} {}" % ("tuple<" * 7000, ">" * 7000),
    "module attributes {a = %si32%s} {}" % ("(" * 7000, ") -> ()" * 7000),
    '"builtin.module"() (%s) : () -> ()' % ('{"a.b"() (' * 7000),
    "module attributes {a = affine_map<(d0) -> (%s d0)>} {}" % ("- " * 7000),
    "module attributes {a = affine_map<(d0) -> (d0%s)>} {}" % (" + d0" * 7000),
    "module attributes {a = affine_map<(d0) -> (d0%s)>} {}" % (" mod 2" * 7000),
    "#a0 = [1]\n" + "".join(f"#a{i + 1} = [#a{i}]\n" for i in range(7000)) + "module attributes {a = #a7000} {}",
    "!a0 = tuple<i1>\n" + "".join(f"!a{i + 1} = tuple<!a{i}>\n" for i in range(7000))
    + "module attributes {a = !a7000} {}",
])
def test_text_that_nests(build, tmp_path, text):
    """A parser that recurses ends where the stack does, so it does not begin."""
    (tmp_path / "deep.mlir").write_text(text)
    refused([build.tool("lfm2-compile"), tmp_path / "deep.mlir", "-o", tmp_path / "out"], ["deep.mlir", "nest"],
            leaves=[tmp_path / "out"])
    refused([build.tool("lfm2-run"), tmp_path / "deep.mlir", "--tokens=1", "-n", "1"], ["deep.mlir", "nest"])
    if "#a1" not in text and "!a1" not in text:
        refused([build.tool("lfm2-opt"), tmp_path / "deep.mlir"], ["deep.mlir", "nest"])


def identity(build, tmp_path, model, *arguments):
    out = tmp_path / f"program{len(os.listdir(tmp_path))}"
    done = run([build.tool("lfm2-compile"), model, "-o", out, "--weights=file", "--chunk=1",
                f"--report={out}.json", *arguments])
    assert done.returncode == 0, done.stderr
    with open(f"{out}.json", encoding="utf-8") as file:
        return json.load(file)["identity"]


def test_identities(build, tmp_path):
    """Equal for equal inputs, and for all else not: a program takes no other's archive."""
    base = tmp_path / "base"
    shutil.copytree(build.model("moe-f32-hf"), base)
    first = identity(build, tmp_path, base)
    shutil.copytree(base, tmp_path / "renamed")
    assert identity(build, tmp_path, tmp_path / "renamed") == first
    seen = {first: "base"}

    def changed(what, change=None, *arguments):
        folder = tmp_path / what.replace(" ", "-")
        shutil.copytree(base, folder)
        if change:
            change(folder)
        found = identity(build, tmp_path, folder, *arguments)
        assert found not in seen, f"{what} and {seen[found]} are one"
        seen[found] = what

    def flip(offset):
        def change(folder):
            path = folder / "model.safetensors"
            data = bytearray(path.read_bytes())
            data[offset] ^= 1
            path.write_bytes(data)
        return change

    size = (base / "model.safetensors").stat().st_size
    for offset in (size - 4, size - 4000, size // 2 // 4 * 4, size // 3 // 4 * 4):
        changed(f"a bit at {offset}", flip(offset))
    changed("other experts used", lambda folder: edit_config(folder / "config.json", num_experts_per_tok=1))
    changed("another theta", other_theta)
    changed("weights as divided", lambda folder: edit_config(folder / "config.json", norm_topk_prob=False))
    changed("another context", None, "--context=100")
    changed("another format", None, "--quantize=q8_0")
    changed("other activations", None, "--activations=per-token")
    token = json.loads((base / "tokenizer.json").read_text()) if (base / "tokenizer.json").exists() else None
    if token:
        merges = token["model"]["merges"]
        merges[-1], merges[-2] = merges[-2], merges[-1]
        changed("another tokenizer", lambda folder: (folder / "tokenizer.json").write_text(json.dumps(token)))


def test_one_archive_for_two_machines(build, tmp_path):
    """Where x86-64 and AArch64 lay out weights alike, they share them."""
    model = build.model("tiny-q4_0.gguf")
    assert identity(build, tmp_path, model, "--cpu=x86-64-v3") == \
        identity(build, tmp_path, model, "--target=aarch64-linux", "--cpu=portable")


GIVEN = ["--pre=qwen2", "--context=96", "--chunk=32", "--quantize=q8_0", "--activations=per-token"]


def report(build, tmp_path, model, *arguments):
    """What the compiler says of the program that it makes, but for times."""
    out = tmp_path / f"program{len(os.listdir(tmp_path))}"
    done = run([build.tool("lfm2-compile"), model, "-o", out, f"--report={out}.json", *arguments])
    assert done.returncode == 0, done.stderr
    with open(f"{out}.json", encoding="utf-8") as file:
        found = json.load(file)
    return {key: found[key] for key in ("identity", "context_max", "quantize", "activations", "tokenizer", "cpus",
                                        "weights_hash", "program_bytes")}


@pytest.mark.parametrize("stage", STAGES)
def test_a_module_remembers_what_was_asked_for(build, tmp_path, stage):
    model, module = build.model("tiny-f32.gguf"), tmp_path / "m.mlir"
    whole = report(build, tmp_path, model, *GIVEN)
    assert (whole["context_max"], whole["quantize"], whole["tokenizer"]["pre_tokenizer"]) == (96, "q8_0", "qwen2")
    assert whole != report(build, tmp_path, model)
    done = run([build.tool("lfm2-compile"), model, f"--stop-after={stage}", "-o", module, *GIVEN])
    assert done.returncode == 0, done.stderr
    assert report(build, tmp_path, module) == whole
    assert report(build, tmp_path, module, *GIVEN) == whole, "what is given again is what it was"
    # Over one file more.
    done = run([build.tool("lfm2-compile"), module, "--stop-after=plan", "-o", tmp_path / "plan.mlir"])
    assert done.returncode == 0, done.stderr
    assert report(build, tmp_path, tmp_path / "plan.mlir") == whole


def test_what_is_given_counts_where_it_still_can(build, tmp_path):
    model, module = build.model("tiny-f32.gguf"), tmp_path / "m.mlir"
    done = run([build.tool("lfm2-compile"), model, "--stop-after=import", "-o", module, *GIVEN])
    assert done.returncode == 0, done.stderr
    other = ["--pre=gpt-2", "--context=64", "--chunk=16", "--quantize=keep", "--activations=per-32"]
    assert report(build, tmp_path, module, *other) == report(build, tmp_path, model, *other)
    # Context and split of texts are in no stage.
    done = run([build.tool("lfm2-compile"), model, "--stop-after=plan", "-o", module, *GIVEN])
    assert done.returncode == 0, done.stderr
    assert report(build, tmp_path, module, *other[:2]) == report(build, tmp_path, model, *GIVEN[2:], *other[:2])


@pytest.mark.parametrize("option,made,stage", [
    ("--chunk=64", "--chunk=32", "tile"), ("--quantize=q4_0", "--quantize=q8_0", "quantize"),
    ("--activations=per-32", "--activations=per-token", "tile"),
])
def test_what_comes_too_late_is_refused(build, tmp_path, option, made, stage):
    module = tmp_path / "m.mlir"
    done = run([build.tool("lfm2-compile"), build.model("tiny-f32.gguf"), f"--stop-after={stage}", "-o", module, *GIVEN])
    assert done.returncode == 0, done.stderr
    refused([build.tool("lfm2-compile"), module, option, "-o", tmp_path / "out"],
            [f"has been through stage '{stage}' with {made}, so {option} comes too late"], leaves=[tmp_path / "out"],
            status=2)


@pytest.mark.parametrize("given,held", [([], 512), (["--chunk=64"], 64), (["--context=700"], 700)])
def test_a_module_remembers_the_step_of_texts(build, tmp_path, given, held):
    model, module = build.model("embed-f32.gguf"), tmp_path / "m.mlir"
    for stage in ("import", "plan"):
        done = run([build.tool("lfm2-compile"), model, f"--stop-after={stage}", "-o", module, *given])
        assert done.returncode == 0, done.stderr
        found = report(build, tmp_path, module)
        assert found == report(build, tmp_path, model, *given)
        assert found["context_max"] == held
        assert [entry["tokens"] for entry in found["cpus"][0]["entries"]] == [held]
