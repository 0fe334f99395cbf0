#!/usr/bin/env python3
"""Makes test/unit/Frontends/goldens/quantized.safetensors: matrices of quantised folders and the values that
the libraries which write them give to their weights.

    make_quantized_goldens.py OUT --auto-gptq DIR --autoawq DIR

By hand, with PyTorch, MLX, compressed-tensors, safetensors, and the unpacked sources of auto-gptq 0.7.1 and
autoawq 0.2.9, of which two files are loaded. Integers are random in all their range; scales are random, too,
and of the type that folders have them in, but are given to the libraries as float32: so that no product is
rounded to 16 bits, which the libraries do at the very end, each in its own place.

Of every case CASE there are CASE.m.*, the tensors of its matrix, CASE.expected, float32, and CASE.config,
the JSON text of what config.json says, beside `expected_format`.
"""

import argparse
import importlib.util
import json
import sys
import types

import mlx.core as mx
import numpy as np
import torch
from compressed_tensors.compressors.pack_quantized import PackedQuantizationCompressor, pack_to_int32
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize
from safetensors.torch import save_file

ROWS, COLS = 8, 256
generator = torch.Generator().manual_seed(5)
cases = {}


def scales(*shape, dtype=torch.float32):
    return ((torch.rand(shape, generator=generator) + 0.05) / 32).to(dtype)


def integers(below, *shape):
    return torch.randint(0, below, shape, generator=generator, dtype=torch.int32)


def add(case, parts, expected, expected_format, **config):
    config["expected_format"] = expected_format
    text = json.dumps(config).encode()
    cases[f"{case}.config"] = torch.tensor(list(text), dtype=torch.uint8)
    cases[f"{case}.expected"] = expected.float().clone(memory_format=torch.contiguous_format)
    for name, tensor in parts.items():
        cases[f"{case}.m.{name}"] = tensor.clone(memory_format=torch.contiguous_format)


# MLX


def to_torch(array):
    if array.dtype == mx.bfloat16:
        return to_torch(array.astype(mx.float32)).to(torch.bfloat16)
    return torch.from_numpy(np.array(array))


def mlx_affine(bits, group, word, dtype):
    w = mx.array(torch.randn(ROWS, COLS, generator=generator).numpy()).astype(dtype)
    q, s, b = mx.quantize(w, group_size=group, bits=bits)
    q = mx.array(np.random.default_rng(bits).integers(0, 2**32, q.shape, np.uint32))
    expected = mx.dequantize(q, s.astype(mx.float32), b.astype(mx.float32), group_size=group, bits=bits)
    add(f"mlx{bits}g{group}{word}", {"weight": to_torch(q), "scales": to_torch(s), "biases": to_torch(b)},
        to_torch(expected), f"affine{bits}_g{group}_{word}",
        quantization={"group_size": group, "bits": bits, "mode": "affine"})


