// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// lfm2.swiglu

func.func @swiglu(%gate: tensor<?x24xf32>, %up: tensor<?x16xf32>) -> tensor<?x24xf32> {
  // expected-note@-1 {{prior use here}}
  // expected-error@+1 {{use of value '%up' expects different type than prior uses: 'tensor<?x24xf32>' vs 'tensor<?x16xf32>'}}
  %a = lfm2.swiglu %gate, %up : tensor<?x24xf32>
  return %a : tensor<?x24xf32>
}

// -----

func.func @swiglu_type(%gate: tensor<?x24xf16>) -> tensor<?x24xf16> {
  // expected-error@+1 {{operand #0 must be 2D tensor of 32-bit float values, but got 'tensor<?x24xf16>'}}
  %a = lfm2.swiglu %gate, %gate : tensor<?x24xf16>
  return %a : tensor<?x24xf16>
}

// -----

// lfm2.route

lfm2.weight @router : tensor<6x8xf32>
func.func @too_many(%u: tensor<?x8xf32>) -> tensor<?x7xf32> {
  // expected-error@+1 {{expects to use at most the 6 experts of @router, but uses 7}}
  %w, %e = lfm2.route %u, @router use(7) scale(1.0) : tensor<?x8xf32> -> tensor<?x7xf32>, tensor<?x7xi32>
  return %w : tensor<?x7xf32>
}

// -----

func.func @none_used(%u: tensor<?x8xf32>) -> tensor<?x2xf32> {
  // expected-error@+1 {{expects 'use' to be positive, but it is 0}}
  %w, %e = lfm2.route %u, @router use(0) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w : tensor<?x2xf32>
}

// -----

func.func @no_scale(%u: tensor<?x8xf32>) -> tensor<?x2xf32> {
  // expected-error@+1 {{expects 'scale' to be positive, but it is -0.5}}
  %w, %e = lfm2.route %u, @router use(2) scale(-0.5) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w : tensor<?x2xf32>
}

// -----

func.func @columns(%u: tensor<?x8xf32>) -> tensor<?x2xf32> {
  // expected-error@+1 {{expects 'weights' and 'experts' to have 2 columns, one per expert in use, but they have 2 and 3}}
  %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x3xi32>
  return %w : tensor<?x2xf32>
}

// -----

func.func @route_tokens(%u: tensor<3x8xf32>) -> tensor<2x2xf32> {
  // expected-error@+1 {{expects 'u' and 'weights' to have as many tokens, but they have 3 and 2}}
  %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<3x8xf32> -> tensor<2x2xf32>, tensor<3x2xi32>
  return %w : tensor<2x2xf32>
}

// -----

func.func @route_expert_tokens(%u: tensor<3x8xf32>) -> tensor<3x2xf32> {
  // expected-error@+1 {{expects 'u' and 'experts' to have as many tokens, but they have 3 and 4}}
  %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<3x8xf32> -> tensor<3x2xf32>, tensor<4x2xi32>
  return %w : tensor<3x2xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @router : tensor<6x16xf32>
func.func @router_channels(%u: tensor<?x8xf32>) -> tensor<?x2xf32> {
  // expected-error@+1 {{expects 'gate' to be ? x 8 (experts x channels), but @router is 6 x 16}}
  %w, %e = lfm2.route %u, @router use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w : tensor<?x2xf32>
}

// -----

lfm2.weight @router : tensor<6x8xf32>
// expected-note@+1 {{it is declared here}}
lfm2.weight @bias : tensor<8xf32>
func.func @bias_size(%u: tensor<?x8xf32>) -> tensor<?x2xf32> {
  // expected-error@+1 {{expects 'bias' to be 6 (experts), but @bias is 8}}
  %w, %e = lfm2.route %u, @router bias(@bias) use(2) scale(1.0) : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w : tensor<?x2xf32>
}

// -----

// lfm2.experts

func.func @expert_shapes(%u: tensor<?x8xf32>, %w: tensor<?x2xf32>, %e: tensor<?x3xi32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'weights' and 'experts' to have one shape, but they are ? x 2 and ? x 3}}
  %y = lfm2.experts %u, %w, %e gate(@g) up(@g) down(@d) : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x3xi32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @expert_tokens(%u: tensor<3x8xf32>, %w: tensor<4x2xf32>, %e: tensor<4x2xi32>) -> tensor<3x8xf32> {
  // expected-error@+1 {{expects 'u' and 'weights' to have as many tokens, but they have 3 and 4}}
  %y = lfm2.experts %u, %w, %e gate(@g) up(@g) down(@d) : tensor<3x8xf32>, tensor<4x2xf32>, tensor<4x2xi32>
  return %y : tensor<3x8xf32>
}

// -----

// expected-note@+1 {{it is declared here}}
lfm2.weight @g : tensor<12x8xf32>
func.func @expert_gate(%u: tensor<?x8xf32>, %w: tensor<?x2xf32>, %e: tensor<?x2xi32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'gate' to be ? x ? x 8 (experts x rows x channels), but @g is 12 x 8}}
  %y = lfm2.experts %u, %w, %e gate(@g) up(@g) down(@d) : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @g : tensor<6x12x8xf32>
// expected-note@+1 {{it is declared here}}
lfm2.weight @u : tensor<5x12x8xf32>
func.func @expert_up(%u: tensor<?x8xf32>, %w: tensor<?x2xf32>, %e: tensor<?x2xi32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'up' to be 6 x 12 x 8 (experts x rows x channels), but @u is 5 x 12 x 8}}
  %y = lfm2.experts %u, %w, %e gate(@g) up(@u) down(@d) : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @g : tensor<6x12x8xf32>
func.func @expert_down(%u: tensor<?x8xf32>, %w: tensor<?x2xf32>, %e: tensor<?x2xi32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'down' to name an lfm2.weight, but there is no @d}}
  %y = lfm2.experts %u, %w, %e gate(@g) up(@g) down(@d) : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  // expected-note@-1 {{declare it beside the function}}
  return %y : tensor<?x8xf32>
}

// -----

lfm2.weight @g : tensor<6x12x8xf32>
// expected-note@+1 {{it is declared here}}
lfm2.weight @d : tensor<6x12x8xf32>
func.func @expert_down_shape(%u: tensor<?x8xf32>, %w: tensor<?x2xf32>, %e: tensor<?x2xi32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expects 'down' to be 6 x 8 x 12 (experts x channels x rows), but @d is 6 x 12 x 8}}
  %y = lfm2.experts %u, %w, %e gate(@g) up(@g) down(@d) : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  return %y : tensor<?x8xf32>
}
