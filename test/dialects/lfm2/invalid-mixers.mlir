// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// lfm2.short_conv

lfm2.weight @filter : tensor<8x3xf32>
func.func @checkpoint_state(%g: tensor<?x24xf32>, %s: tensor<3x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+2 {{expects 'state' to keep 2 rows for a filter of 3 taps, but it keeps 3}}
  // expected-note@+1 {{drop its oldest row}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x24xf32>, tensor<3x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @filter : tensor<8x4xf32>
func.func @short_state(%g: tensor<?x24xf32>, %s: tensor<1x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'state' to keep 3 rows for a filter of 4 taps, but it keeps 1}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x24xf32>, tensor<1x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @filter : tensor<16x3xf32>
func.func @filter_channels(%g: tensor<?x24xf32>, %s: tensor<2x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'filter' to be 8 x 3 (channels x taps), but @filter is 16 x 3}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x24xf32>, tensor<2x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @filter : tensor<8x3xf32>
func.func @gates(%g: tensor<?x16xf32>, %s: tensor<2x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'gates' to hold three times the 8 channels of 'state' side by side, that is 24, but it has 16}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x16xf32>, tensor<2x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @dynamic_gates(%g: tensor<?x?xf32>, %s: tensor<2x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'gates' to have a fixed number of channels}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x?xf32>, tensor<2x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @dynamic_state(%g: tensor<?x24xf32>, %s: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'state' to have a fixed shape, but it is 'tensor<?x8xf32>'}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x24xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @conv_output(%g: tensor<?x24xf32>, %s: tensor<2x8xf32>) -> tensor<?x24xf32> {
  // expected-error@+1 {{expects 'output' to have the 8 channels of 'state', but it has 24}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<?x24xf32>, tensor<2x8xf32> -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

func.func @conv_tokens(%g: tensor<4x24xf32>, %s: tensor<2x8xf32>) -> tensor<5x8xf32> {
  // expected-error@+1 {{expects 'gates' and 'output' to have as many tokens, but they have 4 and 5}}
  %y, %n = lfm2.short_conv %g, @filter state(%s) : tensor<4x24xf32>, tensor<2x8xf32> -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}

// -----

// lfm2.centred_conv

lfm2.weight @filter : tensor<8x4xf32>
func.func @centred(%g: tensor<?x24xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects an odd number of taps, one of which meets the token itself, but @filter has 4}}
  %y = lfm2.centred_conv %g, @filter : tensor<?x24xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @centred_gates(%g: tensor<?x16xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'gates' to hold three times the 8 channels of 'output' side by side, that is 24, but it has 16}}
  %y = lfm2.centred_conv %g, @filter : tensor<?x16xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// lfm2.head_norm_rope

func.func @odd_head(%q: tensor<?x15xf32>, %p: index) -> tensor<?x15xf32> {
  // expected-error@+1 {{expects heads of an even size, whose halves are rotated against each other, but the size is 5}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(3 of 5) eps(1.0e-5) theta(1.0e6) : tensor<?x15xf32>
  return %y : tensor<?x15xf32>
}

// -----

func.func @rope_channels(%q: tensor<?x15xf32>, %p: index) -> tensor<?x15xf32> {
  // expected-error@+1 {{expects 'x' to have 16 channels for 4 heads of 4, but it has 15}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(4 of 4) eps(1.0e-5) theta(1.0e6) : tensor<?x15xf32>
  return %y : tensor<?x15xf32>
}

// -----

func.func @no_heads(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'heads' to be positive, but it is 0}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(0 of 4) eps(1.0e-5) theta(1.0e6) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

func.func @no_head_size(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'head_size' to be positive, but it is -4}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(4 of -4) eps(1.0e-5) theta(1.0e6) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

