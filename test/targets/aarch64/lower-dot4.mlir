// RUN: lfm2-opt %s --aarch64-lower-dot4 | FileCheck %s --check-prefix=DOT
// RUN: lfm2-opt %s --aarch64-lower-dot4=form=i8mm | FileCheck %s --check-prefix=MIXED
// RUN: lfm2-opt %s --aarch64-lower-dot4=form=neon | FileCheck %s --check-prefix=NEON
// RUN: lfm2-opt %s --aarch64-lower-dot4="form=sve vector-bytes=32" | FileCheck %s --check-prefix=SVE
// RUN: not lfm2-opt %s --aarch64-lower-dot4=form=avx2 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: unknown form 'avx2' of dot4; expected sve, i8mm, dotprod or neon

// That the sums are exact is checked by running them: dot4-exact-*.test.

// Weights of 4 bits are signed bytes as well. Without the instruction eight of
// their products fit 16 bits before they are widened once.
// DOT-LABEL:   func.func @four_bits
// DOT-COUNT-4:   llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
// DOT-NOT:       llvm.call_intrinsic
// DOT:           return
// MIXED-LABEL: func.func @four_bits
// MIXED-COUNT-4: llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
// MIXED-NOT:     llvm.call_intrinsic
// MIXED:         return
// NEON-LABEL:  func.func @four_bits
// Two pieces of 16 bytes, each part where its op stood.
// NEON-COUNT-6:  "llvm.aarch64.neon.smull.v8i16"
// NEON:          "llvm.aarch64.neon.addp.v8i16"
// NEON:          "llvm.aarch64.neon.saddlp.v4i32.v8i16"
// NEON-COUNT-2:  "llvm.aarch64.neon.smull.v8i16"
// NEON:          "llvm.aarch64.neon.addp.v8i16"
// NEON:          "llvm.aarch64.neon.saddlp.v4i32.v8i16"
// NEON-NOT:      llvm.call_intrinsic
// NEON:          return
// The whole chain stays in SVE's registers.
// SVE-LABEL:   func.func @four_bits
// SVE:           %[[A:.*]] = vector.scalable.insert %{{.*}}, %{{.*}}[0] : vector<8xi32> into vector<[4]xi32>
// SVE:           %[[B:.*]] = llvm.call_intrinsic "llvm.aarch64.sve.sdot.nxv4i32"(%[[A]],
// SVE:           %[[C:.*]] = llvm.call_intrinsic "llvm.aarch64.sve.sdot.nxv4i32"(%[[B]],
// SVE:           vector.scalable.extract %[[C]][0] : vector<8xi32> from vector<[4]xi32>
func.func @four_bits(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  %b = exec.dot4 %a, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  return %b : vector<8xi32>
}

// Two products of any signed byte fit 16 bits, no more.
// NEON-LABEL: func.func @signed
// NEON-COUNT-2: "llvm.aarch64.neon.addp.v8i16"
// NEON:         return
// DOT-LABEL:  func.func @signed
// DOT-COUNT-2:  "llvm.aarch64.neon.sdot.v4i32.v16i8"
// DOT:          return
func.func @signed(%acc: vector<4xi32>, %w: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 8 : i64, signed_w} : vector<4xi32>, vector<16xi8>
  %b = exec.dot4 %a, %w, %x {bits = 8 : i64, signed_w} : vector<4xi32>, vector<16xi8>
  return %b : vector<4xi32>
}

// Unsigned bytes have an instruction with FEAT_I8MM; elsewhere they are 128 more
// than signed ones.
// MIXED-LABEL: func.func @unsigned
// MIXED-NEXT:    llvm.call_intrinsic "llvm.aarch64.neon.usdot.v4i32.v16i8"
// MIXED-NEXT:    return
// DOT-LABEL:   func.func @unsigned
// DOT:           %[[W:.*]] = arith.xori
// DOT:           %[[D:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"(%{{.*}}, %[[W]],
// DOT:           %[[P:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.saddlp.v8i16.v16i8"
// DOT:           %[[S:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.saddlp.v4i32.v8i16"(%[[P]])
// DOT:           %[[M:.*]] = arith.shli %[[S]],
// DOT:           arith.addi %[[D]], %[[M]]
func.func @unsigned(%acc: vector<4xi32>, %w: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  %a = exec.dot4 %acc, %w, %x {bits = 8 : i64} : vector<4xi32>, vector<16xi8>
  return %a : vector<4xi32>
}

// DOT-LABEL: func.func @codes
// DOT-COUNT-2: "llvm.aarch64.neon.tbl1.v16i8"
// SVE-LABEL: func.func @codes
// SVE:         "llvm.aarch64.sve.tbl.nxv16i8"
func.func @codes(%q: vector<32xi8>) -> vector<32xi8> {
  %w = exec.lookup %q [1, -2, 3] : vector<32xi8>
  return %w : vector<32xi8>
}
