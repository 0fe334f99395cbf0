// RUN: sed 's/lanes = 8,/lanes = 8, slices = 4,/' %S/stretches.mlir > %t.in.mlir
// RUN: lfm2-opt %t.in.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse --exec-outline-kernels --canonicalize --cse -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: FileCheck %s --input-file %t.mlir --check-prefix=BUFFERS

// Heads of 8 channels on workgroups of 8 lanes x 4 slices: 4 invocations finish each query
// and each key, 8 each value, so that few heads keep many busy.

// CHECK-LABEL: func.func @attn_moe_decode.0(

// Queries. A pair of channels, the sum of squares of all channels, and a place that no
// other invocation reads.
// CHECK:       scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c32 {
// CHECK-NEXT:    exec.by_invocation {
// CHECK-NEXT:      arith.divui %[[I]], %c4
// CHECK:           arith.remui %[[I]], %c4
// CHECK:           exec.load %{{.*}} : f32 in scratch
// CHECK:           exec.load %{{.*}} : f32 in scratch
// CHECK:           exec.load %{{.*}} {align = 16 : i64} : vector<8xf32> in scratch
// CHECK:           math.sqrt
// CHECK:           exec.store %{{.*}} : f32 in scratch
// CHECK:           exec.store %{{.*}} : f32 in scratch
// CHECK-NEXT:    }

// Keys go to the cache.
// CHECK:       scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c32 {
// CHECK-NEXT:    exec.by_invocation {
// CHECK-NEXT:      arith.divui %[[I]], %c4
// CHECK:           math.sqrt
// CHECK:           exec.store %{{.*}} : f16 in state
// CHECK:           exec.store %{{.*}} : f16 in state
// CHECK-NEXT:    }

// Values: an invocation for each channel.
// CHECK:       scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c32 {
// CHECK-NEXT:    exec.by_invocation {
// CHECK-NEXT:      arith.divui %[[I]], %c8
// CHECK:           exec.load %{{.*}} : f32 in scratch
// CHECK:           arith.truncf %{{.*}} : f32 to f16
// CHECK:           exec.store %{{.*}} : f16 in state
// CHECK-NEXT:    }

// What is turned lies apart from what it is made of.
// BUFFERS-DAG: exec.buffer @decode.queries {bytes = 64 : i64, {{.*}}first = 0 : i64, last = 0 : i64}
// BUFFERS-DAG: exec.buffer @decode.turned {bytes = 64 : i64, {{.*}}first = 0 : i64, last = 1 : i64}
