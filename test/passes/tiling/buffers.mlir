// RUN: lfm2-opt %s --exec-cut-phases=entries=1 --exec-tile-phases -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=ORDER --input-file %t.mlir

// What is still read keeps its buffer: products of one phase have one each, and a
// phase does not write where it reads, whatever it is called.

// CHECK-DAG: exec.buffer @decode.twice {
// CHECK-DAG: exec.buffer @decode.twice.2 {
// CHECK-DAG: exec.buffer @decode.twice.3 {
// CHECK-DAG: exec.buffer @decode.queries {
// CHECK-DAG: exec.buffer @decode.queries.2 {
// CHECK-NOT: exec.buffer @decode.twice.4
// CHECK-NOT: exec.buffer @decode.queries.3

// The third phase of that name reads the third, and writes to the first, which
// nobody reads any more.
// ORDER-LABEL: func.func @step_1
// ORDER-COUNT-3: exec.barrier
// ORDER-NOT: exec.address @decode.twice.2
// ORDER-DAG: exec.address @decode.twice.3
// ORDER-DAG: exec.address @decode.twice{{$}}
// ORDER-NOT: exec.address @decode.twice.2
// ORDER:     exec.barrier

lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @a : tensor<8x8xf32>
lfm2.weight @b : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>},
        tensor<?x8xf32> {lfm2.role = #lfm2.role<vectors>}) {
  %e:2 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x8xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(8) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %rows, %angles0 : tensor<?x8xf32>, tensor<?x8xf32>
  }
  %q:4 = exec.phase "twice" -> tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> {
    %c = lfm2.linear %e#0, @a : tensor<?x8xf32> -> tensor<?x8xf32>
    %d = lfm2.linear %e#0, @b : tensor<?x8xf32> -> tensor<?x8xf32>
    %f = lfm2.linear %e#0, @a : tensor<?x8xf32> -> tensor<?x8xf32>
    %g = lfm2.linear %e#0, @b : tensor<?x8xf32> -> tensor<?x8xf32>
    %h = exec.head_norm_rope %f, @norm table(%e#1) heads(1 of 8) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x8xf32>
    %i = exec.head_norm_rope %g, @norm table(%e#1) heads(1 of 8) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x8xf32>
    exec.yield %c, %d, %h, %i : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
  }
  %r = exec.phase "twice" -> tensor<?x8xf32> {
    %c = lfm2.linear %q#0, @a : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %c : tensor<?x8xf32>
  }
  %s = exec.phase "twice" -> tensor<?x8xf32> {
    %c = lfm2.linear %r, @a : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %c : tensor<?x8xf32>
  }
  %t = exec.phase "out" -> tensor<?x8xf32> {
    %c = lfm2.linear %s, @a : tensor<?x8xf32> -> tensor<?x8xf32>
    %u = arith.addf %q#1, %c : tensor<?x8xf32>
    exec.yield %u : tensor<?x8xf32>
  }
  return %t, %q#2, %q#3 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}
