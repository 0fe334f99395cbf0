// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// lfm2.embed, lfm2.head, lfm2.linear, lfm2.rms_norm

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<50x16xf32>
func.func @embed_channels(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'weight' to be ? x 8 (vocabulary x channels), but @w is 50 x 16}}
  %x = lfm2.embed %ids, @w : tensor<?xi32> -> tensor<?x8xf32>
  return %x : tensor<?x8xf32>
}

// -----

lfm2.weight @w : tensor<50x8xf32>
func.func @embed_tokens(%ids: tensor<3xi32>) -> tensor<4x8xf32> {
  // expected-error@+1 {{expects 'ids' and 'output' to have as many tokens, but they have 3 and 4}}
  %x = lfm2.embed %ids, @w : tensor<3xi32> -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}

// -----

lfm2.weight @w : tensor<50x8xf32>
func.func @embed_dynamic(%ids: tensor<?xi32>) -> tensor<?x?xf32> {
  // expected-error@+1 {{expects 'output' to have a fixed number of channels; only the number of tokens may be dynamic}}
  %x = lfm2.embed %ids, @w : tensor<?xi32> -> tensor<?x?xf32>
  return %x : tensor<?x?xf32>
}

// -----

func.func @embed_ids(%ids: tensor<?xi64>) -> tensor<?x8xf32> {
  // expected-error@+1 {{operand #0 must be 1D tensor of 32-bit signless integer values, but got 'tensor<?xi64>'}}
  %x = lfm2.embed %ids, @w : tensor<?xi64> -> tensor<?x8xf32>
  return %x : tensor<?x8xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<50x8xf32>
func.func @head_vocabulary(%x: tensor<?x8xf32>) -> tensor<?x51xf32> {
  // expected-error@+1 {{expects 'weight' to be 51 x 8 (vocabulary x channels), but @w is 50 x 8}}
  %y = lfm2.head %x, @w : tensor<?x8xf32> -> tensor<?x51xf32>
  return %y : tensor<?x51xf32>
}

// -----

lfm2.weight @w : tensor<50x8xf32>
func.func @head_tokens(%x: tensor<2x8xf32>) -> tensor<1x50xf32> {
  // expected-error@+1 {{expects 'x' and 'output' to have as many tokens, but they have 2 and 1}}
  %y = lfm2.head %x, @w : tensor<2x8xf32> -> tensor<1x50xf32>
  return %y : tensor<1x50xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<24x16xf32>
func.func @linear_inputs(%x: tensor<?x8xf32>) -> tensor<?x24xf32> {
  // expected-error@+1 {{expects 'weight' to be 24 x 8 (outputs x inputs), but @w is 24 x 16}}
  %y = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<24xf32>
func.func @linear_rank(%x: tensor<?x8xf32>) -> tensor<?x24xf32> {
  // expected-error@+1 {{expects 'weight' to be 24 x 8 (outputs x inputs), but @w is 24}}
  %y = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

lfm2.weight @w : tensor<24x8xf32>
func.func @linear_tokens(%x: tensor<2x8xf32>) -> tensor<3x24xf32> {
  // expected-error@+1 {{expects 'x' and 'output' to have as many tokens, but they have 2 and 3}}
  %y = lfm2.linear %x, @w : tensor<2x8xf32> -> tensor<3x24xf32>
  return %y : tensor<3x24xf32>
}

// -----

lfm2.weight @w : tensor<24x8xf32>
func.func @linear_dynamic(%x: tensor<?x?xf32>) -> tensor<?x24xf32> {
  // expected-error@+1 {{expects 'x' to have a fixed number of channels; only the number of tokens may be dynamic}}
  %y = lfm2.linear %x, @w : tensor<?x?xf32> -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<16xf32>
func.func @norm_channels(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'weight' to be 8 (channels), but @w is 16}}
  %y = lfm2.rms_norm %x, @w eps(1.0e-5) : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @w : tensor<8xf32>
func.func @norm_eps(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'eps' to be positive, but it is 0}}
  %y = lfm2.rms_norm %x, @w eps(0.0) : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @w : tensor<8xf32>
func.func @norm_eps_nan(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'eps' to be positive, but it is nan}}
  %y = "lfm2.rms_norm"(%x) {weight = @w, eps = 0x7FF8000000000000 : f64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
