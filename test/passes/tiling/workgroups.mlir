// RUN: sed 's/lanes = 8,/lanes = 8, slices = 4,/' %S/tile-phases.mlir > %t.conv.mlir
// RUN: sed 's/lanes = 8,/lanes = 8, slices = 4,/' %S/stretches.mlir > %t.attn.mlir
// RUN: lfm2-opt %t.conv.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse --exec-outline-kernels --canonicalize --cse -o %t.conv
// RUN: lfm2-opt %t.attn.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-cut-phases=entries=1,4 --exec-tile-phases --canonicalize --cse --exec-outline-kernels --canonicalize --cse -o %t.attn
// RUN: FileCheck %s --input-file %t.conv --check-prefix=RESIDUAL
// RUN: FileCheck %s --input-file %t.conv --check-prefix=NORM
// RUN: FileCheck %s --input-file %t.conv --check-prefix=CONV
// RUN: FileCheck %s --input-file %t.conv --check-prefix=LIST
// RUN: FileCheck %s --input-file %t.attn --check-prefix=ATTEND
// RUN: FileCheck %s --input-file %t.attn --check-prefix=MERGE
// RUN: FileCheck %s --input-file %t.attn --check-prefix=NEAR

// Threads that are workgroups of 8 lanes x 4 slices: the same phases as on CPUs.

// Rows that are added to the residual stream: 32 rows of f32 are 4 groups, one for each
// thread. Slices divide the 64-column parts of K; the first one has the sum and stores it.
// RESIDUAL-LABEL: func.func @conv_ffn_decode.1(
// RESIDUAL-SAME:      exec.kernel = 32
// RESIDUAL:         %[[INVOCATION:.*]] = exec.invocation
// RESIDUAL:         %[[SLICE:.*]] = arith.divui %[[INVOCATION]], %c8
// RESIDUAL:         scf.for
// RESIDUAL:           %[[FIRST:.*]] = arith.muli %[[SLICE]], %c64
// RESIDUAL:           %[[PART:.*]] = scf.for %{{.*}} = %[[FIRST]] to %c32 step %c256
// RESIDUAL:             math.fma
// RESIDUAL:           %[[SUM:.*]] = exec.sum_slices %[[PART]] : vector<8xf32>
// RESIDUAL:           %[[IS_FIRST:.*]] = arith.cmpi ult, %[[SLICE]], %c1
// RESIDUAL:           scf.if %[[IS_FIRST]] {
// RESIDUAL:             %[[OLD:.*]] = exec.load {{.*}} : vector<8xf32> in scratch
// RESIDUAL:             %[[NEW:.*]] = arith.addf %[[OLD]], %[[SUM]]
// RESIDUAL:             exec.store %[[NEW]]
// RESIDUAL:         exec.join
// RESIDUAL-NEXT:    return

// A norm, and products with gate and up. Slices divide the columns of the norm. Then eight
// neighbours take a block of 32 columns, of which there is one: they agree on its scale, and
// each leaves four int8 in near memory. After a join all slices read these.
// NORM-LABEL: func.func @conv_ffn_decode.2(
// NORM:         %[[SLICE:.*]] = arith.divui %[[INVOCATION:.*]], %c8
// NORM:         %[[FIRST:.*]] = arith.muli %[[SLICE]], %c8
// NORM:         %[[SQUARES:.*]] = scf.for %{{.*}} = %[[FIRST]] to %c32 step %c32
// NORM:         exec.sum_thread %[[SQUARES]] : vector<8xf32>
// NORM:         math.sqrt
// NORM:         %[[LARGEST:.*]] = exec.reduce_neighbours %{{.*}} {max, width = 8 : i64} : f32
// NORM:         exec.reduce_neighbours %{{.*}} {width = 8 : i64} : i32
// NORM:         %[[SCALE:.*]] = arith.mulf %[[LARGEST]]
// NORM:         %[[HAS:.*]] = arith.cmpi ult, %[[SLICE]], %c1
// NORM:         scf.if %[[HAS]] {
// NORM:           exec.store {{.*}} : vector<4xi8> in near
// NORM:           scf.if
// NORM:             exec.store %[[SCALE]], {{.*}} : f32 in near
// NORM:             exec.store {{.*}} : i32 in near
// NORM:         exec.join
// NORM:         scf.for
// NORM:           scf.for %{{.*}} = %[[SLICE]] to %{{.*}} step %c4
// NORM:             exec.load {{.*}} in near
// NORM:             exec.dot4 {{.*}} {bits = 4 : i64}
// NORM:           exec.sum_slices
// NORM:           exec.sum_slices
// SiLU of gate, times up, by the slice that has the sums.
// NORM:           scf.if
// NORM:             arith.divf
// NORM:             exec.store
// NORM:         exec.join

