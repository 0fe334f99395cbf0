// RUN: lfm2-opt %s --hexagon-lower-stages --canonicalize | FileCheck %s

// A descriptor of 16 bytes, at first one that is done: the next one, bytes and flags,
// where from, where to. Where nothing is staged there is none.
// CHECK-LABEL: func.func @stage(
// CHECK-SAME:    %[[NEAR:[a-z0-9]+]]: !exec.ptr<near>, %[[W:[a-z0-9]+]]: !exec.ptr<weights>, %[[TO:[a-z0-9]+]]: index, %[[FROM:[a-z0-9]+]]: index
// CHECK-DAG:     %[[DONE:.*]] = arith.constant -2147483648 : i32
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0 : i32
// CHECK-DAG:     %[[BYTES:.*]] = arith.constant 576 : i32
// CHECK-DAG:     %[[FLAGS:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[SOURCE:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[PLACE:.*]] = arith.constant 12 : index
// CHECK:         %[[D:.*]] = exec.local 16
// CHECK:         exec.store %[[NONE]], %[[D]][%{{.*}}] : i32
// CHECK:         exec.store %[[DONE]], %[[D]][%[[FLAGS]]] : i32
// CHECK:         exec.store %[[BYTES]], %[[D]][%[[FLAGS]]] : i32
// CHECK:         %[[A:.*]] = llvm.ptrtoint
// CHECK:         %[[B:.*]] = arith.index_cast %[[FROM]] : index to i32
// CHECK:         %[[C:.*]] = arith.addi %[[A]], %[[B]]
// CHECK:         exec.store %[[C]], %[[D]][%[[SOURCE]]] : i32
// CHECK:         arith.index_cast %[[TO]] : index to i32
// CHECK:         exec.store %{{.*}}, %[[D]][%[[PLACE]]] : i32
// CHECK:         llvm.inline_asm has_side_effects {{.*}}"release($0):at\0A\09dmstart($0)", "r,~{memory}"

// The engine may rest before it is done.
// CHECK:         scf.while
// CHECK:           llvm.inline_asm has_side_effects {{.*}}"$0 = dmwait", "=r,~{memory}"
// CHECK:           %[[STATE:.*]] = exec.load %[[D]][%[[FLAGS]]] : i32
// CHECK:           %[[MORE:.*]] = arith.cmpi sge, %[[STATE]], %[[NONE]]
// CHECK:           scf.condition(%[[MORE]])
// CHECK-NOT:     exec.stage
// CHECK-LABEL: func.func @none(
// CHECK-NOT:     exec.local
// More bytes than fit into 24 bits are left to copies; there is no engine to wait for.
// CHECK-LABEL: func.func @much(
// CHECK:         exec.stage_start
// CHECK-NOT:     dmstart
func.func @stage(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index, %from: index) -> i32 {
  exec.stage_start %near[%to] = %weights[%from] {bytes = 576 : i64}
  exec.stage_wait
  %v = exec.load %near[%to] : i32 in near
  return %v : i32
}
func.func @none(%near: !exec.ptr<near>, %to: index) -> i32 {
  %v = exec.load %near[%to] : i32 in near
  return %v : i32
}
func.func @much(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index) {
  exec.stage_start %near[%to] = %weights[%to] {bytes = 16777216 : i64}
  exec.stage_wait
  return
}
