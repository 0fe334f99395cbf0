"""--emit=gguf: what is written is what was read, in llama.cpp's words. The gguf
package reads every file; goldens/gguf.json is what llama.cpp's own converter
makes of the same folders."""

import filecmp
import json
import os
import re
import shutil

import pytest

import gguf_edit
import gguf_listing
import small_models
from conftest import ROOT, prompt, relative_error, run
from gguf_listing import listing
from refusal import refused

with open(os.path.join(ROOT, "test", "e2e", "goldens", "gguf.json"), encoding="utf-8") as goldens:
    GOLDENS = json.load(goldens)
MODELS = [name for name in small_models.read_list() if "/" not in name]
# Folders in formats of their own, which GGUF files have not.
FOREIGN = [name for name in MODELS if "groups-" in name]
FOLDERS = [name for name in MODELS if name.endswith("-hf") and name not in FOREIGN]
FILES = [name for name in MODELS if name.endswith(".gguf")]


@pytest.fixture(scope="module")
def added(build):
    return gguf_listing.make_added(build.model("tiny-f32-hf"), build.path(gguf_listing.ADDED))


def source_of(build, name):
    return name if os.path.isabs(name) else build.model(name)


def write(build, model, *words, out=None, warns=()):
    """The path of the file that is made of `model`; its warnings have each of `warns`."""
    out = out or build.path(f"out-{len(os.listdir(build.work))}.gguf")
    done = run([build.tool("lfm2-compile"), source_of(build, model), "--emit=gguf", "-o", out, *words])
    assert done.returncode == 0, done.stderr
    for word in warns:
        assert word in done.stderr, done.stderr
    return out


# A file that was GGUF.


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_written_again_byte_for_byte(build, name):
    assert filecmp.cmp(write(build, name), build.model(name), shallow=False)


def test_unknown_metadata_is_kept(build):
    file = gguf_edit.read(build.model("tiny-q8_0.gguf"))
    nested = gguf_edit.struct.pack("<IQIQI", 9, 1, 4, 1, 7)
    file.fields[3:3] = [(b"somebody.else", 8, gguf_edit.string("Grüße".encode())), (b"nested", 9, nested),
                        (b"general.alignment", 4, (64).to_bytes(4, "little"))]  # fmt: skip
    file.alignment = 64
    data, file.data = file.data, b""
    for i, tensor in enumerate(file.tensors):
        end = file.tensors[i + 1].offset if i + 1 < len(file.tensors) else len(data)
        piece = data[tensor.offset:end]
        tensor.offset = len(file.data)
        file.data += piece + b"\0" * (-len(piece) % 64)
    file.write(build.path("strange.gguf"))
    assert filecmp.cmp(write(build, build.path("strange.gguf")), build.path("strange.gguf"), shallow=False)


def test_what_the_tensors_say_replaces_what_the_metadata_says(build):
    file = gguf_edit.read(build.model("tiny-f32.gguf"))
    file.set("lfm2.feed_forward_length", "I", 768)
    file.tensor("token_embd_norm.weight").name = b"output_norm.weight"
    file.fields.pop(file.field("rope.freq_base"))
    file.write(build.path("wrong.gguf"))
    found, whole = listing(write(build, build.path("wrong.gguf"))), listing(build.model("tiny-f32.gguf"))
    assert found == whole


def test_parts_are_joined(build):
    maker = os.path.join(ROOT, "test", "models", "make_checkpoint.py")
    done = run([os.sys.executable, maker, build.path("parts.gguf"), "--shape", "tiny", "--type", "q8_0",
                "--seed", "1", "--split", "15"])
    assert done.returncode == 0, done.stderr
    first = next(name for name in os.listdir(build.work) if name.startswith("parts-00001-of-"))
    found, whole = listing(write(build, build.path(first))), listing(build.model("tiny-q8_0.gguf"))
    assert found["tensors"] == whole["tensors"]
    found["keys"]["general.name"] = whole["keys"]["general.name"]
    assert found["keys"] == whole["keys"]


# A folder.

# What the converter guesses from the folder's name, and what it leaves to others.
THEIRS = {"general.name", "general.basename", "general.finetune"}
OURS = {"general.name", "tokenizer.ggml.add_eos_token"}


@pytest.mark.parametrize("name", GOLDENS)
def test_a_folder_as_the_converter_writes_it(build, wordnet, added, name):
    source = {gguf_listing.BUNDLED: wordnet, gguf_listing.ADDED: added}.get(name, name)
    found, expected = listing(write(build, source)), GOLDENS[name]
    assert found["tensors"] == expected["tensors"]
    for key in found["keys"].keys() | expected["keys"].keys():
        theirs, ours = expected["keys"].get(key), found["keys"].get(key)
        if key in THEIRS | OURS or (theirs is None and key.startswith("general.sampling.")):
            continue
        assert ours == theirs, key
    assert found["keys"]["general.name"] == ["string", name]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_read_again_as_it_was(build, name):
    """Written from what was read from what was written: nothing is lost on the way."""
    once = write(build, name)
    assert filecmp.cmp(write(build, once), once, shallow=False)


