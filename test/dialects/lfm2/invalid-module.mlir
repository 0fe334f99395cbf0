// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{has the attribute 'lfm2.modle', which the lfm2 dialect does not have; it has 'lfm2.model', 'lfm2.source', 'lfm2.adapters', 'lfm2.checkpoint', 'lfm2.options' and 'lfm2.layer'}}
module attributes {lfm2.modle = "x"} {
}

// -----

// expected-error@+1 {{expects 'lfm2.source' on a module, not here}}
func.func private @f() attributes {lfm2.source = "x"}

// -----

// expected-error@+1 {{expects 'lfm2.model' to be a #lfm2.model, but it is "x"}}
module attributes {lfm2.model = "x"} {
}

// -----

// expected-error@+1 {{expects 'lfm2.source' to be the path of a checkpoint, but it is 1 : i64}}
module attributes {lfm2.source = 1 : i64} {
}

// -----

// expected-error@+1 {{expects 'lfm2.adapters' to be a list of paths of adapters, but it is "x"}}
module attributes {lfm2.adapters = "x"} {
}

// -----

// expected-error@+1 {{expects 'lfm2.adapters' to be a list of paths of adapters, but it is ["x", 1]}}
module attributes {lfm2.adapters = ["x", 1]} {
}

// -----

// expected-error@+1 {{expects 'lfm2.checkpoint' to be a dictionary, but it is "x"}}
module attributes {lfm2.checkpoint = "x"} {
}

// -----

// expected-error@+1 {{expects 'lfm2.options' to be a #lfm2.options, but it is "x"}}
module attributes {lfm2.options = "x"} {
}

// -----

// expected-error@+1 {{expects 'lfm2.options' on a module, not here}}
func.func private @f() attributes {lfm2.options = #lfm2.options<chunk = 1>}

// -----

// expected-error@+1 {{expects 'taps' to be positive, but it is 0}}
module attributes {lfm2.model = #lfm2.model<name = "", architecture = "lfm2", hidden = 8, vocab = 50, heads = 2, head_size = 4, taps = 0, context_length = 64, norm_eps = 1.0e-5, rope_theta = 1.0e6, causal = true, layers = [conv]>} {
}

// -----

// expected-error@+1 {{expects 'lfm2.layer' to be a #lfm2.layer, but it is 3}}
module attributes {lfm2.layer = 3 : i64} {}

// -----

// expected-error@+1 {{expects the 'index' of a layer not to be negative, but it is -1}}
module attributes {lfm2.layer = #lfm2.layer<index = -1, kind = "conv_ffn">} {}

// -----

// expected-error@+1 {{expects the 'kind' of layer 3 to be a name of letters, digits and underscores, but it is ''}}
module attributes {lfm2.layer = #lfm2.layer<index = 3, kind = "">} {}

// -----

// expected-error@+1 {{expects the 'kind' of layer 3 to be a name of letters, digits and underscores, but it is 'conv ffn'}}
module attributes {lfm2.layer = #lfm2.layer<index = 3, kind = "conv ffn">} {}
