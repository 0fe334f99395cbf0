// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-schedule-phases -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-schedule-phases \
// RUN:   --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse | FileCheck %s --check-prefix=TILED
// RUN: lfm2-opt %t.mlir --exec-schedule-phases | FileCheck %s

// Two of the three streams that memory would like: 32 rows are 4 groups of 8 lanes, but
// 8 registers hold the sums of two. What reads no rows by groups has no schedule.
// CHECK: exec.phase "gate_up" schedule <streams = 2, prefetch = 4096, tokens = 3> ->
// CHECK: exec.phase "down" schedule <streams = 2, prefetch = 4096, tokens = 3> ->
// CHECK: exec.phase "embed" ->
// CHECK: exec.phase "head" schedule <streams = 2, prefetch = 4096, tokens = 3> ->

// The stretches of the program tell it. A step of one token prefetches, and so does
// what tiles leave of more: the first block of products is a tile.
// TILED: phase = "gate_up"{{.*}}schedule = <streams = 2, prefetch = 4096, tokens = 3>
// TILED: func.func private @conv_ffn_decode
// TILED: exec.prefetch
// TILED: func.func private @conv_ffn_prefill
// TILED-NOT: exec.prefetch
// TILED: exec.dot4
// TILED: exec.prefetch

#layer0 = #lfm2.layer<index = 0, kind = "conv_ffn">
module attributes {exec.target = #exec.target<lanes = 8, registers = 8, streams = 3, prefetch_bytes = 4096, tile_tokens = 3, dot_unsigned8 = false, fma = true>} {
lfm2.weight @token_embd.weight : tensor<100x32xf32>
lfm2.weight @blk.0.norm.weight : tensor<32xf32>
lfm2.weight @blk.0.in_proj.weight : tensor<96x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.0.conv.weight : tensor<32x3xf32>
lfm2.weight @blk.0.out_proj.weight : tensor<32x32xf32>
lfm2.weight @blk.0.ffn_gate.weight : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.0.ffn_up.weight : tensor<64x32x!lfm2.quant<q8_0>>
lfm2.weight @blk.0.ffn_down.weight : tensor<32x64xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %s: tensor<2x32xf32> {lfm2.role = #lfm2.role<conv_state>})
    -> (tensor<?x100xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<2x32xf32> {lfm2.role = #lfm2.role<conv_state>}) {
  %x0 = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x32xf32>
  %n = lfm2.rms_norm %x0, @blk.0.norm.weight eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x32xf32>
  %g = lfm2.linear %n, @blk.0.in_proj.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x96xf32>
  %c, %ns = lfm2.short_conv %g, @blk.0.conv.weight state(%s) {lfm2.layer = #layer0} : tensor<?x96xf32>, tensor<2x32xf32> -> tensor<?x32xf32>
  %o = lfm2.linear %c, @blk.0.out_proj.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x32xf32>
  %xa = arith.addf %x0, %o {lfm2.layer = #layer0} : tensor<?x32xf32>
  %n0 = lfm2.rms_norm %xa, @blk.0.norm.weight eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x32xf32>
  %g0 = lfm2.linear %n0, @blk.0.ffn_gate.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x64xf32>
  %u0 = lfm2.linear %n0, @blk.0.ffn_up.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x64xf32>
  %a0 = lfm2.swiglu %g0, %u0 {lfm2.layer = #layer0} : tensor<?x64xf32>
  %d0 = lfm2.linear %a0, @blk.0.ffn_down.weight {lfm2.layer = #layer0} : tensor<?x64xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %xa, %d0 {lfm2.layer = #layer0} : tensor<?x32xf32>
  %logits = lfm2.head %x1, @token_embd.weight : tensor<?x32xf32> -> tensor<?x100xf32>
  return %logits, %ns : tensor<?x100xf32>, tensor<2x32xf32>
}
}
