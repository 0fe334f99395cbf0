"""Checks that `lfm2-run -n` follows the largest logit, one token at a time.

    greedy.py MODEL IDS N
"""

import array
import subprocess
import sys
import tempfile


def last_choice(model, ids):
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["lfm2-run", model, "--tokens", ids, "--logits", file.name], check=True)
        logits = array.array("f", open(file.name, "rb").read())
    row = logits[-(len(logits) // len(ids.split(","))):]
    return row.index(max(row))


def main():
    model, ids, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    done = subprocess.run(["lfm2-run", model, "--tokens", ids, "-n", str(count)],
                          check=True, capture_output=True, text=True)
    expected = []
    for _ in range(count):
        expected.append(last_choice(model, ids))
        ids += f",{expected[-1]}"
    if done.stdout != ",".join(map(str, expected)) + "\n":
        sys.exit(f"expected {expected}, found {done.stdout!r}")


if __name__ == "__main__":
    main()
