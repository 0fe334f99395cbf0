"""Runs the programs NAME and NAME.calls and compares the bytes of their logits."""

import os
import subprocess
import sys

TOKENS = [1 + 7 * i % 60 for i in range(21)]


def logits(program, tokens, threads):
    file = program + ".logits"
    subprocess.run(["./" + program, "--tokens", ",".join(map(str, tokens)), "--logits", file, "-n", "0",
                    "--threads", str(threads)], check=True)
    with open(file, "rb") as bytes_:
        return bytes_.read()


for name in sys.argv[1:]:
    same = all(logits(name, tokens, threads) == logits(name + ".calls", tokens, threads) != b""
               for tokens in (TOKENS, TOKENS[:1]) for threads in (1, 2))
    assert os.path.getsize(name + ".logits") > 0
    print(f"{name}: {len(TOKENS)} positions, {'equal' if same else 'different'}")
