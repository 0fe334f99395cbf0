// RUN: lfm2-opt %s --x86-lower-dot4=form=avx512vnni | FileCheck %s --check-prefix=VNNI
// RUN: lfm2-opt %s --x86-lower-dot4=form=avxvnni | FileCheck %s --check-prefix=AVXVNNI
// RUN: lfm2-opt %s --x86-lower-dot4 | FileCheck %s --check-prefix=AVX2
// RUN: lfm2-opt %s --x86-lower-dot4=form=ssse3 | FileCheck %s --check-prefix=SSSE3
// RUN: lfm2-opt %s --x86-lower-dot4=form=sse2 | FileCheck %s --check-prefix=SSE2
// RUN: not lfm2-opt %s --x86-lower-dot4=form=neon 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: unknown form 'neon' of dot4; expected avx512vnni, avxvnni, avx2, ssse3 or sse2

// That the sums are exact is checked by running them: dot4-exact-*.test.

// Eight products of 4-bit weights fit 16 bits before they are widened once.
// VNNI-LABEL:    func.func @four_bits
// VNNI-COUNT-2:    llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// VNNI-NOT:        llvm.call_intrinsic
// VNNI:             return
// AVXVNNI-LABEL: func.func @four_bits
// AVXVNNI-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// AVXVNNI-NOT:     llvm.call_intrinsic
// AVXVNNI:          return
// AVX2-LABEL:    func.func @four_bits
// AVX2:            %[[A:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            %[[B:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            %[[AB:.*]] = arith.addi %[[A]], %[[B]] : vector<16xi16>
// AVX2:            %[[S:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[AB]], %{{.*}})
// AVX2-NEXT:       %[[R:.*]] = arith.addi %{{.*}}, %[[S]] : vector<8xi32>
// AVX2-NEXT:       return %[[R]]
// SSSE3-LABEL:   func.func @four_bits
// Two pieces of 16 bytes, each part where its op stood.
// SSSE3-COUNT-3:   "llvm.x86.ssse3.pmadd.ub.sw.128"
// SSSE3:           "llvm.x86.sse2.pmadd.wd"
// SSSE3:           "llvm.x86.ssse3.pmadd.ub.sw.128"
// SSSE3:           "llvm.x86.sse2.pmadd.wd"
// SSSE3-NOT:       llvm.call_intrinsic
// SSSE3:            return
// SSE2-LABEL:    func.func @four_bits
// SSE2-COUNT-8:    "llvm.x86.sse2.pmadd.wd"
// SSE2-NOT:        llvm.call_intrinsic
// SSE2:             return
func.func @four_bits(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  %b = exec.dot4 %a, %x, %w {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  return %b : vector<8xi32>
}

// With 6 bits two products fit, so a chain of three is widened twice.
// AVX2-LABEL:    func.func @six_bits
// AVX2-COUNT-2:    "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            "llvm.x86.avx2.pmadd.wd"
// AVX2:            "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            "llvm.x86.avx2.pmadd.wd"
// AVX2-NOT:        llvm.call_intrinsic
// AVX2:             return
func.func @six_bits(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 6 : i64} : vector<8xi32>, vector<32xi8>
  %b = exec.dot4 %a, %w, %x {bits = 6 : i64} : vector<8xi32>, vector<32xi8>
  %c = exec.dot4 %b, %w, %x {bits = 6 : i64} : vector<8xi32>, vector<32xi8>
  return %c : vector<8xi32>
}

// A byte below 256 leaves no room in 16 bits: even and odd bytes as words.
// VNNI-LABEL:    func.func @unsigned8
// VNNI:            "llvm.x86.avx512.vpdpbusd.256"
// VNNI-NOT:        llvm.call_intrinsic
// VNNI:             return
// AVX2-LABEL:    func.func @unsigned8
// AVX2-NOT:        pmadd.ub.sw
// AVX2-COUNT-2:    "llvm.x86.avx2.pmadd.wd"
// AVX2:            return
func.func @unsigned8(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 8 : i64} : vector<8xi32>, vector<32xi8>
  return %a : vector<8xi32>
}

