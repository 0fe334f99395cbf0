// RUN: lfm2-opt %s | FileCheck %s
// RUN: lfm2-opt %s -mlir-print-op-generic | lfm2-opt | FileCheck %s

#stretch = #lfm2.rope_scaling<magnitude = 1.25, scales = [1.0, 0.1]>
// CHECK: #[[SCALING:.*]] = #lfm2.rope_scaling<magnitude = 1.250000e+00, scales = [1.000000e+00, 1.000000e-01]>

// CHECK: lfm2.weight @norm : tensor<8xf32>
lfm2.weight @norm : tensor<8xf32>
// CHECK: lfm2.weight @head_norm : tensor<4xbf16>
lfm2.weight @head_norm : tensor<4xbf16>
// CHECK: lfm2.weight @filter : tensor<8x3xf16>
lfm2.weight @filter : tensor<8x3xf16>
// CHECK: lfm2.weight @token_embd.weight : tensor<50x32x!lfm2.quant<q4_0>>
lfm2.weight @token_embd.weight : tensor<50x32x!lfm2.quant<q4_0>>
// CHECK: lfm2.weight @"a name, quoted" : tensor<24x8xf32>
lfm2.weight @"a name, quoted" : tensor<24x8xf32>
lfm2.weight @router : tensor<6x8xf32>
lfm2.weight @bias : tensor<6xf32>
lfm2.weight @gate_exps : tensor<6x32x8xf32>
lfm2.weight @down_exps : tensor<6x8x32x!lfm2.quant<q8_0>>

