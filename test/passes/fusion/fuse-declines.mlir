// RUN: lfm2-opt %s --lfm2-fuse-phases --split-input-file | FileCheck %s

// What a thread cannot do with its own rows waits for the others in a new phase.

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// The second product reads whole rows of the first.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[Y:.*]] = exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear %[[Y]]
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %z = lfm2.linear %y, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// A norm of what the threads make piece by piece.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK: exec.phase "linear"
  // CHECK: exec.phase "linear"
  // CHECK-NEXT: lfm2.rms_norm
  // CHECK-NEXT: lfm2.linear
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %n = lfm2.rms_norm %y, @norm eps(1.0e-5) : tensor<?x32xf32>
  %z = lfm2.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @w : tensor<32x32xf32>

// The norm is read again later, so it is a result of its phase too, and the later
// reader, which has no part in that phase, takes it from there.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[P:.*]]:2 = exec.phase "out" -> tensor<?x32xf32>, tensor<?x32xf32> {
  // CHECK-NEXT:   %[[N:.*]] = lfm2.rms_norm
  // CHECK-NEXT:   %[[Y:.*]] = lfm2.linear %[[N]]
  // CHECK-NEXT:   %[[S:.*]] = arith.addf
  // CHECK-NEXT:   exec.yield %[[N]], %[[S]]
  // CHECK-NEXT: }
  // CHECK-NEXT: %[[Q:.*]] = exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear %[[P]]#1
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "out"
  // CHECK-NEXT:   lfm2.linear %[[P]]#0
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %y = lfm2.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = arith.addf %x, %y : tensor<?x32xf32>
  %q = lfm2.linear %s, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %z = lfm2.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %r = arith.addf %q, %z : tensor<?x32xf32>
  return %r : tensor<?x32xf32>
}

// -----

lfm2.weight @w : tensor<32x32xf32>

// Two products that wait for the same input need no barrier between them, though
// there is no norm.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT: exec.phase
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  %a = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  return %a, %b : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

lfm2.weight @router : tensor<4x32xf32>
lfm2.weight @w : tensor<32x32xf32>

// Routing reads whole rows, here of what another phase makes.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  // CHECK-NEXT: %[[Y:.*]] = exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear
  // CHECK:      exec.phase "norm"
  // CHECK-NEXT:   lfm2.route %[[Y]]
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %w, %e = lfm2.route %y, @router use(2) scale(1.0) : tensor<?x32xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w, %e : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @embd : tensor<96x32xf32>
lfm2.weight @dense : tensor<8x32xf32>

// Logits are made of some tokens, a vector of each: two phases, whichever comes
// first. The second reads the norm that the first has made.
// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> (tensor<?x96xf32>, tensor<?x8xf32>) {
  // CHECK-NEXT: %[[H:.*]]:2 = exec.phase "head" -> tensor<?x32xf32>, tensor<?x96xf32> {
  // CHECK-NEXT:   %[[N:.*]] = lfm2.rms_norm
  // CHECK-NEXT:   %[[L:.*]] = lfm2.head %[[N]]
  // CHECK-NEXT:   exec.yield %[[N]], %[[L]]
  // CHECK-NEXT: }
  // CHECK-NEXT: %[[V:.*]] = exec.phase "linear"
  // CHECK-NEXT:   lfm2.linear %[[H]]#0
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[H]]#1, %[[V]]
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %l = lfm2.head %n, @embd : tensor<?x32xf32> -> tensor<?x96xf32>
  %v = lfm2.linear %n, @dense : tensor<?x32xf32> -> tensor<?x8xf32>
  return %l, %v : tensor<?x96xf32>, tensor<?x8xf32>
}

// -----

lfm2.weight @norm : tensor<32xf32>
lfm2.weight @embd : tensor<96x32xf32>
lfm2.weight @dense : tensor<8x32xf32>

// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x32xf32>) -> (tensor<?x96xf32>, tensor<?x8xf32>) {
  // CHECK-NEXT: %[[V:.*]]:2 = exec.phase "linear" -> tensor<?x32xf32>, tensor<?x8xf32> {
  // CHECK-NEXT:   lfm2.rms_norm
  // CHECK-NEXT:   lfm2.linear
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: exec.phase "head"
  // CHECK-NEXT:   lfm2.head %[[V]]#0
  %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %v = lfm2.linear %n, @dense : tensor<?x32xf32> -> tensor<?x8xf32>
  %l = lfm2.head %n, @embd : tensor<?x32xf32> -> tensor<?x96xf32>
  return %l, %v : tensor<?x96xf32>, tensor<?x8xf32>
}
