"""llama.cpp's choices for test/unit/Runtime/SamplingCases.h, into sampling_goldens.txt beside it; or the time of both:

    sampling_goldens.py --llama-source=llama.cpp --llama-cpp=llama.cpp/build --build=build [--speed ENTRIES]

--build is our build folder, whose runtime the program is linked with.
"""

import argparse
import os
import re
import tempfile

import gguf
import peer

UNIT = os.path.join(peer.HERE, os.pardir, "unit", "Runtime")


def write_vocabulary(path):
    """The tokens of the cases with texts: bytes, and what the merges make."""
    # GPT-2's characters: bytes that are printable stand for themselves.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    tokens = [chr(byte if byte in plain else 256 + others.index(byte)) for byte in range(256)]
    with open(os.path.join(UNIT, "SamplingCases.h"), encoding="utf-8") as file:
        table = re.search(r"merges\[\]\[2\] = \{(.*?)\};", file.read(), re.S)[1]
    merges = [[part.replace('\\"', '"') for part in pair] for pair in re.findall(r'\{"((?:\\"|[^"])+)", "((?:\\"|[^"])+)"\}', table)]
    writer = gguf.GGUFWriter(path, "lfm2")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("lfm2")
    writer.add_token_list(tokens + ["".join(merge) for merge in merges])
    writer.add_token_types([gguf.TokenType.NORMAL] * (256 + len(merges)))
    writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser()
    peer.add_options(parser)
    parser.add_argument("--build", required=True)
    parser.add_argument("--speed", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runtime = os.path.join(options.build, "lib", "lfm2rt", "liblfm2rt_x86_64-libc.a")
        program = peer.build("llama_sampling", options, folder, runtime)
        if options.speed:
            print(peer.run([program, "speed", options.speed]), end="")
            return
        vocabulary = os.path.join(folder, "vocabulary.gguf")
        write_vocabulary(vocabulary)
        goldens = peer.run([program, "goldens", vocabulary])
    with open(os.path.join(UNIT, "sampling_goldens.txt"), "w", encoding="utf-8") as file:
        file.write(goldens)


if __name__ == "__main__":
    main()
