// RUN: lfm2-opt %s --exec-cut-phases --exec-tile-phases --split-input-file --verify-diagnostics

// expected-error@+1 {{expected the model as '@forward'; run lfm2-fuse-phases and lfm2-outline-layers first}}
module {
}

// -----

lfm2.weight @embd : tensor<16x8xf32>
// expected-error@+1 {{'@forward' has no argument with the role 'tokens', which a model has; write 'lfm2.role = #lfm2.role<...>' on each argument and result, as a front end does}}
func.func @forward(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
  %x = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
  return %x : tensor<?x8xf32>
}

// -----

// expected-error@+1 {{'@forward' gives nothing but state; expected a result with the role 'logits', 'hidden', 'vectors' or 'token_vectors'}}
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %s: tensor<2x8xf32> {lfm2.role = #lfm2.role<conv_state>})
    -> (tensor<2x8xf32> {lfm2.role = #lfm2.role<conv_state>}) {
  return %s : tensor<2x8xf32>
}

// -----

// The sum is made in place, so the residual must have no later reader.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %c = exec.phase "other" -> tensor<?x8xf32> {
    %d = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %d : tensor<?x8xf32>
  }
  // expected-error@+1 {{phase 'first' sums into a residual that a later phase still reads}}
  %y = exec.phase "first" -> tensor<?x8xf32> {
    %d = lfm2.linear %c, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %s = arith.addf %x, %d : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  %z = exec.phase "second" -> tensor<?x8xf32> {
    %d = lfm2.linear %y, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %s = arith.addf %x, %d : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}

// -----

// What no phase makes is in no buffer.
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %x: tensor<?x8xf32> {lfm2.role = #lfm2.role<embeddings>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  // expected-error@+1 {{phase 'first' reads a value of type 'tensor<?x8xf32>' that no phase before it leaves in memory}}
  %y = exec.phase "first" -> tensor<?x8xf32> {
    %d = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %d : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @embd : tensor<16x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  // expected-error@+1 {{phase 'sum' has no op that can be tiled; expected an embedding, a contraction, attention or experts}}
  %y = exec.phase "sum" -> tensor<?x8xf32> {
    %s = arith.addf %x, %x : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// Experts that read what another phase chose.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @gate : tensor<4x8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %chosen = builtin.unrealized_conversion_cast %ids : tensor<?xi32> to tensor<?x2xi32>
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y = exec.phase "experts_up" -> tensor<?x2x8xf32> {
    // expected-error@+1 {{expects its input from a norm and its ids from a route of the same phase}}
    %a = exec.expert_gate_up %x, %chosen, @gate, @gate : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x2x8xf32>
    exec.yield %a : tensor<?x2x8xf32>
  }
  return %x : tensor<?x8xf32>
}

// -----

// Experts whose sum is not the residual's.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @router : tensor<4x8xf32>
lfm2.weight @gate : tensor<4x8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y:3 = exec.phase "experts_up" -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32> {
    %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
    %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
    %a = exec.expert_gate_up %u, %e, @gate, @gate : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x2x8xf32>
    exec.yield %w, %e, %a : tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32>
  }
  %z = exec.phase "experts_down" -> tensor<?x8xf32> {
    // expected-error@+1 {{expects its sum to be added to the residual in the same phase}}
    %o = exec.expert_down %y#2, %y#0, %y#1, @gate : tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x8xf32>
    exec.yield %o : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}

// -----

// A router of more experts than there are.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @router : tensor<4x8xf32>
lfm2.weight @gate : tensor<3x8x8xf32>
lfm2.weight @down : tensor<3x8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y:3 = exec.phase "experts_up" -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32> {
    %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
    %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
    // expected-error@+1 {{expects as many experts as @router chooses from, 4, but @gate has 3}}
    %a = exec.expert_gate_up %u, %e, @gate, @gate : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x2x8xf32>
    exec.yield %w, %e, %a : tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32>
  }
  %z = exec.phase "experts_down" -> tensor<?x8xf32> {
    %o = exec.expert_down %y#2, %y#0, %y#1, @down : tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x8xf32>
    %s = arith.addf %x, %o : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}

// -----

// The second half has fewer.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @router : tensor<4x8xf32>
lfm2.weight @gate : tensor<4x8x8xf32>
lfm2.weight @down : tensor<3x8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y:3 = exec.phase "experts_up" -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32> {
    %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
    %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
    %a = exec.expert_gate_up %u, %e, @gate, @gate : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x2x8xf32>
    exec.yield %w, %e, %a : tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32>
  }
  %z = exec.phase "experts_down" -> tensor<?x8xf32> {
    // expected-error@+1 {{expects as many experts as @router chooses from, 4, but @down has 3}}
    %o = exec.expert_down %y#2, %y#0, %y#1, @down : tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x8xf32>
    %s = arith.addf %x, %o : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}

// -----

// Ids that nobody chose may be any number.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @router : tensor<4x8xf32>
lfm2.weight @gate : tensor<4x8x8xf32>
lfm2.weight @down : tensor<4x8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %chosen = builtin.unrealized_conversion_cast %ids : tensor<?xi32> to tensor<?x2xi32>
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y:3 = exec.phase "experts_up" -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32> {
    %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
    %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
    %a = exec.expert_gate_up %u, %e, @gate, @gate : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x2x8xf32>
    exec.yield %w, %e, %a : tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2x8xf32>
  }
  %z = exec.phase "experts_down" -> tensor<?x8xf32> {
    // expected-error@+1 {{expects its ids from a route of a phase before it}}
    %o = exec.expert_down %y#2, %y#0, %chosen, @down : tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x8xf32>
    %s = arith.addf %x, %o : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}

// -----

// Queries without their norm and rotation lie in rows, and not head by head.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<4xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>}) {
  %e:2 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x4xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(4) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x4xf32>
    exec.yield %rows, %angles0 : tensor<?x8xf32>, tensor<?x4xf32>
  }
  %q:3 = exec.phase "qkv" -> tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> {
    %qp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %vp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kr = exec.head_norm_rope %kp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    %k1, %v1 = exec.cache_append %kr, %vp at %p into %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
    exec.yield %qp, %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
  }
  %o = exec.phase "attend" -> tensor<?x?x2x6xf32> {
    // expected-error@+1 {{expects 'q' to be the 2 heads of 4 that an exec.head_norm_rope of a phase before it made}}
    %a = exec.attend %q#0 at %p over %q#1, %q#2 {causal = true, head_size = 4 : i64, heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x?x2x6xf32>
    exec.yield %a : tensor<?x?x2x6xf32>
  }
  return %e#0, %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// -----

// Keys of other heads than the cache has.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>}) {
  %e:2 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x8xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(8) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %rows, %angles0 : tensor<?x8xf32>, tensor<?x8xf32>
  }
  %q:3 = exec.phase "qkv" -> tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> {
    %qp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %vp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %qr = exec.head_norm_rope %qp, @norm table(%e#1) heads(1 of 8) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x8xf32>
    %kr = exec.head_norm_rope %kp, @norm table(%e#1) heads(1 of 8) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x8xf32>
    // expected-error@+1 {{expects 'k' to be the 2 heads of 4 that an exec.head_norm_rope made of a product of the same phase with a weight}}
    %k1, %v1 = exec.cache_append %kr, %vp at %p into %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
    exec.yield %qr, %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
  }
  %o = exec.phase "attend" -> tensor<?x?x2x6xf32> {
    %a = exec.attend %q#0 at %p over %q#1, %q#2 {causal = true, head_size = 4 : i64, heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x?x2x6xf32>
    exec.yield %a : tensor<?x?x2x6xf32>
  }
  return %e#0, %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// -----

// Queries of other heads than the cache has.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm8 : tensor<8xf32>
lfm2.weight @norm : tensor<4xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>}) {
  %e:3 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(8) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x8xf32>
    %angles1 = exec.rope_table %rows position(%p) head_size(4) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x4xf32>
    exec.yield %rows, %angles0, %angles1 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>
  }
  %q:3 = exec.phase "qkv" -> tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> {
    %qp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %vp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %qr = exec.head_norm_rope %qp, @norm8 table(%e#1) heads(1 of 8) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x8xf32>
    %kr = exec.head_norm_rope %kp, @norm table(%e#2) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    %k1, %v1 = exec.cache_append %kr, %vp at %p into %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
    exec.yield %qr, %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
  }
  %o = exec.phase "attend" -> tensor<?x?x2x6xf32> {
    // expected-error@+1 {{expects 'q' to be the 2 heads of 4 that an exec.head_norm_rope of a phase before it made}}
    %a = exec.attend %q#0 at %p over %q#1, %q#2 {causal = true, head_size = 4 : i64, heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x?x2x6xf32>
    exec.yield %a : tensor<?x?x2x6xf32>
  }
  return %e#0, %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// -----

// Keys as they come from their product.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<4xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>}) {
  %e:2 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x4xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(4) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x4xf32>
    exec.yield %rows, %angles0 : tensor<?x8xf32>, tensor<?x4xf32>
  }
  %q:3 = exec.phase "qkv" -> tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> {
    %qp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %vp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %qr = exec.head_norm_rope %qp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    %kr = exec.head_norm_rope %kp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    // expected-error@+1 {{expects 'k' to be the 2 heads of 4 that an exec.head_norm_rope made of a product of the same phase with a weight}}
    %k1, %v1 = exec.cache_append %kp, %vp at %p into %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
    exec.yield %qr, %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
  }
  %o = exec.phase "attend" -> tensor<?x?x2x6xf32> {
    %a = exec.attend %q#0 at %p over %q#1, %q#2 {causal = true, head_size = 4 : i64, heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x?x2x6xf32>
    exec.yield %a : tensor<?x?x2x6xf32>
  }
  return %e#0, %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// -----

// Values that are rotated.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<4xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>}) {
  %e:2 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x4xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(4) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x4xf32>
    exec.yield %rows, %angles0 : tensor<?x8xf32>, tensor<?x4xf32>
  }
  %q:3 = exec.phase "qkv" -> tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> {
    %qp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %vp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %qr = exec.head_norm_rope %qp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    %kr = exec.head_norm_rope %kp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    // expected-error@+1 {{expects 'v' to be a product of the same phase with a weight that nothing else reads}}
    %k1, %v1 = exec.cache_append %kr, %kr at %p into %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
    exec.yield %qr, %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
  }
  %o = exec.phase "attend" -> tensor<?x?x2x6xf32> {
    %a = exec.attend %q#0 at %p over %q#1, %q#2 {causal = true, head_size = 4 : i64, heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x?x2x6xf32>
    exec.yield %a : tensor<?x?x2x6xf32>
  }
  return %e#0, %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// -----

// Rotated keys go to the cache alone.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<4xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %k0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
                   %v0: tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<keys>},
        tensor<?x2x4xf32> {lfm2.role = #lfm2.role<values>}) {
  %e:2 = exec.phase "embed" -> tensor<?x8xf32>, tensor<?x4xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(4) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x4xf32>
    exec.yield %rows, %angles0 : tensor<?x8xf32>, tensor<?x4xf32>
  }
  %q:3 = exec.phase "qkv" -> tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> {
    %qp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %kp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %vp = lfm2.linear %e#0, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %qr = exec.head_norm_rope %qp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    %kr = exec.head_norm_rope %kp, @norm table(%e#1) heads(2 of 4) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x4xf32>
    %k1, %v1 = exec.cache_append %kr, %vp at %p into %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
    exec.yield %kr, %k1, %v1 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
  }
  // expected-error@+1 {{phase 'attend' reads a value of type 'tensor<?x8xf32>' that no phase before it leaves in memory}}
  %o = exec.phase "attend" -> tensor<?x?x2x6xf32> {
    %a = exec.attend %q#0 at %p over %q#1, %q#2 {causal = true, head_size = 4 : i64, heads = 2 : i64, kv_heads = 2 : i64}
        : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x?x2x6xf32>
    exec.yield %a : tensor<?x?x2x6xf32>
  }
  return %e#0, %k0, %v0 : tensor<?x8xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// -----

// Two contractions of one phase have one input.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y = exec.phase "first" -> tensor<?x8xf32> {
    %d = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %d : tensor<?x8xf32>
  }
  %z:2 = exec.phase "second" -> tensor<?x8xf32>, tensor<?x8xf32> {
    %a = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{reads another value than the contraction before it; expected one input of a phase}}
    %b = lfm2.linear %y, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    exec.yield %a, %b : tensor<?x8xf32>, tensor<?x8xf32>
  }
  return %z#1 : tensor<?x8xf32>
}

