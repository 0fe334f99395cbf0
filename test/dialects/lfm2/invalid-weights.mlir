// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expects a fixed shape of one to three dimensions, but it is 'tensor<?x8xf32>'}}
lfm2.weight @w : tensor<?x8xf32>

// -----

// expected-error@+1 {{expects a fixed shape of one to three dimensions, but it is 'tensor<f32>'}}
lfm2.weight @w : tensor<f32>

// -----

// expected-error@+1 {{expects positive sizes, but it is 'tensor<0x8xf32>'}}
lfm2.weight @w : tensor<0x8xf32>

// -----

// expected-error@+1 {{expects elements of f32, f16, bf16 or !lfm2.quant, but they are 'i8'}}
lfm2.weight @w : tensor<8x8xi8>

// -----

// expected-error@+2 {{expects rows of whole blocks of 256 elements, the size that q6_k has, but a row has 96}}
// expected-note@+1 {{store this tensor in f16 or bf16, or in a format whose block size divides 96}}
lfm2.weight @w : tensor<8x96x!lfm2.quant<q6_k>>

// -----

// expected-error@+1 {{'q8_1' is not a weight format; there are f32, f16, bf16}}
lfm2.weight @w : tensor<8x256x!lfm2.quant<q8_1>>

// -----

// expected-error@+1 {{'f16' is not a block format; write its elements as f16 instead of !lfm2.quant<f16>}}
lfm2.weight @w : tensor<8x256x!lfm2.quant<f16>>

// -----

func.func @no_weight(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+2 {{expects 'weight' to name an lfm2.weight, but there is no @w}}
  // expected-note@+1 {{declare it beside the function: 'lfm2.weight @w : tensor<...>'}}
  %y = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
func.func private @w()
func.func @not_a_weight(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'weight' to name an lfm2.weight, but @w is something else}}
  %y = lfm2.rms_norm %x, @w eps(1.0e-5) : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @w : tensor<32x!lfm2.quant<q8_0>>
func.func @quantized_norm(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'weight' to be stored in f32, f16 or bf16, but @w is in q8_0}}
  %y = lfm2.rms_norm %x, @w eps(1.0e-5) : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
