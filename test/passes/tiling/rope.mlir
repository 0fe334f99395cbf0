// RUN: lfm2-opt %s --lfm2-fuse-phases --exec-cut-phases=entries=1 --exec-tile-phases -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir

// Heads that turn by other angles have a table of their own; equal ones share it.
// Frequencies are multiplied by the scales when compiling, cos and sin by the
// magnitude at run time.

#stretch = #lfm2.rope_scaling<magnitude = 1.25, scales = [1.0, 0.5, 0.25, 0.25]>

// theta 10000 and heads of 8: 1, 1/10, 1/100, 1/1000.
// CHECK-LABEL: func.func @step_1
// CHECK:     dense<[1.000000e+00, 1.000000e-01, 0.00999999977, 1.000000e-03]> : vector<4xf32>
// CHECK:     exec.address @decode.rope{{$}}
// CHECK-NOT: dense<1.250000e+00>
// CHECK:     dense<[1.000000e+00, 5.000000e-02, 2.500000e-03, 2.500000e-04]> : vector<4xf32>
// CHECK:     exec.address @decode.rope.2
// CHECK:     %[[M:.*]] = arith.constant dense<1.250000e+00> : vector<4xf32>
// CHECK-COUNT-2: arith.mulf %{{.*}}, %[[M]] : vector<4xf32>
// CHECK-NOT: @decode.rope.3

lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>},
        tensor<?x8xf32> {lfm2.role = #lfm2.role<vectors>}) {
  %x = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
  %a = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  %b = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  %c = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  %d = lfm2.head_norm_rope %a, @norm position(%p) heads(1 of 8) eps(1.0e-5) theta(1.0e4) : tensor<?x8xf32>
  %e = lfm2.head_norm_rope %b, @norm position(%p) heads(1 of 8) eps(1.0e-5) theta(1.0e4) scaling(#stretch) : tensor<?x8xf32>
  %f = lfm2.head_norm_rope %c, @norm position(%p) heads(1 of 8) eps(1.0e-5) theta(1.0e4) scaling(#stretch) : tensor<?x8xf32>
  return %d, %e, %f : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}
