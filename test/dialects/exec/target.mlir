// RUN: lfm2-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// What is left out has its default; all is printed, so that a file says it all.
// CHECK: exec.target = #exec.target<arch = "x86_64", dot = "avx2", process_bytes = 0, address_bits = 64, lanes = 8,
// CHECK-SAME: registers = 16, {{.*}}, fma = false, int_to_float = true, bf16dot = false>
module attributes {exec.target = #exec.target<lanes = 8, dot = "avx2", arch = "x86_64", fma = false>} {}

// -----

// expected-error@+1 {{unknown fact 'lane' (did you mean 'lanes'}}
module attributes {exec.target = #exec.target<lane = 8>} {}

// -----

// expected-error@+1 {{the fact 'fma' stands twice}}
module attributes {exec.target = #exec.target<lanes = 8, fma = true, fma = true>} {}

// -----

// expected-error@+1 {{the fact 'lanes' is missing, which has no default}}
module attributes {exec.target = #exec.target<fma = true>} {}

// -----

// expected-error@+1 {{expects the fact 'near_threads' to be at least 1, but it is 0}}
module attributes {exec.target = #exec.target<lanes = 8, near_threads = 0>} {}

// -----

// expected-error@+1 {{expected 'false' or true}}
module attributes {exec.target = #exec.target<lanes = 8, fma = 1>} {}

// -----

// expected-error@+1 {{expected integer value}}
module attributes {exec.target = #exec.target<lanes = "many">} {}

// -----

// expected-error@+1 {{expected string}}
module attributes {exec.target = #exec.target<lanes = 8, dot = 4>} {}

// -----

// expected-error@+1 {{expects 'exec.target' to be #exec.target, but it is {lanes = 8 : i64}}}
module attributes {exec.target = {lanes = 8 : i64}} {}

// -----

// expected-error@+1 {{has the unknown attribute 'exec.traget' (did you mean 'exec.target'}}
module attributes {exec.traget = #exec.target<lanes = 8>} {}

// -----

// expected-error@+1 {{expects 'exec.weights_bytes' to be an integer, but it is "many"}}
module attributes {exec.weights_bytes = "many"} {}
