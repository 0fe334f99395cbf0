"""Tries many damaged inputs of a kind; a failure leaves its input and prints its seed.

    cd test && ../.venv/bin/python3 -m mutations gguf --count 10000 [--seed 1] [--jobs 2] [--build ../build]
"""

import argparse
import concurrent.futures
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))

from mutations.kinds import KINDS  # noqa: E402
from mutations.trial import try_one  # noqa: E402
from programs import Build  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1, help="of the first input")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--build", default=os.path.join(os.path.dirname(__file__), "..", "..", "build"))
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="mutations-")
    kind = KINDS[options.kind](Build(options.build, work), os.path.join(work, "sound"))
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        trials = [pool.submit(try_one, kind, seed, os.path.join(work, str(seed)))
                  for seed in range(options.seed, options.seed + options.count)]
        for trial in concurrent.futures.as_completed(trials):
            if trial.result():
                wrong.append(trial.result())
                print(trial.result(), flush=True)
    print(f"{options.count} inputs of kind {options.kind}, {len(wrong)} went wrong; inputs in {work}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