def same_tokenizer(build, one, other, texts):
    programs = [build.compile(path) for path in (one, other)]
    for text in texts:
        made = [run([program, "--tokenize", text]).stdout for program in programs]
        assert made[0] == made[1] != "", text


def test_the_program_of_the_file_is_that_of_the_folder(build, wordnet):
    tokens = prompt(24, 4096)
    out = write(build, wordnet, out=build.path("wordnet-lfm2.gguf"))
    one, other = build.compile(wordnet), build.compile(out)
    assert (build.logits(one, tokens) == build.logits(other, tokens)).all()
    about = [json.loads(run([program, "--info"]).stdout) for program in (one, other)]
    assert about[0]["sampling"] == pytest.approx(about[1]["sampling"])  # In f32.
    for key in ("name", "stop_tokens", "weights"):
        assert about[0].get(key) == about[1].get(key), key
    same_tokenizer(build, wordnet, out, ["The sky isn't 12345 blue.", " a\n\n  b", "café 北京 🙂", "<|im_start|>user"])


def test_added_tokens_are_found_as_before(build, added):
    texts = ["a Mathias b", "two words", "<end of it>", "x Mathiasx two  words"]
    same_tokenizer(build, added, write(build, added), texts)


# Formats.


@pytest.mark.parametrize("model,quantize,kind", [
    ("tiny-bf16-hf", "q8_0", "q8_0"), ("tiny-bf16-hf", "q4_0", "q4_0"), ("tiny-f16.gguf", "bf16", "bf16"),
    ("moe-bf16.gguf", "f16", "f16")])  # fmt: skip
def test_what_is_quantised_is_written_so(build, model, quantize, kind):
    report = build.path("gguf-report.json")
    out = write(build, model, f"--quantize={quantize}", f"--report={report}")
    tensors = listing(out)["tensors"]
    with open(report, encoding="utf-8") as file:
        told = {entry["tensor"]: entry["format"] for entry in json.load(file)["quantized"]}
    assert told.items() <= {name: t[0] for name, t in tensors.items()}.items()
    assert told or not kind.startswith("q")
    matrices = {name: t for name, t in tensors.items() if len(t[1]) > 1 and "ffn_gate_inp" not in name
                and ".conv." not in name}  # fmt: skip
    assert {t[0] for name, t in matrices.items() if name != "token_embd.weight"} == {kind}
    assert {t[0] for name, t in tensors.items() if name not in matrices} == {"f32"}
    types = {"q8_0": 7, "q4_0": 2, "f16": 1, "bf16": 32}
    assert listing(out)["keys"]["general.file_type"] == ["uint32", types[kind]]
    # The same program as that which is quantised on the way.
    tokens = prompt(24)
    assert (build.logits(build.compile(out), tokens)
            == build.logits(build.compile(model, f"--quantize={quantize}"), tokens)).all()


@pytest.mark.parametrize("name", ["groups-mlx4-hf", "groups-fp8-block-hf", "moe-groups-awq4-hf"])
def test_formats_that_a_file_has_not_are_converted(build, name):
    """Or refused, with what to do."""
    out = build.path("foreign.gguf")
    done = run([build.tool("lfm2-compile"), build.model(name), "--emit=gguf", "-o", out])
    assert done.returncode == 1 and not os.path.exists(out)
    assert re.search(r"tensor '.*' is in \w+, a format that GGUF files have not; .*--quantize=q8_0", done.stderr)
    tokens, out = prompt(16, 300), write(build, name, "--quantize=f16")
    assert {t[0] for t in listing(out)["tensors"].values()} == {"f32", "f16"}
    assert relative_error(build.reference(out, tokens), build.reference(name, tokens)) <= 2e-3


@pytest.mark.parametrize("name,kinds", [("groups-mxfp4-hf", {"mxfp4"}), ("groups-gptq4-act-hf", {"f32"})])
def test_what_a_file_has_is_kept(build, name, kinds):
    """Blocks of MXFP4 are those of a GGUF file; columns in an order of their own are read as floats."""
    tokens, out = prompt(16, 300), write(build, name)
    assert kinds <= {t[0] for t in listing(out)["tensors"].values()}
    assert relative_error(build.reference(out, tokens), build.reference(name, tokens)) == 0


