// RUN: lfm2-opt %S/stretches.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir --check-prefix=DECODE
// RUN: FileCheck %s --input-file %t.mlir --check-prefix=CHUNK
// RUN: FileCheck %s --input-file %t.mlir --check-prefix=PLACES

// Attention of 2 query heads on one key head of 8 channels, caches of f16. A tile
// of keys is 16 positions of a channel; values are rows.

// One token: threads divide segments and leave a record of each; each thread of
// the next phase merges them into a row of its own.
// DECODE-LABEL: func.func private @attn_moe_decode(
// DECODE:         exec.barrier
// DECODE:         exec.address @decode.attend.partials
// DECODE:         exec.load {{.*}} : vector<16xf16>
// Keys of the next block follow values of this one.
// DECODE:         exec.load {{.*}} : vector<8xf16>
// DECODE:         exec.load {{.*}} : vector<16xf16>
// DECODE:         exec.barrier
// DECODE-NOT:     f16>
// DECODE:         scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, f32, f32)
// DECODE:         arith.divf
// DECODE:         exec.barrier

// More: a thread takes tokens of a tile through all segments, four rows at once.
// CHUNK-LABEL: func.func private @attn_moe_prefill(
// CHUNK:         exec.barrier
// CHUNK-NOT:     attend.partials
// CHUNK:         scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHUNK:           exec.load {{.*}} : vector<16xf16>
// CHUNK:         arith.divf
// CHUNK:         exec.barrier

// 128 segments of 2 heads, and a row of 64 bytes for each of 64 threads.
// PLACES-DAG: exec.buffer @decode.attend.partials {{.*}}16384
// PLACES-DAG: exec.buffer @decode.attend.merged {{.*}}4096
