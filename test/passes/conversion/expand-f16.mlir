// RUN: lfm2-opt %s --exec-expand-f16 | FileCheck %s

// No f16 arithmetic is left, and no branch. That the values are right is checked by
// running them: expand-f16-exact.test.

// CHECK-LABEL: func.func @extend
// CHECK-SAME:    (%[[H:.*]]: vector<8xf16>)
// CHECK-NOT:     arith.extf
// CHECK:         %[[I:.*]] = vector.bitcast %[[H]] : vector<8xf16> to vector<8xi16>
// CHECK:         arith.extui %[[I]] : vector<8xi16> to vector<8xi32>
// CHECK-NOT:     f16
// CHECK:         arith.mulf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK:         return %{{.*}} : vector<8xf32>
func.func @extend(%h: vector<8xf16>) -> vector<8xf32> {
  %x = arith.extf %h : vector<8xf16> to vector<8xf32>
  return %x : vector<8xf32>
}

// CHECK-LABEL: func.func @truncate
// CHECK-NOT:     arith.truncf
// CHECK:         arith.trunci %{{.*}} : vector<8xi32> to vector<8xi16>
// CHECK-NEXT:    %[[H:.*]] = vector.bitcast %{{.*}} : vector<8xi16> to vector<8xf16>
// CHECK-NEXT:    return %[[H]]
func.func @truncate(%x: vector<8xf32>) -> vector<8xf16> {
  %h = arith.truncf %x : vector<8xf32> to vector<8xf16>
  return %h : vector<8xf16>
}

// CHECK-LABEL: func.func @scalars
// CHECK-NOT:     arith.extf
// CHECK-NOT:     arith.truncf
// CHECK:         arith.bitcast %{{.*}} : f16 to i16
// CHECK:         arith.bitcast %{{.*}} : i16 to f16
func.func @scalars(%h: f16) -> f16 {
  %x = arith.extf %h : f16 to f32
  %y = arith.addf %x, %x : f32
  %r = arith.truncf %y : f32 to f16
  return %r : f16
}

// Other conversions are the CPU's.
// CHECK-LABEL: func.func @others
// CHECK-NEXT:    arith.extf %{{.*}} : f32 to f64
// CHECK-NEXT:    arith.truncf %{{.*}} : f64 to f32
// CHECK-NEXT:    arith.extf %{{.*}} : vector<4xbf16> to vector<4xf32>
// CHECK-NEXT:    return
func.func @others(%x: f32, %d: f64, %b: vector<4xbf16>) -> (f64, f32, vector<4xf32>) {
  %e = arith.extf %x : f32 to f64
  %y = arith.truncf %d : f64 to f32
  %c = arith.extf %b : vector<4xbf16> to vector<4xf32>
  return %e, %y, %c : f64, f32, vector<4xf32>
}
