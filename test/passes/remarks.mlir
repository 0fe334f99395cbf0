// What passes decline, they say to who asks, and to nobody else.
// RUN: lfm2-opt %s --lfm2-fuse-phases --remarks-filter-missed=lfm2-fuse-phases -o /dev/null 2>&1 | FileCheck %s --check-prefix=FUSE
// RUN: lfm2-opt %s --lfm2-fuse-phases --exec-schedule-phases --remarks-filter-missed=exec-schedule-phases -o /dev/null 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: lfm2-opt %s --lfm2-fuse-phases --exec-cut-phases=entries=1,8 --exec-schedule-phases --exec-tile-phases --remarks-filter-missed=exec-tile-phases -o /dev/null 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: lfm2-opt %s --lfm2-fuse-phases --exec-schedule-phases -o /dev/null 2>&1 | count 0

// FUSE-NOT: 'lfm2.swiglu' opens
// FUSE: 'lfm2.linear' opens a phase: it needs all rows of 'lfm2.embed', of which a thread has its own
// FUSE: 'lfm2.linear' opens a phase: it needs all rows of 'lfm2.swiglu', of which a thread has its own
// FUSE: 'lfm2.head' opens a phase: it needs all rows of 'arith.addf', of which a thread has its own

// SCHEDULE: phase 'down' has {{[0-9]}} streams of 8: its weights have 32 rows or more, in groups of 8; the registers hold the sums of

// TILE-DAG: groups of {{[0-9]+}} bytes are read where they lie: 256 bytes of near memory of a thread do not hold two
// TILE-DAG: products are of vectors: weights of f32 gain nothing in tiles

module attributes {exec.target = #exec.target<lanes = 8, registers = 16, streams = 8, tile_tokens = 4,
                                              dot_tile_tokens = 4, near_bytes = 512, near_threads = 2>} {
lfm2.weight @embd : tensor<16x32xf32>
lfm2.weight @gate : tensor<64x32xf32>
lfm2.weight @up : tensor<64x32xf32>
lfm2.weight @down : tensor<32x64xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x16xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x32xf32>
  %g = lfm2.linear %x, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
  %u = lfm2.linear %x, @up : tensor<?x32xf32> -> tensor<?x64xf32>
  %a = lfm2.swiglu %g, %u : tensor<?x64xf32>
  %d = lfm2.linear %a, @down : tensor<?x64xf32> -> tensor<?x32xf32>
  %y = arith.addf %x, %d : tensor<?x32xf32>
  %l = lfm2.head %y, @embd : tensor<?x32xf32> -> tensor<?x16xf32>
  return %l : tensor<?x16xf32>
}
}
