// What is left as it is or gets another format, and why; recipes that are none.

// RUN: lfm2-opt %s --lfm2-quantize=format=q4_0 --verify-diagnostics | FileCheck %s
// RUN: not lfm2-opt %s --lfm2-quantize=format=q4_k 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not lfm2-opt %s '--lfm2-quantize=format=my.recipe rules="odd q9_z"' 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not lfm2-opt %s '--lfm2-quantize=format=my.recipe rules="attn_v q8_0"' 2>&1 | FileCheck %s --check-prefix=NOTHING

// UNKNOWN: error: unknown --quantize=q4_k (did you mean {{.*}}); expected keep, one of q8_0, {{.*}}, or a file with a recipe
// FORMAT: error: my.recipe:1: unknown format 'q9_z'; expected one of f32, f16, bf16, q8_0, q4_0, q4_k,
// NOTHING: error: my.recipe:1: the pattern 'attn_v' fits none of the 3 matrices of the model; remove the line, or name one of them, as 'odd'

// Rows that are no whole blocks.
// CHECK: lfm2.weight @odd : tensor<8x40xf16>
// expected-remark @below {{'odd' becomes f16: its rows of 40 are no whole blocks of 32, as q4_0 needs}}
lfm2.weight @odd : tensor<8x40xf32>

// Nothing is quantized twice, neither to fewer bits nor back to floats.
// CHECK: lfm2.weight @small : tensor<40x64x!lfm2.quant<q8_0>>
// expected-remark @below {{'small' stays q8_0: it is quantized already}}
lfm2.weight @small : tensor<40x64x!lfm2.quant<q8_0>>

// What has the format already is as it should be.
// CHECK: lfm2.weight @there : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @there : tensor<64x32x!lfm2.quant<q4_0>>

func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x8xf32> {
  %a = lfm2.linear %x, @there : tensor<?x32xf32> -> tensor<?x64xf32>
  %b = lfm2.linear %a, @small : tensor<?x64xf32> -> tensor<?x40xf32>
  %c = lfm2.linear %b, @odd : tensor<?x40xf32> -> tensor<?x8xf32>
  return %c : tensor<?x8xf32>
}

// What reads weights in an op that nobody knows is not seen.
// RUN: not lfm2-opt %S/Inputs/unknown-dialect.mlir --allow-unregistered-dialect --lfm2-quantize 2>&1 | FileCheck %s --check-prefix=UNSEEN
// UNSEEN: error: has an op of an unknown dialect, which may read weights in ways that are not seen