// -----

// The sum is made in place, while other threads still read the input.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  // expected-error@+1 {{phase 'out' sums into a residual that its own contraction reads, directly or through a norm; expected another input of the contraction}}
  %y = exec.phase "out" -> tensor<?x8xf32> {
    %n = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
    %d = lfm2.linear %n, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %s = arith.addf %x, %d : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// The same without a norm.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  // expected-error@+1 {{phase 'out' sums into a residual that its own contraction reads, directly or through a norm; expected another input of the contraction}}
  %y = exec.phase "out" -> tensor<?x8xf32> {
    %d = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %s = arith.addf %d, %x : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// Two products of a phase are no residual of each other.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  // expected-error@+1 {{phase 'out' sums into a residual that is no rows in memory; expected what an embedding or a contraction of a phase before it leaves}}
  %y = exec.phase "out" -> tensor<?x8xf32> {
    %c = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %d = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %s = arith.addf %c, %d : tensor<?x8xf32>
    exec.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// A gate that is no product of the phase.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y = exec.phase "gate_up" -> tensor<?x8xf32> {
    %u = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{expects to read all products of its phase with weights, and nothing else}}
    %a = lfm2.swiglu %x, %u : tensor<?x8xf32>
    exec.yield %a : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// A product beside those that are gated.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y = exec.phase "gate_up" -> tensor<?x8xf32> {
    %g = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %u = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    %d = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{expects to read all products of its phase with weights, and nothing else}}
    %a = lfm2.swiglu %g, %u : tensor<?x8xf32>
    exec.yield %a : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// A table that the phase makes for itself: other threads have rows of it.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %q = exec.phase "heads" -> tensor<?x8xf32> {
    %t = exec.rope_table %x position(%p) head_size(8) theta(1.0e6) : tensor<?x8xf32> -> tensor<?x8xf32>
    %a = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{expects 'table' to be an exec.rope_table of a phase before it}}
    %b = exec.head_norm_rope %a, @norm table(%t) heads(1 of 8) eps(1.0e-5) : tensor<?x8xf32>, tensor<?x8xf32>
    exec.yield %b : tensor<?x8xf32>
  }
  return %q : tensor<?x8xf32>
}
