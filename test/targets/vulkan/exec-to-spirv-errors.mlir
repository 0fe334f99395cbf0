// RUN: lfm2-opt %s --vulkan-exec-to-spirv --split-input-file --verify-diagnostics --verify-roundtrip=false

// expected-error @below {{expects 'exec.kernel' to be the number of invocations of a workgroup, but it is unit}}
func.func @size(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel} {
  return
}

// -----

// expected-error @below {{expects the step, the thread and indexes as a kernel's arguments, but it is of type '(!exec.ptr<step>, i32, f32) -> ()'}}
func.func @arguments(%step: !exec.ptr<step>, %thread: i32, %f: f32) attributes {exec.kernel = 256 : i64} {
  return
}

// -----

// expected-error @below {{takes 136 bytes of push constants, of which devices have 128; let it take fewer arguments}}
func.func @many(%step: !exec.ptr<step>, %thread: i32, %0: index, %1: index, %2: index, %3: index, %4: index,
                %5: index, %6: index, %7: index, %8: index, %9: index, %10: index, %11: index, %12: index,
                %13: index, %14: index, %15: index) attributes {exec.kernel = 256 : i64} {
  return
}

// -----

// expected-error @below {{expects a kernel of one block without results, whose loops and branches are ops of scf}}
func.func @blocks(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  cf.br ^bb1
^bb1:
  return
}

// -----

func.func @vectors(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %zero = arith.constant dense<0.0> : vector<8xf32>
  // expected-error @below {{has no lowering to SPIR-V: expected are the ops of one invocation, with addresses that are planned}}
  %s = exec.sum_slices %zero : vector<8xf32>
  return
}

// -----

func.func @part(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  %byte = arith.constant 1 : i8
  %local = exec.local 64
  // expected-error @below {{expects one to four whole words of workgroup memory, but accesses 'i8'}}
  exec.store %byte, %local[%c0] : i8 in local
  return
}

// -----

func.func @missing(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  // expected-error @below {{needs 'exec.near' on its kernel, the bytes of near memory that a thread has}}
  %near = exec.field %step "near" : !exec.ptr<near>
  %word = exec.load %near[%c0] : i32 in near
  exec.store %word, %near[%c0] : i32 in near
  return
}

// -----

func.func @long(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  // expected-error @below {{expects a vector of at most 4 elements in the code of one invocation, but accesses 'vector<8xf32>'}}
  %v = exec.load %scratch[%c0] : vector<8xf32> in scratch
  exec.store %v, %scratch[%c0] : vector<8xf32> in scratch
  return
}
