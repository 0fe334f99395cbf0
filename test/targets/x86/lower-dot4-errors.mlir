// RUN: lfm2-opt %s --x86-lower-dot4 --verify-diagnostics

func.func @lanes(%acc: vector<12xi32>, %w: vector<48xi8>, %x: vector<48xi8>) -> vector<12xi32> {
  // expected-error@+1 {{expected 4, 8 or a multiple of 16 lanes, which x86-64 has vectors for, but found 12}}
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<12xi32>, vector<48xi8>
  return %a : vector<12xi32>
}
