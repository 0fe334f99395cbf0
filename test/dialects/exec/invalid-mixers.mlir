// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// exec.cache_append

func.func @rank(%k: tensor<?x8xf32>, %c: tensor<?x8xf16>, %p: index) {
  // expected-error@+1 {{expects 'keys' to be positions x heads x head size, with fixed heads, but it is ? x 8}}
  %a, %b = exec.cache_append %k, %k at %p into %c, %c : tensor<?x8xf32>, tensor<?x8xf16>, tensor<?x8xf16>
  return
}

// -----

func.func @dynamic(%k: tensor<?x8xf32>, %c: tensor<?x?x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'keys' to be positions x heads x head size, with fixed heads, but it is ? x ? x 4}}
  %a, %b = exec.cache_append %k, %k at %p into %c, %c : tensor<?x8xf32>, tensor<?x?x4xf16>, tensor<?x?x4xf16>
  return
}

// -----

func.func @values(%k: tensor<?x8xf32>, %c: tensor<?x2x4xf16>, %v: tensor<?x2x4xf32>, %p: index) {
  // expected-error@+1 {{expects 'values' to be of the type of 'keys', 'tensor<?x2x4xf16>', but it is 'tensor<?x2x4xf32>'}}
  %a, %b = exec.cache_append %k, %k at %p into %c, %v : tensor<?x8xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf32>
  return
}

// -----

func.func @width(%k: tensor<?x6xf32>, %c: tensor<?x2x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'k' to hold 2 heads of 4 values for each token, but it is ? x 6}}
  %a, %b = exec.cache_append %k, %k at %p into %c, %c : tensor<?x6xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16>
  return
}

// -----

func.func @k_rank(%k: tensor<8xf32>, %c: tensor<?x2x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'k' to hold 2 heads of 4 values for each token, but it is 8}}
  %a, %b = exec.cache_append %k, %k at %p into %c, %c : tensor<8xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16>
  return
}

// -----

// exec.attend

func.func @multiple(%q: tensor<?x12xf32>, %c: tensor<?x2x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'heads' to be a multiple of 'kv_heads', but 3 is no multiple of 2}}
  %o = exec.attend %q at %p over %c, %c {causal = true, head_size = 4 : i64, heads = 3 : i64, kv_heads = 2 : i64}
      : tensor<?x12xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16> -> tensor<?x?x3x6xf32>
  return
}

// -----

func.func @none(%q: tensor<?x12xf32>, %c: tensor<?x2x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'heads' to be a multiple of 'kv_heads', but 3 is no multiple of 0}}
  %o = exec.attend %q at %p over %c, %c {causal = true, head_size = 4 : i64, heads = 3 : i64, kv_heads = 0 : i64}
      : tensor<?x12xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16> -> tensor<?x?x3x6xf32>
  return
}

// -----

func.func @caches(%q: tensor<?x16xf32>, %c: tensor<?x2x8xf16>, %p: index) {
  // expected-error@+1 {{expects caches of 2 heads of 4 values, but 'keys' has 2 of 8}}
  %o = exec.attend %q at %p over %c, %c {causal = true, head_size = 4 : i64, heads = 4 : i64, kv_heads = 2 : i64}
      : tensor<?x16xf32>, tensor<?x2x8xf16>, tensor<?x2x8xf16> -> tensor<?x?x4x6xf32>
  return
}

// -----

func.func @cache_types(%q: tensor<?x16xf32>, %c: tensor<?x2x4xf16>, %v: tensor<?x2x4xf32>, %p: index) {
  // expected-error@+1 {{expects 'values' to be of the type of 'keys'}}
  %o = exec.attend %q at %p over %c, %v {causal = true, head_size = 4 : i64, heads = 4 : i64, kv_heads = 2 : i64}
      : tensor<?x16xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf32> -> tensor<?x?x4x6xf32>
  return
}

// -----

func.func @queries(%q: tensor<?x12xf32>, %c: tensor<?x2x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'q' to hold 4 heads of 4 values for each token, but it is ? x 12}}
  %o = exec.attend %q at %p over %c, %c {causal = true, head_size = 4 : i64, heads = 4 : i64, kv_heads = 2 : i64}
      : tensor<?x12xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16> -> tensor<?x?x4x6xf32>
  return
}

// -----

func.func @parts(%q: tensor<?x16xf32>, %c: tensor<?x2x4xf16>, %p: index) {
  // expected-error@+1 {{expects 'partials' to be 'tensor<?x?x4x6xf32>', tokens x segments x heads x what is known of each, but it is 'tensor<?x16xf32>'}}
  %o = exec.attend %q at %p over %c, %c {causal = true, head_size = 4 : i64, heads = 4 : i64, kv_heads = 2 : i64}
      : tensor<?x16xf32>, tensor<?x2x4xf16>, tensor<?x2x4xf16> -> tensor<?x16xf32>
  return
}

