// dot2 is one instruction where the CPU has it, else exact products and two sums.

// RUN: lfm2-opt %s --x86-lower-dot2=instruction=true | FileCheck %s --check-prefix=BF16
// RUN: lfm2-opt %s --x86-lower-dot2 | FileCheck %s --check-prefix=PLAIN

// BF16-LABEL: func.func @wide
// BF16-SAME:    %[[ACC:.*]]: vector<16xf32>, %[[W:.*]]: vector<32xbf16>, %[[X:.*]]: vector<32xbf16>
// BF16-NEXT:    llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%[[ACC]], %[[W]], %[[X]])

// PLAIN-LABEL: func.func @wide
// PLAIN-SAME:    %[[ACC:.*]]: vector<16xf32>, %[[W:.*]]: vector<32xbf16>, %[[X:.*]]: vector<32xbf16>
// PLAIN-DAG:     %[[LOW:.*]] = arith.constant dense<16> : vector<16xi32>
// PLAIN-DAG:     %[[HIGH:.*]] = arith.constant dense<-65536> : vector<16xi32>
// PLAIN:         arith.andi %{{.*}}, %[[HIGH]]
// PLAIN:         arith.mulf
// PLAIN:         %[[ODD:.*]] = arith.addf %[[ACC]],
// PLAIN:         arith.shli %{{.*}}, %[[LOW]]
// PLAIN:         arith.mulf
// PLAIN:         arith.addf %[[ODD]],
// PLAIN-NOT:     exec.dot2
func.func @wide(%acc: vector<16xf32>, %w: vector<32xbf16>, %x: vector<32xbf16>) -> vector<16xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<16xf32>, vector<32xbf16>
  return %r : vector<16xf32>
}

// BF16-LABEL: func.func @half
// BF16:         llvm.x86.avx512bf16.dpbf16ps.256
func.func @half(%acc: vector<8xf32>, %w: vector<16xbf16>, %x: vector<16xbf16>) -> vector<8xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<8xf32>, vector<16xbf16>
  return %r : vector<8xf32>
}

// More lanes are cut to pieces,
// BF16-LABEL: func.func @pieces
// BF16:         llvm.x86.avx512bf16.dpbf16ps.512
// BF16:         llvm.x86.avx512bf16.dpbf16ps.512
// BF16:         llvm.x86.avx512bf16.dpbf16ps.128
// BF16-COUNT-2: arith.mulf {{.*}} : vector<2xf32>
// BF16:         return
func.func @pieces(%acc: vector<38xf32>, %w: vector<76xbf16>, %x: vector<76xbf16>) -> vector<38xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<38xf32>, vector<76xbf16>
  return %r : vector<38xf32>
}

// and such as have no instruction are f32 arithmetic in any case.
// BF16-LABEL: func.func @narrow
// BF16-COUNT-2: arith.mulf
func.func @narrow(%acc: vector<2xf32>, %w: vector<4xbf16>, %x: vector<4xbf16>) -> vector<2xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<2xf32>, vector<4xbf16>
  return %r : vector<2xf32>
}

// Without the instruction f32 are rounded to bf16 by integers.
// BF16-LABEL:  func.func @round
// BF16-NEXT:     arith.truncf
// PLAIN-LABEL: func.func @round
// PLAIN-NOT:     arith.truncf
// PLAIN:         %[[BITS:.*]] = vector.bitcast %{{.*}} : vector<4xf32> to vector<4xi32>
// PLAIN:         %[[HIGH:.*]] = arith.shrui %[[BITS]]
// PLAIN:         %[[ODD:.*]] = arith.andi %[[HIGH]]
// PLAIN:         %[[HALF:.*]] = arith.addi %[[ODD]]
// PLAIN:         %[[SUM:.*]] = arith.addi %[[BITS]], %[[HALF]]
// PLAIN:         arith.shrui %[[SUM]]
// PLAIN:         vector.bitcast %{{.*}} : vector<4xi16> to vector<4xbf16>
// PLAIN-LABEL: func.func @round_one
// PLAIN-NOT:     arith.truncf
// PLAIN:         arith.bitcast %{{.*}} : i16 to bf16
func.func @round(%v: vector<4xf32>) -> vector<4xbf16> {
  %r = arith.truncf %v : vector<4xf32> to vector<4xbf16>
  return %r : vector<4xbf16>
}
func.func @round_one(%v: f32) -> bf16 {
  %r = arith.truncf %v : f32 to bf16
  return %r : bf16
}
