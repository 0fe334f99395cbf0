// RUN: lfm2-opt %s --exec-to-llvm | FileCheck %s
// RUN: lfm2-opt %s --exec-to-llvm=volatile-order=false | FileCheck %s --check-prefix=PLAIN

// Offsets are those of lfm2_step in lfm2rt/abi.h.

// What was planned is constants by now.
// CHECK-NOT: exec.
exec.weight @w [#exec.segment<tensor = "w", format = "f32", first = 0, rows = 8, unit = 8>]
    {cols = 8 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 256 : i64, offset = 0 : i64}
exec.buffer @b {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 0 : i64, offset = 0 : i64}

// CHECK-LABEL: llvm.func @fields(
// CHECK-SAME:    %[[STEP:.*]]: !llvm.ptr)
func.func @fields(%step: !exec.ptr<step>) -> index {
  // A pointer of the step does not change while the step runs.
  // CHECK: %[[AT:.*]] = llvm.getelementptr %[[STEP]][0] : (!llvm.ptr) -> !llvm.ptr, i8
  // CHECK: llvm.load %[[AT]] invariant {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
  %w = exec.field %step "weights" : !exec.ptr<weights>
  // CHECK: llvm.getelementptr %[[STEP]][8]
  %s = exec.field %step "state" : !exec.ptr<state>
  // CHECK: llvm.getelementptr %[[STEP]][16]
  %x = exec.field %step "scratch" : !exec.ptr<scratch>
  // Counts are 32 bits, and never negative.
  // CHECK: %[[C:.*]] = llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
  // CHECK: llvm.zext %[[C]] : i32 to i64
  %c = exec.field %step "count" : index
  // CHECK: llvm.return %{{.*}} : i64
  return %c : index
}

// CHECK-LABEL: llvm.func @memory(
// CHECK-SAME:    %[[BASE:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[I:.*]]: i64)
func.func @memory(%base: !exec.ptr<scratch>, %weights: !exec.ptr<weights>, %i: index) {
  // CHECK: %[[AT:.*]] = llvm.getelementptr %[[BASE]][%[[I]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  // CHECK: %[[V:.*]] = llvm.load %[[AT]] {alignment = 16 : i64} : !llvm.ptr -> vector<8xf32>
  %v = exec.load %base[%i] {align = 16 : i64} : vector<8xf32> in scratch
  // An address is a multiple of the size of an element.
  // CHECK: llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> i32
  %c = exec.load %weights[%i] {constant} : i32 in weights
  // CHECK: llvm.load volatile %{{.*}} {alignment = 1 : i64} : !llvm.ptr -> vector<32xi8>
  // PLAIN: llvm.load %{{.*}} {alignment = 1 : i64} : !llvm.ptr -> vector<32xi8>
  %o = exec.load %weights[%i] {constant, ordered} : vector<32xi8> in weights
  // CHECK: llvm.store %[[V]], %{{.*}} {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
  exec.store %v, %base[%i] : vector<8xf32> in scratch
  // CHECK: "llvm.intr.prefetch"(%{{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
  exec.prefetch %base[%i] in scratch
  // CHECK: llvm.alloca %{{.*}} x i8 {alignment = 128 : i64}
  %local = exec.local 256
  return
}

// A barrier is a call through the step; other than 0 is to give up.
// CHECK-LABEL: llvm.func @barrier(
// CHECK-SAME:    %[[STEP:.*]]: !llvm.ptr, %[[THREAD:.*]]: i32)
func.func @barrier(%step: !exec.ptr<step>, %thread: i32) {
  // CHECK: %[[AT:.*]] = llvm.getelementptr %[[STEP]][
  // CHECK: %[[F:.*]] = llvm.load %[[AT]] invariant {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
  // CHECK: %[[TOLD:.*]] = llvm.call %[[F]](%[[STEP]], %[[THREAD]]) : !llvm.ptr, (!llvm.ptr, i32) -> i32
  // CHECK: %[[CANCELLED:.*]] = llvm.icmp "ne" %[[TOLD]], %{{.*}} : i32
  // CHECK: llvm.cond_br %[[CANCELLED]]
  %cancelled = exec.barrier %step, %thread
  cf.cond_br %cancelled, ^exit, ^next
^next:
  // CHECK: llvm.call @layer(
  call @layer(%step) : (!exec.ptr<step>) -> ()
  cf.br ^exit
^exit:
  return
}

// CHECK: llvm.func @layer(%{{.*}}: !llvm.ptr)
func.func private @layer(%step: !exec.ptr<step>) {
  return
}
