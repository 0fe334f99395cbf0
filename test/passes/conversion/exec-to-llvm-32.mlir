// RUN: lfm2-opt %s --exec-to-llvm | FileCheck %s

// On a machine with 32-bit addresses an index has 32 bits, and the fields of a step
// lie where its C compiler puts them.

module attributes {exec.target = #exec.target<lanes = 8, address_bits = 32>} {
// CHECK-LABEL: llvm.func @fields(
// CHECK-SAME:    %[[STEP:.*]]: !llvm.ptr) -> i32
func.func @fields(%step: !exec.ptr<step>) -> index {
  // CHECK: llvm.getelementptr %[[STEP]][4]
  // CHECK: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> !llvm.ptr
  %s = exec.field %step "state" : !exec.ptr<state>
  // CHECK: llvm.getelementptr %[[STEP]][52]
  %h = exec.field %step "shares" : !exec.ptr<shares>
  // CHECK: llvm.getelementptr %[[STEP]][56]
  %n = exec.field %step "near" : !exec.ptr<near>
  // CHECK: llvm.getelementptr %[[STEP]][40]
  %m = exec.field %step "near_bytes" : index
  // CHECK: llvm.getelementptr %[[STEP]][20]
  // CHECK: %[[C:.*]] = llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
  // CHECK-NOT: zext
  %c = exec.field %step "count" : index
  // CHECK: llvm.return %[[C]] : i32
  return %c : index
}

// CHECK-LABEL: llvm.func @barrier(
// CHECK: llvm.getelementptr %{{.*}}[44]
func.func @barrier(%step: !exec.ptr<step>, %thread: i32) {
  %cancelled = exec.barrier %step, %thread
  return
}
}
