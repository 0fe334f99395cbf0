// RUN: lfm2-opt %s --exec-copy-stages --canonicalize | FileCheck %s

// Vectors of the packed layout, here of 32 bytes, and what is left in smaller ones:
// 84 = 2 * 32 + 16 + 4. Weights do not change; near memory does.
// CHECK-LABEL: func.func @stage(
// CHECK-SAME:    %[[N:[a-z0-9]+]]: !exec.ptr<near>, %[[W:[a-z0-9]+]]: !exec.ptr<weights>, %[[TO:[a-z0-9]+]]: index, %[[FROM:[a-z0-9]+]]: index
// CHECK-DAG:     %[[END:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[STEP:.*]] = arith.constant 32 : index
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %[[END]] step %[[STEP]]
// CHECK-DAG:       %[[A:.*]] = arith.addi %[[FROM]], %[[I]]
// CHECK:           %[[V:.*]] = exec.load %[[W]][%[[A]]] {constant} : vector<32xi8>
// CHECK:           %[[B:.*]] = arith.addi %[[TO]], %[[I]]
// CHECK:           exec.store %[[V]], %[[N]][%[[B]]] : vector<32xi8>
// CHECK:         }
// CHECK:         exec.load {{.*}} {constant} : vector<16xi8>
// CHECK:         exec.load {{.*}} {constant} : vector<4xi8>
// CHECK-NOT:     exec.load {{.*}} {constant}
// CHECK-NOT:     exec.stage
// CHECK:         exec.load %[[N]][%[[TO]]] : i32
module attributes {exec.target = #exec.target<lanes = 8>} {
  func.func @stage(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index, %from: index) -> i32 {
    exec.stage_start %near[%to] = %weights[%from] {bytes = 84 : i64}
    exec.stage_wait
    %v = exec.load %near[%to] : i32 in near
    return %v : i32
  }
}
