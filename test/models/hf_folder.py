"""A checkpoint as a transformers directory: written and read without PyTorch.

safetensors is a header in JSON and the bytes of the tensors, so both ways stream
one tensor at a time.
"""

import json
import os
import re
import struct

import numpy as np

import shapes
import st_folder
from files import DTYPES, packed_header, write_json

NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "token_embd_norm.weight": "model.embedding_norm.weight",
    "output.weight": "lm_head.weight",
    "attn_norm.weight": "operator_norm.weight",
    "ffn_norm.weight": "ffn_norm.weight",
    "shortconv.in_proj.weight": "conv.in_proj.weight",
    "shortconv.conv.weight": "conv.conv.weight",
    "shortconv.out_proj.weight": "conv.out_proj.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.out_proj.weight",
    "attn_q_norm.weight": "self_attn.q_layernorm.weight",
    "attn_k_norm.weight": "self_attn.k_layernorm.weight",
    "ffn_gate.weight": "feed_forward.w1.weight",
    "ffn_up.weight": "feed_forward.w3.weight",
    "ffn_down.weight": "feed_forward.w2.weight",
    "ffn_gate_inp.weight": "feed_forward.gate.weight",
    "exp_probs_b.bias": "feed_forward.expert_bias",
}
EXPERT = {"ffn_gate_exps.weight": "w1", "ffn_down_exps.weight": "w2", "ffn_up_exps.weight": "w3"}


# What stands before the names of a model's own tensors.
CAUSAL, MASKED = "model.", "lfm2."


def prefix_of(shape):
    return CAUSAL if not shape.gives else MASKED if shape.gives == "mlm" else ""


def name_of(tensor, prefix=CAUSAL):
    if not tensor.startswith("blk."):
        name = NAMES[tensor]
    else:
        _, layer, rest = tensor.split(".", 2)
        name = f"model.layers.{layer}.{NAMES[rest]}"
    return prefix + name.removeprefix(CAUSAL) if name.startswith(CAUSAL) else name


def entries(shape, layout):
    """[(name, shape on disk, [(GGUF tensor, expert or None, dims)])]: the parts in order."""
    out = []
    for tensor, dims in shapes.tensors(shape):
        if tensor.startswith("dense_"):
            continue  # In a folder of its own.
        rest = tensor.split(".", 2)[-1]
        if rest not in EXPERT:
            disk = (dims[0], 1, dims[1]) if rest == "shortconv.conv.weight" else dims
            out.append((name_of(tensor, prefix_of(shape)), disk, [(tensor, None, dims)]))
            continue
        prefix = f"model.layers.{tensor.split('.')[1]}.feed_forward.experts"
        if layout == "per-expert":
            for e in range(dims[0]):
                out.append((f"{prefix}.{e}.{EXPERT[rest]}.weight", dims[1:], [(tensor, e, dims)]))
        elif rest == "ffn_down_exps.weight":
            out.append((f"{prefix}.down_proj", dims, [(tensor, None, dims)]))
        elif rest == "ffn_gate_exps.weight":
            up = tensor.replace("ffn_gate_exps", "ffn_up_exps")
            parts = [(t, e, dims) for e in range(dims[0]) for t in (tensor, up)]
            out.append((f"{prefix}.gate_up_proj", (dims[0], 2 * dims[1], dims[2]), parts))
    return out


def architecture(shape):
    if shape.gives:
        return "Lfm2BidirectionalForMaskedLM" if shape.gives == "mlm" else "Lfm2BidirectionalModel"
    return "Lfm2MoeForCausalLM" if shape.experts else "Lfm2ForCausalLM"


