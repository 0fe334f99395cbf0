// RUN: rm -rf %t
// RUN: lfm2-opt %s --vulkan-exec-to-spirv --vulkan-write-kernels=to=%t | FileCheck %s

// A kernel asks a device for what it uses, no more.
// CHECK: spirv.module @plain {{.*}}#spirv.vce<v1.6, [Shader, PhysicalStorageBufferAddresses, Int64], []>
func.func @plain(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 64 : i64} {
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %weights[%a] : i32 in weights
  exec.store %v, %scratch[%a] : i32 in scratch
  return
}
// CHECK: spirv.module @bytes {{.*}}#spirv.vce<v1.6, [Shader, PhysicalStorageBufferAddresses, Int64, Int8, StorageBuffer8BitAccess], []>
func.func @bytes(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 64 : i64} {
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %weights[%a] : vector<4xi8> in weights
  exec.store %v, %scratch[%a] : vector<4xi8> in scratch
  return
}
// Bytes of workgroup memory are in words of it.
// CHECK: spirv.module @near_bytes {{.*}}#spirv.vce<v1.6, [Shader, PhysicalStorageBufferAddresses, Int64, Int8], []>
func.func @near_bytes(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 64 : i64, exec.near = 64 : i64} {
  %near = exec.field %step "near" : !exec.ptr<near>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %near[%a] : i8 in near
  %w = arith.extui %v : i8 to i32
  exec.store %w, %scratch[%a] : i32 in scratch
  return
}
// CHECK: spirv.module @halves {{.*}}#spirv.vce<v1.6, [Shader, PhysicalStorageBufferAddresses, Int64, Int16, StorageBuffer16BitAccess], []>
func.func @halves(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 64 : i64} {
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %h = exec.load %weights[%a] : f16 in weights
  %v = arith.extf %h : f16 to f32
  exec.store %v, %scratch[%a] : f32 in scratch
  return
}
// CHECK: spirv.module @doubles {{.*}}#spirv.vce<v1.6, [Shader, PhysicalStorageBufferAddresses, Int64, Float64], []>
func.func @doubles(%step: !exec.ptr<step>, %thread: i32, %a: index) attributes {exec.kernel = 64 : i64} {
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %weights[%a] : f32 in weights
  %d = arith.extf %v : f32 to f64
  %s = arith.addf %d, %d : f64
  %w = arith.truncf %s : f64 to f32
  exec.store %w, %scratch[%a] : f32 in scratch
  return
}
