// RUN: lfm2-opt %s --exec-lanes-to-invocations --canonicalize --cse | FileCheck %s

// What one invocation holds of each vector. Of 8 lanes and 4 slices.

module attributes {exec.target = #exec.target<lanes = 8, slices = 4>, exec.entries = [
    #exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = 64, near = 256>]} {

// Spread: of a vector of lanes, or of a multiple, the elements of its lane. A part of them
// is the elements of a lane of this part. What is known of an address holds for lane 0.
// CHECK-LABEL: func.func @spread(
// CHECK-SAME:      %[[AT:[^ ]*]]: index) attributes {exec.kernel = 32 : i64, exec.near = 256 : i64}
// CHECK:         %[[I:.*]] = exec.invocation
// CHECK-NEXT:    %[[LANE:.*]] = arith.remui %[[I]], %c8
// CHECK:         %[[HALVES:.*]] = arith.muli %[[LANE]], %c2
// CHECK:         %[[HALF_AT:.*]] = arith.addi %[[AT]], %[[HALVES]]
// CHECK:         %[[HALF:.*]] = exec.load %{{.*}}[%[[HALF_AT]]] {align = 2 : i64, constant} : f16 in weights
// CHECK:         %[[WORDS:.*]] = arith.muli %[[LANE]], %c4
// CHECK:         %[[LO_AT:.*]] = arith.addi %[[AT]], %[[WORDS]]
// CHECK:         %[[HI_AT:.*]] = arith.addi %[[LO_AT]], %c32
// CHECK:         %[[HI:.*]] = exec.load %{{.*}}[%[[HI_AT]]] {align = 4 : i64} : f32 in scratch
// CHECK:         %[[F:.*]] = arith.extf %[[HALF]] : f16 to f32
// CHECK:         %[[SUM:.*]] = arith.addf %[[F]], %[[HI]] : f32
// CHECK:         exec.store %[[SUM]], %{{.*}}[%[[LO_AT]]] : f32 in scratch
func.func @spread(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %half = exec.load %weights[%at] {align = 32 : i64, constant} : vector<8xf16> in weights
  %v = exec.load %scratch[%at] {align = 64 : i64} : vector<16xf32> in scratch
  %f = arith.extf %half : vector<8xf16> to vector<8xf32>
  %hi = vector.extract_strided_slice %v {offsets = [8], sizes = [8], strides = [1]} : vector<16xf32> to vector<8xf32>
  %sum = arith.addf %f, %hi : vector<8xf32>
  exec.store %sum, %scratch[%at] : vector<8xf32> in scratch
  return
}

// Loops and branches have the parts of vectors one by one.
// CHECK-LABEL: func.func @loop(
// CHECK:         %[[S:.*]]:2 = scf.for {{.*}} iter_args(%[[A:.*]] = %[[ZERO:.*]], %[[B:.*]] = %[[ZERO]]) -> (f32, f32)
// CHECK:           %[[X:.*]] = exec.load {{.*}} : f32
// CHECK:           %[[Y:.*]] = exec.load {{.*}} : f32
// CHECK:           %[[A1:.*]] = arith.addf %[[A]], %[[X]]
// CHECK:           %[[B1:.*]] = arith.addf %[[B]], %[[Y]]
// CHECK:           scf.yield %[[A1]], %[[B1]] : f32, f32
// CHECK:         scf.if {{.*}} -> (f32, f32)
// CHECK-COUNT-2:   exec.load {{.*}} : f32
// CHECK:         } else {
// CHECK:           scf.yield %[[S]]#0, %[[S]]#1 : f32, f32
func.func @loop(%step: !exec.ptr<step>, %thread: i32, %n: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
    %v = exec.load %scratch[%i] : vector<16xf32> in scratch
    %next = arith.addf %acc, %v : vector<16xf32>
    scf.yield %next : vector<16xf32>
  }
  %one = arith.cmpi eq, %n, %c1 : index
  %r = scf.if %one -> (vector<16xf32>) {
    %v = exec.load %scratch[%n] : vector<16xf32> in scratch
    scf.yield %v : vector<16xf32>
  } else {
    scf.yield %s : vector<16xf32>
  }
  exec.store %r, %scratch[%n] : vector<16xf32> in scratch
  return
}

