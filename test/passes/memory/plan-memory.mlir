// RUN: lfm2-opt %s --exec-plan-memory | FileCheck %s

// Near memory is placed by itself, for one thread, and in multiples of 128.

// Weights follow each other in order, at multiples of 64. Of the buffers of one
// entry, the largest is placed first; two share memory only if they are never alive
// in the same phase.

// CHECK:      module attributes {
// CHECK-SAME:   exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = 448, near = 384>,
// CHECK-SAME:                   #exec.entry<name = "prefill", tokens = 8, symbol = "step_8", scratch = 1024>,
// CHECK-SAME:                   #exec.entry<name = "verify4", tokens = 4, symbol = "step_4", scratch = 0>
// CHECK-SAME:   exec.weights_bytes = 512 : i64
module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1">,
                                   #exec.entry<name = "prefill", tokens = 8, symbol = "step_8">,
                                   #exec.entry<name = "verify4", tokens = 4, symbol = "step_4">]} {

// CHECK: exec.weight @a {{.*}}offset = 0 : i64
// CHECK: exec.weight @b {{.*}}offset = 320 : i64
// CHECK: exec.weight @c {{.*}}offset = 384 : i64
exec.weight @a [#exec.segment<tensor = "a", format = "f32", first = 0, rows = 8, unit = 8>]
    {cols = 9 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 288 : i64}
exec.weight @b [#exec.segment<tensor = "b", format = "f32", first = 0, rows = 8, unit = 8>]
    {cols = 1 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64, plain}
exec.weight @c [#exec.segment<tensor = "c", format = "f16", first = 0, rows = 8, unit = 8>]
    {cols = 8 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 128 : i64}

// All of the time: nothing shares with it.
// CHECK: exec.buffer @x {{.*}}offset = 256 : i64
exec.buffer @x {entry = "decode", bytes = 128 : i64, first = 0 : i64, last = 1048576 : i64}
// Phases 0 to 1 and 2 to 3 share; what is alive in phases 1 to 2 does not fit below.
// CHECK: exec.buffer @early {{.*}}offset = 0 : i64
exec.buffer @early {entry = "decode", bytes = 256 : i64, first = 0 : i64, last = 1 : i64}
// CHECK: exec.buffer @late {{.*}}offset = 0 : i64
exec.buffer @late {entry = "decode", bytes = 192 : i64, first = 2 : i64, last = 3 : i64}
// CHECK: exec.buffer @both {{.*}}offset = 384 : i64
exec.buffer @both {entry = "decode", bytes = 64 : i64, first = 1 : i64, last = 2 : i64}
// A gap that is left is taken.
// CHECK: exec.buffer @gap {{.*}}offset = 192 : i64
exec.buffer @gap {entry = "decode", bytes = 64 : i64, first = 3 : i64, last = 3 : i64}
// CHECK: exec.buffer @slots {{.*}}near, offset = 0 : i64
exec.buffer @slots {entry = "decode", bytes = 256 : i64, first = 0 : i64, last = 1 : i64, near}
// CHECK: exec.buffer @slots2 {{.*}}near, offset = 256 : i64
exec.buffer @slots2 {entry = "decode", bytes = 64 : i64, first = 1 : i64, last = 2 : i64, near}
// Another entry begins anew.
// CHECK: exec.buffer @chunk {{.*}}offset = 0 : i64
exec.buffer @chunk {entry = "prefill", bytes = 1024 : i64, first = 0 : i64, last = 0 : i64}

// CHECK-LABEL: func.func @step_1
func.func @step_1() -> (index, index, index) {
  // CHECK-DAG: %[[B:.*]] = arith.constant 320 : index
  // CHECK-DAG: %[[BOTH:.*]] = arith.constant 384 : index
  // CHECK-NOT: exec.address
  %b = exec.address @b
  %both = exec.address @both
  %again = exec.address @b
  // CHECK: return %[[B]], %[[BOTH]]
  return %b, %both, %again : index, index, index
}
}