def config(shape, style, kind):
    attention = [i for i, letter in enumerate(shape.layers) if letter == "a"]
    out = {
        "architectures": [architecture(shape)],
        "model_type": "lfm2_moe" if shape.experts else "lfm2",
        "bos_token_id": shape.special_base + 1,
        "eos_token_id": shape.special_base + 7,
        "pad_token_id": shape.special_base,
        "vocab_size": shape.vocab,
        "hidden_size": shape.hidden,
        "num_hidden_layers": len(shape.layers),
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "max_position_embeddings": shape.context,
        "norm_eps": shape.eps,
        "conv_L_cache": shape.taps,
        "conv_bias": False,
        "initializer_range": 0.02,
        "use_cache": not shape.gives,
    }
    if shape.head * shape.heads != shape.hidden:
        out["head_dim"] = shape.head
    dtype = DTYPES[kind][1]
    if style == "old":
        out.update(torch_dtype=dtype, rope_theta=shape.theta, tie_embedding=shape.tied)
    else:
        out.update(dtype=dtype, tie_word_embeddings=shape.tied)
        out["rope_parameters"] = {"rope_theta": shape.theta, **rope_scaling(shape)}
    if shape.experts:
        out.update(
            intermediate_size=shape.ffn, moe_intermediate_size=shape.expert_ffn, num_experts=shape.experts,
            num_experts_per_tok=shape.used, num_dense_layers=shape.dense_layers, use_expert_bias=True,
            norm_topk_prob=True, routed_scaling_factor=1.0,
        )  # fmt: skip
    else:
        out.update(block_multiple_of=256, block_ffn_dim_multiplier=1.0)
        out["block_auto_adjust_ff_dim"] = bool(shape.config_ffn)
        out["block_ff_dim" if style == "old" else "intermediate_size"] = shape.config_ffn or shape.ffn
    if style == "old" and not shape.experts:
        out["full_attn_idxs"] = attention
    else:
        out["layer_types"] = ["full_attention" if k == "a" else "conv" for k in shape.layers]
    return out


def part_size(dims, expert):
    return shapes.size(dims[1:] if expert is not None else dims)


def write_texts(path, shape, written, vocabulary):
    """All but the weights; `written` is config.json."""
    write_json(f"{path}/config.json", written)
    ids = {k: written[k] for k in ("bos_token_id", "eos_token_id", "pad_token_id")}
    write_json(f"{path}/generation_config.json", ids)
    with open(f"{path}/tokenizer.json", "w", encoding="utf-8") as file:
        file.write(vocabulary.tokenizer_json())
    write_json(
        f"{path}/tokenizer_config.json",
        {
            "bos_token": "<|startoftext|>", "eos_token": "<|im_end|>", "pad_token": "<|pad|>",
            "clean_up_tokenization_spaces": False, "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.context,
        },
    )  # fmt: skip
    if vocabulary.chat_template:
        with open(f"{path}/chat_template.jinja", "w", encoding="utf-8") as file:
            file.write(vocabulary.chat_template)


