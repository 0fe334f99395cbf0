// RUN: lfm2-opt %s --exec-to-llvm --verify-diagnostics --split-input-file

// Which instructions a dot product is made of is the target's affair.
func.func @dot(%acc: vector<8xi32>, %w: vector<32xi8>) -> vector<8xi32> {
  // expected-error@+1 {{has no lowering on this target: dot products (exec.dot4, exec.dot2) and stages need passes of their own}}
  %r = exec.dot4 %acc, %w, %w {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  return %r : vector<8xi32>
}

// -----

// Nor is how something is copied beside the computation.
func.func @stage(%to: !exec.ptr<near>, %from: !exec.ptr<weights>, %i: index) {
  // expected-error@+1 {{and stages need passes of their own}}
  exec.stage_start %to[%i] = %from[%i] {bytes = 64 : i64}
  return
}

// -----

// Memory must be planned first.
exec.buffer @b {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 0 : i64}
func.func @address() -> index {
  // expected-error@+1 {{addresses must be planned}}
  %o = exec.address @b
  return %o : index
}