// CHECK-LABEL: func.func @embed
func.func @embed(%ids: tensor<?xi32>) -> tensor<?x32xf32> {
  // CHECK: lfm2.embed %{{.*}}, @token_embd.weight : tensor<?xi32> -> tensor<?x32xf32>
  %x = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @embeddings
func.func @embeddings(%ids: tensor<?xi32>, %rows: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK: lfm2.embed %{{.*}}, @token_embd.weight embeddings(%{{.*}}) : tensor<?xi32>, tensor<?x32xf32> -> tensor<?x32xf32>
  %x = lfm2.embed %ids, @token_embd.weight embeddings(%rows)
      : tensor<?xi32>, tensor<?x32xf32> -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @rms_norm
func.func @rms_norm(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK: lfm2.rms_norm %{{.*}}, @norm eps(1.000000e-05) : tensor<?x8xf32>
  %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
  return %u : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<?x8xf32>) -> tensor<?x24xf32> {
  // CHECK: lfm2.linear %{{.*}}, @"a name, quoted" : tensor<?x8xf32> -> tensor<?x24xf32>
  %y = lfm2.linear %x, @"a name, quoted" : tensor<?x8xf32> -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// CHECK-LABEL: func.func @short_conv
// CHECK-SAME:    %[[GATES:.*]]: tensor<?x24xf32>, %[[STATE:.*]]: tensor<2x8xf32>
func.func @short_conv(%gates: tensor<?x24xf32>, %s0: tensor<2x8xf32>)
    -> (tensor<?x8xf32>, tensor<2x8xf32>) {
  // CHECK: lfm2.short_conv %[[GATES]], @filter state(%[[STATE]]) : tensor<?x24xf32>, tensor<2x8xf32> -> tensor<?x8xf32>
  %y, %s1 = lfm2.short_conv %gates, @filter state(%s0)
      : tensor<?x24xf32>, tensor<2x8xf32> -> tensor<?x8xf32>
  return %y, %s1 : tensor<?x8xf32>, tensor<2x8xf32>
}

// CHECK-LABEL: func.func @centred
func.func @centred(%gates: tensor<?x24xf32>) -> tensor<?x8xf32> {
  // CHECK: lfm2.centred_conv %{{.*}}, @filter : tensor<?x24xf32> -> tensor<?x8xf32>
  %y = lfm2.centred_conv %gates, @filter : tensor<?x24xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @head_norm_rope
func.func @head_norm_rope(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // CHECK: lfm2.head_norm_rope %{{.*}}, @head_norm position(%{{.*}}) heads(4 of 4) eps(1.000000e-05) theta(1.000000e+06) : tensor<?x16xf32>
  %y = lfm2.head_norm_rope %q, @head_norm position(%p) heads(4 of 4)
      eps(1.0e-5) theta(1.0e6) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @scaled_rope
func.func @scaled_rope(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // CHECK: lfm2.head_norm_rope %{{.*}}, @head_norm position(%{{.*}}) heads(4 of 4) eps(1.000000e-05) theta(1.000000e+06) scaling(#[[SCALING]]) : tensor<?x16xf32>
  %y = lfm2.head_norm_rope %q, @head_norm position(%p) heads(4 of 4)
      eps(1.0e-5) theta(1.0e6) scaling(#stretch) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
                     %k0: tensor<?x2x4xf16>, %v0: tensor<?x2x4xf16>, %p: index)
    -> tensor<?x16xf32> {
  // CHECK: %[[Y:.*]], %[[K:.*]], %[[V:.*]] = lfm2.attention %{{.*}}, %{{.*}}, %{{.*}} cache(%{{.*}}, %{{.*}}) position(%{{.*}}) heads(4 of 4) kv_heads(2) causal : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x2x4xf16>
  %y, %k1, %v1 = lfm2.attention %q, %k, %v cache(%k0, %v0) position(%p)
      heads(4 of 4) kv_heads(2) causal
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x2x4xf16>
  // CHECK: lfm2.attention %{{.*}}, %{{.*}}, %{{.*}} cache(%[[K]], %[[V]]) position(%{{.*}}) heads(4 of 4) kv_heads(2) :
  %z, %k2, %v2 = lfm2.attention %y, %k, %v cache(%k1, %v1) position(%p)
      heads(4 of 4) kv_heads(2)
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x2x4xf16>
  return %z : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @swiglu
func.func @swiglu(%gate: tensor<?x24xf32>, %up: tensor<?x24xf32>) -> tensor<?x24xf32> {
  // CHECK: lfm2.swiglu %{{.*}}, %{{.*}} : tensor<?x24xf32>
  %a = lfm2.swiglu %gate, %up : tensor<?x24xf32>
  return %a : tensor<?x24xf32>
}

// CHECK-LABEL: func.func @route
func.func @route(%u: tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  // CHECK: lfm2.route %{{.*}}, @router bias(@bias) use(2) normalize scale(1.000000e+00) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %w, %e = lfm2.route %u, @router bias(@bias) use(2) normalize scale(1.0)
      : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w, %e : tensor<?x2xf32>, tensor<?x2xi32>
}

// CHECK-LABEL: func.func @route_plain
func.func @route_plain(%u: tensor<?x8xf32>) -> tensor<?x1xf32> {
  // CHECK: lfm2.route %{{.*}}, @router use(1) scale(2.500000e+00) :
  %w, %e = lfm2.route %u, @router use(1) scale(2.5)
      : tensor<?x8xf32> -> tensor<?x1xf32>, tensor<?x1xi32>
  return %w : tensor<?x1xf32>
}

// CHECK-LABEL: func.func @experts
func.func @experts(%u: tensor<?x8xf32>, %w: tensor<?x2xf32>, %e: tensor<?x2xi32>)
    -> tensor<?x8xf32> {
  // CHECK: lfm2.experts %{{.*}}, %{{.*}}, %{{.*}} gate(@gate_exps) up(@gate_exps) down(@down_exps) : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  %y = lfm2.experts %u, %w, %e gate(@gate_exps) up(@gate_exps) down(@down_exps)
      : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @head
func.func @head(%x: tensor<?x32xf32>) -> tensor<?x50xf32> {
  // CHECK: lfm2.head %{{.*}}, @token_embd.weight : tensor<?x32xf32> -> tensor<?x50xf32>
  %y = lfm2.head %x, @token_embd.weight : tensor<?x32xf32> -> tensor<?x50xf32>
  return %y : tensor<?x50xf32>
}

// CHECK-LABEL: func.func @pool
func.func @pool(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK: lfm2.pool %{{.*}} kind(mean) : tensor<?x32xf32> -> tensor<?x32xf32>
  %a = lfm2.pool %x kind(mean) : tensor<?x32xf32> -> tensor<?x32xf32>
  // CHECK: lfm2.pool %{{.*}} kind(cls) :
  %b = lfm2.pool %x kind(cls) : tensor<?x32xf32> -> tensor<?x32xf32>
  // CHECK: lfm2.pool %{{.*}} kind(last) :
  %c = lfm2.pool %x kind(last) : tensor<?x32xf32> -> tensor<?x32xf32>
  return %a, %b, %c : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}
