// RUN: lfm2-opt %s --lfm2-fuse-phases | FileCheck %s

// A convolution layer becomes four phases, an attention layer five. What is read
// by one thread alone stays inside of a phase; only what others read is yielded.

lfm2.weight @embd : tensor<96x32xf32>
lfm2.weight @norm : tensor<32xf32>
lfm2.weight @in_proj : tensor<96x32xf32>
lfm2.weight @conv : tensor<32x3xf32>
lfm2.weight @out_proj : tensor<32x32xf32>
lfm2.weight @gate : tensor<64x32xf32>
lfm2.weight @up : tensor<64x32xf32>
lfm2.weight @down : tensor<32x64xf32>
lfm2.weight @q : tensor<32x32xf32>
lfm2.weight @kv : tensor<16x32xf32>
lfm2.weight @head_norm : tensor<8xf32>

// CHECK-LABEL: func.func @forward
// CHECK-SAME:    %[[IDS:[^:]+]]: tensor<?xi32>, %[[P:[^:]+]]: index, %[[S:[^:]+]]: tensor<2x32xf32>,
// CHECK-SAME:    %[[K0:[^:]+]]: tensor<?x2x8xf16>, %[[V0:[^:]+]]: tensor<?x2x8xf16>
func.func @forward(%ids: tensor<?xi32>, %p: index, %s: tensor<2x32xf32>,
                   %k0: tensor<?x2x8xf16>, %v0: tensor<?x2x8xf16>)
    -> (tensor<?x96xf32>, tensor<2x32xf32>, tensor<?x2x8xf16>, tensor<?x2x8xf16>) {
  // All heads turn by the same angles, which are known with the tokens.
  // CHECK-NEXT: %[[X0:.*]]:2 = exec.phase "embed" -> tensor<?x32xf32>, tensor<?x8xf32> {
  // CHECK-NEXT:   %[[E:.*]] = lfm2.embed
  // CHECK-NEXT:   %[[T:.*]] = exec.rope_table %[[E]] position(%[[P]]) head_size(8) theta(1.000000e+06) : tensor<?x32xf32> -> tensor<?x8xf32>
  // CHECK-NEXT:   exec.yield %[[E]], %[[T]]
  // CHECK-NEXT: }
  %x0 = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x32xf32>

  // CHECK-NEXT: %[[CONV:.*]]:2 = exec.phase "conv" -> tensor<?x32xf32>, tensor<2x32xf32> {
  // CHECK-NEXT:   %[[N:.*]] = lfm2.rms_norm %[[X0]]#0, @norm
  // CHECK-NEXT:   %[[G:.*]] = lfm2.linear %[[N]], @in_proj
  // CHECK-NEXT:   %[[C:.*]], %[[NS:.*]] = lfm2.short_conv %[[G]], @conv state(%[[S]])
  // CHECK-NEXT:   exec.yield %[[C]], %[[NS]]
  // CHECK-NEXT: }
  %n0 = lfm2.rms_norm %x0, @norm eps(1.0e-5) : tensor<?x32xf32>
  %g = lfm2.linear %n0, @in_proj : tensor<?x32xf32> -> tensor<?x96xf32>
  %c, %ns = lfm2.short_conv %g, @conv state(%s) : tensor<?x96xf32>, tensor<2x32xf32> -> tensor<?x32xf32>

  // CHECK-NEXT: %[[X1:.*]] = exec.phase "out"
  // CHECK-NEXT:   %[[O:.*]] = lfm2.linear %[[CONV]]#0, @out_proj
  // CHECK-NEXT:   %[[SUM:.*]] = arith.addf %[[X0]]#0, %[[O]]
  // CHECK-NEXT:   exec.yield %[[SUM]]
  // CHECK-NEXT: }
  %o = lfm2.linear %c, @out_proj : tensor<?x32xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %x0, %o : tensor<?x32xf32>

  // CHECK-NEXT: %[[A:.*]] = exec.phase "gate_up" -> tensor<?x64xf32> {
  // CHECK-NEXT:   %[[N1:.*]] = lfm2.rms_norm %[[X1]]
  // CHECK-NEXT:   %[[GATE:.*]] = lfm2.linear %[[N1]], @gate
  // CHECK-NEXT:   %[[UP:.*]] = lfm2.linear %[[N1]], @up
  // CHECK-NEXT:   lfm2.swiglu %[[GATE]], %[[UP]]
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  %n1 = lfm2.rms_norm %x1, @norm eps(1.0e-5) : tensor<?x32xf32>
  %gate = lfm2.linear %n1, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
  %up = lfm2.linear %n1, @up : tensor<?x32xf32> -> tensor<?x64xf32>
  %a = lfm2.swiglu %gate, %up : tensor<?x64xf32>

  // CHECK-NEXT: %[[X2:.*]] = exec.phase "down"
  // CHECK-NEXT:   %[[D:.*]] = lfm2.linear %[[A]], @down
  // CHECK-NEXT:   arith.addf %[[X1]], %[[D]]
  %d = lfm2.linear %a, @down : tensor<?x64xf32> -> tensor<?x32xf32>
  %x2 = arith.addf %x1, %d : tensor<?x32xf32>

  // The cache is written where the keys are made. Queries are read by others.
  // CHECK:      %[[QKV:.*]]:3 = exec.phase "qkv" -> tensor<?x32xf32>, tensor<?x2x8xf16>, tensor<?x2x8xf16> {
  // CHECK-NEXT:   %[[N2:.*]] = lfm2.rms_norm %[[X2]]
  // CHECK-NEXT:   %[[Q:.*]] = lfm2.linear %[[N2]], @q
  // CHECK-NEXT:   %[[K:.*]] = lfm2.linear %[[N2]], @kv
  // CHECK-NEXT:   %[[V:.*]] = lfm2.linear %[[N2]], @kv
  // CHECK-NEXT:   %[[QR:.*]] = exec.head_norm_rope %[[Q]], @head_norm table(%[[X0]]#1) heads(4 of 8)
  // CHECK-NEXT:   %[[KR:.*]] = exec.head_norm_rope %[[K]]
  // CHECK-NEXT:   %[[K1:.*]], %[[V1:.*]] = exec.cache_append %[[KR]], %[[V]] at %[[P]] into %[[K0]], %[[V0]]
  // CHECK-NEXT:   exec.yield %[[QR]], %[[K1]], %[[V1]]
  // CHECK-NEXT: }
  // CHECK-NEXT: %[[ATT:.*]] = exec.phase "attend"
  // CHECK-NEXT:   exec.attend %[[QKV]]#0 at %[[P]] over %[[QKV]]#1, %[[QKV]]#2 {causal = true, head_size = 8 : i64, heads = 4 : i64, kv_heads = 2 : i64}
  // CHECK-SAME:     -> tensor<?x?x4x10xf32>
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  %n2 = lfm2.rms_norm %x2, @norm eps(1.0e-5) : tensor<?x32xf32>
  %q = lfm2.linear %n2, @q : tensor<?x32xf32> -> tensor<?x32xf32>
  %k = lfm2.linear %n2, @kv : tensor<?x32xf32> -> tensor<?x16xf32>
  %v = lfm2.linear %n2, @kv : tensor<?x32xf32> -> tensor<?x16xf32>
  %qr = lfm2.head_norm_rope %q, @head_norm position(%p) heads(4 of 8) eps(1.0e-5) theta(1.0e6) : tensor<?x32xf32>
  %kr = lfm2.head_norm_rope %k, @head_norm position(%p) heads(2 of 8) eps(1.0e-5) theta(1.0e6) : tensor<?x16xf32>
  %att, %k1, %v1 = lfm2.attention %qr, %kr, %v cache(%k0, %v0) position(%p) heads(4 of 8) kv_heads(2) causal
      : tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x2x8xf16>

  // What threads know of the positions is merged by each for itself.
  // CHECK-NEXT: %[[X3:.*]] = exec.phase "out"
  // CHECK-NEXT:   %[[MERGED:.*]] = exec.attend_merge %[[ATT]] : tensor<?x?x4x10xf32> -> tensor<?x32xf32>
  // CHECK-NEXT:   %[[AO:.*]] = lfm2.linear %[[MERGED]], @out_proj
  // CHECK-NEXT:   arith.addf %[[X2]], %[[AO]]
  // CHECK:      exec.phase "gate_up"
  // CHECK:      %[[X4:.*]] = exec.phase "down"
  %ao = lfm2.linear %att, @out_proj : tensor<?x32xf32> -> tensor<?x32xf32>
  %x3 = arith.addf %x2, %ao : tensor<?x32xf32>
  %n3 = lfm2.rms_norm %x3, @norm eps(1.0e-5) : tensor<?x32xf32>
  %gate3 = lfm2.linear %n3, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
  %up3 = lfm2.linear %n3, @up : tensor<?x32xf32> -> tensor<?x64xf32>
  %a3 = lfm2.swiglu %gate3, %up3 : tensor<?x64xf32>
  %d3 = lfm2.linear %a3, @down : tensor<?x64xf32> -> tensor<?x32xf32>
  %x4 = arith.addf %x3, %d3 : tensor<?x32xf32>

  // CHECK:      %[[LOGITS:.*]] = exec.phase "head"
  // CHECK-NEXT:   %[[NF:.*]] = lfm2.rms_norm %[[X4]]
  // CHECK-NEXT:   lfm2.head %[[NF]], @embd
  // CHECK-NEXT:   exec.yield
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[LOGITS]], %[[CONV]]#1, %[[QKV]]#1, %[[QKV]]#2
  %nf = lfm2.rms_norm %x4, @norm eps(1.0e-5) : tensor<?x32xf32>
  %logits = lfm2.head %nf, @embd : tensor<?x32xf32> -> tensor<?x96xf32>
  return %logits, %ns, %k1, %v1 : tensor<?x96xf32>, tensor<2x32xf32>, tensor<?x2x8xf16>, tensor<?x2x8xf16>
}
