// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// What the profile knows of an entry, and that it need not know.

module attributes {exec.entries = [
    #exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = 64, near = 128,
        stretches = [#exec.stretch<layer = "", phase = "embed">, #exec.stretch<layer = "conv_ffn", phase = "out", weights = 64>],
        order = [0, 1, 1], layers = [-1, 0, 1]>,
    #exec.entry<name = "prefill", tokens = 8, symbol = "step_8">]} {}

// -----

// expected-error@+1 {{the stretch '' of 'conv_ffn' has no name in 'phase'}}
module attributes {test.example = #exec.stretch<layer = "conv_ffn", phase = "">} {}

// -----

// expected-error@+1 {{the stretch 'out' of 'conv_ffn' expects 'near' not to be negative, but it is -128}}
module attributes {test.example = #exec.stretch<layer = "conv_ffn", phase = "out", near = -128>} {}

// -----

// expected-error@+1 {{the stretch 'out' of 'conv_ffn' expects 'macs' not to be negative, but it is -1}}
module attributes {test.example = #exec.stretch<layer = "conv_ffn", phase = "out", macs = -1>} {}

// -----

// expected-error@+1 {{the stretch 'experts_up' of 'conv_moe' uses 3 of 2 experts}}
module attributes {test.example = #exec.stretch<layer = "conv_moe", phase = "experts_up", experts = 2, used = 3>} {}

// -----

// expected-error@+1 {{the entry 'decode' expects 'stretches' to hold #exec.stretch, but they are [7]}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", stretches = [7], order = [0], layers = [0]>]} {}

// -----

// expected-error@+1 {{the entry 'decode' expects as many 'layers' as there are in 'order'}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", stretches = [#exec.stretch<layer = "", phase = "embed">], order = [0], layers = []>]} {}

// -----

// expected-error@+1 {{the entry 'decode' expects the 'order' of its 'stretches'}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", stretches = [#exec.stretch<layer = "", phase = "embed">]>]} {}

// -----

// expected-error@+1 {{the entry 'decode' names stretch 1 of 1 in 'order'}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", stretches = [#exec.stretch<layer = "", phase = "embed">], order = [1], layers = [-1]>]} {}

// -----

// expected-error@+1 {{the entry '' expects a 'name' and the 'symbol' of its function}}
module attributes {exec.entries = [#exec.entry<name = "", tokens = 1, symbol = "step_1">]} {}

// -----

// expected-error@+1 {{the entry 'decode' expects 'tokens' to be positive, but it is 0}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 0, symbol = "step_1">]} {}

// -----

// expected-error@+1 {{the entry 'decode' expects 'scratch' not to be negative, but it is -64}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = -64>]} {}

// -----

// expected-error@+1 {{the entry 'decode' expects 'near' to be a multiple of 128, but it is 64}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", near = 64>]} {}

// -----

// expected-error@+1 {{duplicate or unknown struct parameter name: nmae}}
module attributes {exec.entries = [#exec.entry<nmae = "decode", tokens = 1, symbol = "step_1">]} {}

// -----

// expected-error@+1 {{struct is missing required parameter: symbol}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1>]} {}

// -----

// expected-error@+1 {{expects entries with names and functions of their own, but two of 'exec.entries' have those of 'decode'}}
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1">, #exec.entry<name = "decode", tokens = 2, symbol = "step_2">]} {}

// -----

// expected-error@+1 {{expects 'exec.entries' to be an array of #exec.entry, one for each size of step, but it is "decode"}}
module attributes {exec.entries = "decode"} {}

// -----

// expected-error@+1 {{expects 'exec.entries' to be an array of #exec.entry, one for each size of step, but it is [{name}}
module attributes {exec.entries = [{name = "decode"}]} {}
