"""The generator of checkpoints: what all other tests stand on."""

import json
import os
import subprocess
import sys

import gguf
import numpy
import pytest

import small_models
from conftest import relative_error

sys.path.insert(0, os.path.dirname(small_models.GENERATOR))
import blocks  # noqa: E402  (the folder above is no package)
import gguf_file  # noqa: E402
import hf_folder  # noqa: E402
from shapes import SHAPES, tensors  # noqa: E402

# Relative root mean square error on normal weights, a little above what the
# types reach.
ERRORS = {"f32": 0, "f16": 3e-4, "bf16": 3e-3, "q8_0": 6e-3, "q6_k": 2e-2, "q5_k": 4e-2, "q4_k": 8e-2, "q4_0": 9e-2}


def make(path, *arguments):
    subprocess.run([sys.executable, small_models.GENERATOR, str(path), *arguments], check=True,
                   stdout=subprocess.DEVNULL)
    return str(path)


def read_gguf(path):
    out = {}
    for tensor in gguf.GGUFReader(path).tensors:
        dims = [int(d) for d in reversed(tensor.shape)]
        out[tensor.name] = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(dims)
    return out


def read_folder(path, shape):
    folder = hf_folder.Folder(path)
    return {name: folder.values(name, dims) for name, dims in tensors(shape)}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert numpy.array_equal(values, other[name]), name


@pytest.mark.parametrize("shape,kind,extra", [
    ("odd", "f32", []), ("odd", "f16", ["--shards", "3"]), ("tiny", "bf16", ["--config", "old"]),
    ("moe-odd", "bf16", []), ("moe-odd", "f32", ["--experts-as", "stacked", "--shards", "2"]),
    ("untied", "f32", [])])
def test_containers_hold_the_same_weights(tmp_path, shape, kind, extra):
    given = ["--shape", shape, "--type", kind, "--seed", "9"]
    file = make(tmp_path / "m.gguf", *given)
    folder = make(tmp_path / "folder", *given, *extra)
    assert hf_folder.read_shape(folder).layers == SHAPES[shape].layers
    assert hf_folder.read_shape(folder).ffn == SHAPES[shape].ffn
    assert_same(read_gguf(file), read_folder(folder, SHAPES[shape]))


def test_same_seed_same_bytes(tmp_path):
    given = ["--shape", "tiny", "--type", "q4_k_m", "--direct"]
    files = [make(tmp_path / f"{i}.gguf", *given, "--seed", seed) for i, seed in enumerate("556")]
    one, again, other = (open(path, "rb").read() for path in files)
    assert one == again
    assert one != other


@pytest.mark.parametrize("kind", list(ERRORS))
def test_types_keep_the_weights(kind):
    values = numpy.random.default_rng(1).standard_normal((64, 1024)).astype(numpy.float32)
    assert relative_error(blocks.dequantize(blocks.quantize(values, kind), kind), values) <= ERRORS[kind]
    zero = numpy.zeros((2, 256), numpy.float32)
    assert (blocks.dequantize(blocks.quantize(zero, kind), kind) == 0).all()


@pytest.mark.parametrize("kind", [kind for kind in blocks.TYPES if kind not in blocks.FLOATS])
def test_random_blocks_are_like_weights(kind):
    values = blocks.random_blocks(numpy.random.default_rng(1), (256, 1024), kind, 0.5)
    values = blocks.dequantize(values, kind)
    assert abs(values.mean()) < 0.01
    assert 0.4 < values.std() < 0.6


def test_mixes_give_more_bits_where_llama_quantize_does():
    """The positions that the published Q4_K_M files have."""
    def layers(shape, part):
        return [int(name.split(".")[1]) for name, dims in tensors(SHAPES[shape])
                if part in name and gguf_file.type_of(name, dims, "q4_k_m", SHAPES[shape]) == "q6_k"]

    assert layers("350m", "ffn_down") == [0, 1, 4, 7, 10, 13, 14, 15]
    assert layers("2.6b", "ffn_down") == [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 26, 27, 28, 29]
    assert layers("230m", "ffn_down") == [0, 3, 6, 9, 12, 13]
    assert layers("350m", "attn_v") == [8, 14]
    assert gguf_file.type_of("token_embd.weight", (65536, 1024), "q4_0_mix", SHAPES["350m"]) == "q6_k"


def test_parameters_are_as_published():
    counts = {name: shape.parameters() for name, shape in SHAPES.items()}
    assert counts["230m"] == 229_693_184
    assert counts["350m"] == 354_483_968
    assert counts["700m"] == 742_489_344
    assert counts["1.2b"] == 1_170_340_608
    assert counts["2.6b"] == 2_569_272_320
    assert counts["2.5-2.6b"] == 2_697_198_592
    assert counts["8b-a1b"] == 8_339_930_560
    assert counts["2.5-8b-a1b"] == 8_467_856_832


def test_metadata_can_be_wrong_on_purpose(tmp_path):
    file = make(tmp_path / "m.gguf", "--set", "lfm2.feed_forward_length=999", "--drop", "lfm2.rope.freq_base",
                "--final-norm", "output_norm.weight")
    reader = gguf.GGUFReader(file)
    assert reader.get_field("lfm2.feed_forward_length").contents() == 999
    assert reader.get_field("lfm2.rope.freq_base") is None
    assert "output_norm.weight" in [tensor.name for tensor in reader.tensors]


def test_split_files(tmp_path):
    make(tmp_path / "m.gguf", "--shape", "odd", "--split", "20")
    names = sorted(os.listdir(tmp_path))
    assert names == [f"m-{i:05}-of-00003.gguf" for i in (1, 2, 3)]
    parts = [gguf.GGUFReader(tmp_path / name) for name in names]
    assert [part.get_field("split.no").contents() for part in parts] == [0, 1, 2]
    assert sum(len(part.tensors) for part in parts) == len(tensors(SHAPES["odd"]))


def test_bundled_model_to_gguf(tmp_path, wordnet):
    file = make(tmp_path / "m.gguf", "--from-hf", wordnet, "--type", "bf16")
    assert_same(read_gguf(file), read_folder(wordnet, hf_folder.read_shape(wordnet)))
    with open(f"{wordnet}/tokenizer.json", encoding="utf-8") as text:
        tokenizer = json.load(text)
    tokens = gguf.GGUFReader(file).get_field("tokenizer.ggml.tokens").contents()
    assert [tokenizer["model"]["vocab"][token] for token in tokens] == list(range(len(tokens)))
