// RUN: lfm2-opt %s --exec-schedule-phases -o %t.mlir
// RUN: FileCheck %s --check-prefix=SCHEDULE --input-file %t.mlir
// RUN: lfm2-opt %t.mlir --exec-cut-phases=entries=8 --exec-tile-phases --canonicalize --cse | FileCheck %s
// RUN: sed 's/dot_accumulates = true/dot_accumulates = false/' %t.mlir | lfm2-opt --exec-cut-phases=entries=8 --exec-tile-phases --canonicalize --cse | FileCheck %s --check-prefix=APART
// RUN: sed 's/, ahead = 1//' %t.mlir | lfm2-opt --exec-cut-phases=entries=8 --exec-tile-phases --canonicalize --cse | FileCheck %s --check-prefix=QUIET

// Tiles of two row groups, but where there is only one.
// SCHEDULE: exec.phase "out" schedule <streams = 1, prefetch = 0, tokens = 4, groups = 2, ahead = 1>
// SCHEDULE: exec.phase "head" schedule <streams = 1, prefetch = 0, tokens = 4, ahead = 1>

// Three groups: the second side of the last tile is past the end, computed again and
// not kept. 4-bit weights of 64 columns are 16 * 2 * 2 bytes of scales and 16 * 64 / 2
// of quants: 576 bytes a group. With each block of 32 columns half of that is asked
// for, of the next group of either side.
// CHECK-LABEL: func.func @step_8
// CHECK:         scf.for
// CHECK:           arith.minui
// CHECK-COUNT-10:  exec.prefetch
// A group's dots of four bits come two by two, out of one vector: both groups' first.
// CHECK-COUNT-2:   exec.load %{{.*}} {{.*}}ordered} : vector<64xi8>
// CHECK-NOT:       ordered
// Then activations of a token, once for both groups.
// CHECK:           %[[X:.*]] = exec.load %{{.*}} : i32
// CHECK-NEXT:      %[[S:.*]] = vector.broadcast %[[X]]
// CHECK-NEXT:      %[[B:.*]] = vector.bitcast %[[S]]
// CHECK-NEXT:      exec.dot4 %{{.*}}, %[[LOW:.*]], %[[B]]
// CHECK-NEXT:      exec.dot4 %{{.*}}, %[[OTHER:.*]], %[[B]]
// CHECK:           exec.dot4 %{{.*}}, %[[LOW]],
// CHECK-NEXT:      exec.dot4 %{{.*}}, %[[OTHER]],
// CHECK:         scf.if

// Where dot4 takes several instructions, and vectors of its own, one group's dots are
// multiplied before the other's are unpacked.
// APART-LABEL: func.func @step_8
// APART:         exec.load %{{.*}} {{.*}}ordered} : vector<64xi8>
// APART-NOT:     ordered
// APART-COUNT-8: exec.dot4
// APART:         exec.load %{{.*}} {{.*}}ordered} : vector<64xi8>

// QUIET-NOT: exec.prefetch

module attributes {exec.target = #exec.target<lanes = 16, registers = 32, streams = 1, prefetch_bytes = 0, tile_tokens = 4, tile_groups = 2, tile_ahead = 1, dot_unsigned8 = true, dot_accumulates = true, byte_shifts = true, fma = true>} {
lfm2.weight @embd : tensor<20x64xf32>
lfm2.weight @out : tensor<48x64x!lfm2.quant<q4_0>>
lfm2.weight @head : tensor<20x48xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x20xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x64xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x64xf32>
    exec.yield %e : tensor<?x64xf32>
  }
  %y = exec.phase "out" -> tensor<?x48xf32> {
    %l = lfm2.linear %x, @out : tensor<?x64xf32> -> tensor<?x48xf32>
    exec.yield %l : tensor<?x48xf32>
  }
  %z = exec.phase "head" -> tensor<?x20xf32> {
    %l = lfm2.head %y, @head : tensor<?x48xf32> -> tensor<?x20xf32>
    exec.yield %l : tensor<?x20xf32>
  }
  return %z : tensor<?x20xf32>
}
}
