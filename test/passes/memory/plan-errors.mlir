// RUN: lfm2-opt %s --exec-plan-memory --split-input-file --verify-diagnostics

// expected-error@+1 {{expected the entries of the program in 'exec.entries'; run exec-tile-phases first}}
module {
}

// -----

// A buffer of no entry would have no place.
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1">,
                                   #exec.entry<name = "prefill", tokens = 8, symbol = "step_8">]} {
// expected-error@+1 {{'@x' is a buffer of the entry 'decoed', which 'exec.entries' does not have; expected one of 'decode', 'prefill'}}
exec.buffer @x {entry = "decoed", bytes = 64 : i64, first = 0 : i64, last = 0 : i64}
func.func @step_1() -> index {
  %x = exec.address @x
  return %x : index
}
}

// -----

// Nor would one that stands in another op.
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1">]} {
module @inner {
  exec.buffer @x {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 0 : i64}
  func.func @step_1() -> index {
    // expected-error@+1 {{refers to '@x' of an op within the module; only what stands in the module itself is placed}}
    %x = exec.address @x
    return %x : index
  }
}
}
