// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=DECODE --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=CHUNK --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=SHARE --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=PLACED --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=GONE --input-file %t.mlir

// One layer, for steps of one token and of up to four.

// What the driver and memory planning need stands on the module. The two rows of
// the convolution's state are 256 bytes.
// CHECK:      module attributes {
// CHECK-SAME:   exec.entries = [{{.*}}name = "decode", tokens = 1, symbol = "step_1",{{.*}}, #exec.entry<name = "prefill", tokens = 4, symbol = "step_4",{{.*}}]
// CHECK-SAME:   exec.state_fixed = 256 : i64, exec.state_head = 0 : i64, exec.state_per_token = 0 : i64

// With one token a thread prepares the input of a product for itself: a layer of
// four phases has three barriers, and its caller the one behind it.
// DECODE-LABEL: func.func @step_1(%{{.*}}: !exec.ptr<step>, %{{.*}}: i32) {
// DECODE-NOT:     "count"
// DECODE:         exec.barrier
// DECODE-NOT:     exec.barrier
// DECODE:         call @conv_ffn_decode(
// DECODE-NOT:     cf.cond_br
// DECODE:         exec.barrier
// Nothing is done for logits that nobody wants.
// DECODE:         %[[ROWS:.*]] = exec.field %{{.*}} "num_logits"
// DECODE:         arith.cmpi {{.*}}%[[ROWS]]
// DECODE:         scf.if
// DECODE-NOT:     exec.barrier
// DECODE:         return
// DECODE-LABEL: func.func private @conv_ffn_decode(
// DECODE-NOT:     "count"
// DECODE-COUNT-3: exec.barrier
// DECODE-NOT:     exec.barrier
// DECODE:         return

// With more, threads share that work and meet once more before each of the two
// products of quantised weights; float weights without a norm read what is there.
// A step of many tokens may be given up at each of its own barriers.
// CHUNK-LABEL: func.func @step_4(%{{.*}}: !exec.ptr<step>, %{{.*}}: i32) {
// CHUNK:         %[[CANCEL:.*]] = exec.barrier
// CHUNK-NEXT:    cf.cond_br %[[CANCEL]], ^[[EXIT:.*]], ^
// CHUNK:       ^[[EXIT]]:
// CHUNK-NEXT:    return
// CHUNK:         call @conv_ffn_prefill(
// CHUNK-NEXT:    %[[CANCEL2:.*]] = exec.barrier
// CHUNK-NEXT:    cf.cond_br %[[CANCEL2]], ^[[EXIT]], ^
// The head is computed for the tokens that the step lists.
// CHUNK:         exec.field %{{.*}} "num_logits"
// CHUNK:         exec.field %{{.*}} "logit_tokens"
// CHUNK-LABEL: func.func private @conv_ffn_prefill(
// CHUNK-COUNT-5: exec.barrier
// CHUNK-NOT:     exec.barrier
// CHUNK:         return

// A thread's rows follow from the step's shares, in 65536ths: here of 4 groups.
// SHARE-LABEL: func.func private @conv_ffn_decode(
// SHARE-SAME:    %[[STEP:[^:]+]]: !exec.ptr<step>, %[[THREAD:[^:]+]]: i32
// SHARE-DAG:     %[[SHARES:.*]] = exec.field %[[STEP]] "shares" : !exec.ptr<shares>
// SHARE-DAG:     %[[T:.*]] = arith.index_cast %[[THREAD]] : i32 to index
// SHARE-DAG:     %[[AT:.*]] = arith.muli %[[T]], %c4
// SHARE:         %[[LOAD:.*]] = exec.load %[[SHARES]][%[[AT]]] {constant} : i32
// SHARE-NEXT:    %[[MINE:.*]] = arith.index_cast %[[LOAD]] : i32 to index
// SHARE-NEXT:    %[[PART:.*]] = arith.muli %[[MINE]], %c4
// SHARE-NEXT:    %[[LO:.*]] = arith.shrui %[[PART]], %c16
// SHARE-NEXT:    arith.addi %[[AT]], %c4
// SHARE-NEXT:    exec.load %[[SHARES]]
// SHARE:         scf.for %{{.*}} = %[[LO]] to

// Both entries read the same packed weights. Gate and up stand side by side, and so
// do the three parts of in_proj; vectors are plain.
// PLACED-DAG: exec.weight @packed.token_embd.weight [#exec.segment<tensor = "token_embd.weight", format = "f32", first = 0, rows = 100, unit = 100>] {bytes = 13312 : i64, cols = 32 : i64, count = 1 : i64, lanes = 8 : i64}
// PLACED-DAG: exec.weight @packed.blk.0.conv.weight [#exec.segment<tensor = "blk.0.conv.weight", format = "f32", first = 0, rows = 32, unit = 32>] {{{.*}}cols = 3 : i64{{.*}}, plain}
// PLACED-DAG: exec.weight @packed.blk.0.in_proj.weight [{{.*}}first = 0, rows = 32, unit = 32>, {{.*}}first = 32, rows = 32, unit = 32>, {{.*}}first = 64, rows = 32, unit = 32>]
// PLACED-DAG: exec.weight @packed.blk.0.ffn_gate.weight [#exec.segment<tensor = "blk.0.ffn_gate.weight", format = "q4_0", {{.*}}>, #exec.segment<tensor = "blk.0.ffn_up.weight", format = "q8_0", {{.*}}>]
// PLACED-DAG: exec.buffer @decode.x {bytes = 128 : i64, entry = "decode", first = 0
// PLACED-DAG: exec.buffer @prefill.x {bytes = 512 : i64, entry = "prefill", first = 0
// PLACED-DAG: exec.buffer @decode.conv {{{.*}}first = 0 : i64, last = 1 : i64}
// PLACED-DAG: exec.buffer @decode.gate_up {{{.*}}first = 2 : i64, last = 3 : i64}
// PLACED-DAG: exec.buffer @decode.input
// PLACED-DAG: exec.buffer @prefill.input

// The model has become a program.
// GONE-NOT: {{lfm2\.|exec.phase|exec.layer|exec.call|@forward|tensor<}}

#layer0 = #lfm2.layer<index = 0, kind = "conv_ffn">
module attributes {exec.target = #exec.target<lanes = 8, registers = 16, dot_unsigned8 = false, fma = true>} {
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
