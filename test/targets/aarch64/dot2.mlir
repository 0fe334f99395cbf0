// dot2 is one instruction for four lanes where the CPU has it, else exact products
// and two sums.

// RUN: lfm2-opt %s --aarch64-lower-dot2=instruction=true | FileCheck %s --check-prefix=BF16
// RUN: lfm2-opt %s --aarch64-lower-dot2 | FileCheck %s --check-prefix=PLAIN

// BF16-LABEL:   func.func @two
// BF16-COUNT-2:   llvm.call_intrinsic "llvm.aarch64.neon.bfdot.v4f32.v8bf16"
// BF16-NOT:       arith.mulf
// BF16:           return
// PLAIN-LABEL:  func.func @two
// PLAIN-COUNT-2:  arith.mulf
// PLAIN-NOT:      llvm.call_intrinsic
// PLAIN:          return
func.func @two(%acc: vector<8xf32>, %w: vector<16xbf16>, %x: vector<16xbf16>) -> vector<8xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<8xf32>, vector<16xbf16>
  return %r : vector<8xf32>
}

// BF16-LABEL: func.func @one
// BF16-SAME:    %[[ACC:.*]]: vector<4xf32>, %[[W:.*]]: vector<8xbf16>, %[[X:.*]]: vector<8xbf16>
// BF16-NEXT:    llvm.call_intrinsic "llvm.aarch64.neon.bfdot.v4f32.v8bf16"(%[[ACC]], %[[W]], %[[X]])
// BF16-NEXT:    return
func.func @one(%acc: vector<4xf32>, %w: vector<8xbf16>, %x: vector<8xbf16>) -> vector<4xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<4xf32>, vector<8xbf16>
  return %r : vector<4xf32>
}

// BF16-LABEL:   func.func @narrow
// BF16-COUNT-2: arith.mulf
func.func @narrow(%acc: vector<2xf32>, %w: vector<4xbf16>, %x: vector<4xbf16>) -> vector<2xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<2xf32>, vector<4xbf16>
  return %r : vector<2xf32>
}
