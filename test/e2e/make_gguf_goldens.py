#!/usr/bin/env python3
"""Makes goldens/gguf.json: what llama.cpp's convert_hf_to_gguf.py writes of the
small folders, key by key and tensor by tensor.

    make_gguf_goldens.py LLAMA_CPP      a folder with llama.cpp's sources

Needs PyTorch and transformers, which no test needs. The converter knows the
name of a split by a hash of ids, which made-up vocabularies have not; here it is
told the family's.
"""

import json
import os
import subprocess
import sys
import tempfile

import gguf_listing

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = os.path.dirname(HERE)
CONVERT = """
import runpy, sys
llama, *words = sys.argv[1:]
sys.path[:0] = [llama, llama + "/gguf-py"]
from conversion import base
base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "lfm2"
sys.argv = ["convert_hf_to_gguf.py", *words]
runpy.run_path(llama + "/convert_hf_to_gguf.py", run_name="__main__")
"""


def formatted(value, depth=0):
    """JSON with a line for each key and tensor."""
    if depth == 3:
        return json.dumps(value, ensure_ascii=False)
    lines = [f'{" " * depth} "{key}": {formatted(inner, depth + 1)}' for key, inner in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"


def main():
    llama, goldens = sys.argv[1], {}
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, f"{TEST}/small_models.py", work, *gguf_listing.SMALL], check=True)
        gguf_listing.make_added(f"{work}/tiny-f32-hf", f"{work}/{gguf_listing.ADDED}")
        os.symlink(f"{TEST}/models/{gguf_listing.BUNDLED}", f"{work}/{gguf_listing.BUNDLED}")
        for name, kind in {**gguf_listing.SMALL, gguf_listing.ADDED: "f32", gguf_listing.BUNDLED: "bf16"}.items():
            out = f"{work}/{name}.gguf"
            subprocess.run([sys.executable, "-c", CONVERT, llama, f"{work}/{name}", "--outfile", out,
                            "--outtype", kind], check=True, stderr=subprocess.DEVNULL)
            goldens[name] = gguf_listing.listing(out)
            print(f"{name}: {len(goldens[name]['keys'])} keys, {len(goldens[name]['tensors'])} tensors")
    with open(f"{HERE}/goldens/gguf.json", "w", encoding="utf-8") as file:
        file.write(formatted(goldens) + "\n")


if __name__ == "__main__":
    main()
