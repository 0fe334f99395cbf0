"""Directories as MLX, GPTQ, AWQ and compressed-tensors write them: the reference's logits are those of a directory
that holds the values as floats, and compiled programs err no more than int8 activations make them."""

import os

import pytest

from conftest import prompt, relative_error

TOKENS = [t % 320 for t in prompt(48)]

DENSE = ["mlx2", "mlx3", "mlx4", "mlx5", "mlx6", "mlx8", "mlx-mix", "mxfp4", "gptq4", "gptq4-sym", "gptq4-act", "awq4",
         "packed4", "packed4-zero", "packed8", "int8", "fp8-tensor", "fp8-row", "fp8-block", "fp8-transformers"]
EXPERTS = ["mlx-mix", "gptq4", "awq4", "packed4", "fp8-block"]
MODELS = [f"groups-{name}-hf" for name in DENSE] + [f"moe-groups-{name}-hf" for name in EXPERTS]
# A program of each kind of format, of few bits and of many.
COMPILED = ["groups-mlx2-hf", "groups-mlx3-hf", "groups-mlx4-hf", "groups-mlx8-hf", "groups-mxfp4-hf", "groups-gptq4-hf",
            "groups-packed4-hf", "groups-packed8-hf", "moe-groups-mlx-mix-hf"]
FLOATS = ["groups-fp8-row-hf", "moe-groups-fp8-block-hf"]


@pytest.mark.parametrize("model", MODELS)
def test_values_are_those_of_floats(build, model):
    floats = os.path.join(build.model(model), "values")
    assert (build.reference(model, TOKENS) == build.reference(floats, TOKENS)).all()


@pytest.mark.parametrize("model", COMPILED)
def test_programs_err_as_int8_activations_do(build, model):
    error = relative_error(build.logits(build.compile(model), TOKENS), build.reference(model, TOKENS))
    assert 1e-5 < error <= 2e-2


@pytest.mark.parametrize("model", FLOATS)
def test_programs_of_fp8_multiply_floats(build, model):
    error = relative_error(build.logits(build.compile(model, "--activations=exact"), TOKENS),
                           build.reference(model, TOKENS, "--cache", "f16"))
    assert error <= 1e-5