// A convolution in a step of several tokens. The products of all tokens are kept; behind a
// join slices divide the tokens of each run, and the first one leaves the run's last
// columns in the state when all have read it.
// CONV-LABEL: func.func @conv_ffn_prefill.1(
// CONV:         exec.field %{{.*}} "count"
// CONV-COUNT-3: exec.sum_slices
// CONV:         exec.store {{.*}} in scratch
// CONV:         exec.store {{.*}} in scratch
// CONV:         exec.join
// CONV:         exec.field %{{.*}} "num_runs"
// CONV:         scf.for
// CONV:           scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c4 {
// CONV:             exec.store {{.*}} in scratch
// CONV-NOT:         exec.store
// CONV:           exec.join
// CONV-NEXT:      %[[FIRST_SLICE:.*]] = arith.cmpi eq, %{{.*}}, %c0
// CONV-NEXT:      scf.if %[[FIRST_SLICE]] {
// CONV-COUNT-2:     exec.store {{.*}} in state
// CONV:           exec.join

// As many threads as a phase has items: 4 groups of rows, 2 x 8 of gate and up, 13 of the
// head's 100 rows; a token is one thread's to embed.
// LIST-LABEL: func.func @step_1(
// LIST:         exec.dispatch @step_1.0() threads 1
// LIST:         exec.dispatch @conv_ffn_decode.0({{.*}}) threads 4
// LIST:         exec.dispatch @conv_ffn_decode.1({{.*}}) threads 4
// LIST:         exec.dispatch @conv_ffn_decode.2({{.*}}) threads 8
// LIST:         exec.dispatch @conv_ffn_decode.3({{.*}}) threads 4
// LIST:         exec.dispatch @step_1.1() threads 13
// LIST-NEXT:    return
// LIST-LABEL: func.func @step_4(
// LIST-COUNT-9: exec.dispatch
// LIST-NOT:     exec.dispatch
// LIST:         return

// Attention of one token: a thread has a segment of positions and a key head. Invocations
// divide positions for scores, rows for the softmax, channels for values, and join after each.
// ATTEND-LABEL: func.func @attn_moe_decode.1(
// ATTEND:         exec.by_invocation {
// ATTEND:           exec.store {{.*}} : vector<8xf32> in scratch
// ATTEND:         exec.join
// ATTEND:         exec.by_invocation {
// ATTEND:         exec.join
// ATTEND:         scf.for
// ATTEND:           exec.by_invocation {
// ATTEND:             scf.for {{.*}} iter_args({{.*}}) -> (vector<1xf32>)
// ATTEND:             exec.store {{.*}} : vector<1xf32> in scratch
// ATTEND:           exec.join
// ATTEND:           exec.by_invocation {
// ATTEND:             scf.for {{.*}} -> (vector<16xf32>)
// ATTEND:           exec.join
// ATTEND:           exec.by_invocation {
// ATTEND:             scf.for {{.*}} iter_args({{.*}}) -> (vector<1xf32>)
// ATTEND:           exec.join
// ATTEND:         return

// Each thread of the next phase merges the partial results of all, for itself, in near
// memory.
// MERGE-LABEL: func.func @attn_moe_decode.2(
// MERGE:         exec.by_invocation {
// MERGE:           scf.for {{.*}} -> (vector<8xf32>, f32, f32)
// MERGE:           exec.store {{.*}} : vector<8xf32> in near
// MERGE:         exec.join
// MERGE:         exec.sum_slices

// What a thread keeps for itself is near.
// NEAR-DAG: exec.buffer @decode.input {{.*}} near}
// NEAR-DAG: exec.buffer @decode.attend.merged {bytes = 64 : i64, {{.*}} near}
// NEAR-DAG: exec.buffer @decode.attend.partials {bytes = 16384 : i64, {{.*}}last = 2 : i64}
// NEAR-DAG: exec.buffer @prefill.input {{.*}}last = {{[0-9]+}} : i64}
