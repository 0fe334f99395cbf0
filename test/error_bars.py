"""How far a compiled program's logits may be from those of the reference executor,
which computes exactly on the dequantised weights."""

from pathlib import Path

F32 = 1e-5
# Keys and values are kept in 16 bits, as the reference can too; a value that lies
# between two of them may be rounded to either.
HALF = 1e-4
# CPUs that multiply bf16 split activations in two with --activations=exact; see
# e2e/test_bf16_dot.py.
SPLIT = 5e-4
EXACT = "--activations=exact"


def this_machine_splits():
    return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")


# Quantised weights meet activations of 8 bits with one scale per 32 values, BF16
# weights one bf16 a value on CPUs that multiply such pairs. What that costs on these
# random models is llama.cpp's error on the same file and ids, as
# test/bench/logits_error.py measures it; ours may be 1.1 times that.
LLAMA_CPP = {
    "tiny-q8_0.gguf": 0.0293, "tiny-q4_0.gguf": 0.0286, "tiny-q4_k.gguf": 0.0462,
    "tiny-q5_k.gguf": 0.0455, "tiny-q6_k.gguf": 0.0448, "tiny-q4_0_mix.gguf": 0.0299,
    "tiny-q4_k_m.gguf": 0.0453, "tiny-q5_k_m.gguf": 0.0469, "untied-q8_0.gguf": 0.0283,
    "odd-32-q8_0.gguf": 0.0348, "odd-32-q4_0.gguf": 0.0330, "moe-q8_0.gguf": 0.0954,
    "moe-q4_0_mix.gguf": 0.1289, "moe-q4_k_m.gguf": 0.1248,
    "tiny-bf16.gguf": 0.0075, "odd-bf16.gguf": 0.0130, "moe-bf16.gguf": 0.0519,
    "tiny-q4_1.gguf": 0.0289, "tiny-q5_0.gguf": 0.0290, "tiny-q5_1.gguf": 0.0291,
    "tiny-q2_k.gguf": 0.0451, "tiny-q3_k.gguf": 0.0449, "tiny-iq4_nl.gguf": 0.0293,
    "tiny-iq4_xs.gguf": 0.0461, "tiny-mxfp4.gguf": 0.0295, "tiny-many.gguf": 0.0409,
    "moe-many.gguf": 0.1087, "odd-32-q5_1.gguf": 0.0347, "odd-32-iq4_nl.gguf": 0.0349,
    "tiny-iq1_m.gguf": 0.0468, "tiny-iq2_xxs.gguf": 0.0522, "tiny-iq2_s.gguf": 0.0508,
    "tiny-iq3_s.gguf": 0.0509, "tiny-tq2_0.gguf": 0.0434,
    "tiny-grids.gguf": 0.0404, "moe-grids.gguf": 0.1602,
}
AS_PEER = 1.1
ROUNDED = {model: AS_PEER * error for model, error in LLAMA_CPP.items()}

# The same of bidirectional models: of hidden states and of vectors, of the texts of
# test/encoders.py, by test/bench/llama_vectors.cpp.
LLAMA_CPP_HIDDEN = {"embed-q8_0.gguf": 0.0305, "embed-q4_0.gguf": 0.0300}
LLAMA_CPP_VECTORS = {"embed-q8_0.gguf": 0.0350, "embed-q4_0.gguf": 0.0328, "colbert-q8_0.gguf": 0.0312}
