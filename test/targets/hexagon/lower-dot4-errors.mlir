// RUN: lfm2-opt %s --hexagon-lower-dot4 --verify-diagnostics

func.func @lanes(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  // expected-error@+1 {{expected a multiple of 32 lanes, which a vector of HVX has, but found 8}}
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  return %a : vector<8xi32>
}