def mlx_mxfp4():
    q = mx.array(np.random.default_rng(4).integers(0, 2**32, (ROWS, COLS // 8), np.uint32))
    s = mx.array(np.random.default_rng(5).integers(90, 150, (ROWS, COLS // 32), np.uint8))
    expected = mx.dequantize(q, s, group_size=32, bits=4, mode="mxfp4", dtype=mx.float32)
    add("mlxmxfp4", {"weight": to_torch(q), "scales": to_torch(s)}, to_torch(expected), "mxfp4",
        quantization={"group_size": 32, "bits": 4, "mode": "mxfp4"})


# GPTQ and AWQ


def load(path, name):
    for stub in ("transformers", "transformers.pytorch_utils", "triton"):
        sys.modules.setdefault(stub, types.ModuleType(stub))
    sys.modules["transformers"].pytorch_utils = sys.modules["transformers.pytorch_utils"]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def words(*shape):
    return torch.randint(-(2**31), 2**31, shape, generator=generator, dtype=torch.int64).to(torch.int32)


def gptq(module, case, bits, group, fmt, g_idx=None, symmetric=False):
    size = group if group > 0 else COLS
    groups = COLS // size
    rows = {2: 16, 3: 32}.get(bits, ROWS)  # Whole words of zeros.
    layer = module.QuantLinear(bits, group, COLS, 32, bias=False)
    layer.outfeatures = rows
    layer.qweight = words(COLS * bits // 32, rows)
    layer.qzeros = words(groups, rows * bits // 32)
    if bits != 3:  # Not all ones: they are zero points of 0 or of 2^bits, as the file that computes has it.
        layer.qzeros &= -0x11111112
    if symmetric:
        layer.qzeros = torch.full_like(layer.qzeros, {4: 0x77777777, 8: 0x7F7F7F7F}[bits])
    kept = scales(groups, rows, dtype=torch.float16)
    layer.scales = kept.float()
    ordered = torch.arange(COLS, dtype=torch.int32) // size
    layer.g_idx = ordered if g_idx is None else g_idx
    expected = layer(torch.eye(COLS)).t()
    add(case, {"qweight": layer.qweight, "qzeros": layer.qzeros, "scales": kept, "g_idx": layer.g_idx}, expected, fmt,
        quantization_config={"quant_method": "gptq", "bits": bits, "group_size": group, "sym": symmetric,
                             "desc_act": g_idx is not None})


def awq(module, case, group, fmt):
    groups = COLS // group
    q, z = words(COLS, ROWS // 8), words(groups, ROWS // 8)
    kept = scales(groups, ROWS, dtype=torch.float16)
    expected = module.dequantize_gemm(q, z, kept.float(), 4, group).t()
    add(case, {"qweight": q, "qzeros": z, "scales": kept}, expected, fmt,
        quantization_config={"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": True,
                             "version": "gemm"})


# compressed-tensors


def compressed_config(fmt, **weights):
    return {"quantization_config": {
        "quant_method": "compressed-tensors", "format": fmt, "ignore": ["lm_head"],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights}}}}


def packed(case, fmt, bits, strategy, group=None, symmetric=True, dtype=torch.bfloat16, g_idx=None, rows=ROWS):
    args = QuantizationArgs(num_bits=bits, type="int", symmetric=symmetric, strategy=strategy, group_size=group)
    scheme = QuantizationScheme(targets=["Linear"], weights=args)
    q = (integers(1 << bits, rows, COLS) - (1 << (bits - 1))).to(torch.int8)
    groups = COLS // group if group else 1
    kept = scales(rows, groups, dtype=dtype)
    parts = {"weight_packed": pack_to_int32(q, bits), "weight_scale": kept,
             "weight_shape": torch.tensor([rows, COLS])}
    if not symmetric:
        zeros = (integers(1 << bits, rows, groups) - (1 << (bits - 1))).to(torch.int8)
        parts["weight_zero_point"] = pack_to_int32(zeros, bits, packed_dim=0)
    state = {**parts, "weight_scale": kept.float()}
    if g_idx is not None:
        # As versions below 0.13 did it: columns by group, and back.
        parts["weight_g_idx"] = g_idx
        order = torch.argsort(g_idx, stable=True)
        expected = torch.empty(rows, COLS)
        expected[:, order] = dequantize(q[:, order].float(), kept.float(), args=args)
    else:
        expected = PackedQuantizationCompressor.decompress(state, scheme)["weight"]
    add(case, parts, expected, fmt, **compressed_config(
        "pack-quantized", num_bits=bits, type="int", symmetric=symmetric, strategy=strategy, group_size=group))


def int8(case, fmt, strategy, shape, symmetric=True, dtype=torch.float32):
    q = integers(256, ROWS, COLS).sub(128).to(torch.int8)
    kept = scales(*shape, dtype=dtype)
    zero = None if symmetric else integers(256, *shape).sub(128).to(torch.int8)
    args = QuantizationArgs(num_bits=8, type="int", symmetric=symmetric, strategy=strategy)
    expected = dequantize(q.float(), kept.float(), None if zero is None else zero.float(), args=args)
    parts = {"weight": q, "weight_scale": kept} | ({} if zero is None else {"weight_zero_point": zero})
    add(case, parts, expected, fmt, **compressed_config(
        "int-quantized", num_bits=8, type="int", symmetric=symmetric, strategy=strategy))


def fp8(case, fmt, strategy, shape, block=None, group=None, dtype=torch.float32, rows=ROWS):
    bits = integers(256, rows, COLS).to(torch.uint8)
    bits[(bits & 0x7F) == 0x7F] = 0  # No NaN.
    bits[0] = torch.arange(256).to(torch.uint8) & 0xF7
    q = bits.view(torch.float8_e4m3fn)
    kept = scales(*shape, dtype=dtype)
    args = QuantizationArgs(num_bits=8, type="float", symmetric=True, strategy=strategy, block_structure=block,
                            group_size=group)
    expected = dequantize(q.float(), kept.float(), args=args)
    add(case, {"weight": q, "weight_scale": kept}, expected, fmt, **compressed_config(
        "float-quantized", num_bits=8, type="float", symmetric=True, strategy=strategy, block_structure=block,
        group_size=group))
    if block:  # The same, as transformers writes it.
        add(case + "inv", {"weight": q, "weight_scale_inv": kept}, expected, fmt,
            quantization_config={"quant_method": "fp8", "weight_block_size": block})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--auto-gptq", required=True, help="the folder that has auto_gptq/")
    parser.add_argument("--autoawq", required=True, help="the folder that has awq/")
    args = parser.parse_args()
    dtypes = {"bf16": mx.bfloat16, "f16": mx.float16, "f32": mx.float32}
    for bits in (2, 3, 4, 5, 6, 8):
        for group, word in ((32, "f16"), (64, "bf16"), (128, "f32")):
            mlx_affine(bits, group, word, dtypes[word])
    mlx_mxfp4()
    folder = f"{args.auto_gptq}/auto_gptq/nn_modules/qlinear"
    plain = load(f"{folder}/qlinear_cuda_old.py", "plain_gptq")
    ordered = load(f"{folder}/qlinear_cuda.py", "ordered_gptq")
    gptq(plain, "gptq4", 4, 128, "uint4_g128_f16")
    gptq(plain, "gptq4sym", 4, 64, "int4_g64_f16", symmetric=True)
    gptq(plain, "gptq8", 8, 32, "uint8_g32_f16")
    gptq(plain, "gptq2", 2, 64, "uint2_g64_f16")
    gptq(plain, "gptq3", 3, 128, "uint3_g128_f16")
    gptq(plain, "gptq4row", 4, -1, "uint4_g128_f16")
    shuffled = torch.randperm(COLS, generator=generator).to(torch.int32) // 64
    gptq(ordered, "gptq4act", 4, 64, "f32", g_idx=shuffled)
    packing = load(f"{args.autoawq}/awq/utils/packing_utils.py", "packing_utils")
    awq(packing, "awq128", 128, "uint4_g128_f16")
    awq(packing, "awq32", 32, "uint4_g32_f16")
    packed("packed4", "int4_g128_bf16", 4, "group", 128)
    packed("packed4zero", "uint4_g64_bf16", 4, "group", 64, symmetric=False, rows=16)
    packed("packed4row", "int4_g128_f16", 4, "channel", dtype=torch.float16)
    packed("packed4rowzero", "uint4_g128_f32", 4, "channel", dtype=torch.float32, symmetric=False, rows=16)
    packed("packed8", "int8_g32_bf16", 8, "group", 32)
    packed("packed8zero", "uint8_g128_bf16", 8, "group", 128, symmetric=False, rows=16)
    for bits in (2, 3, 5, 6):
        packed(f"packed{bits}", f"int{bits}_g32_f16", bits, "group", 32, dtype=torch.float16)
    packed("packed4act", "f32", 4, "group", 64, g_idx=torch.randperm(COLS, generator=generator).to(torch.int32) // 64)
    int8("int8tensor", "int8_g128_f32", "tensor", (1,))
    int8("int8row", "int8_g128_bf16", "channel", (ROWS, 1), dtype=torch.bfloat16)
    int8("int8rowzero", "uint8_g128_f32", "channel", (ROWS, 1), symmetric=False)
    fp8("fp8tensor", "e4m3_g128", "tensor", (1,))
    fp8("fp8row", "e4m3_g128", "channel", (ROWS, 1), dtype=torch.bfloat16)
    fp8("fp8rowf32", "e4m3_g128", "channel", (ROWS, 1))
    fp8("fp8rowf16", "e4m3_g128", "channel", (ROWS, 1), dtype=torch.float16)
    fp8("fp8group", "e4m3_g32", "group", (ROWS, COLS // 32), group=32)
    fp8("fp8block", "e4m3_g128", "block", (3, 2), block=[16, 128], rows=40)
    save_file(cases, args.out)


if __name__ == "__main__":
    main()
