// RUN: lfm2-opt %s --vulkan-exec-to-spirv | FileCheck %s

// A loop may be run no time, and then its results are what they began with. Some drivers
// (not lavapipe) give anything for a variable that nothing was stored to.
// CHECK-LABEL: spirv.module @results
// CHECK-DAG:     %[[ONE:.*]] = spirv.Constant 1.0{{.*}} : f32
// CHECK-DAG:     %[[TWO:.*]] = spirv.Constant 2 : i32
// CHECK-DAG:     %[[F:.*]] = spirv.Variable : !spirv.ptr<f32, Function>
// CHECK-DAG:     %[[N:.*]] = spirv.Variable : !spirv.ptr<i32, Function>
// CHECK-NOT:     spirv.mlir.loop
// CHECK-DAG:     spirv.Store "Function" %[[F]], %[[ONE]] : f32
// CHECK-DAG:     spirv.Store "Function" %[[N]], %[[TWO]] : i32
// CHECK:         spirv.mlir.loop
// CHECK:           spirv.Store "Function" %[[F]]
// CHECK:           spirv.Store "Function" %[[N]]
// CHECK:         spirv.Load "Function"
// CHECK:         spirv.Load "Function"
func.func @results(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %two = arith.constant 2 : i32
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %count = exec.field %step "count" : index
  %r:2 = scf.for %i = %c0 to %count step %c1 iter_args(%f = %one, %n = %two) -> (f32, i32) {
    %g = arith.addf %f, %f : f32
    %m = arith.addi %n, %n : i32
    scf.yield %g, %m : f32, i32
  }
  exec.store %r#0, %scratch[%a] : f32 in scratch
  exec.store %r#1, %scratch[%a] : i32 in scratch
  return
}

// A loop in a loop begins anew in each turn of the outer one, with what that has.
// CHECK-LABEL: spirv.module @nested
// CHECK:         %[[OUTER:.*]] = spirv.Variable : !spirv.ptr<f32, Function>
// CHECK:         spirv.Store "Function" %[[OUTER]], %{{.*}} : f32
// CHECK:         spirv.mlir.loop
// CHECK:         ^{{.*}}(%{{.*}}: i64, %[[SUM:.*]]: f32):
// CHECK:           spirv.BranchConditional
// CHECK:           spirv.Store "Function" %[[INNER:.*]], %[[SUM]] : f32
// CHECK-NEXT:      spirv.mlir.loop
// CHECK:             spirv.Store "Function" %[[INNER]]
// CHECK:           %[[NEXT:.*]] = spirv.Load "Function" %[[INNER]]
// CHECK:           spirv.Store "Function" %[[OUTER]], %[[NEXT]]
func.func @nested(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %count = exec.field %step "count" : index
  %r = scf.for %i = %c0 to %count step %c1 iter_args(%f = %zero) -> (f32) {
    %s = scf.for %j = %i to %count step %c1 iter_args(%g = %f) -> (f32) {
      %h = arith.addf %g, %one : f32
      scf.yield %h : f32
    }
    scf.yield %s : f32
  }
  exec.store %r, %scratch[%a] : f32 in scratch
  return
}
