// RUN: lfm2-opt %s | FileCheck %s

// What prints other than it was written, or carries something optional.

// Two names of one kind of layer: parameters are found in the layer first, and the
// weights of a call in the module.
lfm2.weight @norm : tensor<8xf32>
// CHECK-LABEL: exec.layer @empty {
// CHECK-NEXT:  }
exec.layer @empty {}

// CHECK-LABEL: exec.layer @own_names
exec.layer @own_names {
^bb0(%x: tensor<?x16xf32>):
  // CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<?x16xf32>):
  // CHECK-NEXT: lfm2.weight @norm : tensor<16xf32>
  lfm2.weight @norm : tensor<16xf32>
  // CHECK-NEXT: %[[Y:.*]] = exec.phase "p" -> tensor<?x16xf32> {
  %y = exec.phase "p" -> tensor<?x16xf32> {
    // CHECK-NEXT: %[[N:.*]] = lfm2.rms_norm %[[X]], @norm
    %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x16xf32>
    // CHECK-NEXT: exec.yield %[[N]]
    exec.yield %n : tensor<?x16xf32>
  }
  // CHECK: exec.yield %[[Y]]
  exec.yield %y : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @no_results
func.func @no_results() {
  // CHECK-NEXT: exec.phase "nothing" {
  // CHECK-NEXT: }
  exec.phase "nothing" {}
  // CHECK-NEXT: exec.call @empty() weights [] : () -> ()
  exec.call @empty() weights [] : () -> ()
  return
}

// A cache may be kept in f32, and attention need not be causal.
// CHECK-LABEL: func.func @f32_cache
func.func @f32_cache(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %c: tensor<?x1x4xf32>, %p: index) -> tensor<?x8xf32> {
  // CHECK: %[[K:.*]], %[[V:.*]] = exec.cache_append %{{.*}}, %{{.*}} at %{{.*}} into
  %kc, %vc = exec.cache_append %k, %k at %p into %c, %c : tensor<?x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>
  // CHECK-NEXT: exec.attend %{{.*}} at %{{.*}} over %[[K]], %[[V]] {causal = false
  %o = exec.attend %q at %p over %kc, %vc {causal = false, head_size = 4 : i64, heads = 2 : i64, kv_heads = 1 : i64}
      : tensor<?x8xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32> -> tensor<?x?x2x6xf32>
  // CHECK: exec.attend_merge %{{.*}} : tensor<?x?x2x6xf32> -> tensor<?x8xf32>
  %m = exec.attend_merge %o : tensor<?x?x2x6xf32> -> tensor<?x8xf32>
  return %m : tensor<?x8xf32>
}

// CHECK: exec.weight @plain [#exec.segment<tensor = "n", format = "bf16", first = 0, rows = 7, unit = 7>] {bytes = 64 : i64, cols = 1 : i64, count = 1 : i64, lanes = 8 : i64, offset = 128 : i64, plain}
exec.weight @plain [#exec.segment<tensor = "n", format = "bf16", first = 0, rows = 7, unit = 7>]
    {cols = 1 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64, plain, offset = 128 : i64}
// CHECK: exec.buffer @b {bytes = 64 : i64, entry = "decode", first = 0 : i64, last = 0 : i64, offset = 64 : i64}
exec.buffer @b {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 0 : i64, offset = 64 : i64}

// In near memory: of each thread.
// CHECK: exec.buffer @n {bytes = 128 : i64, entry = "decode", first = 0 : i64, last = 0 : i64, near}
exec.buffer @n {entry = "decode", bytes = 128 : i64, first = 0 : i64, last = 0 : i64, near}

// Every field, alignments, constant memory, scalars and halves.
// CHECK-LABEL: func.func @bytes
func.func @bytes(%step: !exec.ptr<step>, %i: index, %h: f16) {
  // CHECK-COUNT-5: exec.field {{.*}} : !exec.ptr<{{[a-z]+}}>
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %state = exec.field %step "state" : !exec.ptr<state>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %tokens = exec.field %step "tokens" : !exec.ptr<tokens>
  %logits = exec.field %step "logits" : !exec.ptr<logits>
  // CHECK-COUNT-5: exec.field {{.*}} : index
  %count = exec.field %step "count" : index
  %position = exec.field %step "position" : index
  %context = exec.field %step "context" : index
  %rows = exec.field %step "num_logits" : index
  %threads = exec.field %step "threads" : index
  // CHECK: exec.field %{{.*}} "shares" : !exec.ptr<shares>
  %shares = exec.field %step "shares" : !exec.ptr<shares>
  // CHECK: exec.field %{{.*}} "near" : !exec.ptr<near>
  %near = exec.field %step "near" : !exec.ptr<near>
  // CHECK: exec.field %{{.*}} "near_bytes" : index
  %near_bytes = exec.field %step "near_bytes" : index
  // An alignment of 1 is what nothing is known of, and is not printed.
  // CHECK: exec.load %{{.*}}[%{{.*}}] {constant} : i32
  %a = exec.load %weights[%i] {align = 1 : i64, constant} : i32 in weights
  // CHECK: exec.load %{{.*}}[%{{.*}}] {align = 64 : i64} : vector<16xf16>
  %b = exec.load %state[%i] {align = 64 : i64} : vector<16xf16> in state
  // CHECK: exec.store %{{.*}}, %{{.*}}[%{{.*}}] {align = 2 : i64} : f16
  exec.store %h, %scratch[%i] {align = 2 : i64} : f16 in scratch
  return
}

// CHECK-LABEL: func.func @pairs
func.func @pairs(%acc: vector<4xf32>, %w: vector<8xbf16>, %x: vector<8xbf16>) -> vector<4xf32> {
  // CHECK: exec.dot2 %{{.*}}, %{{.*}}, %{{.*}} : vector<4xf32>, vector<8xbf16>
  %r = exec.dot2 %acc, %w, %x : vector<4xf32>, vector<8xbf16>
  return %r : vector<4xf32>
}

// CHECK-LABEL: func.func @tiles
func.func @tiles(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  // CHECK: exec.tile_dot4 %{{.*}}[%[[I:.*]]] = %{{.*}}[%[[I]]] * %{{.*}}[%[[I]]] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 64 : i64}
  exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 64 : i64} from weights
  return
}

// CHECK-LABEL: func.func @section
func.func @section(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
  // CHECK:      exec.tile_section {
  // CHECK-NEXT:   exec.tile_dot4 {{.*}}
  // CHECK-NEXT: }
  exec.tile_section {
    exec.tile_dot4 %c[%i] = %x[%i] * %w[%i] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 64 : i64} from weights
  }
  return
}

