"""Shapes of the family as data: published ones, small ones, odd ones.

`layers` is one letter per layer: c for a short convolution, a for attention.
`ffn` is the width that the tensors have; `config_ffn` what an old config.json
says before its automatic adjustment (0: the width itself, no adjustment).
`gives` makes a model bidirectional and says what it is for: a vector a text
("cls", "mean", "last"), a vector a token ("tokens"), or logits ("mlm").
"""

import dataclasses

SIXTEEN = "ccaccaccacacacac"
THIRTY = "".join("a" if i in (2, 5, 9, 13, 17, 21, 24, 27) else "c" for i in range(30))
MOE24 = "".join("a" if i in (2, 6, 10, 14, 18, 21) else "c" for i in range(24))
MOE40 = "".join("a" if i % 4 == 2 else "c" for i in range(40))


@dataclasses.dataclass(frozen=True)
class Shape:
    name: str
    hidden: int
    heads: int
    kv_heads: int
    ffn: int
    layers: str
    vocab: int
    head_size: int = 0  # 0: hidden / heads
    taps: int = 3
    theta: float = 1e6
    eps: float = 1e-5
    context: int = 128000
    config_ffn: int = 0
    real_vocab: int = 0  # rows that stand for a token; 0: all
    special_base: int = 0  # id of <|pad|>, the first special token
    experts: int = 0
    used: int = 0
    expert_ffn: int = 0
    dense_layers: int = 0
    tied: bool = True
    rope: str = ""  # type, factor and context before the stretch, by commas
    gives: str = ""
    dense: str = ""  # outputs of the projections behind the pooling, by commas

    @property
    def architecture(self):
        return "lfm2moe" if self.experts else "lfm2"

    @property
    def head(self):
        return self.head_size or self.hidden // self.heads

    @property
    def projections(self):
        return [int(n) for n in self.dense.split(",") if n]

    @property
    def width(self):
        """Elements of a vector."""
        return (self.projections or [self.hidden])[-1]

    def is_moe(self, layer):
        return self.experts > 0 and layer >= self.dense_layers

    def parameters(self):
        return sum(size(dims) for _, dims in tensors(self))


def size(dims):
    total = 1
    for d in dims:
        total *= d
    return total


def tensors(s):
    """[(name in GGUF, shape with the outermost dimension first)] in file order."""
    out = [("token_embd.weight", (s.vocab, s.hidden)), ("token_embd_norm.weight", (s.hidden,))]
    if not s.tied:
        out.append(("output.weight", (s.vocab, s.hidden)))
    h, q, kv = s.hidden, s.heads * s.head, s.kv_heads * s.head
    for i, kind in enumerate(s.layers):
        part = [("attn_norm.weight", (h,)), ("ffn_norm.weight", (h,))]
        if kind == "c":
            part += [
                ("shortconv.in_proj.weight", (3 * h, h)),
                ("shortconv.conv.weight", (h, s.taps)),
                ("shortconv.out_proj.weight", (h, h)),
            ]
        else:
            part += [
                ("attn_q.weight", (q, h)),
                ("attn_k.weight", (kv, h)),
                ("attn_v.weight", (kv, h)),
                ("attn_output.weight", (h, q)),
                ("attn_q_norm.weight", (s.head,)),
                ("attn_k_norm.weight", (s.head,)),
            ]
        if s.is_moe(i):
            part += [
                ("ffn_gate_inp.weight", (s.experts, h)),
                ("exp_probs_b.bias", (s.experts,)),
                ("ffn_gate_exps.weight", (s.experts, s.expert_ffn, h)),
                ("ffn_up_exps.weight", (s.experts, s.expert_ffn, h)),
                ("ffn_down_exps.weight", (s.experts, h, s.expert_ffn)),
            ]
        else:
            part += [("ffn_gate.weight", (s.ffn, h)), ("ffn_up.weight", (s.ffn, h)), ("ffn_down.weight", (h, s.ffn))]
        out += [(f"blk.{i}.{name}", dims) for name, dims in part]
    widths = [h, *s.projections]
    out += [(f"dense_{i + 2}.weight", (n, widths[i])) for i, n in enumerate(s.projections)]
    return out


def _dense(name, hidden, heads, ffn, layers=SIXTEEN, vocab=65536, **more):
    more.setdefault("real_vocab", 64400 if vocab == 65536 else 0)
    more.setdefault("special_base", 124893 if vocab == 128000 else 0)
    return Shape(name, hidden, heads, 8, ffn, layers, vocab, **more)


def _moe(name, layers, vocab, experts, expert_ffn, **more):
    return _dense(
        name, 2048, 32, 7168, layers, vocab, experts=experts, used=4, expert_ffn=expert_ffn, dense_layers=2, **more
    )


_ALL = [
    # As published.
    _dense("230m", 1024, 16, 2560, "ccaccacacacaca"),
    _dense("350m", 1024, 16, 4608, config_ffn=6656),
    _dense("700m", 1536, 24, 6912, config_ffn=10240),
    _dense("1.2b", 2048, 32, 8192, config_ffn=12288),
    _dense("2.6b", 2048, 32, 10752, THIRTY),
    _dense("2.5-2.6b", 2048, 32, 10752, THIRTY, 128000, theta=1e7),
    _moe("8b-a1b", MOE24, 65536, 32, 1792),
    _moe("2.5-8b-a1b", MOE24, 128000, 32, 1792, theta=5e6),
    _moe("24b-a2b", MOE40, 65536, 64, 1536),
    # Small: every row length is a multiple of 256, so that every type fits.
    Shape("tiny", 256, 4, 2, 512, "caca", 512, context=4096),
    Shape("small", 512, 8, 4, 1024, "ccacaccc", 4096, context=32768),
    Shape("wide", 1024, 16, 8, 4608, "ca", 2048, config_ffn=6656, context=32768),
    Shape("untied", 256, 4, 2, 512, "cac", 512, context=4096, tied=False),
    Shape("moe-tiny", 256, 4, 2, 512, "ccac", 512, context=4096, experts=8, used=2, expert_ffn=256, dense_layers=1),
    # Odd: sizes that are multiples of nothing (floats only, or types with fallback).
    Shape("odd", 72, 6, 3, 100, "accac", 499, taps=5, theta=5000.0, eps=1e-6, context=777),
    Shape("odd-taps2", 96, 3, 1, 160, "cac", 301, taps=2, theta=1e4, context=1000),
    Shape("odd-taps7", 80, 10, 2, 112, "cca", 350, taps=7, theta=1e7, context=1000),
    Shape("odd-head", 96, 5, 5, 96, "aac", 300, head_size=24, theta=3e5, context=512),
    Shape("odd-32", 160, 5, 1, 224, "cacc", 333, taps=4, context=999),
    # For others' quantised directories: groups of 128 fill the rows.
    Shape("groups", 128, 2, 1, 256, "ca", 320, context=512),
    Shape("moe-groups", 128, 2, 1, 256, "cac", 320, context=512, experts=4, used=2, expert_ffn=128, dense_layers=1),
    Shape("all-conv", 64, 4, 2, 96, "ccc", 300, context=512),
    Shape("all-attention", 64, 4, 4, 96, "aa", 300, context=512),
    Shape("moe-odd", 72, 4, 2, 88, "cacca", 401, taps=4, context=900, experts=5, used=3, expert_ffn=56, dense_layers=2),
    Shape("moe-32", 128, 4, 2, 192, "acac", 320, context=999, experts=32, used=4, expert_ffn=96, dense_layers=0),
]
SHAPES = {shape.name: shape for shape in _ALL}