// Packed: the bytes of a lane are a word. Of bytes that are shifted, what comes over from a
// neighbour is taken away. A splat of words is the word; a word's constant repeats a byte.
// CHECK-LABEL: func.func @packed(
// CHECK-DAG:     %[[HIGH:.*]] = arith.constant -252645136 : i32
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 252645135 : i32
// CHECK:         %[[LANE:.*]] = arith.remui
// CHECK:         %[[X:.*]] = exec.load %{{.*}}[%[[AT:.*]]] : i32 in scratch
// CHECK:         %[[OWN:.*]] = arith.muli %[[LANE]], %c4
// CHECK:         %[[OWN_AT:.*]] = arith.addi %[[AT]], %[[OWN]]
// CHECK:         %[[Q:.*]] = exec.load %{{.*}}[%[[OWN_AT]]] {constant} : i32 in weights
// CHECK:         %[[LO:.*]] = arith.andi %[[Q]], %[[LOW]]
// CHECK:         %[[RIGHT:.*]] = arith.shrui %[[Q]], %c4_i32
// CHECK:         %[[HI:.*]] = arith.andi %[[RIGHT]], %[[LOW]]
// CHECK:         %[[LEFT:.*]] = arith.shli %[[Q]], %c4_i32
// CHECK:         %[[UP:.*]] = arith.andi %[[LEFT]], %[[HIGH]]
// CHECK:         %[[D:.*]] = exec.packed_dot4 %c0_i32, %[[LO]], %[[X]]{{$}}
// CHECK:         %[[E:.*]] = exec.packed_dot4 %[[D]], %[[HI]], %[[X]]{{$}}
// CHECK:         %[[G:.*]] = exec.packed_dot4 %[[E]], %[[UP]], %[[X]] {signed_w}
// CHECK:         exec.store %[[G]], %{{.*}}[%[[OWN_AT]]] : i32 in scratch
func.func @packed(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %word = exec.load %scratch[%at] : i32 in scratch
  %words = vector.broadcast %word : i32 to vector<8xi32>
  %x = vector.bitcast %words : vector<8xi32> to vector<32xi8>
  %c4 = arith.constant dense<4> : vector<32xi8>
  %c15 = arith.constant dense<15> : vector<32xi8>
  %zero = arith.constant dense<0> : vector<8xi32>
  %q = exec.load %weights[%at] {constant} : vector<32xi8> in weights
  %lo = arith.andi %q, %c15 : vector<32xi8>
  %hi = arith.shrui %q, %c4 : vector<32xi8>
  %up = arith.shli %q, %c4 : vector<32xi8>
  %d = exec.dot4 %zero, %lo, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  %e = exec.dot4 %d, %hi, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  %g = exec.dot4 %e, %up, %x {bits = 8 : i64, signed_w} : vector<8xi32>, vector<32xi8>
  exec.store %g, %scratch[%at] : vector<8xi32> in scratch
  return
}

// Of a constant whose elements differ, lanes take theirs out of a table.
// CHECK-LABEL: func.func @tables(
// CHECK:         %[[TABLE:.*]] = arith.constant dense<[1.000000e+00, {{.*}}, 1.600000e+01]> : vector<16xf32>
// CHECK:         %[[LANE:.*]] = arith.remui
// CHECK:         %[[FIRST:.*]] = vector.extract %[[TABLE]][%[[LANE]]]
// CHECK:         %[[NEXT:.*]] = arith.addi %[[LANE]], %c8
// CHECK:         %[[SECOND:.*]] = vector.extract %[[TABLE]][%[[NEXT]]]
// CHECK:         exec.store %[[FIRST]]
// CHECK:         exec.store %[[SECOND]]
func.func @tables(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %t = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0,
                             9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]> : vector<16xf32>
  exec.store %t, %scratch[%at] : vector<16xf32> in scratch
  return
}

