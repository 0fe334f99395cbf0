// RUN: lfm2-opt %s --lfm2-fuse-phases --split-input-file --remarks-filter-missed=lfm2-fuse-phases 2>%t.reasons | FileCheck %s
// RUN: FileCheck %s --input-file %t.reasons --check-prefix=WHY

// What must not follow in the running phase, each kind of need once, and why.

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// A sum needs rows of its own; a norm is made whole by every thread, and to sum it
// would be done by all of them at the same place.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]] = exec.phase "norm"
  // CHECK-NEXT:   lfm2.rms_norm
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "norm"
  // CHECK-NEXT:   arith.addf %{{.*}}, %[[N]]
  // WHY: 'arith.addf' opens a phase: it needs rows of its own of 'lfm2.rms_norm', which every thread makes whole
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %s = arith.addf %x, %n : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

lfm2.weight @w : tensor<32x32xf32>

// The same of what every thread merges of attention.
// CHECK-LABEL: func.func @forward
func.func @forward(%parts: tensor<?x?x4x10xf32>, %x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[M:.*]] = exec.phase "norm"
  // CHECK-NEXT:   exec.attend_merge
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase
  // CHECK-NEXT:   arith.addf %[[M]]
  // WHY: 'arith.addf' opens a phase: it needs rows of its own of 'exec.attend_merge', which every thread makes whole
  %m = exec.attend_merge %parts : tensor<?x?x4x10xf32> -> tensor<?x32xf32>
  %s = arith.addf %m, %x : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// One operand is as the op needs it, the other one is not.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[P:.*]]:2 = exec.phase "linear"
  // CHECK-NEXT:   lfm2.rms_norm
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "gate_up"
  // CHECK-NEXT:   lfm2.swiglu %[[P]]#1, %[[P]]#0
  // WHY: 'lfm2.swiglu' opens a phase: it needs rows of its own of 'lfm2.rms_norm', which every thread makes whole
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %y = lfm2.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %a = lfm2.swiglu %y, %n : tensor<?x32xf32>
  return %a : tensor<?x32xf32>
}

// -----

lfm2.weight @w : tensor<32x32xf32>
lfm2.weight @router : tensor<4x32xf32>
lfm2.weight @gate : tensor<4x48x32xf32>
lfm2.weight @up : tensor<4x48x32xf32>

// Experts read whole rows, of which a thread has its own; the choice is not of the
// running phase.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>, %e: tensor<?x2xi32>) -> tensor<?x2x48xf32> {
  // CHECK-NEXT: %[[Y:.*]] = exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "experts_up"
  // CHECK-NEXT:   exec.expert_gate_up %[[Y]]
  // WHY: 'exec.expert_gate_up' opens a phase: it needs all rows of 'lfm2.linear', of which a thread has its own
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %a = exec.expert_gate_up %y, %e, @gate, @up : tensor<?x32xf32>, tensor<?x2xi32> -> tensor<?x2x48xf32>
  return %a : tensor<?x2x48xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// What waits for all threads follows nothing that the phase makes: neither what
// threads make by rows ...
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "norm"
  // CHECK-NEXT:   lfm2.rms_norm
  // WHY: 'lfm2.rms_norm' opens a phase: it waits until all threads have done 'lfm2.linear'
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %n = lfm2.rms_norm %y, @norm eps(1.0e-5) : tensor<?x32xf32>
  return %n : tensor<?x32xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>

// ... nor what every thread makes for itself.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: exec.phase "norm"
  // CHECK-NEXT:   lfm2.rms_norm
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "pool"
  // CHECK-NEXT:   lfm2.pool
  // WHY: 'lfm2.pool' opens a phase: it waits until all threads have done 'lfm2.rms_norm'
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %v = lfm2.pool %n kind(mean) : tensor<?x32xf32> -> tensor<?x32xf32>
  return %v : tensor<?x32xf32>
}

// -----

lfm2.weight @kv : tensor<8x32xf32>

// A cache that the phase writes: the second write waits for the first.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>, %p: index, %c: tensor<?x2x4xf16>) -> (tensor<?x2x4xf16>, tensor<?x2x4xf16>) {
  // CHECK-NEXT: %[[A:.*]]:3 = exec.phase "qkv"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.cache_append
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "qkv"
  // CHECK-NEXT:   exec.cache_append
  // WHY: 'exec.cache_append' opens a phase: it waits until all threads have done 'exec.cache_append'
  %k = lfm2.linear %x, @kv : tensor<?x32xf32> -> tensor<?x8xf32>
  %k1, %v1 = exec.cache_append %k, %k at %p into %c, %c : tensor<?x8xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16>
  %k2, %v2 = exec.cache_append %k, %k at %p into %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16>
  return %k2, %v2 : tensor<?x2x4xf16>, tensor<?x2x4xf16>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// All is there, but the op has nothing in common with the phase. That a norm of the
// phase reads %x does not make the phase wait for %x.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.rms_norm
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // WHY: 'lfm2.linear' opens a phase: it reads nothing that the phase has
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %y = lfm2.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %z = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  return %y, %z : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

lfm2.weight @w : tensor<32x32xf32>

// Nor does a need of rows wait for what a product of the phase does.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>, %z: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase
  // CHECK-NEXT:   arith.addf
  // WHY: 'arith.addf' opens a phase: it reads nothing that the phase has
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = arith.addf %x, %z : tensor<?x32xf32>
  return %y, %s : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

lfm2.weight @w : tensor<32x32xf32>

// What follows by all rules, but in the next layer.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "norm"
  // CHECK-NEXT:   arith.addf
  // WHY: 'arith.addf' opens a phase: it is of another layer
  %y = lfm2.linear %x, @w {lfm2.layer = #lfm2.layer<index = 0, kind = "a">} : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = arith.addf %x, %y {lfm2.layer = #lfm2.layer<index = 1, kind = "a">} : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

lfm2.weight @w : tensor<32x32xf32>

// An op that answers no pass stands alone: nobody knows which rows of it a thread
// has.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase
  // CHECK-NEXT:   arith.mulf
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase
  // CHECK-NEXT:   arith.addf
  // WHY: 'arith.mulf' opens a phase: it is no work of the model
  // WHY: 'arith.addf' opens a phase: it reads 'arith.mulf', which is no work of the model
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %m = arith.mulf %y, %y : tensor<?x32xf32>
  %s = arith.addf %x, %m : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}
