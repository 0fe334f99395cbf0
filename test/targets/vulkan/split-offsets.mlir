// RUN: lfm2-opt %s --vulkan-exec-to-spirv | FileCheck %s

// Offsets 8 * (i + 2), a + 8 * i + 24 - 8 and 8 * i - 4 share the address of 8 * i, behind
// which the constant stands.
// CHECK-LABEL: spirv.module @neighbours
// CHECK:         %[[EIGHT:.*]] = spirv.IMul %{{.*}}, %{{.*}} : i32
// CHECK:         %[[WIDE:.*]] = spirv.UConvert %[[EIGHT]] : i32 to i64
// CHECK:         %[[ADDRESS:.*]] = spirv.IAdd %[[WEIGHTS:.*]], %[[WIDE]] : i64
// CHECK:         spirv.IAdd %[[ADDRESS]], %cst16_i64 : i64
// CHECK:         spirv.IAdd %[[ADDRESS]], %cst-4_i64 : i64
// CHECK:         %[[FAR:.*]] = spirv.IAdd %{{.*}}, %[[WIDE]] : i64
// CHECK:         %[[FAR_ADDRESS:.*]] = spirv.IAdd %[[WEIGHTS]], %[[FAR]] : i64
// CHECK:         spirv.IAdd %[[FAR_ADDRESS]], %cst16_i64 : i64
func.func @neighbours(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c24 = arith.constant 24 : index
  %minus4 = arith.constant -4 : index
  %minus8 = arith.constant -8 : index
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %i = exec.invocation
  %i2 = arith.addi %i, %c2 : index
  %at0 = arith.muli %i2, %c8 : index
  %v0 = exec.load %weights[%at0] : i32 in weights
  %i8 = arith.muli %i, %c8 : index
  %at1 = arith.addi %i8, %minus4 : index
  %v1 = exec.load %weights[%at1] : i32 in weights
  %a24 = arith.addi %a, %c24 : index
  %far = arith.addi %a24, %i8 : index
  %at2 = arith.addi %minus8, %far : index
  %v2 = exec.load %weights[%at2] : i32 in weights
  %s0 = arith.addi %v0, %v1 : i32
  %s1 = arith.addi %s0, %v2 : i32
  exec.store %s1, %scratch[%i8] : i32 in scratch
  return
}

// Words of the workgroup's memory, too; and bytes, whose constant need not be of words.
// CHECK-LABEL: spirv.module @words
// CHECK:         %[[BYTE:.*]] = spirv.IMul %{{.*}}, %cst4_i32 : i32
// CHECK:         %[[WORD:.*]] = spirv.ShiftRightLogical %[[BYTE]], %cst2_i32 : i32
// CHECK:         spirv.IAdd %[[WORD]], %cst3_i32 : i32
// CHECK:         spirv.IAdd %[[BYTE]], %cst13_i32 : i32
func.func @words(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64, exec.near = 2048 : i64} {
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c13 = arith.constant 13 : index
  %near = exec.field %step "near" : !exec.ptr<near>
  %i = exec.invocation
  %i3 = arith.addi %i, %c3 : index
  %at = arith.muli %i3, %c4 : index
  %word = exec.load %near[%at] : i32 in near
  %i4 = arith.muli %i, %c4 : index
  %byte_at = arith.addi %i4, %c13 : index
  %byte = exec.load %near[%byte_at] : i8 in near
  %wide = arith.extui %byte : i8 to i32
  %sum = arith.addi %word, %wide : i32
  exec.store %sum, %near[%at] : i32 in near
  return
}
