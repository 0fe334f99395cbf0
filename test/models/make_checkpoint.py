#!/usr/bin/env python3
"""Writes a checkpoint of any shape of the family with random weights.

    make_checkpoint.py OUT.gguf --shape 350m --type q4_0_mix
    make_checkpoint.py OUTDIR --shape odd --type f32 --seed 7 --shards 3
    make_checkpoint.py OUT.gguf --from-hf test/models/wordnet-lfm2 --type q4_k_m
    make_checkpoint.py OUT.gguf --shape 350m --gives cls --type q8_0

A name ending in .gguf gives a GGUF file, any other a transformers directory; of a
model of vectors it is one of sentence-transformers.
The same seed gives the same weights in every container and float type; the
block types are made from those floats while the model is small (or with
--exact), else their blocks are filled at random (or with --direct).

Types: f32 f16 bf16, q8_0 q4_0 q4_1 q5_0 q5_1 q2_k q3_k q4_k q5_k q6_k iq4_nl iq4_xs
mxfp4 (every matrix), llama-quantize's mixes q4_0_mix (Q4_0 with a Q6_K embedding),
q4_k_m, q5_k_m, and many (each matrix in one of all block types).
Of iq1_s iq1_m iq2_xxs iq2_xs iq2_s iq3_xxs iq3_s tq1_0 tq2_0 all blocks are filled at
random; grids is a mix of them all with Q4_K and F16.
"""

import argparse
import dataclasses
import time

import blocks
import gguf_file
import grid_blocks
import hf_folder
import quantized_folder
import vocabulary
import weights
from shapes import SHAPES

DIRECT_FROM = 40_000_000  # parameters from which blocks are filled at random


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--arch", choices=["lfm2", "lfm2moe"], help="refuse a shape of the other one")
    parser.add_argument("--shape", default="tiny", choices=list(SHAPES), metavar="NAME", help=", ".join(SHAPES))
    parser.add_argument("--type", default="f32", choices=[*gguf_file.SCHEMES, *quantized_folder.SCHEMES], metavar="TYPE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from-hf", metavar="DIR", help="take shape, weights and tokenizer from this directory")
    parser.add_argument("--name", help="general.name")
    parser.add_argument("--direct", action="store_true", help="fill blocks at random")
    parser.add_argument("--exact", action="store_true", help="make blocks from the floats")
    own = parser.add_argument_group("changes to the shape")
    for field in ("hidden", "heads", "kv_heads", "head_size", "ffn", "vocab", "real_vocab", "taps", "context"):
        own.add_argument("--" + field.replace("_", "-"), type=int)
    for field in ("experts", "used", "expert_ffn", "dense_layers", "config_ffn"):
        own.add_argument("--" + field.replace("_", "-"), type=int)
    own.add_argument("--theta", type=float)
    own.add_argument("--rope", metavar="TYPE,FACTOR[,CONTEXT]", help="scaled rotary positions of a model that was "
                     "stretched by FACTOR: linear, or yarn from CONTEXT tokens")
    own.add_argument("--eps", type=float)
    own.add_argument("--gives", choices=["cls", "mean", "last", "tokens", "mlm"], help="a bidirectional model: of a "
                     "vector a text by this pooling, of a vector a token, or of logits (a masked language model)")
    own.add_argument("--dense", metavar="N[,N]", help="outputs of the projections behind the pooling")
    own.add_argument("--layers", help="one letter per layer: c convolution, a attention")
    own.add_argument("--untied", dest="tied", action="store_const", const=False, help="a head of its own")
    gguf = parser.add_argument_group("GGUF only")
    gguf.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a metadata key")
    gguf.add_argument("--drop", action="append", default=[], metavar="KEY", help="leave out a metadata key")
    gguf.add_argument("--split", type=int, default=0, metavar="N", help="files of at most N tensors")
    gguf.add_argument("--final-norm", metavar="NAME", help="name of the final norm (output_norm.weight, say)")
    hf = parser.add_argument_group("directories only")
    hf.add_argument("--shards", type=int, default=1)
    hf.add_argument("--config", default="new", choices=["new", "old"], help="style of the keys in config.json")
    hf.add_argument("--experts-as", default="per-expert", choices=["per-expert", "stacked"])
    return parser.parse_args()


def chosen_shape(args):
    shape = hf_folder.read_shape(args.from_hf) if args.from_hf else SHAPES[args.shape]
    fields = {f.name for f in dataclasses.fields(shape)}
    given = {k: v for k, v in vars(args).items() if k in fields and k not in ("name",) and v is not None}
    if "ffn" in given:
        given.setdefault("config_ffn", 0)
    if "vocab" in given:
        given.setdefault("real_vocab", 0)
    shape = dataclasses.replace(shape, **given)
    if args.arch and args.arch != shape.architecture:
        raise SystemExit(f"shape {shape.name} is {shape.architecture}, not {args.arch}")
    if shape.heads % shape.kv_heads or shape.head % 2:
        raise SystemExit("heads must be a multiple of kv-heads, and the head size even")
    is_file = args.out.endswith(".gguf")
    if args.type in quantized_folder.SCHEMES and args.type not in gguf_file.SCHEMES and is_file:
        raise SystemExit(f"only directories hold {args.type}; give a name that does not end in .gguf")
    if not is_file and args.type not in (*blocks.FLOATS, *quantized_folder.SCHEMES):
        raise SystemExit(f"a directory holds f32, f16 or bf16, or one of {', '.join(quantized_folder.SCHEMES)}; "
                         f"for {args.type} give a name that ends in .gguf")
    return shape


def main():
    args = read_arguments()
    shape = chosen_shape(args)
    if args.from_hf:
        folder = hf_folder.Folder(args.from_hf)
        words = vocabulary.read_folder(args.from_hf, shape.vocab)
    else:
        words = vocabulary.make(shape)
    direct = args.direct or (not args.exact and shape.parameters() > DIRECT_FROM)

    def values_of(tensor, dims, kind):
        if args.from_hf and kind not in grid_blocks.NAMES:
            return blocks.quantize(folder.values(tensor, dims), kind)
        if kind in grid_blocks.NAMES or (direct and kind not in blocks.FLOATS):
            return weights.blocks(args.seed, tensor, dims, kind)
        return blocks.quantize(weights.floats(args.seed, tensor, dims), kind)

    start = time.time()
    if args.out.endswith(".gguf"):
        settings = [item.split("=", 1) for item in args.set]
        written = gguf_file.write(
            args.out, shape, args.type, words, values_of, name=args.name or f"random {shape.name}",
            settings=settings, removed=args.drop, split=args.split, final_norm=args.final_norm,
        )  # fmt: skip
    elif args.type in quantized_folder.SCHEMES:
        written = quantized_folder.write(args.out, shape, args.type, words, values_of, args.config)
    else:
        written = hf_folder.write(
            args.out, shape, args.type, words, values_of,
            style=args.config, layout=args.experts_as, shards=args.shards,
        )  # fmt: skip
    took = time.time() - start
    print(f"{args.out}: {shape.parameters():,} parameters, {written / 1e6:.1f} MB of tensors in {took:.1f} s")


if __name__ == "__main__":
    main()
