"""Bidirectional models that are wrong: refused with a line that names the file, the key and what was found."""

import json
import os
import shutil

import pytest

import gguf_edit
from conftest import run
from refusal import refused

DENSE, POOLING = "2_Dense/config.json", "1_Pooling/config.json"
TEXTS, LENGTHS = "config_sentence_transformers.json", "sentence_bert_config.json"


@pytest.fixture
def directory(build, tmp_path):
    """A folder of sentence-transformers with a pooling and two projections, to be spoiled."""
    path = tmp_path / "model"
    shutil.copytree(build.model("mean-odd-f32-hf"), path)
    return path


def refuse(build, path, *says):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), path, "-o", out], says, leaves=[out])


def change(path, values):
    settings = json.loads(path.read_text())
    settings.update(values)
    path.write_text(json.dumps(settings))


@pytest.mark.parametrize("name,values,says", [
    (POOLING, {"pooling_mode": "max"}, ["pooling 'max'", "supported are cls, mean and lasttoken"]),
    (POOLING, {"pooling_mode_mean_tokens": False}, ["pooling_mode names 0 poolings"]),
    (POOLING, {"pooling_mode_cls_token": True}, ["pooling_mode names 2 poolings"]),
    (POOLING, {"word_embedding_dimension": 71}, ["word_embedding_dimension should be 72", "71"]),
    (DENSE, {"in_features": 40}, ["in_features should be 72", "40"]),
    (DENSE, {"out_features": 48}, ["'linear.weight' should have shape [48, 72]", "[40, 72]"]),
    (DENSE, {"bias": True}, ["bias is true", "not supported"]),
    (DENSE, {"activation_function": "torch.nn.modules.activation.Tanh"}, ["activation_function", "Tanh", "Identity"]),
    (TEXTS, {"prompts": {"query": 3}}, ["prompt 'query' should be a string"]),
    (TEXTS, {"default_prompt_name": "passage"}, ["default_prompt_name is 'passage'", "2 prompts"]),
    (LENGTHS, {"do_lower_case": True}, ["do_lower_case is true"]),
    (LENGTHS, {"max_seq_length": 1 << 40}, ["the tokens of a text must lie between"]),
    ("config.json", {"architectures": ["Lfm2BidirForSequenceRouting"]}, ["Lfm2BidirForSequenceRouting", "head"]),
    ("config.json", {"conv_L_cache": 4}, ["odd count of taps", "4"]),
])
def test_values(build, directory, name, values, says):
    change(directory / name, values)
    refuse(build, directory, *says)


def test_modules_of_another_kind(build, directory):
    path = directory / "modules.json"
    path.write_text(path.read_text().replace("models.Pooling", "models.WordWeights"))
    refuse(build, directory, "modules.json: module 1 has type 'sentence_transformers.models.WordWeights'",
           "supported are Transformer, Pooling, Dense and Normalize")


def test_modules_cut_anywhere(build, directory):
    path = directory / "modules.json"
    text = path.read_text()
    for place in range(0, len(text) - 2, max(1, len(text) // 8)):
        path.write_text(text[:place])
        refuse(build, directory, "modules.json")


def test_weights_of_pytorch(build, directory):
    os.rename(directory / "2_Dense/model.safetensors", directory / "2_Dense/pytorch_model.bin")
    refuse(build, directory, "2_Dense", "pytorch_model.bin", "save_pretrained()")


def test_prefix_that_is_no_token(build, tmp_path):
    path = tmp_path / "model"
    shutil.copytree(build.model("colbert-f32-hf"), path)
    change(path / TEXTS, {"document_prefix": "[Doc] "})
    refuse(build, path, TEXTS, "document_prefix is '[Doc] '", "added tokens")


def test_pooling_of_another_kind(build, tmp_path):
    for value, says in ((4, "rank"), (9, "should be 0 (none), 1 (mean), 2 (cls) or 3 (last) but is 9")):
        file = gguf_edit.read(build.model("embed-f32.gguf"))
        file.set("lfm2.pooling_type", "I", value)
        path = tmp_path / "model.gguf"
        file.write(path)
        refuse(build, path, "lfm2.pooling_type", says)


def test_projection_is_missing(build, tmp_path):
    file = gguf_edit.read(build.model("colbert-f32.gguf"))
    file.remove("dense_2.weight")
    path = tmp_path / "model.gguf"
    file.write(path)
    refuse(build, path, "'dense_2.weight' of shape [32, 256] is missing")


@pytest.mark.parametrize("options,says", [
    (["--context=5000"], ["step of at most 4096 tokens", "--context=5000 is too many", "give --context=4096 or less"]),
    (["--context=600", "--chunk=100"], ["at most 100 tokens (--chunk=100)", "--context=600 is too many",
                                        "give --chunk=600, or --context=100 or less"]),
    (["--context=5000", "--chunk=100"], ["at most 100 tokens", "--context=5000 is too many", "give --context=100"]),
])
def test_a_context_that_no_step_holds(build, options, says):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), build.model("embed-f32.gguf"), *options, "-o", out],
            ["a bidirectional model reads a text as a whole", *says], leaves=[out], status=2)


def test_a_context_that_a_module_of_smaller_steps_does_not_hold(build, tmp_path):
    module = tmp_path / "m.mlir"
    done = run([build.tool("lfm2-compile"), build.model("embed-f32.gguf"), "--stop-after=plan", "-o", module])
    assert done.returncode == 0, done.stderr
    refused([build.tool("lfm2-compile"), module, "--context=513", "-o", tmp_path / "out"],
            ["step of at most 512 tokens", "--context=513 is too many", "give --context=512 or less"],
            leaves=[tmp_path / "out"], status=2)
