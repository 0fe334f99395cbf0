// RUN: lfm2-opt %s | FileCheck %s

// CHECK: lfm2.model = #lfm2.model<name = "tiny \22one\22", architecture = "lfm2", hidden = 8, vocab = 50, heads = 2, head_size = 4, taps = 3, context_length = 64, norm_eps = 1.000000e-05, rope_theta = 1.000000e+06, causal = true, layers = [conv, attention]>
// CHECK-SAME: lfm2.source = "a/b.gguf"
module attributes {
  lfm2.model = #lfm2.model<name = "tiny \"one\"", architecture = "lfm2", hidden = 8,
    vocab = 50, heads = 2, head_size = 4, taps = 3, context_length = 64,
    norm_eps = 1.0e-5, rope_theta = 1.0e6, causal = true, layers = [conv, attention]>,
  lfm2.source = "a/b.gguf"
} {
}
