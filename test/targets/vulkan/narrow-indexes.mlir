// RUN: lfm2-opt %s --vulkan-exec-to-spirv | FileCheck %s

// What is known to fit is computed in 32 bits: the thread, the invocation, a share of at
// most 1000 items and the loop over it. Offsets that the dispatch gives are not.
// CHECK-LABEL: spirv.module @rows
// CHECK:         %[[A:.*]] = spirv.Load "PushConstant" %{{.*}} : i64
// CHECK-NOT:     SConvert
// CHECK:         %[[LEAST:.*]] = spirv.UDiv %{{.*}}, %{{.*}} : i32
// CHECK:         spirv.mlir.loop
// CHECK:         ^{{.*}}(%[[ROW:.*]]: i32):
// CHECK:           spirv.SLessThan %[[ROW]], %{{.*}} : i32
// CHECK:           spirv.IMul %[[ROW]], %{{.*}} : i32
// CHECK:           %[[AT:.*]] = spirv.IAdd %{{.*}}, %{{.*}} : i32
// CHECK:           %[[WIDE:.*]] = spirv.UConvert %[[AT]] : i32 to i64
// CHECK:           spirv.IAdd %{{.*}}, %[[WIDE]] : i64
// CHECK-NOT:       spirv.BitwiseAnd
func.func @rows(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 256 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c1024 = arith.constant 1024 : index
  %f = arith.constant 1.0 : f32
  %count = exec.field %step "count" : index
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %i = exec.invocation
  %lo, %hi = exec.share %count of %thread most 1000
  scf.for %row = %lo to %hi step %c1 {
    %r = arith.muli %row, %c1024 : index
    %c = arith.muli %i, %c4 : index
    %rc = arith.addi %r, %c : index
    %at = arith.addi %a, %rc : index
    exec.store %f, %scratch[%at] : f32 in scratch
  }
  return
}

// With the entry's tokens a step's count is a small number, too.
// CHECK-LABEL: spirv.module @tokens
// CHECK:         spirv.IMul %{{.*}}, %{{.*}} : i32
// CHECK-NOT:     spirv.IMul
// CHECK-LABEL: spirv.module @no_tokens
// CHECK:         spirv.IMul %{{.*}}, %{{.*}} : i64
func.func @tokens(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64, exec.tokens = 512 : i64} {
  %c4096 = arith.constant 4096 : index
  %f = arith.constant 1.0 : f32
  %count = exec.field %step "count" : index
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %at = arith.muli %count, %c4096 : index
  exec.store %f, %scratch[%at] : f32 in scratch
  return
}
func.func @no_tokens(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c4096 = arith.constant 4096 : index
  %f = arith.constant 1.0 : f32
  %count = exec.field %step "count" : index
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %at = arith.muli %count, %c4096 : index
  exec.store %f, %scratch[%at] : f32 in scratch
  return
}