// Whole: a vector of another length, and any within exec.by_invocation. It comes and goes
// four or two elements at a time, of which no more is known than where they stand allows.
// CHECK-LABEL: func.func @whole(
// CHECK-SAME:      %[[AT:[^ ]*]]: index)
// CHECK-NOT:     exec.by_invocation
// CHECK:         %[[AB:.*]] = exec.load %{{.*}}[%[[AT]]] {align = 16 : i64} : vector<2xf32>
// CHECK:         %[[AT8:.*]] = arith.addi %[[AT]], %c8
// CHECK:         %[[CD:.*]] = exec.load %{{.*}}[%[[AT8]]] {align = 8 : i64} : vector<2xf32>
// CHECK:         %[[AT16:.*]] = arith.addi %[[AT]], %c16
// CHECK:         %[[EF:.*]] = exec.load %{{.*}}[%[[AT16]]] {align = 16 : i64} : vector<2xf32>
// CHECK:         %[[LO:.*]] = exec.load %{{.*}}[%[[AT]]] {align = 64 : i64} : vector<4xf32>
// CHECK:         %[[C:.*]] = vector.extract %[[LO]][2]
// CHECK:         %[[D:.*]] = vector.extract %[[LO]][3]
// CHECK:         %[[HI:.*]] = exec.load %{{.*}}[%[[AT16]]] {align = 16 : i64} : vector<4xf32>
// CHECK:         %[[E:.*]] = vector.extract %[[HI]][0]
// CHECK:         exec.store %[[C]], %{{.*}}[%[[AT]]] {align = 16 : i64} : f32
// CHECK:         exec.store %[[D]], %{{.*}} {align = 4 : i64} : f32
// CHECK:         exec.store %[[E]], %{{.*}} {align = 8 : i64} : f32
// CHECK:         exec.store %[[AB]], %{{.*}}[%[[AT]]] : vector<2xf32>
// CHECK:         exec.store %[[CD]], %{{.*}}[%[[AT8]]] : vector<2xf32>
// CHECK:         exec.store %[[EF]], %{{.*}}[%[[AT16]]] : vector<2xf32>
func.func @whole(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %scratch[%at] {align = 16 : i64} : vector<6xf32> in scratch
  exec.by_invocation {
    %w = exec.load %scratch[%at] {align = 64 : i64} : vector<8xf32> in scratch
    %part = vector.extract_strided_slice %w {offsets = [2], sizes = [3], strides = [1]} : vector<8xf32> to vector<3xf32>
    exec.store %part, %scratch[%at] {align = 16 : i64} : vector<3xf32> in scratch
  }
  exec.store %v, %scratch[%at] : vector<6xf32> in scratch
  return
}

// The words of two parts of 32 invocations lie 40 apart. Slice i adds those of part i, by
// twos; a slice without a part has nothing.
// CHECK-LABEL: func.func @sum_slices(
// CHECK:         %[[LOCAL:.*]] = exec.local 320
// CHECK:         %[[SLICE:.*]] = arith.divui %{{.*}}, %c8
// CHECK:         %[[A:.*]] = exec.load {{.*}} in scratch
// CHECK:         %[[B:.*]] = arith.addf %[[A]], %[[A]]
// CHECK:         exec.join
// CHECK:         exec.store %[[A]], %[[LOCAL]]
// CHECK:         arith.addi %{{.*}}, %c40
// CHECK:         exec.store %[[B]], %[[LOCAL]]
// CHECK:         exec.join
// CHECK:         %[[HAS:.*]] = arith.cmpi ult, %[[SLICE]], %c2
// CHECK:         %[[SUM:.*]] = scf.if %[[HAS]] -> (f32) {
// CHECK:           %[[W0:.*]] = exec.load %[[LOCAL]]
// CHECK:           %[[W1:.*]] = exec.load %[[LOCAL]]
// CHECK:           %[[W2:.*]] = exec.load %[[LOCAL]]
// CHECK:           %[[W3:.*]] = exec.load %[[LOCAL]]
// CHECK:           %[[S0:.*]] = arith.addf %[[W0]], %[[W1]]
// CHECK:           %[[S1:.*]] = arith.addf %[[W2]], %[[W3]]
// CHECK:           %[[S:.*]] = arith.addf %[[S0]], %[[S1]]
// CHECK:           scf.yield %[[S]]
// CHECK:         exec.store %[[SUM]], {{.*}} in scratch
func.func @sum_slices(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %a = exec.load %scratch[%at] : vector<8xf32> in scratch
  %b = arith.addf %a, %a : vector<8xf32>
  %s = exec.sum_slices %a, %b : vector<8xf32>
  exec.store %s, %scratch[%at] : vector<8xf32> in scratch
  return
}

