// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,20 --exec-tile-phases --canonicalize --cse -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: FileCheck %s --input-file %t.mlir --check-prefix=PLACES
// RUN: sed 's/!lfm2.quant<q8_0>/f32/' %s | lfm2-opt --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,20 --exec-tile-phases -o %t.floats.mlir
// RUN: FileCheck %s --input-file %t.floats.mlir --check-prefix=NONE
// RUN: sed 's/x8xf16/x8xf32/g' %s | lfm2-opt --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,20 --exec-tile-phases -o %t.wide.mlir
// RUN: FileCheck %s --input-file %t.wide.mlir --check-prefix=NONE
// RUN: sed 's/bf16dot = true/bf16dot = false/' %s | lfm2-opt --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,20 --exec-tile-phases -o %t.without.mlir
// RUN: FileCheck %s --input-file %t.without.mlir --check-prefix=NONE

// Attention of 2 query heads on one key head of 8 channels by dot2, on a CPU that has
// it, of a model with quantised weights, over caches of f16. Where one of these is
// not so it is f32.
// NONE-NOT: bf16{{[ >]}}

// A single token attends so, too, and leaves the bits that it leaves among others.
// CHECK-LABEL: func.func private @attn_ffn_decode(
// CHECK-COUNT-2: exec.dot2 {{.*}} : vector<16xf32>, vector<32xbf16>

// Queries are rounded,
// CHECK-LABEL: func.func private @attn_ffn_prefill(
// CHECK:         arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>
// then, once for all rows of a block, its keys: two channels of 16 positions.
// CHECK-COUNT-2: exec.load {{.*}} : vector<16xf16>
// CHECK:         exec.store {{.*}} : vector<16xi32>
// Eight rows by 32 positions share what is loaded.
// CHECK:         scf.for
// CHECK-COUNT-2:   exec.load {{.*}} : vector<32xbf16>
// CHECK:           exec.load {{.*}} : i32
// CHECK-NOT:       arith.extf
// CHECK-COUNT-16:  exec.dot2 {{.*}} : vector<16xf32>, vector<32xbf16>
// CHECK:           scf.yield
// Weights are rounded, and their sum is that of the rounded ones.
// CHECK:         %[[W:.*]] = arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
// CHECK:         exec.store %[[W]]
// CHECK:         exec.dot2 %{{.*}}, %[[W]], %{{.*}} : vector<8xf32>, vector<16xbf16>
// Values of two positions.
// CHECK-COUNT-2: exec.load {{.*}} : vector<8xf16>
// CHECK:         exec.store {{.*}} : vector<8xi32>
// CHECK-COUNT-8:   exec.dot2 {{.*}} : vector<8xf32>, vector<16xbf16>

// 64 positions of 8 channels, and 32 rows of queries, in bf16; for 64 threads.
// PLACES-DAG: exec.buffer @prefill.attend.keys {bytes = 65536 : i64
// PLACES-DAG: exec.buffer @prefill.attend.values {bytes = 65536 : i64
// PLACES-DAG: exec.buffer @prefill.attend.queries {bytes = 32768 : i64
// PLACES-NOT: @decode.attend.keys

#layer0 = #lfm2.layer<index = 0, kind = "attn_ffn">
module attributes {exec.target = #exec.target<lanes = 16, registers = 32, fma = true, dot_unsigned8 = true, bf16dot = true>} {
lfm2.weight @embd : tensor<32x32xf32>
lfm2.weight @norm : tensor<32xf32>
lfm2.weight @"blk.0.norm.weight" : tensor<32xf32>
lfm2.weight @"blk.0.q.weight" : tensor<16x32x!lfm2.quant<q8_0>>
lfm2.weight @"blk.0.k.weight" : tensor<8x32xf32>
lfm2.weight @"blk.0.v.weight" : tensor<8x32xf32>
lfm2.weight @"blk.0.head_norm.weight" : tensor<8xf32>
lfm2.weight @"blk.0.o.weight" : tensor<32x16xf32>
lfm2.weight @"blk.0.ffn_gate.weight" : tensor<32x32xf32>
lfm2.weight @"blk.0.ffn_up.weight" : tensor<32x32xf32>
lfm2.weight @"blk.0.ffn_down.weight" : tensor<32x32xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x1x8xf16> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x1x8xf16> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x32xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x1x8xf16> {lfm2.role = #lfm2.role<keys>},
        tensor<?x1x8xf16> {lfm2.role = #lfm2.role<values>}) {
  %x0 = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x32xf32>
  %n0 = lfm2.rms_norm %x0, @"blk.0.norm.weight" eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x32xf32>
  %q = lfm2.linear %n0, @"blk.0.q.weight" {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x16xf32>
  %k = lfm2.linear %n0, @"blk.0.k.weight" {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x8xf32>
  %v = lfm2.linear %n0, @"blk.0.v.weight" {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x8xf32>
  %qr = lfm2.head_norm_rope %q, @"blk.0.head_norm.weight" position(%p) heads(2 of 8) eps(1.0e-5) theta(1.0e6) {lfm2.layer = #layer0} : tensor<?x16xf32>
  %kr = lfm2.head_norm_rope %k, @"blk.0.head_norm.weight" position(%p) heads(1 of 8) eps(1.0e-5) theta(1.0e6) {lfm2.layer = #layer0} : tensor<?x8xf32>
  %att, %k1, %v1 = lfm2.attention %qr, %kr, %v cache(%k0, %v0) position(%p) heads(2 of 8) kv_heads(1) causal {lfm2.layer = #layer0}
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x1x8xf16>
  %o = lfm2.linear %att, @"blk.0.o.weight" {lfm2.layer = #layer0} : tensor<?x16xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %x0, %o {lfm2.layer = #layer0} : tensor<?x32xf32>
  %u = lfm2.rms_norm %x1, @"blk.0.norm.weight" eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x32xf32>
  %gate = lfm2.linear %u, @"blk.0.ffn_gate.weight" {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x32xf32>
  %up = lfm2.linear %u, @"blk.0.ffn_up.weight" {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x32xf32>
  %a = lfm2.swiglu %gate, %up {lfm2.layer = #layer0} : tensor<?x32xf32>
  %d = lfm2.linear %a, @"blk.0.ffn_down.weight" {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x32xf32>
  %x2 = arith.addf %x1, %d {lfm2.layer = #layer0} : tensor<?x32xf32>
  %n = lfm2.rms_norm %x2, @norm eps(1.0e-5) : tensor<?x32xf32>
  %l = lfm2.head %n, @embd : tensor<?x32xf32> -> tensor<?x32xf32>
  return %l, %k1, %v1 : tensor<?x32xf32>, tensor<?x1x8xf16>, tensor<?x1x8xf16>
}
}