// Signed weights: |w| times x with w's sign, or, for VNNI, 128 more and less.
// VNNI-LABEL:    func.func @signed8
// VNNI:            arith.xori
// VNNI-COUNT-2:    "llvm.x86.avx512.vpdpbusd.256"
// VNNI:            arith.subi
// AVX2-LABEL:    func.func @signed8
// AVX2:            %[[W:.*]] = "llvm.intr.abs"(%{{.*}}) <{is_int_min_poison = false}>
// AVX2:            %[[X:.*]] = llvm.call_intrinsic "llvm.x86.avx2.psign.b"
// AVX2:            llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%[[W]], %[[X]])
// AVX2:            "llvm.x86.avx2.pmadd.wd"
// SSSE3-LABEL:   func.func @signed8
// SSSE3:           "llvm.x86.ssse3.psign.b.128"
func.func @signed8(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 8 : i64, signed_w} : vector<8xi32>, vector<32xi8>
  return %a : vector<8xi32>
}

// Wide layouts are cut into the CPU's vectors, narrow ones take narrower instructions.
// VNNI-LABEL:    func.func @wide
// VNNI:            "llvm.x86.avx512.vpdpbusd.512"
// VNNI-NOT:        llvm.call_intrinsic
// VNNI:             return
// AVXVNNI-LABEL: func.func @wide
// AVXVNNI:         vector.extract_strided_slice
// AVXVNNI:         "llvm.x86.avx512.vpdpbusd.256"
// AVXVNNI:         vector.insert_strided_slice
// AVXVNNI:         "llvm.x86.avx512.vpdpbusd.256"
// AVXVNNI:         vector.insert_strided_slice
// AVX2-LABEL:    func.func @wide
// AVX2-COUNT-2:    "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            return
func.func @wide(%acc: vector<16xi32>, %w: vector<64xi8>, %x: vector<64xi8>) -> vector<16xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<16xi32>, vector<64xi8>
  return %a : vector<16xi32>
}

// VNNI-LABEL:    func.func @narrow
// VNNI:            "llvm.x86.avx512.vpdpbusd.128"
// AVX2-LABEL:    func.func @narrow
// AVX2:            "llvm.x86.ssse3.pmadd.ub.sw.128"
// AVX2:            "llvm.x86.sse2.pmadd.wd"
// SSE2-LABEL:    func.func @narrow
// SSE2-COUNT-2:    "llvm.x86.sse2.pmadd.wd"
func.func @narrow(%acc: vector<4xi32>, %w: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<4xi32>, vector<16xi8>
  return %a : vector<4xi32>
}

// A sum that something else reads too ends its chain, and so does one of weights
// with other bits.
// AVX2-LABEL:    func.func @ends
// AVX2:            "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            "llvm.x86.avx2.pmadd.wd"
// AVX2:            "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            "llvm.x86.avx2.pmadd.wd"
// AVX2:            "llvm.x86.avx2.pmadd.ub.sw"
// AVX2:            "llvm.x86.avx2.pmadd.wd"
func.func @ends(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> (vector<8xi32>, vector<8xi32>) {
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  %b = exec.dot4 %a, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  %c = exec.dot4 %b, %w, %x {bits = 5 : i64} : vector<8xi32>, vector<32xi8>
  return %a, %c : vector<8xi32>, vector<8xi32>
}

// Each 16 bytes of a vector have the table.
// VNNI-LABEL:    func.func @codes
// VNNI:            %[[T:.*]] = arith.constant dense<[1, -2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -2,
// VNNI:            llvm.call_intrinsic "llvm.x86.avx512.pshuf.b.512"(%[[T]], %{{.*}}) : (vector<64xi8>, vector<64xi8>)
// AVX2-LABEL:    func.func @codes
// AVX2-COUNT-2:    "llvm.x86.avx2.pshuf.b"
// SSSE3-LABEL:   func.func @codes
// SSSE3-COUNT-4:   "llvm.x86.ssse3.pshuf.b.128"
func.func @codes(%q: vector<64xi8>) -> vector<64xi8> {
  %w = exec.lookup %q [1, -2, 3] : vector<64xi8>
  return %w : vector<64xi8>
}