// Eight invocations add four words each, then all of them add these eight.
// CHECK-LABEL: func.func @sum_thread(
// CHECK:         %[[LOCAL:.*]] = exec.local 160
// CHECK:         %[[I:.*]] = exec.invocation
// CHECK:         exec.join
// CHECK:         %[[OWN:.*]] = arith.addf
// CHECK:         exec.store %[[OWN]], %[[LOCAL]]
// CHECK:         exec.join
// CHECK:         %[[FEW:.*]] = arith.cmpi ult, %[[I]], %c8
// CHECK:         scf.if %[[FEW]] {
// CHECK-COUNT-4:   exec.load %[[LOCAL]]
// CHECK-COUNT-3:   arith.addf
// CHECK:           exec.store {{.*}}, %[[LOCAL]]
// CHECK:         }
// CHECK:         exec.join
// CHECK-COUNT-8: exec.load %[[LOCAL]]
// CHECK-COUNT-7: arith.addf
// CHECK-NOT:     arith.addf
// CHECK:         exec.store {{.*}} : f32 in scratch
func.func @sum_thread(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %a = exec.load %scratch[%at] : vector<16xf32> in scratch
  %s = exec.sum_thread %a : vector<16xf32>
  exec.store %s, %scratch[%at] : f32 in scratch
  return
}

// Four neighbours find their words behind each other, and all combine them by twos.
// CHECK-LABEL: func.func @reduce_neighbours(
// CHECK:         %[[LOCAL:.*]] = exec.local 128
// CHECK:         %[[I:.*]] = exec.invocation
// CHECK:         %[[F:.*]] = exec.load {{.*}} : f32 in scratch
// CHECK:         %[[N:.*]] = exec.load {{.*}} : i32 in scratch
// CHECK:         exec.join
// CHECK:         %[[OWN:.*]] = arith.muli %[[I]], %c4
// CHECK:         exec.store %[[F]], %[[LOCAL]][%[[OWN]]]
// CHECK:         exec.join
// CHECK:         %[[FIRST:.*]] = arith.divui %[[I]], %c4
// CHECK-COUNT-4: exec.load %[[LOCAL]]{{.*}} : f32
// CHECK-COUNT-3: arith.cmpf ogt
// CHECK:         exec.join
// CHECK:         exec.store %[[N]], %[[LOCAL]][%[[OWN]]]
// CHECK:         exec.join
// CHECK-COUNT-4: exec.load %[[LOCAL]]{{.*}} : i32
// CHECK-COUNT-3: arith.addi %{{.*}} : i32
func.func @reduce_neighbours(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 32 : i64} {
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %f = exec.load %scratch[%at] : f32 in scratch
  %n = exec.load %scratch[%at] : i32 in scratch
  %most = exec.reduce_neighbours %f {max, width = 4 : i64} : f32
  %sum = exec.reduce_neighbours %n {width = 4 : i64} : i32
  exec.store %most, %scratch[%at] : f32 in scratch
  exec.store %sum, %scratch[%at] : i32 in scratch
  return
}

// What is no kernel stays as it is. A kernel learns the near memory of its entry.
// CHECK-LABEL: func.func @step_1(
// CHECK:         exec.load {{.*}} : vector<8xf32>
func.func @step_1(%step: !exec.ptr<step>, %thread: i32) {
  %c0 = arith.constant 0 : index
  exec.dispatch @spread(%c0) threads 1
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %v = exec.load %scratch[%c0] : vector<8xf32> in scratch
  exec.store %v, %scratch[%c0] : vector<8xf32> in scratch
  return
}
}
