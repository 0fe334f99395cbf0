// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// What the profile knows of an entry.

module attributes {exec.entries = [{
    name = "decode", stretches = [#exec.stretch<layer = "", phase = "embed">, #exec.stretch<layer = "conv_ffn", phase = "out", weights = 64>],
    order = array<i16: 0, 1, 1>, layers = array<i16: -1, 0, 1>}]} {}

// -----

// expected-error@+1 {{the stretch '' of 'conv_ffn' has no name in 'phase'}}
module attributes {exec.entries = [{name = "decode", stretches = [#exec.stretch<layer = "conv_ffn", phase = "">]}]} {}

// -----

// expected-error@+1 {{the stretch 'out' of 'conv_ffn' expects 'near' not to be negative, but it is -128}}
module attributes {exec.entries = [{name = "decode", stretches = [#exec.stretch<layer = "conv_ffn", phase = "out", near = -128>]}]} {}

// -----

// expected-error@+1 {{the stretch 'out' of 'conv_ffn' expects 'macs' not to be negative, but it is -1}}
module attributes {exec.entries = [{name = "decode", stretches = [#exec.stretch<layer = "conv_ffn", phase = "out", macs = -1>]}]} {}

// -----

// expected-error@+1 {{the stretch 'experts_up' of 'conv_moe' uses 3 of 2 experts}}
module attributes {exec.entries = [{name = "decode", stretches = [#exec.stretch<layer = "conv_moe", phase = "experts_up", experts = 2, used = 3>]}]} {}

// -----

// expected-error@+1 {{expects 'stretches' of an entry to be an array of #exec.stretch, but it is 7}}
module attributes {exec.entries = [{name = "decode", stretches = 7 : i64}]} {}

// -----

// expected-error@+1 {{expects, beside 'stretches' of an entry, 'order' and 'layers' as arrays of i16 of one size}}
module attributes {exec.entries = [{
    name = "decode", stretches = [#exec.stretch<layer = "", phase = "embed">], order = array<i16: 0>, layers = array<i16>}]} {}

// -----

// expected-error@+1 {{'order' of an entry names stretch 1 of 1}}
module attributes {exec.entries = [{
    name = "decode", stretches = [#exec.stretch<layer = "", phase = "embed">], order = array<i16: 1>, layers = array<i16: -1>}]} {}

// -----

// expected-error@+1 {{expects 'exec.entries' to be an array, with a dictionary for each size of step, but it is "decode"}}
module attributes {exec.entries = "decode"} {}

// -----

// expected-error@+1 {{expects every element of 'exec.entries' to be a dictionary with a string 'name', but one is 7}}
module attributes {exec.entries = [{name = "decode"}, 7 : i64]} {}

// -----

// expected-error@+1 {{expects every element of 'exec.entries' to be a dictionary with a string 'name', but one is {tokens = 1}}
module attributes {exec.entries = [{tokens = 1 : i64}]} {}

// -----

// expected-error@+1 {{expects every element of 'exec.entries' to be a dictionary with a string 'name', but one is {name = 1}}
module attributes {exec.entries = [{name = 1 : i64}]} {}