def write(path, shape, kind, vocabulary, values_of, *, style="new", layout="per-expert", shards=1):
    """`values_of(tensor, dims, type)` gives the whole tensor. Returns bytes written."""
    os.makedirs(path, exist_ok=True)
    listed = entries(shape, layout)
    width = {"f32": 4}.get(kind, 2)
    sizes = [shapes.size(d) * (4 if n.endswith("expert_bias") else width) for n, d, _ in listed]
    total, done, groups = sum(sizes), 0, [[] for _ in range(shards)]
    for entry, nbytes in zip(listed, sizes):
        groups[min(shards - 1, done * shards // total)].append((entry, nbytes))
        done += nbytes
    files, last = {}, (None, None)
    for number, group in enumerate(groups):
        name = "model.safetensors" if shards == 1 else f"model-{number + 1:05}-of-{shards:05}.safetensors"
        header, offset = {"__metadata__": {"format": "pt"}}, 0
        for (tensor, disk, _), nbytes in group:
            dtype = "F32" if tensor.endswith("expert_bias") else DTYPES[kind][0]
            header[tensor] = {"dtype": dtype, "shape": list(disk), "data_offsets": [offset, offset + nbytes]}
            offset += nbytes
            files[tensor] = name
        with open(f"{path}/{name}", "wb") as file:
            file.write(packed_header(header))
            for (tensor, _, parts), _ in group:
                for source, expert, dims in parts:
                    if last[0] != source:  # experts of one stacked tensor follow each other
                        keep = "f32" if tensor.endswith("expert_bias") else kind
                        last = (source, np.ascontiguousarray(values_of(source, dims, keep)).view(np.uint8))
                    data = last[1]
                    file.write(memoryview(np.ascontiguousarray(data if expert is None else data[expert])).cast("B"))
    if shards > 1:
        with open(f"{path}/model.safetensors.index.json", "w") as file:
            json.dump({"metadata": {"total_size": total}, "weight_map": files}, file, indent=1)
    write_texts(path, shape, config(shape, style, kind), vocabulary)
    if shape.gives not in ("", "mlm"):
        total += st_folder.write(path, shape, kind, values_of)
    return total


def adjusted_ffn(c):
    ffn = c.get("block_ff_dim", c.get("intermediate_size"))
    if c["model_type"] == "lfm2" and c.get("block_auto_adjust_ff_dim", True):
        multiple = c.get("block_multiple_of", 256)
        ffn = int(c.get("block_ffn_dim_multiplier", 1.0) * int(2 * ffn / 3))
        ffn = multiple * -(-ffn // multiple)
    return ffn


def rope_scaling(shape):
    if not shape.rope:
        return {"rope_type": "default"}
    kind, factor, *context = shape.rope.split(",")
    out = {"rope_type": kind, "factor": float(factor)}
    return out | {"original_max_position_embeddings": int(context[0])} if context else out


def read_shape(path):
    with open(f"{path}/config.json", encoding="utf-8") as file:
        c = json.load(file)
    count = c["num_hidden_layers"]
    attention = c.get("full_attn_idxs") or [
        i for i, kind in enumerate(c["layer_types"][:count]) if kind == "full_attention"
    ]
    theta = c.get("rope_theta") or (c.get("rope_parameters") or {}).get("rope_theta", 1e6)
    return shapes.Shape(
        os.path.basename(os.path.abspath(path)), c["hidden_size"], c["num_attention_heads"],
        c["num_key_value_heads"], adjusted_ffn(c), "".join("a" if i in attention else "c" for i in range(count)),
        c["vocab_size"], head_size=c.get("head_dim") or 0, taps=c["conv_L_cache"], theta=theta,
        eps=c["norm_eps"], context=c["max_position_embeddings"], experts=c.get("num_experts", 0),
        used=c.get("num_experts_per_tok", 0), expert_ffn=c.get("moe_intermediate_size", 0),
        dense_layers=c.get("num_dense_layers", 0), tied=c.get("tie_embedding", c.get("tie_word_embeddings", True)),
    )  # fmt: skip


class Folder:
    """The tensors of a directory by GGUF name, as float32."""

    def __init__(self, path):
        self.tensors = {}
        for name in sorted(os.listdir(path)):
            if not name.endswith(".safetensors"):
                continue
            data = np.memmap(f"{path}/{name}", np.uint8, "r")
            length = struct.unpack("<Q", data[:8].tobytes())[0]
            header = json.loads(data[8 : 8 + length].tobytes())
            for tensor, info in header.items():
                if tensor != "__metadata__":
                    begin, end = info["data_offsets"]
                    self.tensors[tensor] = (data[8 + length + begin : 8 + length + end], info)

    def read(self, tensor):
        data, info = self.tensors[tensor]
        if info["dtype"] == "BF16":
            values = (data.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = data.view({"F32": np.float32, "F16": np.float16}[info["dtype"]]).astype(np.float32)
        return values.reshape(info["shape"])

    def values(self, tensor, dims):
        rest = tensor.split(".", 2)[-1]
        if rest not in EXPERT:
            return self.read(name_of(tensor)).reshape(dims)
        prefix = f"model.layers.{re.match(r'blk[.]([0-9]+)', tensor)[1]}.feed_forward.experts"
        if f"{prefix}.down_proj" not in self.tensors:
            return np.stack([self.read(f"{prefix}.{e}.{EXPERT[rest]}.weight") for e in range(dims[0])])
        if rest == "ffn_down_exps.weight":
            return self.read(f"{prefix}.down_proj")
        both = self.read(f"{prefix}.gate_up_proj")
        return both[:, : dims[1]] if rest == "ffn_gate_exps.weight" else both[:, dims[1] :]
