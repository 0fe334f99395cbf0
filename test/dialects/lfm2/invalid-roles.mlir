// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{has the attribute 'lfm2.roll' on argument 0, which the lfm2 dialect does not have; it has 'lfm2.role'}}
func.func private @name(tensor<?xi32> {lfm2.roll = #lfm2.role<tokens>})

// -----

// expected-error@+2 {{failed to parse LFM2_RoleAttr parameter}}
// expected-error@+1 {{expected one of [tokens, position, embeddings, conv_state, keys, values, logits, hidden, vectors, token_vectors, kept] for a role, got: ids}}
func.func private @word(tensor<?xi32> {lfm2.role = #lfm2.role<ids>})

// -----

// expected-error@+1 {{expects 'lfm2.role' to be a #lfm2.role, but on argument 0 it is "tokens"}}
func.func private @text(tensor<?xi32> {lfm2.role = "tokens"})

// -----

// expected-error@+1 {{expects 'lfm2.role' on an argument or a result of a function, not here}}
func.func private @place() attributes {lfm2.role = #lfm2.role<tokens>}

// -----

// expected-error@+1 {{has the role 'logits' on argument 0; it is one of results}}
func.func private @side(tensor<?x8xf32> {lfm2.role = #lfm2.role<logits>})

// -----

// expected-error@+1 {{has the role 'position' on result 0; it is one of arguments}}
func.func private @other_side() -> (index {lfm2.role = #lfm2.role<position>})

// -----

// expected-error@+1 {{expects argument 0, which has the role 'tokens', to be tensor<?xi32>, but it is 'tensor<?xi64>'}}
func.func private @tokens(tensor<?xi64> {lfm2.role = #lfm2.role<tokens>})

// -----

// expected-error@+1 {{expects argument 0, which has the role 'position', to be index, but it is 'i32'}}
func.func private @position(i32 {lfm2.role = #lfm2.role<position>})

// -----

// expected-error@+1 {{expects argument 0, which has the role 'conv_state', to be tensor<KxNxf32>, but it is 'tensor<?x8xf32>'}}
func.func private @columns(tensor<?x8xf32> {lfm2.role = #lfm2.role<conv_state>})

// -----

// expected-error@+1 {{expects argument 0, which has the role 'keys', to be tensor<?xGxDxE>, E being f16, f32, q8_0 or q4_0, but it is 'tensor<?x2x8xi32>'}}
func.func private @cache(tensor<?x2x8xi32> {lfm2.role = #lfm2.role<keys>})

// -----

// expected-error@+1 {{expects result 0, which has the role 'hidden', to be tensor<?xNxf32>, but it is 'tensor<?x?xf32>'}}
func.func private @hidden() -> (tensor<?x?xf32> {lfm2.role = #lfm2.role<hidden>})

// -----

// expected-error@+1 {{has roles, but argument 1 has none; expected 'lfm2.role' on each argument and result}}
func.func private @missing(tensor<?xi32> {lfm2.role = #lfm2.role<tokens>}, index)

// -----

// expected-error@+1 {{has roles, but result 0 has none; expected 'lfm2.role' on each argument and result}}
func.func private @missing_result(tensor<?xi32> {lfm2.role = #lfm2.role<tokens>}) -> tensor<?x8xf32>

// -----

// expected-error@+1 {{has the role 'tokens' on more than one argument, of which there can be one}}
func.func private @twice(tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                         tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})

// -----

// expected-error@+1 {{has the role 'hidden' on more than one result, of which there can be one}}
func.func private @twice_result()
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>},
        tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>})

// -----

// expected-error@+1 {{takes 1 arguments with the role 'conv_state', but gives 0 results; expected one for each}}
func.func private @lost(tensor<2x8xf32> {lfm2.role = #lfm2.role<conv_state>})

// -----

// expected-error@+1 {{expects argument 0 and result 0, both 'conv_state', to be of one type, but they are 'tensor<2x8xf32>' and 'tensor<3x8xf32>'}}
func.func private @changed(tensor<2x8xf32> {lfm2.role = #lfm2.role<conv_state>})
    -> (tensor<3x8xf32> {lfm2.role = #lfm2.role<conv_state>})

// -----

// expected-error@+1 {{expects as many arguments with the role 'keys' as with the role 'values'}}
func.func private @keys_alone(tensor<?x2x8xf16> {lfm2.role = #lfm2.role<keys>})
    -> (tensor<?x2x8xf16> {lfm2.role = #lfm2.role<keys>})