def test_a_module_is_written_with_its_formats(build):
    module = build.path("q8_0.mlir")
    done = run([build.tool("lfm2-compile"), build.model("tiny-f32-hf"), "--quantize=q8_0", "--stop-after=quantize",
                "-o", module])
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(write(build, module), write(build, "tiny-f32-hf", "--quantize=q8_0"), shallow=False)


# What a user asks for.


def test_the_output_is_named_after_the_model(build, tmp_path):
    done = run([build.tool("lfm2-compile"), build.model("tiny-f32-hf"), "--emit=gguf"], cwd=tmp_path)
    assert done.returncode == 0 and os.listdir(tmp_path) == ["tiny-f32-hf.gguf"]
    assert done.stdout == "" and "wrote tiny-f32-hf.gguf: 40 tensors" in done.stderr
    assert "CPU" not in done.stderr


@pytest.mark.parametrize("model", ["tiny-f32-hf", "tiny-f32.gguf"])
def test_templates_and_splits_are_replaced(build, model):
    with open(build.path("chat.jinja"), "w", encoding="utf-8") as file:
        file.write("{{ messages | unknown_filter }}")
    out = listing(write(build, model, f"--chat-template={build.path('chat.jinja')}", "--pre=qwen2"))["keys"]
    assert out["tokenizer.chat_template"] == ["string", "{{ messages | unknown_filter }}"]
    assert out["tokenizer.ggml.pre"] == ["string", "qwen2"]
    assert "tokenizer.chat_template" not in listing(write(build, model, "--chat-template=none"))["keys"]


def edited_tokenizer(build, name, change):
    folder = build.path(name)
    shutil.copytree(build.model("tiny-f32-hf"), folder)
    path = os.path.join(folder, "tokenizer.json")
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    change(tokenizer)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tokenizer, file)
    return folder


def set_split(pattern):
    def change(tokenizer):
        split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        tokenizer["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
            split, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}
    return change


QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
NEWER = r"(?i:'(?:[sdmt]|ll|ve|re))|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


@pytest.mark.parametrize("pattern,pre", [(QWEN, "qwen2"), (NEWER, "lfm2")])
def test_a_split_has_the_name_of_what_it_does(build, pattern, pre):
    folder = edited_tokenizer(build, f"split-{pre}", set_split(pattern))
    assert listing(write(build, folder))["keys"]["tokenizer.ggml.pre"] == ["string", pre]


def test_words_beyond_merges_decide_the_name(build):
    """A token that merges do not make: found by who ignores merges alone."""
    def forget_merge(tokenizer):
        merge = tokenizer["model"]["merges"].pop()
        assert "".join(merge) in tokenizer["model"]["vocab"]
    folder = edited_tokenizer(build, "beyond", forget_merge)
    assert listing(write(build, folder))["keys"]["tokenizer.ggml.pre"] == ["string", "dbrx"]


def test_tokens_behind_the_embedding_are_left_out(build):
    """Of a tokenizer that is longer: they, and the merges that make them."""
    def change(tokenizer):
        first = "".join(tokenizer["model"]["merges"][-1])
        tokenizer["model"]["vocab"] |= {"qz": 512, "qzx": 513, first + "qz": 514}
        tokenizer["model"]["merges"] += [["q", "z"], ["qz", "x"], [first, "qz"]]
    folder = edited_tokenizer(build, "longer", change)
    out = write(build, folder, warns=["515 tokens, but the embedding has 512 rows"])
    found, whole = listing(out)["keys"], GOLDENS["tiny-f32-hf"]["keys"]
    for key in ("tokens", "token_type", "merges"):
        assert found[f"tokenizer.ggml.{key}"] == whole[f"tokenizer.ggml.{key}"]


def test_what_a_file_cannot_say_is_a_warning(build):
    def change(tokenizer):
        tokenizer["normalizer"] = {"type": "NFC"}
        tokenizer["added_tokens"][3]["lstrip"] = True
    folder = edited_tokenizer(build, "flags", change)
    write(build, folder, warns=["to NFC first", "has lstrip"])
    write(build, "odd-head-f32.gguf", warns=["llama.cpp does not read such a model"])
    write(build, "mean-odd-f32-hf", warns=["2 projections"])
    write(build, "colbert-f32-hf", warns=["prompts"])


# What cannot be done.


def refuse(build, model, *says, words=(), status=1, out=None, leaves=None, seconds=1.0):
    out = out or build.path("refused.gguf")
    return refused([build.tool("lfm2-compile"), source_of(build, model), "--emit=gguf", "-o", out, *words], says,
                   leaves=[out] if leaves is None else leaves, status=status, seconds=seconds)