// Nothing passes a wait, not even an equal read.
// CHECK-LABEL: func.func @stages
func.func @stages(%step: !exec.ptr<step>, %i: index) -> (i32, i32) {
  // CHECK: %[[W:.*]] = exec.field %{{.*}} "weights"
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  // CHECK: %[[N:.*]] = exec.field %{{.*}} "near"
  %near = exec.field %step "near" : !exec.ptr<near>
  // CHECK: exec.load %[[N]]
  %a = exec.load %near[%i] : i32 in near
  // CHECK-NEXT: exec.stage_start %[[N]][%[[I:.*]]] = %[[W]][%[[I]]] {bytes = 576 : i64}
  exec.stage_start %near[%i] = %weights[%i] {bytes = 576 : i64}
  // CHECK-NEXT: exec.stage_wait
  exec.stage_wait
  // CHECK-NEXT: exec.load %[[N]]
  %b = exec.load %near[%i] : i32 in near
  return %a, %b : i32, i32
}

// CHECK-LABEL: func.func @signed
func.func @signed(%acc: vector<4xi32>, %w: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  // CHECK: exec.dot4 %{{.*}}, %{{.*}}, %{{.*}} {bits = 8 : i64, signed_w} : vector<4xi32>, vector<16xi8>
  %r = exec.dot4 %acc, %w, %x {bits = 8 : i64, signed_w} : vector<4xi32>, vector<16xi8>
  return %r : vector<4xi32>
}
