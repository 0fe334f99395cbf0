// RUN: lfm2-opt %s --aarch64-lower-tile-dot4 | FileCheck %s

// That the sums are right is checked by running models: test/conformance.

// A section becomes a function in streaming mode. The tokens are turned in tile 3,
// two products are made side by side in tiles 0 and 1, and rows of sums come straight
// from there. Constants go with the section, the rest are arguments.
// CHECK-LABEL: func.func private @tiles_0_two(
// CHECK-SAME:    %{{.*}}: !exec.ptr<scratch>, %{{.*}}: index, %{{.*}}: !exec.ptr<weights>)
// CHECK-SAME:    attributes {arm_locally_streaming, arm_new_za}
// CHECK:         arith.constant 1088
// CHECK-COUNT-4: llvm.inline_asm "", "=r,0"
// CHECK-COUNT-16: "llvm.aarch64.sme.ld1w.horiz"
// CHECK:         %[[MASK:.*]] = llvm.mlir.constant(51 : i32)
// CHECK:         "llvm.aarch64.sme.zero"(%[[MASK]])
// CHECK:         "llvm.aarch64.sme.read.vert.nxv4i32"
// CHECK:         "llvm.aarch64.sme.smopa.wide.nxv16i8"(%[[ZERO:[^,]*]],
// CHECK:         "llvm.aarch64.sme.read.vert.nxv4i32"
// CHECK:         "llvm.aarch64.sme.smopa.wide.nxv16i8"(%[[ONE:[^,]*]],
// CHECK-COUNT-14: "llvm.aarch64.sme.smopa.wide.nxv16i8"
// CHECK-NOT:     smopa
// CHECK:         "llvm.aarch64.sme.read.horiz.nxv4i32"
// CHECK-NOT:     exec.load
// CHECK:         exec.store
// CHECK:         "llvm.aarch64.sme.read.horiz.nxv4i32"
// CHECK-NOT:     exec.tile_dot4
// CHECK:         return
// CHECK-LABEL: func.func @two
// CHECK-SAME:    (%{{.*}}: !exec.ptr<scratch>, %[[X:.*]]: !exec.ptr<scratch>, %[[W:.*]]: !exec.ptr<weights>, %[[I:.*]]: index)
// CHECK:         call @tiles_0_two(%[[X]], %[[I]], %[[W]]) : (!exec.ptr<scratch>, index, !exec.ptr<weights>) -> ()
// CHECK-NEXT:    return
func.func @two(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  %row17 = arith.constant 1088 : index
  exec.tile_section {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
    %a = exec.load %c[%i] : vector<16xi32> in scratch
    exec.store %a, %x[%i] : vector<16xi32> in scratch
    %at = arith.addi %i, %row17 : index
    %b = exec.load %c[%at] : vector<16xi32> in scratch
    exec.store %b, %x[%i] : vector<16xi32> in scratch
  }
  return
}

// Of four products, two are made when the first two have been read.
// CHECK-LABEL: func.func private @tiles_1_four(
// CHECK-COUNT-8: "llvm.aarch64.sme.smopa.wide.nxv16i8"
// CHECK:         "llvm.aarch64.sme.read.horiz.nxv4i32"
// CHECK:         "llvm.aarch64.sme.zero"
// CHECK-COUNT-8: "llvm.aarch64.sme.smopa.wide.nxv16i8"
// CHECK:         "llvm.aarch64.sme.read.horiz.nxv4i32"
// CHECK-NOT:     smopa
// CHECK:         return
func.func @four(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  %row32 = arith.constant 2048 : index
  exec.tile_section {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 4 : i64, dots = 4 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
    %a = exec.load %c[%i] : vector<16xi32> in scratch
    exec.store %a, %x[%i] : vector<16xi32> in scratch
    %at = arith.addi %i, %row32 : index
    %b = exec.load %c[%at] : vector<16xi32> in scratch
    exec.store %b, %x[%i] : vector<16xi32> in scratch
  }
  return
}

// Other sizes, and rows in an order that two tiles cannot follow, are left to the
// loops, in the code around them.
// CHECK-LABEL: func.func @left
// CHECK-NOT:     exec.tile_section
// CHECK:         exec.tile_dot4
// CHECK-NEXT:    exec.load
// CHECK:         exec.tile_dot4
// CHECK:         return
func.func @left(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  %row32 = arith.constant 2048 : index
  exec.tile_section {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 2 : i64, dots = 8 : i64, lanes = 8 : i64, tokens = 4 : i64, x_stride = 128 : i64} from weights
    %a = exec.load %c[%i] : vector<8xi32> in scratch
    exec.store %a, %x[%i] : vector<8xi32> in scratch
  }
  exec.tile_section {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 4 : i64, dots = 4 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
    %at = arith.addi %i, %row32 : index
    %b = exec.load %c[%at] : vector<16xi32> in scratch
    exec.store %b, %x[%i] : vector<16xi32> in scratch
    %a = exec.load %c[%i] : vector<16xi32> in scratch
    exec.store %a, %x[%i] : vector<16xi32> in scratch
  }
  return
}
