// RUN: lfm2-opt %s --lfm2-fuse-phases | FileCheck %s

// Experts are split where a thread needs all of the hidden activations: routing
// joins the norm that every thread computes, the sum joins the down products.

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @router : tensor<4x32xf32>
lfm2.weight @gate : tensor<4x48x32xf32>
lfm2.weight @up : tensor<4x48x32xf32>
lfm2.weight @down : tensor<4x32x48xf32>

// CHECK-LABEL: func.func @forward
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x32xf32>
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[UP:.*]]:3 = exec.phase "experts_up" -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x48xf32> {
  // CHECK-NEXT:   %[[U:.*]] = lfm2.rms_norm %[[X]]
  // CHECK-NEXT:   %[[W:.*]], %[[E:.*]] = lfm2.route %[[U]], @router
  // CHECK-NEXT:   %[[A:.*]] = exec.expert_gate_up %[[U]], %[[E]], @gate, @up : tensor<?x32xf32>, tensor<?x2xi32> -> tensor<?x2x48xf32>
  // CHECK-NEXT:   exec.yield %[[W]], %[[E]], %[[A]]
  // CHECK-NEXT: }
  // CHECK-NEXT: %[[Y:.*]] = exec.phase "experts_down" -> tensor<?x32xf32> {
  // CHECK-NEXT:   %[[O:.*]] = exec.expert_down %[[UP]]#2, %[[UP]]#0, %[[UP]]#1, @down
  // CHECK-NEXT:   %[[SUM:.*]] = arith.addf %[[X]], %[[O]]
  // CHECK-NEXT:   exec.yield %[[SUM]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %w, %e = lfm2.route %u, @router use(2) normalize scale(1.0) : tensor<?x32xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = lfm2.experts %u, %w, %e gate(@gate) up(@up) down(@down) : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  %s = arith.addf %x, %y : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}
