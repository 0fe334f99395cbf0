// RUN: lfm2-opt %s --x86-lower-tile-dot4 | FileCheck %s

// That the sums are exact is checked by running them: tile-dot4-exact.test.

// Three products: two together, each with sums of its own, then the third.
// CHECK-LABEL: func.func @tiles(
// CHECK-DAG:     %[[TOKENS:.*]] = llvm.mlir.constant(16 : i16) : i16
// CHECK-DAG:     %[[SUMS:.*]] = llvm.mlir.constant(64 : i16) : i16
// CHECK:         %[[Z:.*]] = llvm.call_intrinsic "llvm.x86.tilezero.internal"
// CHECK:         %[[X:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"
// CHECK:         %[[W:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"
// CHECK:         %[[C:.*]] = llvm.call_intrinsic "llvm.x86.tdpbssd.internal"(%{{.*}}, %{{.*}}, %{{.*}}, %[[Z]], %[[X]], %[[W]])
// CHECK:         %[[D:.*]] = llvm.call_intrinsic "llvm.x86.tdpbssd.internal"
// CHECK:         llvm.call_intrinsic "llvm.x86.tilestored64.internal"({{.*}}%[[C]])
// CHECK:         llvm.call_intrinsic "llvm.x86.tilestored64.internal"({{.*}}%[[D]])
// CHECK:         llvm.call_intrinsic "llvm.x86.tdpbssd.internal"
// CHECK:         llvm.call_intrinsic "llvm.x86.tilestored64.internal"
// CHECK-NOT:     llvm.call_intrinsic
// CHECK:         return
func.func @tiles(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 3 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
  return
}

// What is more than 16 rows of 64 bytes is left to the loops.
// CHECK-LABEL: func.func @large
// CHECK-COUNT-3: exec.tile_dot4
func.func @large(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 1 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 17 : i64, x_stride = 128 : i64} from weights
  exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 1 : i64, dots = 8 : i64, lanes = 32 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
  exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 1 : i64, dots = 17 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
  return
}
