"""A transformers directory with quantised matrices, as MLX, AutoGPTQ, AutoAWQ and llm-compressor write them.

Beside it, in `values`, stands a directory of the same model whose floats are the values of the quantised one.
"""

import os
import re

import numpy as np

import hf_folder
import quantizers
from files import packed_header

MLX_LEAVES = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}


def compressed(fmt, **weights):
    return {"quantization_config": {
        "quant_method": "compressed-tensors", "format": fmt, "ignore": ["lm_head"], "quantization_status": "compressed",
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights, "input_activations": None}},
    }}  # fmt: skip


def gptq_config(**values):
    return {"quantization_config": {"quant_method": "gptq", "bits": 4, "checkpoint_format": "gptq", **values}}


def mlx_config(bits, group, mode="affine", **own):
    values = {"group_size": group, "bits": bits, "mode": mode, **own}
    return {"quantization": values, "quantization_config": values}


def mlx_mix(name):
    """Bits and group of a module of mlx_mix, or None where it is plain."""
    if name.endswith("self_attn.v_proj"):
        return None
    return {"down_proj": (6, 32), "in_proj": (8, 128), "gate": (8, 64)}.get(name.split(".")[-1], (4, 64))


# name: (what makes a matrix, config.json's part)
SCHEMES = {
    f"mlx{bits}_g{group}": (lambda x, b=bits, g=group: quantizers.mlx(x, b, g), mlx_config(bits, group))
    for bits in (2, 3, 4, 5, 6, 8) for group in (32, 64, 128)
} | {
    "mlx_mix": (None, None),
    "mxfp4": (quantizers.mxfp4, mlx_config(4, 32, "mxfp4")),
    "gptq4": (lambda x: quantizers.gptq(x, 4, 128), gptq_config(group_size=128, sym=False, desc_act=False)),
    "gptq4_sym": (lambda x: quantizers.gptq(x, 4, 64, symmetric=True),
                  gptq_config(group_size=64, sym=True, desc_act=False)),
    "gptq4_act": (lambda x: quantizers.gptq(x, 4, 64, act_order=True),
                  gptq_config(group_size=64, sym=False, desc_act=True)),
    "awq4": (lambda x: quantizers.awq(x, 64), {"quantization_config": {
        "quant_method": "awq", "bits": 4, "group_size": 64, "zero_point": True, "version": "gemm"}}),
    "packed4": (lambda x: quantizers.packed(x, 4, 128), compressed(
        "pack-quantized", num_bits=4, type="int", symmetric=True, strategy="group", group_size=128)),
    "packed4_zero": (lambda x: quantizers.packed(x, 4, 32, False), compressed(
        "pack-quantized", num_bits=4, type="int", symmetric=False, strategy="group", group_size=32)),
    "packed8": (lambda x: quantizers.packed(x, 8, 0), compressed(
        "pack-quantized", num_bits=8, type="int", symmetric=True, strategy="channel")),
    "int8": (quantizers.int8, compressed("int-quantized", num_bits=8, type="int", symmetric=True, strategy="channel")),
    "fp8_tensor": (lambda x: quantizers.fp8(x, 0, 0), compressed(
        "float-quantized", num_bits=8, type="float", symmetric=True, strategy="tensor")),
    "fp8_row": (lambda x: quantizers.fp8(x, 1, 0, "bf16"), compressed(
        "float-quantized", num_bits=8, type="float", symmetric=True, strategy="channel")),
    "fp8_block": (lambda x: quantizers.fp8(x, 128, 128), compressed(
        "float-quantized", num_bits=8, type="float", symmetric=True, strategy="block", block_structure=[128, 128])),
    "fp8_hf": (lambda x: quantizers.fp8(x, 128, 128, part="weight_scale_inv"), {"quantization_config": {
        "quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}}),
}  # fmt: skip


def is_mlx(scheme):
    return scheme.startswith("mlx") or scheme == "mxfp4"


def is_quantized(name, scheme):
    if name.startswith("model.embed_tokens"):
        return is_mlx(scheme)
    inside = name.endswith("_proj.weight") or (".feed_forward." in name and name.split(".")[-2] in ("w1", "w2", "w3"))
    return inside or (is_mlx(scheme) and name.endswith(".feed_forward.gate.weight"))


def spelled(name, scheme):
    """MLX has names of its own for the three matrices."""
    parts = name.split(".")
    if is_mlx(scheme) and len(parts) > 2 and parts[-2] in MLX_LEAVES:
        parts[-2] = MLX_LEAVES[parts[-2]]
    return ".".join(parts)


def stack_experts(tensors):
    """experts.E.gate_proj.PART of all E as switch_mlp.gate_proj.PART."""
    out, experts = {}, {}
    for name, value in tensors.items():
        if ".experts." not in name:
            out[name] = value
            continue
        before, after = name.split(".experts.")
        experts.setdefault(f"{before}.switch_mlp.{after.split('.', 1)[1]}", []).append(value)
    return out | {name: (all_[0][0], np.stack([a for _, a in all_])) for name, all_ in experts.items()}


def save(path, tensors):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, (dtype, array) in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    with open(f"{path}/model.safetensors", "wb") as file:
        file.write(packed_header(header))
        file.writelines(blobs)
    return offset


def write(path, shape, scheme, vocabulary, values_of, style="new"):
    """`values_of(tensor, dims, type)` gives floats. Returns bytes written."""
    quantize, settings = SCHEMES[scheme]
    tensors, plain, own = {}, {}, {}
    for name, disk, parts in hf_folder.entries(shape, "per-expert"):
        source, expert, dims = parts[0]
        keep = "f32" if name.endswith("expert_bias") else "bf16"
        whole = values_of(source, dims, "f32").view(np.float32).reshape(dims)
        x = whole if expert is None else whole[expert]
        module = spelled(name, scheme).removesuffix(".weight")
        mixed = mlx_mix(module) if scheme == "mlx_mix" else ()
        if is_quantized(name, scheme) and mixed is not None:
            made, values = quantizers.mlx(np.ascontiguousarray(x), *mixed) if mixed else quantize(np.ascontiguousarray(x))
            if mixed and mixed != (4, 64):
                stacked = re.sub(r"experts[.][0-9]+", "switch_mlp", module)
                own[stacked] = {"bits": mixed[0], "group_size": mixed[1]}
            tensors |= {f"{module}.{part}": value for part, value in made.items()}
        else:
            if is_quantized(name, scheme):
                own[module] = False
            made, values = quantizers.stored(x.reshape(disk), keep)
            if is_mlx(scheme) and name.endswith("conv.conv.weight"):
                made = (made[0], np.ascontiguousarray(np.swapaxes(made[1], 1, 2)))
            tensors[spelled(name, scheme)] = made
        plain[name] = ("F32", values.astype(np.float32).reshape(disk))
    if is_mlx(scheme):
        tensors = stack_experts(tensors)
    if scheme == "mlx_mix":
        settings = mlx_config(4, 64, **own)
    total = 0
    for folder, content, extra in ((path, tensors, settings), (f"{path}/values", plain, {})):
        os.makedirs(folder, exist_ok=True)
        total += save(folder, content)
        hf_folder.write_texts(folder, shape, hf_folder.config(shape, style, "bf16") | extra, vocabulary)
    return total