// -----

// exec.attend_merge

func.func @open_partials(%partials: tensor<?x?x?x6xf32>) {
  // expected-error@+1 {{expects 'partials' to be tokens x segments x heads x what is known of each, open in tokens and segments only, but it is ? x ? x ? x 6}}
  %o = exec.attend_merge %partials : tensor<?x?x?x6xf32> -> tensor<?x16xf32>
  return
}

// -----

func.func @merged(%partials: tensor<?x?x4x6xf32>) {
  // expected-error@+1 {{expects 'output' to hold 4 heads of 4 values for each token, but it is ? x 24}}
  %o = exec.attend_merge %partials : tensor<?x?x4x6xf32> -> tensor<?x24xf32>
  return
}

// -----

// exec.prepare

func.func @nobody(%x: tensor<?x32xf32>) {
  // expected-error@+1 {{expects the format of a weight in 'readers'}}
  %p = exec.prepare %x for [] : tensor<?x32xf32>
  return
}

// -----

func.func @format(%x: tensor<?x32xf32>) {
  // expected-error@+1 {{expects 'readers' to be formats of weights, but "int9" is none}}
  %p = exec.prepare %x for ["q4_0", "int9"] : tensor<?x32xf32>
  return
}

// -----

// exec.sort_choices and exec.gather

func.func @starts(%ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'starts' to be one number for each expert and one more, but it is 1}}
  %p, %s = exec.sort_choices %ids : tensor<?x2xi32> -> tensor<1xi32>
  return
}

// -----

func.func @choices(%ids: tensor<?x?xi32>) {
  // expected-error@+1 {{expects 'ids' to be tokens x chosen experts, open in tokens only, but it is ? x ?}}
  %p, %s = exec.sort_choices %ids : tensor<?x?xi32> -> tensor<5xi32>
  return
}

// -----

func.func @gathered(%x: tensor<?x32xf32>, %places: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'output' to be 'tensor<?x2x32xf32>', a row of 'x' for each place, but it is 'tensor<?x3x32xf32>'}}
  %s = exec.gather %x to %places : tensor<?x32xf32>, tensor<?x2xi32> -> tensor<?x3x32xf32>
  return
}

// -----

// exec.expert_gate_up

func.func @tables(%u: tensor<?x2x64xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects to be sorted by two tables, the places of choices as 'ids' has them and the starts of experts, but found 1}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up sorted %ids : tensor<?x2x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32> by tensor<?x2xi32>
  return
}

// -----

func.func @input(%u: tensor<?x?xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'input' to be tokens x channels, open in tokens only, but it is ? x ?}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x?xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32>
  return
}

// -----

func.func @ids(%u: tensor<?x64xf32>, %ids: tensor<?xi32>) {
  // expected-error@+1 {{expects 'ids' to be tokens x chosen experts, open in tokens only, but it is ?}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x2x32xf32>
  return
}

// -----

func.func @output(%u: tensor<?x64xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'output' to be tokens x chosen experts x hidden channels, open in tokens only, but it is ? x 32}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x32xf32>
  return
}

// -----

func.func @used(%u: tensor<?x64xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'output' to be for the 2 experts of each token in 'ids', but it is for 3}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x3x32xf32>
  return
}

// -----

func.func @no_gate(%u: tensor<?x64xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+2 {{expects 'gate' to name an lfm2.weight, but there is no @gate}}
  // expected-note@+1 {{declare it beside the function}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32>
  return
}

// -----

lfm2.weight @gate : tensor<4x32x64xf32>
// expected-note@+1 {{it is declared here}}
lfm2.weight @up : tensor<4x64x32xf32>
func.func @up_shape(%u: tensor<?x64xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'up' to be 4 x 32 x 64 (experts x hidden channels x channels), but @up is 4 x 64 x 32}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32>
  return
}

// -----

lfm2.weight @gate : tensor<4x32x64xf32>
// expected-note@+1 {{it is declared here}}
lfm2.weight @up : tensor<3x32x64xf32>
func.func @up_experts(%u: tensor<?x64xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'up' to be 4 x 32 x 64 (experts x hidden channels x channels), but @up is 3 x 32 x 64}}
  %a = exec.expert_gate_up %u, %ids, @gate, @up : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32>
  return
}

// -----

// exec.expert_down

func.func @down_input(%a: tensor<?x32xf32>, %w: tensor<?x2xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'input' to be tokens x chosen experts x hidden channels, open in tokens only, but it is ? x 32}}
  %o = exec.expert_down %a, %w, %ids, @down : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return
}

