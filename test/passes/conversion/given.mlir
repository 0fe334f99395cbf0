// RUN: lfm2-opt %s --exec-to-llvm | FileCheck %s

// CHECK-LABEL: llvm.func @given(
// CHECK-SAME:    %[[BASE:.*]]: !llvm.ptr)
func.func @given(%base: !exec.ptr<hidden>) -> i1 {
  // CHECK: %[[NULL:.*]] = llvm.mlir.zero : !llvm.ptr
  // CHECK: llvm.icmp "ne" %[[BASE]], %[[NULL]] : !llvm.ptr
  %g = exec.given %base in hidden
  return %g : i1
}
