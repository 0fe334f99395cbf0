"""Directories as MLX, GPTQ, AWQ and compressed-tensors write them: the reference's logits are those of a directory
that holds the values as floats, and compiled programs err no more than int8 activations make them."""

import json
import os
import shutil

import pytest

from conftest import prompt, relative_error
from refusal import refused

TOKENS = [t % 320 for t in prompt(48)]

DENSE = ["mlx2", "mlx3", "mlx4", "mlx5", "mlx6", "mlx8", "mlx-mix", "mxfp4", "gptq4", "gptq4-sym", "gptq4-act", "awq4",
         "packed4", "packed4-zero", "packed8", "int8", "fp8-tensor", "fp8-row", "fp8-block", "fp8-transformers"]
EXPERTS = ["mlx-mix", "gptq4", "awq4", "packed4", "fp8-block"]
MODELS = [f"groups-{name}-hf" for name in DENSE] + [f"moe-groups-{name}-hf" for name in EXPERTS]
# A program of each kind of format, of few bits and of many.
COMPILED = ["groups-mlx3-hf", "groups-mlx8-hf", "groups-mxfp4-hf", "groups-gptq4-hf", "groups-packed8-hf",
            "moe-groups-mlx-mix-hf"]
FLOATS = ["groups-fp8-row-hf", "moe-groups-fp8-block-hf"]


@pytest.mark.parametrize("model", MODELS)
def test_values_are_those_of_floats(build, model):
    floats = os.path.join(build.model(model), "values")
    assert (build.reference(model, TOKENS) == build.reference(floats, TOKENS)).all()


@pytest.mark.parametrize("model", COMPILED)
def test_programs_err_as_int8_activations_do(build, model):
    """Q8_0 of the same floats errs by 2.2 %: so few columns say little of a scale."""
    error = relative_error(build.logits(build.compile(model), TOKENS), build.reference(model, TOKENS))
    assert 1e-3 < error <= 3e-2


@pytest.mark.parametrize("model", FLOATS)
def test_programs_of_fp8_multiply_floats(build, model):
    error = relative_error(build.logits(build.compile(model, "--activations=exact"), TOKENS),
                           build.reference(model, TOKENS, "--cache", "f16"))
    assert error <= 1e-5


def spoiled(build, tmp_path, model, change):
    """A copy of a small directory with another config.json."""
    path = tmp_path / "model"
    shutil.copytree(build.model(model), path, ignore=shutil.ignore_patterns("values"))
    config = json.loads((path / "config.json").read_text())
    change(config)
    (path / "config.json").write_text(json.dumps(config))
    return path


def without_scheme(config):
    config.pop("quantization", None)
    config.pop("quantization_config", None)


def other_bits(config):
    config["quantization"]["bits"] = 8


def unquantized_value_of_its_own(config):
    config["quantization"]["model.layers.1.self_attn.v_proj"] = {"group_size": 64, "bits": 4}


@pytest.mark.parametrize("model,change,says", [
    ("groups-mlx4-hf", without_scheme, ["'model.embed_tokens.scales' is of a quantised matrix, but config.json has "
                                        "neither quantization nor quantization_config"]),
    ("groups-gptq4-hf", without_scheme, ["is of a quantised matrix, but config.json has neither"]),
    ("groups-mlx4-hf", other_bits, ["'model.embed_tokens.weight' of 16 words a row holds 64 columns at 8 bits, but "
                                    "'scales' has 2 groups of 64"]),
    ("groups-mlx-mix-hf", unquantized_value_of_its_own,
     ["'model.layers.1.self_attn.v_proj.scales' is missing, though quantization in config.json says that "
      "'model.layers.1.self_attn.v_proj' has 4 bits"]),
])
def test_config_and_tensors_that_disagree_are_refused(build, tmp_path, model, change, says):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), spoiled(build, tmp_path, model, change), "-o", out], says, leaves=[out])
