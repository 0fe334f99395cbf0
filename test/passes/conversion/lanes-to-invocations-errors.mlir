// RUN: lfm2-opt %s --exec-lanes-to-invocations --split-input-file --verify-diagnostics

// expected-error@+1 {{expected a target whose threads are workgroups: the fact 'slices' is 0}}
module attributes {exec.target = #exec.target<lanes = 8>} {
}

// -----

// An element of another lane.
module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
func.func @element(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %scratch[%at] : vector<8xf32> in scratch
  // expected-error@+1 {{'vector.extract' takes apart a vector that lanes hold; expected it within exec.by_invocation}}
  %x = vector.extract %v[0] : f32 from vector<8xf32>
  exec.store %x, %scratch[%at] : f32 in scratch
  return
}
}

// -----

// Elements of other lanes.
module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
func.func @slice(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %scratch[%at] : vector<16xf32> in scratch
  // expected-error@+1 {{'vector.extract_strided_slice' takes apart a vector that lanes hold}}
  %x = vector.extract_strided_slice %v {offsets = [4], sizes = [8], strides = [1]} : vector<16xf32> to vector<8xf32>
  exec.store %x, %scratch[%at] : vector<8xf32> in scratch
  return
}
}

// -----

module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
func.func @shuffle(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %scratch[%at] : vector<8xf32> in scratch
  // expected-error@+1 {{'vector.shuffle' takes apart a vector that lanes hold}}
  %x = vector.shuffle %v, %v [7, 6, 5, 4, 3, 2, 1, 0] : vector<8xf32>, vector<8xf32>
  exec.store %x, %scratch[%at] : vector<8xf32> in scratch
  return
}
}

// -----

// Bytes of a word that are added would carry into each other.
module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
func.func @bytes(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %scratch[%at] : vector<32xi8> in scratch
  // expected-error@+1 {{'arith.addi' takes apart a vector that lanes hold}}
  %x = arith.addi %v, %v : vector<32xi8>
  exec.store %x, %scratch[%at] : vector<32xi8> in scratch
  return
}
}

// -----

// Code of one invocation has no vector of all lanes.
module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
func.func @alone(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  // expected-error@+1 {{'exec.load' takes apart a vector that lanes hold; expected it within exec.by_invocation}}
  %v = exec.load %scratch[%at] : vector<8xf32> in scratch
  exec.by_invocation {
    exec.store %v, %scratch[%at] : vector<8xf32> in scratch
  }
  return
}
}

// -----

module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
// expected-error@+1 {{expected the bytes of a word to be the same in a constant, but found dense<[1, 2, }}
func.func @constant(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = arith.constant dense<[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]> : vector<32xi8>
  exec.store %v, %scratch[%at] : vector<32xi8> in scratch
  return
}
}
