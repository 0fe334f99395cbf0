// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=64 -o %t.cut.mlir
// RUN: FileCheck %s --check-prefix=CUT --input-file %t.cut.mlir
// RUN: lfm2-opt %t.cut.mlir --exec-tile-phases --canonicalize --cse | FileCheck %s

// A model of whole texts: its step lists its runs. Hidden states are written
// where the caller gave memory for them, one pooled row for each run.

lfm2.weight @embd : tensor<64x32xf32>
lfm2.weight @norm : tensor<32xf32>
lfm2.weight @in : tensor<96x32xf32>
lfm2.weight @filter : tensor<32x3xf32>
lfm2.weight @out : tensor<32x32xf32>
lfm2.weight @gate : tensor<64x32xf32>
lfm2.weight @up : tensor<64x32xf32>
lfm2.weight @down : tensor<32x64xf32>
lfm2.weight @dense : tensor<24x32xf32>

// CUT-LABEL: func.func @step_64(
// CUT-SAME:    attributes {exec.entry = "encode", exec.runs, exec.tokens = 64 : i64}
// CUT:         exec.phase "norm"
// CUT:         exec.phase "pool"
// CUT:           lfm2.pool
// CUT:         exec.phase "linear"

// CHECK:       exec.entries = [{{.*}}name = "encode"
// CHECK-SAME:  exec.state_fixed = 0
// CHECK-LABEL: func.func @step_64(
// An id below 0 takes a row that the caller gave.
// CHECK:         exec.field %{{.*}} "embeddings"
// The neighbours of a token, within its run.
// CHECK:         exec.field %{{.*}} "num_runs"
// CHECK:         arith.select
// CHECK:         %[[HIDDEN:.*]] = exec.field %{{.*}} "hidden"
// CHECK:         %[[WANTED:.*]] = exec.given %[[HIDDEN]]
// CHECK:         scf.if %[[WANTED]]
// CHECK:         exec.barrier
// CHECK:         exec.field %{{.*}} "runs"
// CHECK:         exec.barrier
// CHECK:         %[[VECTORS:.*]] = exec.field %{{.*}} "vectors"
// CHECK:         exec.given %[[VECTORS]]
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %rows: tensor<?x32xf32> {lfm2.role = #lfm2.role<embeddings>})
    -> (tensor<?x32xf32> {lfm2.role = #lfm2.role<hidden>},
        tensor<?x24xf32> {lfm2.role = #lfm2.role<vectors>}) {
  %x = lfm2.embed %ids, @embd embeddings(%rows) : tensor<?xi32>, tensor<?x32xf32> -> tensor<?x32xf32>
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %g = lfm2.linear %n, @in : tensor<?x32xf32> -> tensor<?x96xf32>
  %c = lfm2.centred_conv %g, @filter : tensor<?x96xf32> -> tensor<?x32xf32>
  %o = lfm2.linear %c, @out : tensor<?x32xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %x, %o : tensor<?x32xf32>
  %m = lfm2.rms_norm %x1, @norm eps(1.0e-5) : tensor<?x32xf32>
  %a = lfm2.linear %m, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
  %b = lfm2.linear %m, @up : tensor<?x32xf32> -> tensor<?x64xf32>
  %s = lfm2.swiglu %a, %b : tensor<?x64xf32>
  %d = lfm2.linear %s, @down : tensor<?x64xf32> -> tensor<?x32xf32>
  %x2 = arith.addf %x1, %d : tensor<?x32xf32>
  %h = lfm2.rms_norm %x2, @norm eps(1.0e-5) : tensor<?x32xf32>
  %p = lfm2.pool %h kind(mean) : tensor<?x32xf32> -> tensor<?x32xf32>
  %v = lfm2.linear %p, @dense : tensor<?x32xf32> -> tensor<?x24xf32>
  return %h, %v : tensor<?x32xf32>, tensor<?x24xf32>
}
