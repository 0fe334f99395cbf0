// RUN: lfm2-opt %s --hexagon-lower-dot4 | FileCheck %s

// One group of four for all lanes stays in a scalar register.
// CHECK-LABEL: func.func @unsigned
// CHECK-SAME:    (%[[A:.*]]: vector<32xi32>, %[[W:.*]]: vector<128xi8>, %[[X:.*]]: i32)
// CHECK:         %[[V:.*]] = vector.bitcast %[[W]] : vector<128xi8> to vector<32xi32>
// CHECK:         %[[R:.*]] = llvm.call_intrinsic "llvm.hexagon.V6.vrmpybus.acc.128B"(%[[A]], %[[V]], %[[X]])
// CHECK:         return %[[R]]
func.func @unsigned(%acc: vector<32xi32>, %w: vector<128xi8>, %x: i32) -> vector<32xi32> {
  %s = vector.broadcast %x : i32 to vector<32xi32>
  %b = vector.bitcast %s : vector<32xi32> to vector<128xi8>
  %r = exec.dot4 %acc, %w, %b {bits = 4 : i64} : vector<32xi32>, vector<128xi8>
  return %r : vector<32xi32>
}

// CHECK-LABEL: func.func @lanes_of_their_own
// CHECK:         "llvm.hexagon.V6.vrmpybusv.acc.128B"
func.func @lanes_of_their_own(%acc: vector<32xi32>, %w: vector<128xi8>, %x: vector<128xi8>) -> vector<32xi32> {
  %r = exec.dot4 %acc, %w, %x {bits = 8 : i64} : vector<32xi32>, vector<128xi8>
  return %r : vector<32xi32>
}

// The scalar form has no signed weights.
// CHECK-LABEL: func.func @signed
// CHECK-NOT:     vrmpybus
// CHECK:         "llvm.hexagon.V6.vrmpybv.acc.128B"
func.func @signed(%acc: vector<32xi32>, %w: vector<128xi8>, %x: i32) -> vector<32xi32> {
  %s = vector.broadcast %x : i32 to vector<32xi32>
  %b = vector.bitcast %s : vector<32xi32> to vector<128xi8>
  %r = exec.dot4 %acc, %w, %b {bits = 8 : i64, signed_w} : vector<32xi32>, vector<128xi8>
  return %r : vector<32xi32>
}

// Longer vectors are taken in parts.
// CHECK-LABEL: func.func @two_vectors
// CHECK-COUNT-2: "llvm.hexagon.V6.vrmpybusv.acc.128B"
// CHECK-NOT:     exec.dot4
func.func @two_vectors(%acc: vector<64xi32>, %w: vector<256xi8>, %x: vector<256xi8>) -> vector<64xi32> {
  %r = exec.dot4 %acc, %w, %x {bits = 8 : i64} : vector<64xi32>, vector<256xi8>
  return %r : vector<64xi32>
}

// The table's bytes are at even places.
// CHECK-LABEL: func.func @codes
// CHECK:         arith.constant dense<"0x0100FE0003000000
// CHECK:         "llvm.hexagon.V6.vlutvvb.128B"
func.func @codes(%q: vector<128xi8>) -> vector<128xi8> {
  %w = exec.lookup %q [1, -2, 3] : vector<128xi8>
  return %w : vector<128xi8>
}