func.func @scale_missing(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects a scale for each of the 2 pairs of a head of 4, but there are 3}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(4 of 4) eps(1.0e-5) theta(1.0e6) scaling(<magnitude = 1.0, scales = [1.0, 0.5, 0.5]>) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// expected-error@+1 {{expects 'magnitude' to be finite and above 0, but it is 0}}
#no_magnitude = #lfm2.rope_scaling<magnitude = 0.0, scales = [1.0]>

// -----

// expected-error@+1 {{expects scale 1 to be finite and above 0, but it is -0.5}}
#negative_scale = #lfm2.rope_scaling<magnitude = 1.0, scales = [1.0, -0.5]>

// -----

func.func @no_theta(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'theta' to be positive, but it is -1}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(4 of 4) eps(1.0e-5) theta(-1.0) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<16xf32>
func.func @rope_weight(%q: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'weight' to be 4 (size of a head), but @w is 16}}
  %y = lfm2.head_norm_rope %q, @w position(%p) heads(4 of 4) eps(1.0e-5) theta(1.0e6) : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// lfm2.attention

func.func @heads(%q: tensor<?x12xf32>, %k: tensor<?x8xf32>, %c: tensor<?x2x4xf16>, %p: index) -> tensor<?x12xf32> {
  // expected-error@+1 {{expects 'heads' to be a multiple of 'kv_heads', so that each key head serves as many query heads, but they are 3 and 2}}
  %y, %k1, %v1 = lfm2.attention %q, %k, %k cache(%c, %c) position(%p) heads(3 of 4) kv_heads(2) causal
      : tensor<?x12xf32>, tensor<?x8xf32>, tensor<?x2x4xf16>
  return %y : tensor<?x12xf32>
}

// -----

func.func @kv_heads(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %c: tensor<?x2x4xf16>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'kv_heads' to be positive, but it is 0}}
  %y, %k1, %v1 = lfm2.attention %q, %k, %k cache(%c, %c) position(%p) heads(4 of 4) kv_heads(0) causal
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x2x4xf16>
  return %y : tensor<?x16xf32>
}

// -----

func.func @queries(%q: tensor<?x12xf32>, %k: tensor<?x8xf32>, %c: tensor<?x2x4xf16>, %p: index) -> tensor<?x12xf32> {
  // expected-error@+1 {{expects 'q' to have 16 channels for 4 heads of 4, but it has 12}}
  %y, %k1, %v1 = lfm2.attention %q, %k, %k cache(%c, %c) position(%p) heads(4 of 4) kv_heads(2) causal
      : tensor<?x12xf32>, tensor<?x8xf32>, tensor<?x2x4xf16>
  return %y : tensor<?x12xf32>
}

// -----

func.func @keys(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %c: tensor<?x2x4xf16>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'k' and 'v' to have 8 channels for 2 heads of 4, but they have 16}}
  %y, %k1, %v1 = lfm2.attention %q, %k, %k cache(%c, %c) position(%p) heads(4 of 4) kv_heads(2) causal
      : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x2x4xf16>
  return %y : tensor<?x16xf32>
}

// -----

func.func @cache(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %c: tensor<?x4x2xf16>, %p: index) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'cache' to be ? x 2 x 4 (capacity x kv_heads x head_size), but it is ? x 4 x 2}}
  %y, %k1, %v1 = lfm2.attention %q, %k, %k cache(%c, %c) position(%p) heads(4 of 4) kv_heads(2) causal
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x4x2xf16>
  return %y : tensor<?x16xf32>
}

// -----

func.func @attention_tokens(%q: tensor<3x16xf32>, %k: tensor<2x8xf32>, %c: tensor<?x2x4xf16>, %p: index) -> tensor<3x16xf32> {
  // expected-error@+1 {{expects 'q' and 'k' to have as many tokens, but they have 3 and 2}}
  %y, %k1, %v1 = lfm2.attention %q, %k, %k cache(%c, %c) position(%p) heads(4 of 4) kv_heads(2) causal
      : tensor<3x16xf32>, tensor<2x8xf32>, tensor<?x2x4xf16>
  return %y : tensor<3x16xf32>
}
