// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-schedule-phases -o %t.mlir
// RUN: FileCheck %s --check-prefix=SCHEDULE --input-file %t.mlir
// RUN: lfm2-opt %t.mlir --exec-cut-phases=entries=1,20 --exec-tile-phases --canonicalize --cse -o %t.tiled.mlir
// RUN: FileCheck %s --input-file %t.tiled.mlir
// RUN: FileCheck %s --check-prefix=BUFFERS --input-file %t.tiled.mlir
// RUN: sed 's/dot_tile_mode = false/dot_tile_mode = true/' %t.mlir | lfm2-opt --exec-cut-phases=entries=1,20 --exec-tile-phases --canonicalize --cse | FileCheck %s --check-prefix=MODE

// Tiles of the target's own where all weights of a phase are quantised; else as many
// tokens as the registers hold.
// SCHEDULE: exec.phase "gate_up" schedule <streams = 1, prefetch = 0, tokens = 16>
// SCHEDULE: exec.phase "down" schedule <streams = 1, prefetch = 0, tokens = 16>
// SCHEDULE: exec.phase "head" schedule <streams = 1, prefetch = 0, tokens = 8>

// For each of 64 threads: panels of 16 rows of 256 columns, none of 8-bit weights; and
// products of two blocks, two of each in Q6_K, or of one with sums of three segments.
// Whole tiles of tokens: 32 for 20.
// BUFFERS-NOT: @decode.panels
// BUFFERS-DAG: exec.buffer @prefill.panels {bytes = 262144 : i64
// BUFFERS-DAG: exec.buffer @prefill.tile {bytes = 327680 : i64
// BUFFERS-DAG: exec.buffer @prefill.gate_up {bytes = 32768 : i64

// Where a phase has tiles of its own, whole ones of those: 33 rows for 32 tokens.
// RUN: sed 's/prefetch = 0, tokens = 16>/prefetch = 0, tokens = 3>/' %t.mlir | lfm2-opt --exec-cut-phases=entries=1,32 --exec-tile-phases | FileCheck %s --check-prefix=OWN
// OWN-DAG: exec.buffer @prefill.gate_up {bytes = 33792 : i64

// A single token has no tiles.
// CHECK-LABEL: func.func private @conv_ffn_decode
// CHECK-NOT:   exec.tile_dot4
// CHECK-LABEL: func.func private @conv_ffn_prefill
// Columns in groups of 32 of weights that are read where they are packed,
// CHECK:       exec.tile_dot4 %[[S:[0-9]+]][%{{.*}}] = %[[S]][%{{.*}}] * %[[W:[0-9]+]][%{{.*}}] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 384 : i64}
// CHECK:       exec.dot4
// and in groups of 16 of a panel.
// CHECK-COUNT-8: exec.store %{{.*}} : vector<64xi8>
// CHECK:       exec.tile_dot4 %[[T:[0-9]+]][%{{.*}}] = %[[T]][%{{.*}}] * %[[T]][%{{.*}}] {count = 4 : i64, dots = 4 : i64, lanes = 16 : i64, tokens = 16 : i64

// Where that needs a mode, the products of a tile and the vectors that scale them are a
// section, without what follows on the rows.
// MODE-LABEL: func.func private @conv_ffn_decode
// MODE-NOT:   exec.tile_section
// MODE-LABEL: func.func private @conv_ffn_prefill
// MODE:       exec.tile_section {
// MODE:         exec.tile_dot4
// MODE:         math.fma
// MODE:         exec.store %{{.*}} : vector<16xf32>
// MODE:       }

#layer0 = #lfm2.layer<index = 0, kind = "conv_ffn">
module attributes {exec.target = #exec.target<lanes = 16, registers = 32, streams = 1, prefetch_bytes = 0, tile_tokens = 16, dot_tile_tokens = 16, dot_unsigned8 = true, fma = true>} {
lfm2.weight @token_embd.weight : tensor<100x256xf32>
lfm2.weight @blk.0.norm.weight : tensor<256xf32>
lfm2.weight @blk.0.ffn_gate.weight : tensor<256x256x!lfm2.quant<q8_0>>
lfm2.weight @blk.0.ffn_up.weight : tensor<256x256x!lfm2.quant<q8_0>>
lfm2.weight @blk.0.ffn_down.weight : tensor<256x256x!lfm2.quant<q6_k>>
lfm2.weight @blk.0.in_proj.weight : tensor<768x256x!lfm2.quant<q8_0>>
lfm2.weight @blk.0.conv.weight : tensor<256x3xf32>
lfm2.weight @blk.0.out_proj.weight : tensor<256x256x!lfm2.quant<q8_0>>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %s: tensor<2x256xf32> {lfm2.role = #lfm2.role<conv_state>})
    -> (tensor<?x100xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<2x256xf32> {lfm2.role = #lfm2.role<conv_state>}) {
  %x0 = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x256xf32>
  %n = lfm2.rms_norm %x0, @blk.0.norm.weight eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x256xf32>
  %g = lfm2.linear %n, @blk.0.in_proj.weight {lfm2.layer = #layer0} : tensor<?x256xf32> -> tensor<?x768xf32>
  %c, %ns = lfm2.short_conv %g, @blk.0.conv.weight state(%s) {lfm2.layer = #layer0} : tensor<?x768xf32>, tensor<2x256xf32> -> tensor<?x256xf32>
  %o = lfm2.linear %c, @blk.0.out_proj.weight {lfm2.layer = #layer0} : tensor<?x256xf32> -> tensor<?x256xf32>
  %xa = arith.addf %x0, %o {lfm2.layer = #layer0} : tensor<?x256xf32>
  %n0 = lfm2.rms_norm %xa, @blk.0.norm.weight eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x256xf32>
  %g0 = lfm2.linear %n0, @blk.0.ffn_gate.weight {lfm2.layer = #layer0} : tensor<?x256xf32> -> tensor<?x256xf32>
  %u0 = lfm2.linear %n0, @blk.0.ffn_up.weight {lfm2.layer = #layer0} : tensor<?x256xf32> -> tensor<?x256xf32>
  %a0 = lfm2.swiglu %g0, %u0 {lfm2.layer = #layer0} : tensor<?x256xf32>
  %d0 = lfm2.linear %a0, @blk.0.ffn_down.weight {lfm2.layer = #layer0} : tensor<?x256xf32> -> tensor<?x256xf32>
  %x1 = arith.addf %xa, %d0 {lfm2.layer = #layer0} : tensor<?x256xf32>
  %logits = lfm2.head %x1, @token_embd.weight : tensor<?x256xf32> -> tensor<?x100xf32>
  return %logits, %ns : tensor<?x100xf32>, tensor<2x256xf32>
}
}