// -----

func.func @down_weights(%a: tensor<?x2x32xf32>, %w: tensor<?x?xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'weights' to be tokens x chosen experts, open in tokens only, but it is ? x ?}}
  %o = exec.expert_down %a, %w, %ids, @down : tensor<?x2x32xf32>, tensor<?x?xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return
}

// -----

func.func @down_used(%a: tensor<?x2x32xf32>, %w: tensor<?x3xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'weights' to be for the 2 experts of each token in 'ids', but it is for 3}}
  %o = exec.expert_down %a, %w, %ids, @down : tensor<?x2x32xf32>, tensor<?x3xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return
}

// -----

func.func @down_experts(%a: tensor<?x4x32xf32>, %w: tensor<?x2xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'input' to be for the 2 experts of each token in 'ids', but it is for 4}}
  %o = exec.expert_down %a, %w, %ids, @down : tensor<?x4x32xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @down : tensor<64x32xf32>
func.func @down_shape(%a: tensor<?x2x32xf32>, %w: tensor<?x2xf32>, %ids: tensor<?x2xi32>) {
  // expected-error@+1 {{expects 'down' to be ? x 64 x 32 (experts x channels x hidden channels), but @down is 64 x 32}}
  %o = exec.expert_down %a, %w, %ids, @down : tensor<?x2x32xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return
}

// -----

// exec.rope_table

func.func @table_odd(%x: tensor<?x64xf32>, %p: index) {
  // expected-error@+1 {{expects heads of an even size, whose halves are rotated against each other, but the size is 7}}
  %t = exec.rope_table %x position(%p) head_size(7) theta(1.0e6) : tensor<?x64xf32> -> tensor<?x7xf32>
  return
}

// -----

func.func @table_theta(%x: tensor<?x64xf32>, %p: index) {
  // expected-error@+1 {{expects 'theta' to be positive, but it is 0}}
  %t = exec.rope_table %x position(%p) head_size(8) theta(0.0) : tensor<?x64xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @table_scales(%x: tensor<?x64xf32>, %p: index) {
  // expected-error@+1 {{expects a scale for each of the 4 pairs of a head of 8, but there are 1}}
  %t = exec.rope_table %x position(%p) head_size(8) theta(1.0e6)
      scaling(#lfm2.rope_scaling<magnitude = 1.0, scales = [1.0]>) : tensor<?x64xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @table_columns(%x: tensor<?x64xf32>, %p: index) {
  // expected-error@+1 {{expects 'table' to be 'tensor<?x8xf32>', tokens x cos and sin of each pair, but it is 'tensor<?x4xf32>'}}
  %t = exec.rope_table %x position(%p) head_size(8) theta(1.0e6) : tensor<?x64xf32> -> tensor<?x4xf32>
  return
}

// -----

// exec.head_norm_rope

lfm2.weight @norm : tensor<8xf32>
func.func @heads_channels(%x: tensor<?x24xf32>, %t: tensor<?x8xf32>) {
  // expected-error@+1 {{expects 'x' to have 16 channels for 2 heads of 8, but it has 24}}
  %y = exec.head_norm_rope %x, @norm table(%t) heads(2 of 8) eps(1.0e-5) : tensor<?x24xf32>, tensor<?x8xf32>
  return
}

// -----

lfm2.weight @norm : tensor<8xf32>
func.func @heads_table(%x: tensor<?x16xf32>, %t: tensor<?x4xf32>) {
  // expected-error@+1 {{expects 'table' to have 8 columns for heads of as many channels, but it has 4}}
  %y = exec.head_norm_rope %x, @norm table(%t) heads(2 of 8) eps(1.0e-5) : tensor<?x16xf32>, tensor<?x4xf32>
  return
}

// -----

lfm2.weight @norm : tensor<8xf32>
func.func @heads_table_rank(%x: tensor<?x16xf32>, %t: tensor<8xf32>) {
  // expected-error@+1 {{expects 'table' to be tokens x cos and sin of each pair, open in tokens only, but it is 8}}
  %y = exec.head_norm_rope %x, @norm table(%t) heads(2 of 8) eps(1.0e-5) : tensor<?x16xf32>, tensor<8xf32>
  return
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @norm : tensor<16xf32>
func.func @heads_norm(%x: tensor<?x16xf32>, %t: tensor<?x8xf32>) {
  // expected-error@+1 {{expects 'weight' to be 8 (size of a head), but @norm is 16}}
  %y = exec.head_norm_rope %x, @norm table(%t) heads(2 of 8) eps(1.0e-5) : tensor<?x16xf32>, tensor<?x8xf32>
  return
}
