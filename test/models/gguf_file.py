"""A checkpoint as GGUF: the keys that llama.cpp's loader asks for, then tensors.

Tensors are made one at a time while the file is written, so memory holds one of
them, whatever the size of the model.
"""

import os
import zlib

import numpy as np
from gguf import GGUFValueType, GGUFWriter

import blocks
import grid_blocks
from shapes import tensors

# pooling_type, as llama.cpp numbers it; a converter says nothing of the others.
POOLINGS = {"mean": 1, "cls": 2, "last": 3}
# general.file_type, as llama.cpp numbers it.
FILE_TYPES = {
    "f32": 0, "f16": 1, "bf16": 32, "q8_0": 7, "q4_0": 2, "q4_0_mix": 2, "q4_k": 14,
    "q5_k": 16, "q6_k": 18, "q4_k_m": 15, "q5_k_m": 17, "q4_1": 3, "q5_0": 8, "q5_1": 9, "q2_k": 10,
    "q3_k": 12, "iq4_nl": 25, "iq4_xs": 30, "mxfp4": 38, "many": 7,
    "iq1_s": 24, "iq1_m": 31, "iq2_xxs": 19, "iq2_xs": 20, "iq2_s": 28, "iq3_xxs": 23,
    "iq3_s": 26, "tq1_0": 36, "tq2_0": 37, "grids": 29,
}  # fmt: skip
NEVER_QUANTIZED = ("_norm.weight", "ffn_gate_inp.weight", "shortconv.conv.weight", ".bias")
SCHEMES = list(FILE_TYPES)
MANY = [name for name in blocks.TYPES if name not in (*blocks.FLOATS, *grid_blocks.NAMES)]


def has_more_bits(i, n):
    """llama-quantize's choice of the layers whose sensitive tensors get Q6_K."""
    return i < n // 8 or i >= 7 * n // 8 or (i - n // 8) % 3 == 2


def type_of(name, dims, scheme, shape):
    """The type of one tensor under one of SCHEMES, by llama-quantize's rules.

    A row that is no multiple of the block takes the next type that fits: Q8_0,
    then F16.
    """
    if len(dims) < 2 or name.endswith(NEVER_QUANTIZED):
        return "f32"
    if scheme == "grids":
        mix = [*grid_blocks.NAMES, "q4_k", "f16"]
        scheme = mix[zlib.crc32(name.encode()) % len(mix)]
    kind = {"q4_0_mix": "q4_0", "q4_k_m": "q4_k", "q5_k_m": "q5_k"}.get(scheme, scheme)
    if scheme == "many":  # whatever stands side by side in a dynamic mix, and more
        kind = MANY[zlib.crc32(name.encode()) % len(MANY)]
    if scheme in ("q4_0_mix", "q4_k_m", "q5_k_m"):
        layer = int(name.split(".")[1]) if name.startswith("blk.") else 0
        attention = [i for i, letter in enumerate(shape.layers) if letter == "a"]
        if name.startswith(("token_embd.", "output.")):
            kind = "q6_k"
        elif scheme != "q4_0_mix" and ".ffn_down" in name and has_more_bits(layer, len(shape.layers)):
            kind = "q6_k"
        elif scheme != "q4_0_mix" and ".attn_v" in name and has_more_bits(attention.index(layer), len(attention)):
            kind = "q6_k"
    for candidate in (kind, "q8_0", "f16"):
        if candidate == kind or kind not in blocks.FLOATS:
            if dims[-1] % blocks.block_of(candidate)[0] == 0:
                return candidate
    return "f16"


