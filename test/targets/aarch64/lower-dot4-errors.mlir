// RUN: lfm2-opt %s --aarch64-lower-dot4="form=sve vector-bytes=32" --verify-diagnostics

func.func @lanes(%acc: vector<12xi32>, %w: vector<48xi8>, %x: vector<48xi8>) -> vector<12xi32> {
  // expected-error@+1 {{expected a number of lanes that AArch64 has vectors of 32 bytes for, but found 12}}
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<12xi32>, vector<48xi8>
  return %a : vector<12xi32>
}
