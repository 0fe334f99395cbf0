// RUN: lfm2-opt %s --exec-outline-kernels --split-input-file --verify-diagnostics

// expected-error@+1 {{expected the entries of the program in 'exec.entries'; run exec-tile-phases first}}
module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
}

// -----

// expected-error@+1 {{expected a target whose threads are workgroups: the fact 'slices' is 0}}
module attributes {exec.target = #exec.target<lanes = 8>, exec.entries = []} {
}

// -----

// The profile would name kernels wrongly.
module attributes {
    exec.target = #exec.target<lanes = 8, slices = 32>,
    exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1",
        stretches = [#exec.stretch<layer = "", phase = "a">, #exec.stretch<layer = "", phase = "b">],
        order = [0, 1], layers = [-1, -1]>]} {
// expected-error@+1 {{has 1 kernels, but 'exec.entries' has 2 stretches between barriers}}
func.func @step_1(%step: !exec.ptr<step>, %thread: i32) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  exec.store %one, %scratch[%c0] : f32 in scratch
  // No work stands behind the barrier.
  %cancelled = exec.barrier %step, %thread
  return
}
}
