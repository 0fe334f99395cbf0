// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases -o %t.mlir
// RUN: grep exec.entries %t.mlir | sed 's/#exec.stretch/\n&/g; s/#exec.entry/\n&/g' > %t.txt
// RUN: FileCheck %s --input-file %t.txt --match-full-lines

// What a step does between its barriers, for the profile: one line for each kind
// of layer, and the order in which they come. Groups of 8 rows of f32 here.

// A layer of attention: 2 query heads on one key head of 8, caches of f16; then two
// experts of four.
// CHECK:      #exec.entry<name = "decode", tokens = 1, symbol = "step_1", stretches = [
// CHECK-NEXT: #exec.stretch<layer = "", phase = "embed">,
// The norm of 16 f32, and rows for 2 + 1 + 1 heads; two norms of heads take 64 bytes each.
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "qkv", weights = 2240, macs = 512>,
// 2 x 8 halves a position; 2 x 2 x 8 products.
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "attend", cache_bytes = 32, cache_macs = 32>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "out", weights = 1024, macs = 256>,
// Norm, router (4 rows of 16, in one group) and its bias; an expert's 2 x 8 rows of 16.
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_up", weights = 640, expert_bytes = 1024, experts = 4, used = 2, macs = 576>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_down", expert_bytes = 512, experts = 4, used = 2, macs = 256>,
// The last norm, and the embedding once more.
// CHECK-NEXT: #exec.stretch<layer = "", phase = "head", weights = 2112, macs = 512, logits = true>], order = [0, 1, 2, 3, 4, 5, 6], layers = [-1, 0, 0, 0, 0, 0, -1]>,

// With more tokens, threads share the preparing of inputs, the choice of experts and
// the sorting of inputs by expert, and meet after each. What f32 weights read without a norm needs no preparing.
// CHECK-NEXT: #exec.entry<name = "prefill", tokens = 4, symbol = "step_4", stretches = [
// CHECK-NEXT: #exec.stretch<layer = "", phase = "embed">,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "qkv input", weights = 64>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "qkv", weights = 2176, macs = 512>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "attend", cache_bytes = 32, cache_macs = 32>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "out", weights = 1024, macs = 256>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_up input", weights = 64>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_up route", weights = 576, macs = 64>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_up sort">,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_up", expert_bytes = 1024, experts = 4, used = 2, macs = 512>,
// CHECK-NEXT: #exec.stretch<layer = "attn_moe", phase = "experts_down", expert_bytes = 512, experts = 4, used = 2, macs = 256>,
// CHECK-NEXT: #exec.stretch<layer = "", phase = "head input", weights = 64, logits = true>,
// CHECK-NEXT: #exec.stretch<layer = "", phase = "head", weights = 2048, macs = 512, logits = true>], order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], layers = [-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1]>]{{.*}}

#layer0 = #lfm2.layer<index = 0, kind = "attn_moe">
module attributes {exec.target = #exec.target<lanes = 8, registers = 16, fma = true, dot_unsigned8 = false>} {
lfm2.weight @embd : tensor<32x16xf32>
lfm2.weight @last_norm : tensor<16xf32>
lfm2.weight @"blk.0.attn_norm.weight" : tensor<16xf32>
lfm2.weight @"blk.0.q.weight" : tensor<16x16xf32>
lfm2.weight @"blk.0.k.weight" : tensor<8x16xf32>
lfm2.weight @"blk.0.v.weight" : tensor<8x16xf32>
lfm2.weight @"blk.0.q_norm.weight" : tensor<8xf32>
lfm2.weight @"blk.0.k_norm.weight" : tensor<8xf32>
lfm2.weight @"blk.0.o.weight" : tensor<16x16xf32>
lfm2.weight @"blk.0.ffn_norm.weight" : tensor<16xf32>
lfm2.weight @"blk.0.router.weight" : tensor<4x16xf32>
lfm2.weight @"blk.0.bias.weight" : tensor<4xf32>
lfm2.weight @"blk.0.gate_exps.weight" : tensor<4x8x16xf32>
lfm2.weight @"blk.0.up_exps.weight" : tensor<4x8x16xf32>
lfm2.weight @"blk.0.down_exps.weight" : tensor<4x16x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x1x8xf16> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x1x8xf16> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x32xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x1x8xf16> {lfm2.role = #lfm2.role<keys>},
        tensor<?x1x8xf16> {lfm2.role = #lfm2.role<values>}) {
  %x0 = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x16xf32>
  %n0 = lfm2.rms_norm %x0, @"blk.0.attn_norm.weight" eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x16xf32>
  %q = lfm2.linear %n0, @"blk.0.q.weight" {lfm2.layer = #layer0} : tensor<?x16xf32> -> tensor<?x16xf32>
  %k = lfm2.linear %n0, @"blk.0.k.weight" {lfm2.layer = #layer0} : tensor<?x16xf32> -> tensor<?x8xf32>
  %v = lfm2.linear %n0, @"blk.0.v.weight" {lfm2.layer = #layer0} : tensor<?x16xf32> -> tensor<?x8xf32>
  %qr = lfm2.head_norm_rope %q, @"blk.0.q_norm.weight" position(%p) heads(2 of 8) eps(1.0e-5) theta(1.0e6) {lfm2.layer = #layer0} : tensor<?x16xf32>
  %kr = lfm2.head_norm_rope %k, @"blk.0.k_norm.weight" position(%p) heads(1 of 8) eps(1.0e-5) theta(1.0e6) {lfm2.layer = #layer0} : tensor<?x8xf32>
  %att, %k1, %v1 = lfm2.attention %qr, %kr, %v cache(%k0, %v0) position(%p) heads(2 of 8) kv_heads(1) causal {lfm2.layer = #layer0}
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x1x8xf16>
  %o = lfm2.linear %att, @"blk.0.o.weight" {lfm2.layer = #layer0} : tensor<?x16xf32> -> tensor<?x16xf32>
  %x1 = arith.addf %x0, %o {lfm2.layer = #layer0} : tensor<?x16xf32>
  %u = lfm2.rms_norm %x1, @"blk.0.ffn_norm.weight" eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x16xf32>
  %w, %e = lfm2.route %u, @"blk.0.router.weight" bias(@"blk.0.bias.weight") use(2) normalize scale(1.0) {lfm2.layer = #layer0}
      : tensor<?x16xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = lfm2.experts %u, %w, %e gate(@"blk.0.gate_exps.weight") up(@"blk.0.up_exps.weight") down(@"blk.0.down_exps.weight") {lfm2.layer = #layer0}
      : tensor<?x16xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  %x2 = arith.addf %x1, %y {lfm2.layer = #layer0} : tensor<?x16xf32>
  %n = lfm2.rms_norm %x2, @last_norm eps(1.0e-5) : tensor<?x16xf32>
  %l = lfm2.head %n, @embd : tensor<?x16xf32> -> tensor<?x32xf32>
  return %l, %k1, %v1 : tensor<?x32xf32>, tensor<?x1x8xf16>, tensor<?x1x8xf16>
}
}
