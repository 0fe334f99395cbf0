// RUN: lfm2-opt %s --lfm2-fuse-phases --split-input-file | FileCheck %s

// What follows in the running phase: an op that needs rows of its own behind what
// threads make by rows, one that needs all behind what every thread makes for
// itself, and one that waits for what the phase waits for already. What an op
// reads beside that lies in memory, whatever the op needs of it.

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @router : tensor<4x32xf32>
lfm2.weight @gate : tensor<4x48x32xf32>
lfm2.weight @up : tensor<4x48x32xf32>

// Operands that every thread makes: the norm, and the choice, which is made of it.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x2x48xf32> {
  // CHECK-NEXT: exec.phase "experts_up"
  // CHECK-NEXT:   lfm2.rms_norm
  // CHECK-NEXT:   lfm2.route
  // CHECK-NEXT:   exec.expert_gate_up
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: return
  %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x32xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %a = exec.expert_gate_up %u, %e, @gate, @up : tensor<?x32xf32>, tensor<?x2xi32> -> tensor<?x2x48xf32>
  return %a : tensor<?x2x48xf32>
}

// -----

lfm2.weight @router : tensor<4x32xf32>
lfm2.weight @gate : tensor<4x48x32xf32>
lfm2.weight @up : tensor<4x48x32xf32>

// The input lies in memory; the choice alone is of the phase.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x2x48xf32> {
  // CHECK-NEXT: exec.phase "experts_up"
  // CHECK-NEXT:   lfm2.route
  // CHECK-NEXT:   exec.expert_gate_up
  // CHECK-NEXT:   exec.yield
  %w, %e = lfm2.route %x, @router use(2) scale(1.0) : tensor<?x32xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %a = exec.expert_gate_up %x, %e, @gate, @up : tensor<?x32xf32>, tensor<?x2xi32> -> tensor<?x2x48xf32>
  return %a : tensor<?x2x48xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// A sum of rows that the thread finished and of what every thread made before it
// in another phase, so that it lies in memory.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]]:2 = exec.phase "linear"
  // CHECK:      exec.phase "out"
  // CHECK-NEXT:   lfm2.linear %[[N]]#1
  // CHECK-NEXT:   arith.addf %[[N]]#0
  // CHECK-NEXT:   exec.yield
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %y = lfm2.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %z = lfm2.linear %y, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = arith.addf %n, %z : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// A product that waits for what another one of the phase waits for, though more was
// done in between; one of both halves of the sum was made before.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>, %g: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   lfm2.swiglu
  // CHECK-NEXT:   arith.addf
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: return
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %a = lfm2.swiglu %g, %y : tensor<?x32xf32>
  %s = arith.addf %a, %y : tensor<?x32xf32>
  %z = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  return %s, %z : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

lfm2.weight @proj : tensor<96x32xf32>
lfm2.weight @filter : tensor<32x3xf32>

// A thread convolves the channels whose gates it made, of all tokens.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: exec.phase "conv"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   lfm2.centred_conv
  // CHECK-NEXT:   exec.yield
  %g = lfm2.linear %x, @proj : tensor<?x32xf32> -> tensor<?x96xf32>
  %y = lfm2.centred_conv %g, @filter : tensor<?x96xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

lfm2.weight @kv : tensor<8x32xf32>

// Keys and values are rows of the thread's own; the cache was there before.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>, %p: index, %c: tensor<?x2x4xf16>) -> (tensor<?x2x4xf16>, tensor<?x2x4xf16>) {
  // CHECK-NEXT: exec.phase "qkv"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.cache_append
  // CHECK-NEXT:   exec.yield
  %k = lfm2.linear %x, @kv : tensor<?x32xf32> -> tensor<?x8xf32>
  %v = lfm2.linear %x, @kv : tensor<?x32xf32> -> tensor<?x8xf32>
  %k1, %v1 = exec.cache_append %k, %v at %p into %c, %c : tensor<?x8xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16>
  return %k1, %v1 : tensor<?x2x4xf16>, tensor<?x2x4xf16>
}
