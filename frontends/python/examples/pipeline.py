"""Answers a text and a message as a `pipeline` of transformers would.

    PYTHONPATH=build/python .venv/bin/python3 frontends/python/examples/pipeline.py MODEL.so "The sky is"

MODEL.so is what `lfm2-compile MODEL --emit=shared -o MODEL.so` makes.
"""

import sys

from lfm2_compile import pipeline


def main(path, text):
    generate = pipeline("text-generation", model=path)
    for found in generate(text, max_new_tokens=24, do_sample=False):
        print(found["generated_text"])
    talk = [{"role": "user", "content": text}]
    print(generate(talk, max_new_tokens=24, do_sample=False)[0]["generated_text"][-1]["content"])


if __name__ == "__main__":
    main(*sys.argv[1:])
