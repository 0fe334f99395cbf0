// RUN: lfm2-opt %s --exec-expand-tile-dot4 --canonicalize --split-input-file | FileCheck %s

// One product after the other; tokens, and the dots of one sum.
// CHECK-LABEL: func.func @tiles(
// CHECK-SAME:    %[[C:[a-z0-9]+]]: !exec.ptr<scratch>, %[[X:[a-z0-9]+]]: !exec.ptr<scratch>, %[[W:[a-z0-9]+]]: !exec.ptr<weights>
// CHECK-COUNT-2: scf.for
// CHECK-NOT:     exec.tile_dot4
// CHECK-LABEL: func.func @one(
// CHECK:         scf.for %[[T:.*]] = %{{.*}} to %{{.*}} step
// CHECK:           arith.muli %[[T]], %{{.*}} : index
// CHECK-COUNT-4:   exec.dot4 {{.*}} {bits = 8 : i64, signed_w} : vector<16xi32>, vector<64xi8>
// CHECK-NOT:       exec.dot4
// CHECK:           exec.store
// CHECK-NOT:     exec.tile_dot4
module attributes {exec.target = #exec.target<lanes = 8, registers = 4>} {
  func.func @tiles(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 2 : i64, dots = 4 : i64, lanes = 16 : i64, tokens = 5 : i64, x_stride = 100 : i64} from weights
    return
  }
  func.func @one(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 1 : i64, dots = 4 : i64, lanes = 16 : i64, tokens = 5 : i64, x_stride = 100 : i64} from weights
    return
  }
}

// -----

// Where there are registers for the sums of all tokens, they share the weights, each
// takes its four bytes out of a lane, and nothing is a loop.
// CHECK-LABEL: func.func @together(
// CHECK-NOT:     scf.for
// CHECK:         exec.load {{.*}} : vector<32xi8>
// CHECK-NEXT:    exec.load {{.*}} : vector<4xi32>
// CHECK:         exec.dot4
// CHECK:         exec.load {{.*}} : vector<4xi32>
// CHECK-COUNT-7: exec.dot4
// CHECK-NOT:     exec.dot4
// CHECK-COUNT-2: exec.store
module attributes {exec.target = #exec.target<lanes = 8, registers = 8, dot_by_lane = true>} {
  func.func @together(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 1 : i64, dots = 4 : i64, lanes = 8 : i64, tokens = 2 : i64, x_stride = 96 : i64} from weights
    return
  }
}
