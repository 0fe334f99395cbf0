// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=64 -o %t.cut.mlir
// RUN: FileCheck %s --check-prefix=CUT --input-file %t.cut.mlir
// RUN: lfm2-opt %t.cut.mlir --exec-tile-phases --canonicalize --cse | FileCheck %s

// A model of whole texts that gives logits and a vector for each token: both are
// written, each where the caller asks for it.

lfm2.weight @embd : tensor<64x32xf32>
lfm2.weight @norm : tensor<32xf32>
lfm2.weight @in : tensor<96x32xf32>
lfm2.weight @filter : tensor<32x3xf32>
lfm2.weight @out : tensor<32x32xf32>
lfm2.weight @dense : tensor<24x32xf32>

// CUT-LABEL: func.func @step_64(
// CUT:         %[[PART:.*]]:2 = exec.phase "head" part "input"
// CUT:           lfm2.rms_norm
// CUT:           exec.prepare
// CUT:         exec.phase "head"
// CUT-NOT:       lfm2.linear
// CUT:           lfm2.head
// CUT:         exec.phase "linear"
// CUT-NOT:       lfm2.head
// CUT:           lfm2.linear

// CHECK-LABEL: func.func @step_64(
// CHECK:         exec.field %{{.*}} "num_logits"
// CHECK:         exec.field %{{.*}} "logits"
// CHECK:         %[[VECTORS:.*]] = exec.field %{{.*}} "vectors"
// CHECK:         exec.given %[[VECTORS]]
// CHECK:         exec.store %{{.*}}, %[[VECTORS]]
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %rows: tensor<?x32xf32> {lfm2.role = #lfm2.role<embeddings>})
    -> (tensor<?x64xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x32xf32> {lfm2.role = #lfm2.role<hidden>},
        tensor<?x24xf32> {lfm2.role = #lfm2.role<token_vectors>}) {
  %x = lfm2.embed %ids, @embd embeddings(%rows) : tensor<?xi32>, tensor<?x32xf32> -> tensor<?x32xf32>
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %g = lfm2.linear %n, @in : tensor<?x32xf32> -> tensor<?x96xf32>
  %c = lfm2.centred_conv %g, @filter : tensor<?x96xf32> -> tensor<?x32xf32>
  %o = lfm2.linear %c, @out : tensor<?x32xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %x, %o : tensor<?x32xf32>
  %h = lfm2.rms_norm %x1, @norm eps(1.0e-5) : tensor<?x32xf32>
  %l = lfm2.head %h, @embd : tensor<?x32xf32> -> tensor<?x64xf32>
  %v = lfm2.linear %h, @dense : tensor<?x32xf32> -> tensor<?x24xf32>
  return %l, %h, %v : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x24xf32>
}
