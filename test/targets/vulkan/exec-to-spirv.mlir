// RUN: rm -rf %t && lfm2-opt %s --vulkan-exec-to-spirv --vulkan-write-kernels=to=%t | FileCheck %s

// A kernel is a module of its own: the step and the arguments in push constants, near
// memory and locals in one array of words. What is no kernel goes.
// CHECK-LABEL: spirv.module @dot PhysicalStorageBuffer64 GLSL450
// CHECK-SAME:    requires #spirv.vce<v1.6, [Shader, PhysicalStorageBufferAddresses, Int64, DotProduct, DotProductInput4x8BitPacked], []>
// CHECK-SAME:    attributes {exec.kernel = 256 : i64}
// CHECK:         spirv.GlobalVariable @push : !spirv.ptr<!spirv.struct<(i64 [0], i64 [8], i64 [16]), Block>, PushConstant>
// CHECK:         spirv.GlobalVariable @workgroup : !spirv.ptr<!spirv.array<272 x i32>, Workgroup>
// CHECK:         spirv.func @main() "None"
// CHECK:         spirv.mlir.loop
// CHECK:           spirv.Load "PhysicalStorageBuffer" %{{.*}} ["Aligned", 16] : vector<4xi32>
// CHECK:           %[[X:.*]] = spirv.Load "PhysicalStorageBuffer" %{{.*}} ["Aligned", 4] : vector<2xi32>
// CHECK:           %[[X0:.*]] = spirv.CompositeExtract %[[X]][0 : i32]
// CHECK:           %[[X1:.*]] = spirv.CompositeExtract %[[X]][1 : i32]
// Signed bytes stand in front of unsigned ones.
// CHECK:           spirv.SUDot %[[X0]], %{{.*}}, <PackedVectorFormat4x8Bit> : i32 -> i32
// CHECK:           spirv.SDot %{{.*}}, %[[X1]], <PackedVectorFormat4x8Bit> : i32 -> i32
// CHECK:         %[[F:.*]] = spirv.ConvertSToF
// CHECK:         %[[BITS:.*]] = spirv.Bitcast %[[F]] : f32 to i32
// CHECK:         spirv.Store "Workgroup" %{{.*}}, %[[BITS]] : i32
// CHECK:         spirv.ControlBarrier <Workgroup>, <Workgroup>, <AcquireRelease|UniformMemory|WorkgroupMemory>
// CHECK:         spirv.mlir.selection
// CHECK:           spirv.FMul {{.*}} {no_contraction}
// CHECK:           spirv.FAdd {{.*}} {no_contraction}
// CHECK:           spirv.GL.Sqrt
// CHECK:         spirv.EntryPoint "GLCompute" @main, @LocalInvocationId, @push, @workgroup
// CHECK:         spirv.ExecutionMode @main "LocalSize", 256, 1, 1
// CHECK-NOT:   func.func
// CHECK-NOT:   exec.buffer

func.func @dot(%step: !exec.ptr<step>, %thread: i32, %a: index, %b: index) attributes {exec.kernel = 256 : i64, exec.near = 1024 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c8 = arith.constant 8 : index
  %z = arith.constant 0 : i32
  %mask = arith.constant 252645135 : i32
  %i = exec.invocation
  %n = exec.threads
  %w = exec.field %step "weights" : !exec.ptr<weights>
  %s = exec.field %step "scratch" : !exec.ptr<scratch>
  %near = exec.field %step "near" : !exec.ptr<near>
  %count = exec.field %step "count" : index
  %local = exec.local 64
  %row = arith.muli %i, %c16 : index
  %at = arith.addi %a, %row : index
  %sum = scf.for %k = %c0 to %count step %c1 iter_args(%acc = %z) -> (i32) {
    %o = arith.muli %k, %c16 : index
    %p = arith.addi %at, %o : index
    %v = exec.load %w[%p] {align = 16 : i64, constant} : vector<4xi32> in weights
    %v0 = vector.extract %v[0] : i32 from vector<4xi32>
    %v1 = vector.extract %v[1] : i32 from vector<4xi32>
    %lo = arith.andi %v0, %mask : i32
    %q = arith.addi %b, %o : index
    %x = exec.load %s[%q] : vector<2xi32> in scratch
    %x0 = vector.extract %x[0] : i32 from vector<2xi32>
    %x1 = vector.extract %x[1] : i32 from vector<2xi32>
    %d0 = exec.packed_dot4 %acc, %lo, %x0
    %d1 = exec.packed_dot4 %d0, %v1, %x1 {signed_w}
    scf.yield %d1 : i32
  }
  %f = arith.sitofp %sum : i32 to f32
  %bytes = arith.muli %i, %c4 : index
  exec.store %f, %near[%bytes] : f32 in near
  exec.join
  %odd = arith.cmpi eq, %i, %c0 : index
  scf.if %odd {
    %g = exec.load %near[%c8] : f32 in near
    %h = exec.load %near[%c4] : f32 in near
    %m = arith.mulf %g, %h : f32
    %t = arith.addf %m, %g : f32
    %r = math.sqrt %t : f32
    exec.store %r, %s[%a] : f32 in scratch
  }
  return
}
exec.buffer @sums {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 0 : i64}
func.func @step(%step: !exec.ptr<step>) {
  %c64 = arith.constant 64 : index
  exec.dispatch @dot(%c64, %c64) threads 12
  return
}
