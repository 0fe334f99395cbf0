// RUN: sed 's/x8xf16/x8x!lfm2.quant<q8_0>/g' %S/stretches.mlir > %t.q8.in.mlir
// RUN: lfm2-opt %t.q8.in.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse -o %t.q8.mlir
// RUN: FileCheck %s --input-file %t.q8.mlir --check-prefixes=BYTES8,WRITE,Q8
// RUN: sed 's/x8xf16/x8x!lfm2.quant<q4_0>/g' %S/stretches.mlir > %t.q4.in.mlir
// RUN: lfm2-opt %t.q4.in.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse -o %t.q4.mlir
// RUN: FileCheck %s --input-file %t.q4.mlir --check-prefixes=BYTES4,WRITE,Q4
// RUN: sed 's/x8xf16/x8x!lfm2.quant<q8_0>/g; s/lanes = 8,/lanes = 8, slices = 4,/' %S/stretches.mlir > %t.groups.in.mlir
// RUN: lfm2-opt %t.groups.in.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse --exec-outline-kernels -o %t.groups.mlir
// RUN: FileCheck %s --input-file %t.groups.mlir --check-prefix=GROUPS

// Attention of 2 query heads on one key head of 8 channels, whose halves are blocks with
// a scale each: 8 or 4 bytes and twice two bytes a token, of keys and of values.
// BYTES8: exec.state_form = "q8_0", exec.state_head = 12 : i64, exec.state_per_token = 24 : i64
// BYTES4: exec.state_form = "q4_0", exec.state_head = 8 : i64, exec.state_per_token = 16 : i64

// A block of keys: its scale is stored, and its numbers are of the scale as stored.
// WRITE-LABEL: func.func private @attn_moe_decode(
// WRITE:         %[[D:.*]] = arith.truncf %{{.*}} : f32 to f16
// WRITE:         exec.store %[[D]], %{{.*}} : f16 in state
// WRITE:         arith.extf %[[D]] : f16 to f32
// Keys of 16 positions lie side by side: a byte of each channel, or of two.
// Q8-COUNT-4:    exec.store %{{.*}} : i8 in state
// Q4-COUNT-2:    exec.store %{{.*}} : i8 in state
// Values of a block are neighbours.
// Q8:            exec.store %{{.*}} : vector<4xi8> in state
// Q4:            exec.store %{{.*}} : vector<2xi8> in state

// They are read as f32; sums of a block's keys are scaled.
// WRITE:         exec.barrier
// WRITE:         exec.load {{.*}} : vector<16xi8> in state
// Q4:            arith.shrsi {{.*}} : vector<16xi32>
// WRITE:         arith.sitofp {{.*}} : vector<16xi32> to vector<16xf32>
// WRITE:         exec.load {{.*}} : vector<16xf16> in state
// Weights are scaled, for each block of the values.
// WRITE:         %[[S:.*]] = exec.load {{.*}} : vector<16xf16> in state
// WRITE:         %[[F:.*]] = arith.extf %[[S]] : vector<16xf16> to vector<16xf32>
// WRITE:         %[[W:.*]] = arith.mulf %{{.*}}, %[[F]] : vector<16xf32>
// WRITE:         exec.store %[[W]]

// An invocation of a workgroup quantises a block.
// GROUPS-LABEL: func.func @attn_moe_decode.0(
// GROUPS:         exec.by_invocation {
// GROUPS:           exec.store %{{.*}} : f16 in state
// GROUPS-COUNT-4:   exec.store %{{.*}} : i8 in state
// GROUPS:           exec.store %{{.*}} : f16 in state
// GROUPS-COUNT-4:   exec.store %{{.*}} : i8 in state
// GROUPS:         exec.by_invocation {
// GROUPS:           exec.store %{{.*}} : vector<4xi8> in state
