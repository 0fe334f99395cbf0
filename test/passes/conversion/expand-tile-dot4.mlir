// RUN: lfm2-opt %s --exec-expand-tile-dot4 | FileCheck %s

// Products, tokens, then the dots of one sum.
// CHECK-LABEL: func.func @tiles(
// CHECK-SAME:    %[[C:[a-z0-9]+]]: !exec.ptr, %[[X:[a-z0-9]+]]: !exec.ptr, %[[W:[a-z0-9]+]]: !exec.ptr
// CHECK:         scf.for %[[P:.*]] = %{{.*}} to %{{.*}} step
// CHECK:           scf.for %[[T:.*]] = %{{.*}} to %{{.*}} step
// CHECK:             arith.constant dense<0> : vector<16xi32>
// CHECK:             %[[STRIDE:.*]] = arith.constant 100 : index
// CHECK:             arith.muli %[[T]], %[[STRIDE]]
// CHECK-COUNT-4:     exec.dot4 {{.*}} {bits = 8 : i64, signed_w} : vector<16xi32>, vector<64xi8>
// CHECK-NOT:         exec.dot4
// CHECK:             exec.store %{{.*}}, %[[C]][
// CHECK-NOT:     exec.tile_dot4
func.func @tiles(%c: !exec.ptr, %x: !exec.ptr, %w: !exec.ptr, %i: index) {
  exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 2 : i64, dots = 4 : i64, lanes = 16 : i64, tokens = 5 : i64, x_stride = 100 : i64}
  return
}
