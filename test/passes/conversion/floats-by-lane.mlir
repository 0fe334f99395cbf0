// RUN: sed 's/FLOATS/1/' %s | lfm2-opt - --exec-floats-by-lane --canonicalize | FileCheck %s --check-prefix=NONE
// RUN: sed 's/FLOATS/32/' %s | lfm2-opt - --exec-floats-by-lane --canonicalize | FileCheck %s --check-prefix=SOME
// RUN: sed 's/FLOATS/0/' %s | lfm2-opt - --exec-floats-by-lane | FileCheck %s --check-prefix=ANY

module attributes {exec.target = #exec.target<lanes = 8, float_lanes = FLOATS>} {

// What belongs together is one loop: 4 lanes a turn, in memory of the function. No
// vector of floats is left.
// NONE-LABEL: func.func @together
// NONE:         %[[AT:.*]] = exec.local 384
// NONE-NOT:     vector<32xf32>
// NONE:         exec.store %{{.*}}, %[[AT]][%{{.*}}] {align = 128 : i64} : vector<32xi32>
// NONE:         exec.store %{{.*}}, %[[AT]][%{{.*}}] {align = 128 : i64} : vector<32xi32>
// NONE:         scf.for
// NONE-COUNT-4: arith.mulf %{{.*}}, %arg{{.*}} : f32
// NONE-COUNT-4: arith.addf %{{.*}} : f32
// NONE:         }
// NONE-NOT:     scf.for
// NONE:         %[[SUM:.*]] = exec.load %[[AT]][%{{.*}}] {align = 128 : i64} : vector<32xi32>
// NONE:         exec.store %[[SUM]], %arg0[%{{.*}}] : vector<32xi32>
//
// Vectors of a length that holds floats stay.
// SOME-LABEL: func.func @together
// SOME-NOT:     exec.local
// SOME:         arith.mulf %{{.*}} : vector<32xf32>
// ANY-LABEL:  func.func @together
// ANY:          arith.mulf %{{.*}} : vector<32xf32>
func.func @together(%p: !exec.ptr<scratch>, %s: f32) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %a = exec.load %p[%c0] : vector<32xf32> in scratch
  %b = exec.load %p[%c128] : vector<32xf32> in scratch
  %v = vector.broadcast %s : f32 to vector<32xf32>
  %m = arith.mulf %a, %v : vector<32xf32>
  %r = arith.addf %m, %b : vector<32xf32>
  exec.store %r, %p[%c0] : vector<32xf32> in scratch
  return
}

// Values that a loop carries are vectors of integers; a comparison is where its
// result is used.
// NONE-LABEL: func.func @carried
// NONE:         scf.for %{{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<32xi32>)
// NONE:           scf.for
// NONE:             arith.cmpf ogt, %{{.*}} : f32
// NONE:             arith.select %{{.*}} : f32
// SOME-LABEL: func.func @carried
// SOME:         arith.cmpf ogt, %{{.*}} : vector<32xf32>
func.func @carried(%p: !exec.ptr<scratch>, %n: index) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %init = arith.constant dense<-1.0> : vector<32xf32>
  %most = scf.for %i = %c0 to %n step %c128 iter_args(%m = %init) -> (vector<32xf32>) {
    %x = exec.load %p[%i] : vector<32xf32> in scratch
    %more = arith.cmpf ogt, %x, %m : vector<32xf32>
    %next = arith.select %more, %x, %m : vector<32xi1>, vector<32xf32>
    scf.yield %next : vector<32xf32>
  }
  exec.store %most, %p[%c0] : vector<32xf32> in scratch
  return
}

// Division is by lane where vectors hold floats, too; other lengths are anyway. Parts
// of a result come from memory.
// SOME-LABEL: func.func @division
// SOME:         scf.for
// SOME-COUNT-4:   arith.divf %{{.*}} : f32
// SOME-LABEL: func.func @halves
// SOME:         scf.for
// SOME-COUNT-4:   arith.addf %{{.*}} : f32
// SOME-NOT:     vector.extract_strided_slice
// SOME:         exec.load %{{.*}} : vector<4xi32>
func.func @division(%p: !exec.ptr<scratch>) {
  %c0 = arith.constant 0 : index
  %a = exec.load %p[%c0] : vector<32xf32> in scratch
  %q = arith.divf %a, %a : vector<32xf32>
  exec.store %q, %p[%c0] : vector<32xf32> in scratch
  return
}
func.func @halves(%p: !exec.ptr<scratch>) {
  %c0 = arith.constant 0 : index
  %a = exec.load %p[%c0] : vector<8xf32> in scratch
  %b = arith.addf %a, %a : vector<8xf32>
  %high = vector.extract_strided_slice %b {offsets = [4], sizes = [4], strides = [1]} : vector<8xf32> to vector<4xf32>
  exec.store %high, %p[%c0] : vector<4xf32> in scratch
  return
}
}
