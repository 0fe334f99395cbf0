// RUN: lfm2-opt %s | FileCheck %s

// CHECK: #[[SCALING:.*]] = #lfm2.rope_scaling<magnitude = 1.500000e+00, scales = [5.000000e-01, 2.500000e-01]>

// CHECK: lfm2.model = #lfm2.model<name = "tiny \22one\22", architecture = "lfm2", hidden = 8, vocab = 50, heads = 2, head_size = 4, taps = 3, context_length = 64, norm_eps = 1.000000e-05, rope_theta = 1.000000e+06, causal = true, layers = [conv, attention]>
// CHECK-SAME: lfm2.source = "a/b.gguf"
module attributes {
  lfm2.model = #lfm2.model<name = "tiny \"one\"", architecture = "lfm2", hidden = 8,
    vocab = 50, heads = 2, head_size = 4, taps = 3, context_length = 64,
    norm_eps = 1.0e-5, rope_theta = 1.0e6, causal = true, layers = [conv, attention]>,
  lfm2.source = "a/b.gguf"
} {
}

// What is not said is not there.
// CHECK: module attributes {lfm2.options = #lfm2.options<pre = "qwen2", quantize = "q8_0", activations = "per-token", context_length = 2048, chunk = 64>}
module attributes {lfm2.options = #lfm2.options<chunk = 64, context_length = 2048, activations = "per-token",
                                                quantize = "q8_0", pre = "qwen2">} {
}
// CHECK: module attributes {lfm2.options = #lfm2.options<pre = "qwen2", quantize = "q8_0", context_length = 2048>}
module attributes {lfm2.options = #lfm2.options<pre = "qwen2", quantize = "q8_0", context_length = 2048>} {
}

// CHECK: layers = [attention], rope_scaling = #[[SCALING]]>
module attributes {
  lfm2.model = #lfm2.model<name = "stretched", architecture = "lfm2", hidden = 8,
    vocab = 50, heads = 2, head_size = 4, taps = 3, context_length = 64,
    norm_eps = 1.0e-5, rope_theta = 1.0e6, causal = true, layers = [attention],
    rope_scaling = <magnitude = 1.5, scales = [0.5, 0.25]>>
} {
}
