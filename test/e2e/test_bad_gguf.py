"""GGUF files that are wrong: each is refused with a line that names what is wrong."""

import struct

import pytest

import gguf_edit
from conftest import run
from refusal import refused

HUGE = 2 ** 64 - 8


def refuse(build, path, *says):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), path, "-o", out], says, leaves=[out])


def edited(build, change, name="edited.gguf"):
    file = gguf_edit.read(build.model("tiny-f32.gguf"))
    change(file)
    path = build.path(name)
    file.write(path)
    return path


def test_the_editor_changes_nothing_by_itself(build):
    path = edited(build, lambda file: None)
    with open(path, "rb") as one, open(build.model("tiny-f32.gguf"), "rb") as other:
        assert one.read() == other.read()


def drop(name):
    return lambda file: file.remove(name)


def forget(name):
    """The tensor's bytes stay, a gap in the data."""
    return lambda file: file.tensors.remove(file.tensor(name))


def double(name):
    def change(file):
        file.tensors.append(file.tensor(name))
    return change


def set_tensor(name, **values):
    def change(file):
        for key, value in values.items():
            setattr(file.tensor(name), key, value)
    return change


def set_file(**values):
    def change(file):
        for key, value in values.items():
            setattr(file, key, value)
    return change


def set_field(key, code, value):
    return lambda file: file.set(key, code, value)


def set_string(key, value):
    return lambda file: file.set_string(key, value)


def overlap(file):
    file.tensors[2].offset = file.tensors[1].offset


def misalign(file):
    file.tensors[1].offset += 4


def turn(name):
    def change(file):
        file.tensor(name).dims.reverse()
    return change


CASES = {
    "not GGUF": (set_file(magic=b"GGML"), ["GGUF"]),
    "version 1": (set_file(version=1), ["version", "1"]),
    "version 2": (set_file(version=2), ["version", "2"]),
    "version 4": (set_file(version=4), ["version", "4"]),
    "tensors near 2^64": (set_file(tensor_count=HUGE), ["tensor"]),
    "keys near 2^64": (set_file(field_count=HUGE), []),
    "norm missing": (drop("blk.0.attn_norm.weight"), ["blk.0.attn_norm.weight"]),
    "embedding missing": (drop("token_embd.weight"), ["token_embd.weight"]),
    "gap": (forget("blk.0.attn_norm.weight"), ["gap"]),
    "tensor twice": (double("blk.0.attn_norm.weight"), ["blk.0.attn_norm.weight"]),
    "offset outside": (set_tensor("blk.0.ffn_gate.weight", offset=2 ** 40), ["blk.0.ffn_gate.weight"]),
    "offset near 2^64": (set_tensor("blk.0.ffn_gate.weight", offset=HUGE & ~31), ["blk.0.ffn_gate.weight"]),
    "tensors overlap": (overlap, ["overlap"]),
    "offset misaligned": (misalign, ["align"]),
    "dims near 2^64": (set_tensor("blk.0.ffn_gate.weight", dims=[2 ** 63, 2]), ["blk.0.ffn_gate.weight"]),
    "zero rows": (set_tensor("blk.0.ffn_gate.weight", dims=[64, 0]), ["blk.0.ffn_gate.weight"]),
    "shape turned": (turn("blk.0.ffn_gate.weight"), ["blk.0.ffn_"]),
    "type unknown": (set_tensor("blk.0.ffn_gate.weight", type=99), ["blk.0.ffn_gate.weight", "99"]),
    "type not supported": (set_tensor("blk.0.ffn_gate.weight", type=40), ["blk.0.ffn_gate.weight", "nvfp4", "q4_0"]),
    "architecture llama": (set_string("general.architecture", "llama"), ["llama", "lfm2"]),
    "architecture lfm3": (set_string("general.architecture", "lfm3"), ["lfm3", "lfm2"]),
    "tokenizer kind": (set_string("tokenizer.ggml.model", "llama"), ["tokenizer", "llama"]),
    "pre-tokenizer": (set_string("tokenizer.ggml.pre", "qwen9"), ["qwen9"]),
    "NaN eps": (set_field("layer_norm_rms_epsilon", "f", float("nan")), ["eps"]),
    "zero heads": (set_field("attention.head_count", "I", 0), ["head"]),
    "zero layers": (set_field("block_count", "I", 0), ["block_count"]),
    "too many layers": (set_field("block_count", "I", 2 ** 32 - 1), []),
    "zero vocabulary rows": (set_tensor("token_embd.weight", dims=[64, 0]), ["token_embd.weight"]),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(build, case):
    change, says = CASES[case]
    refuse(build, edited(build, change), *says)


def test_missing_and_empty_and_folder(build, tmp_path):
    refuse(build, tmp_path / "none.gguf", "none.gguf")
    (tmp_path / "empty.gguf").write_bytes(b"")
    refuse(build, tmp_path / "empty.gguf", "empty.gguf")
    (tmp_path / "folder").mkdir()
    refuse(build, tmp_path / "folder", "folder")


def test_string_length_near_2_64(build):
    path = edited(build, lambda file: None)
    with open(path, "r+b") as file:
        file.seek(24)  # the length of the first key
        file.write(struct.pack("<Q", HUGE))
    refuse(build, path)


def test_array_length_near_2_64(build):
    def change(file):
        index = file.field("tokenizer.ggml.tokens")
        key, kind, raw = file.fields[index]
        file.fields[index] = (key, kind, raw[:4] + struct.pack("<Q", HUGE) + raw[12:])
    refuse(build, edited(build, change))


def test_cut_anywhere(build):
    """Cut at places spread over the header, and one byte short of the whole."""
    with open(build.model("tiny-f32.gguf"), "rb") as file:
        blob = file.read()
    header = len(gguf_edit.read(build.model("tiny-f32.gguf")).header())
    places = sorted({1, 3, 4, 7, 8, 15, 23, 24, 31, len(blob) - 1, header + 40,
                     *range(32, header, max(1, header // 25))})
    for place in places:
        path = build.path("cut.gguf")
        with open(path, "wb") as file:
            file.write(blob[:place])
        refuse(build, path)


def test_good_file_compiles(build):
    out = build.path("good.out")
    assert run([build.tool("lfm2-compile"), edited(build, lambda file: None), "-o", out]).returncode == 0
