// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-schedule-phases --exec-cut-phases=entries=1,20 --exec-tile-phases --canonicalize --cse -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=BUFFERS --input-file %t.mlir
// RUN: lfm2-opt %t.mlir --exec-plan-memory | FileCheck %s --check-prefix=PLAN

// Of 64 KiB each of 4 threads has 16384 bytes, so 8192 for one row group: those of a
// projection of Q8_0 are 8 * 256 * 34 / 32 = 2176 bytes, those of Q6_K 1680. gate and up
// lie side by side, as the three parts of a convolution's input do.
// The embedding as f32 is the head's: 8192 bytes.
// CHECK: #exec.stretch<layer = "conv_ffn", phase = "conv", {{.*}}near = 13056
// CHECK-SAME: #exec.stretch<layer = "conv_ffn", phase = "gate_up", {{.*}}near = 8704
// CHECK-SAME: #exec.stretch<layer = "conv_ffn", phase = "down", {{.*}}near = 3584
// CHECK-SAME: #exec.stretch<layer = "", phase = "head", {{.*}}near = 16384

// Two slots of the largest, in every entry.
// BUFFERS-DAG: exec.buffer @decode.near {bytes = 16384 : i64, {{.*}}near}
// BUFFERS-DAG: exec.buffer @prefill.near {bytes = 16384 : i64, {{.*}}near}
// PLAN: exec.entries = [{{.*}}name = "decode", {{[^#]*}}near = 16384, {{.*}}name = "prefill", {{[^#]*}}near = 16384, 

// The first group is asked for, then, in turns, the next one as soon as one has come;
// slots alternate. What is in near memory is no constant.
// CHECK-LABEL: func.func private @conv_ffn_decode(
// CHECK:         %[[N:.*]] = exec.field %{{.*}} "near" : !exec.ptr<near>
// CHECK:         %[[AT:.*]] = exec.address @decode.near
// CHECK:         %[[SIZE:.*]] = exec.field %{{.*}} "near_bytes" : index
// CHECK:         %[[MINE:.*]] = arith.muli %{{.*}}, %[[SIZE]]
// CHECK:         %[[SLOTS:.*]] = arith.addi %[[AT]], %[[MINE]]
// CHECK:         scf.if
// CHECK:           exec.stage_start %[[N]][%[[SLOTS]]] = %[[W:[0-9]+]][%{{.*}}] {bytes = 6528 : i64}
// CHECK:         scf.for
// CHECK-NEXT:      exec.stage_wait
// CHECK:           scf.if
// CHECK:             arith.remui
// CHECK:             exec.stage_start %[[N]][%{{.*}}] = %[[W]][%{{.*}}] {bytes = 6528 : i64}
// CHECK:           }
// CHECK:           exec.load %[[N]][%{{.*}}] {ordered} : vector<32xi8>
// CHECK-NOT:       exec.load %[[N]]{{.*}}constant
// CHECK-LABEL: func.func private @conv_ffn_prefill(
// CHECK:         exec.stage_start {{.*}} {bytes = 6528 : i64}
// CHECK:         scf.for
// CHECK-NEXT:      exec.stage_wait
// CHECK:             exec.stage_start {{.*}} {bytes = 6528 : i64}
// CHECK:         exec.stage_start {{.*}} {bytes = 2176 : i64}

// With less, the phases that do not fit read weights where they lie.
// RUN: sed 's/near_bytes = 65536/near_bytes = 65535/' %s | lfm2-opt --lfm2-fuse-phases --lfm2-outline-layers --exec-schedule-phases --exec-cut-phases=entries=1 --exec-tile-phases --canonicalize -o %t.less.mlir
// RUN: FileCheck %s --check-prefix=LESS --input-file %t.less.mlir
// LESS: #exec.stretch<layer = "conv_ffn", phase = "conv", {{.*}}near = 13056
// LESS-NOT: phase = "head"{{.*}}near =
// LESS: func.func @step_1
// LESS-NOT: "near"
// LESS: func.func private @conv_ffn_decode
// LESS: "near"

#layer0 = #lfm2.layer<index = 0, kind = "conv_ffn">
module attributes {exec.target = #exec.target<lanes = 8, registers = 32, streams = 1, prefetch_bytes = 0, tile_tokens = 4, dot_unsigned8 = true, fma = true, near_bytes = 65536, near_threads = 4>} {
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