def test_a_folder_without_a_tokenizer(build):
    folder = build.path("bare")
    shutil.copytree(build.model("tiny-f32-hf"), folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        os.remove(os.path.join(folder, name))
    done = run([build.tool("lfm2-compile"), folder, "--emit=gguf", "-o", build.path("bare.gguf")])
    assert done.returncode == 1 and "expected a tokenizer" in done.stderr.splitlines()[-1]
    assert not os.path.exists(build.path("bare.gguf"))


def test_a_split_without_a_name(build):
    folder = edited_tokenizer(build, "nameless", set_split(r"[a-z]+|[^a-z]+"))
    # Compared with all that have one: half a second of work.
    refuse(build, folder, "no name for the way", "[a-z]+|[^a-z]+", "--pre=NAME", seconds=10)
    assert listing(write(build, folder, "--pre=lfm2"))["keys"]["tokenizer.ggml.pre"] == ["string", "lfm2"]


def with_rope(build, name, **scaling):
    folder = build.path(f"rope-{name}")
    shutil.copytree(build.model("tiny-f32-hf"), folder)
    path = os.path.join(folder, "config.json")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config["rope_parameters"] = {"rope_theta": 1e6, **scaling}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return folder


@pytest.mark.parametrize("name,scaling", [
    ("llama3", {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64}),
    ("truncate", {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "truncate": False})])
def test_positions_that_a_file_cannot_say(build, name, scaling):
    refuse(build, with_rope(build, name, **scaling), "rotary positions", name)


@pytest.mark.parametrize("name,scaling", [
    ("yarn", {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "attention_factor": 1.25,
              "beta_fast": 24.0, "beta_slow": 2.0}),
    ("linear", {"rope_type": "linear", "factor": 3.0})])
def test_scaled_positions_are_the_same(build, name, scaling):
    """The executor runs the file as it runs the folder; the magnitude goes through f32."""
    tokens, folder = prompt(16), with_rope(build, name, **scaling)
    one, other = (build.reference(model, tokens) for model in (folder, write(build, folder)))
    assert relative_error(other, one) <= (1e-6 if name == "yarn" else 0)
    assert relative_error(build.reference("tiny-f32-hf", tokens), one) > 1e-3


def test_no_file_that_was_read_is_replaced(build):
    path = build.path("own.gguf")
    shutil.copy(build.model("tiny-f32.gguf"), path)
    link = build.path("link.gguf")
    os.symlink(path, link)
    for out in (path, link):
        refuse(build, path, "was read", out=out, leaves=[])
    assert filecmp.cmp(path, build.model("tiny-f32.gguf"), shallow=False)
    done = run([build.tool("lfm2-compile"), "own.gguf", "--emit=gguf"], cwd=build.work)
    assert done.returncode == 1 and "name" in done.stderr


def test_a_weight_that_is_no_number(build):
    file = gguf_edit.read(build.model("tiny-f32.gguf"))
    at = file.tensor("blk.1.ffn_up.weight").offset + 4 * (512 + 3)
    file.data = file.data[:at] + b"\0\0\xc0\x7f" + file.data[at + 4:]
    file.write(build.path("nan.gguf"))
    refuse(build, build.path("nan.gguf"), "NaN in row 2, column 3", "blk.1.ffn_up.weight")
    out = write(build, build.path("nan.gguf"), "--allow-nonfinite", warns=["a program of it will end"])
    assert filecmp.cmp(out, build.path("nan.gguf"), shallow=False)


def test_a_full_disk_leaves_nothing(build):
    out = build.path("full.gguf")
    done = run(["bash", "-c", 'ulimit -f 1000; exec "$@"', "bash", build.tool("lfm2-compile"),
                build.model("tiny-f32-hf"), "--emit=gguf", "-o", out])
    assert done.returncode == 1 and "cannot write" in done.stderr and "File too large" in done.stderr
    assert not [name for name in os.listdir(build.work) if name.startswith((".lfm2", "full"))]


@pytest.mark.parametrize("word", ["--cpu=portable", "--context=64", "--stop-after=fuse", "--weights=file"])
def test_options_of_programs_are_refused(build, word):
    refuse(build, "tiny-f32.gguf", "writes a checkpoint", word.split("=")[0], words=[word], status=2)


def test_modules_without_weights_are_refused(build):
    module = build.path("tiled.mlir")
    done = run([build.tool("lfm2-compile"), build.model("tiny-f32-hf"), "--stop-after=tile", "-o", module])
    assert done.returncode == 0, done.stderr
    refuse(build, module, "has been through stage 'tile'", "'quantize' or before")


def test_standard_output_is_refused(build):
    refuse(build, "tiny-f32.gguf", "a GGUF file is no text", out="-", leaves=[])