def metadata(shape, scheme, vocabulary, name):
    """[(key, value, type)] of everything before the tensors."""
    u32, f32, text = GGUFValueType.UINT32, GGUFValueType.FLOAT32, GGUFValueType.STRING
    flag, array = GGUFValueType.BOOL, GGUFValueType.ARRAY
    arch = shape.architecture
    keys = [
        ("general.architecture", arch, text),
        ("general.type", "model", text),
        ("general.name", name, text),
        ("general.file_type", FILE_TYPES[scheme], u32),
        ("general.quantization_version", 2, u32),
    ]
    model = [
        ("block_count", len(shape.layers), u32),
        ("context_length", shape.context, u32),
        ("embedding_length", shape.hidden, u32),
        ("feed_forward_length", shape.ffn, u32),
        ("attention.head_count", shape.heads, u32),
        ("attention.head_count_kv", [shape.kv_heads if k == "a" else 0 for k in shape.layers], array),
        ("attention.layer_norm_rms_epsilon", shape.eps, f32),
        ("shortconv.l_cache", shape.taps, u32),
        ("rope.freq_base", shape.theta, f32),
        ("vocab_size", shape.vocab, u32),
    ]
    if shape.head * shape.heads != shape.hidden:
        model += [(k, shape.head, u32) for k in ("attention.key_length", "attention.value_length")]
        model.append(("rope.dimension_count", shape.head, u32))
    if shape.rope:
        kind, factor, *context = shape.rope.split(",")
        model += [("rope.scaling.type", kind, text), ("rope.scaling.factor", float(factor), f32)]
        model += [("rope.scaling.original_context_length", int(n), u32) for n in context]
    if shape.experts:
        model += [
            ("expert_count", shape.experts, u32),
            ("expert_used_count", shape.used, u32),
            ("expert_feed_forward_length", shape.expert_ffn, u32),
            ("leading_dense_block_count", shape.dense_layers, u32),
            ("expert_gating_func", 2, u32),
        ]
    if shape.gives:
        model.append(("attention.causal", False, flag))
    if shape.gives in POOLINGS:
        model.append(("pooling_type", POOLINGS[shape.gives], u32))
    if shape.projections:
        model.append(("embedding_length_out", shape.width, u32))
    keys += [(f"{arch}.{key}", value, kind) for key, value, kind in model]
    keys += [
        ("tokenizer.ggml.model", "gpt2", text),
        ("tokenizer.ggml.pre", "lfm2", text),
        ("tokenizer.ggml.tokens", vocabulary.tokens, array),
        ("tokenizer.ggml.token_type", vocabulary.types, array),
        ("tokenizer.ggml.merges", [f"{a} {b}" for a, b in vocabulary.merges], array),
        ("tokenizer.ggml.bos_token_id", vocabulary.bos, u32),
        ("tokenizer.ggml.eos_token_id", vocabulary.eos, u32),
        ("tokenizer.ggml.padding_token_id", vocabulary.pad, u32),
        ("tokenizer.ggml.add_bos_token", True, flag),
        ("tokenizer.ggml.add_eos_token", False, flag),
        ("tokenizer.ggml.add_sep_token", False, flag),
    ]
    if vocabulary.chat_template:
        keys.append(("tokenizer.chat_template", vocabulary.chat_template, text))
    return keys


def changed(keys, settings, removed):
    """Applies KEY=VALUE overrides (kept in the key's type) and removals."""
    settings = dict(settings)
    out = []
    for key, value, kind in keys:
        if key in removed:
            continue
        if key in settings:
            new = settings.pop(key)
            if isinstance(value, list):
                value = [type(value[0])(v) for v in new.split(",")]
            else:
                value = new == "true" if isinstance(value, bool) else type(value)(new)
        out.append((key, value, kind))
    for key, new in settings.items():
        if new in ("true", "false"):
            out.append((key, new == "true", GGUFValueType.BOOL))
        elif new.lstrip("-").isdigit():
            out.append((key, int(new), GGUFValueType.UINT32))
        else:
            try:
                out.append((key, float(new), GGUFValueType.FLOAT32))
            except ValueError:
                out.append((key, new, GGUFValueType.STRING))
    return out


def write(path, shape, scheme, vocabulary, values_of, *, name, settings=(), removed=(), split=0, final_norm=None):
    """`values_of(tensor, dims, type)` gives the tensor's bytes; None leaves holes, for who reads no weights.
    Returns the bytes of tensors."""
    writer = GGUFWriter(path, shape.architecture, split_max_tensors=split)
    for key, value, kind in changed(metadata(shape, scheme, vocabulary, name), settings, removed):
        if key != "general.architecture":
            writer.add_key_value(key, value, kind)
        elif value != shape.architecture:
            writer.kv_data[0].pop("general.architecture")
            writer.add_string(key, value)
    plan, end = [], 0
    for tensor, dims in tensors(shape):
        kind = type_of(tensor, dims, scheme, shape)
        elements, size = blocks.block_of(kind)
        nbytes = int(np.prod(dims)) // elements * size
        plan.append((tensor, dims, kind))
        end += -(-nbytes // writer.data_alignment) * writer.data_alignment
        written = final_norm if tensor == "token_embd_norm.weight" and final_norm else tensor
        writer.add_tensor_info(written, dims, np.dtype(np.float32), nbytes, raw_dtype=blocks.TYPES[kind])
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    if values_of is None:
        start = writer.fout[0].tell()
        writer.fout[0].truncate(start + -start % writer.data_alignment + end)
        writer.close()
        return end
    total = 0
    for tensor, dims, kind in plan:
        data = np.ascontiguousarray(values_of(tensor, dims, kind)).view(np.uint8).reshape(-1)
        writer.write_tensor_data(data)
        total += data.nbytes
    writer.close()
    return total
