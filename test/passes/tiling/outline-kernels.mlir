// RUN: lfm2-opt %s --exec-outline-kernels --canonicalize --split-input-file | FileCheck %s

// What a step does between barriers becomes kernels, and the step a list of them. Layers
// are unrolled in the list: one kernel, dispatched with the arguments of each call.

module attributes {
    exec.target = #exec.target<lanes = 8, slices = 32, most_threads = 100>,
    exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1",
        stretches = [#exec.stretch<layer = "", phase = "embed">, #exec.stretch<layer = "conv_ffn", phase = "conv">,
                     #exec.stretch<layer = "conv_ffn", phase = "out">, #exec.stretch<layer = "", phase = "head">],
        order = [0, 1, 2, 1, 2, 3], layers = [-1, 0, 0, 1, 1, -1]>]} {
exec.buffer @hidden {entry = "decode", bytes = 1024 : i64, first = 0 : i64, last = 3 : i64}

// A kernel has constants, fields, addresses and constant loads of its own, in loops, too.
// Of 64 items there is a thread for each: its share is item `thread`.
// CHECK-LABEL: func.func @step_1.0(
// CHECK-SAME:      %[[STEP:.*]]: !exec.ptr<step>, %[[THREAD:.*]]: i32) attributes {exec.kernel = 256 : i64} {
// CHECK-DAG:     %[[TOKENS:.*]] = exec.field %[[STEP]] "tokens"
// CHECK-DAG:     %[[TOKEN:.*]] = exec.load %[[TOKENS]][%{{.*}}] {constant} : i32
// CHECK-DAG:     %[[HIDDEN:.*]] = exec.address @hidden
// CHECK-DAG:     %[[LO:.*]] = arith.index_cast %[[THREAD]] : i32 to index
// CHECK-DAG:     %[[HI:.*]] = arith.addi %[[LO]], %{{.*}}
// CHECK-NOT:     exec.share
// CHECK:         scf.for %[[I:.*]] = %[[LO]] to %[[HI]]
// CHECK:           %[[AT:.*]] = arith.addi %[[HIDDEN]], %[[I]]
// CHECK:           exec.store %[[TOKEN]], %{{.*}}[%[[AT]]] : i32 in scratch
// CHECK-NOT:     exec.barrier
// CHECK:         return

// The last one of the step itself: what it wants of the first it makes anew.
// CHECK-LABEL: func.func @step_1.1(
// CHECK-SAME:      %[[STEP:.*]]: !exec.ptr<step>, %{{.*}}: i32) attributes
// CHECK:         exec.field %[[STEP]] "tokens"
// CHECK:         exec.load {{.*}} {constant} : i32
// CHECK:         exec.store {{.*}} in logits

// CHECK-LABEL: func.func @step_1(%{{.*}}: !exec.ptr<step>, %{{.*}}: i32) {
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[C192:.*]] = arith.constant 192 : index
// CHECK-DAG:     %[[C512:.*]] = arith.constant 512 : index
// CHECK-DAG:     %[[C640:.*]] = arith.constant 640 : index
// CHECK:         exec.dispatch @step_1.0() threads 64
// CHECK-NEXT:    exec.dispatch @conv_ffn.0(%[[C64]], %[[C512]]) threads 100
// CHECK-NEXT:    exec.dispatch @conv_ffn.1(%[[C512]]) threads 30
// CHECK-NEXT:    exec.dispatch @conv_ffn.0(%[[C192]], %[[C640]]) threads 100
// CHECK-NEXT:    exec.dispatch @conv_ffn.1(%[[C640]]) threads 30
// CHECK-NEXT:    exec.dispatch @step_1.1() threads 1
// CHECK-NEXT:    return
func.func @step_1(%step: !exec.ptr<step>, %thread: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c192 = arith.constant 192 : index
  %c512 = arith.constant 512 : index
  %c640 = arith.constant 640 : index
  %tokens = exec.field %step "tokens" : !exec.ptr<tokens>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %token = exec.load %tokens[%c0] {constant} : i32 in tokens
  %hidden = exec.address @hidden
  %lo, %hi = exec.share %c64 of %thread most 64
  scf.for %i = %lo to %hi step %c1 {
    %at = arith.addi %hidden, %i : index
    exec.store %token, %scratch[%at] : i32 in scratch
  }
  %0 = exec.barrier %step, %thread
  call @conv_ffn(%step, %thread, %c64, %c512) : (!exec.ptr<step>, i32, index, index) -> ()
  %1 = exec.barrier %step, %thread
  call @conv_ffn(%step, %thread, %c192, %c640) : (!exec.ptr<step>, i32, index, index) -> ()
  %2 = exec.barrier %step, %thread
  %logits = exec.field %step "logits" : !exec.ptr<logits>
  exec.store %token, %logits[%c0] : i32 in logits
  return
}

// Of more items than there may be threads, thread t has those from t * 200 / 100 on.
// The layer is gone.
// CHECK-LABEL: func.func @conv_ffn.0(
// CHECK-SAME:      %{{.*}}: !exec.ptr<step>, %[[THREAD:.*]]: i32, %[[WEIGHTS:.*]]: index, %[[STATE:.*]]: index)
// CHECK-DAG:     %[[C100:.*]] = arith.constant 100 : index
// CHECK-DAG:     %[[C200:.*]] = arith.constant 200 : index
// CHECK:         %[[T:.*]] = arith.index_cast %[[THREAD]]
// CHECK:         %[[NEXT:.*]] = arith.addi %[[T]]
// CHECK:         %[[FROM:.*]] = arith.muli %[[T]], %[[C200]]
// CHECK:         %[[LO:.*]] = arith.divui %[[FROM]], %[[C100]]
// CHECK:         %[[TO:.*]] = arith.muli %[[NEXT]], %[[C200]]
// CHECK:         %[[HI:.*]] = arith.divui %[[TO]], %[[C100]]
// CHECK:         scf.for %{{.*}} = %[[LO]] to %[[HI]]
// It gets the arguments that it uses, in the order of their use.
// CHECK-LABEL: func.func @conv_ffn.1(
// CHECK-SAME:      %[[STEP:.*]]: !exec.ptr<step>, %[[THREAD:.*]]: i32, %[[STATE:.*]]: index)
// Of a number that only the step knows there are as many threads as of the most.
// CHECK:         %[[COUNT:.*]] = exec.field %[[STEP]] "count"
// CHECK:         arith.muli %[[COUNT]]
// CHECK-NOT:     func.func {{.*}}@conv_ffn(
func.func private @conv_ffn(%step: !exec.ptr<step>, %thread: i32, %weights: index, %state: index) {
  %c1 = arith.constant 1 : index
  %c200 = arith.constant 200 : index
  %w = exec.field %step "weights" : !exec.ptr<weights>
  %s = exec.field %step "state" : !exec.ptr<state>
  %lo, %hi = exec.share %c200 of %thread most 200
  scf.for %i = %lo to %hi step %c1 {
    %from = arith.addi %weights, %i : index
    %v = exec.load %w[%from] {constant} : f32 in weights
    %to = arith.addi %state, %i : index
    exec.store %v, %s[%to] : f32 in state
  }
  %0 = exec.barrier %step, %thread
  %count = exec.field %step "count" : index
  %one = arith.constant 1.0 : f32
  %from, %to = exec.share %count of %thread most 30
  scf.for %i = %from to %to step %c1 {
    %at = arith.addi %state, %i : index
    exec.store %one, %s[%at] : f32 in state
  }
  return
}
}

// -----

// A step of many tokens looks at each barrier whether to give up, and so has blocks. A
// list has one: between dispatches the runtime looks.
module attributes {
    exec.target = #exec.target<lanes = 8, slices = 32>,
    exec.entries = [#exec.entry<name = "prefill", tokens = 8, symbol = "step_8",
        stretches = [#exec.stretch<layer = "", phase = "a">, #exec.stretch<layer = "", phase = "b">],
        order = [0, 1], layers = [-1, -1]>]} {
// CHECK-LABEL: func.func @step_8(
// CHECK-NEXT:    exec.dispatch @step_8.0() threads 1
// CHECK-NEXT:    exec.dispatch @step_8.1() threads 1
// CHECK-NEXT:    return
// CHECK-NEXT:  }
func.func @step_8(%step: !exec.ptr<step>, %thread: i32) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  exec.store %one, %scratch[%c0] : f32 in scratch
  %cancelled = exec.barrier %step, %thread
  cf.cond_br %cancelled, ^exit, ^next
^next:
  %x = exec.load %scratch[%c0] : f32 in scratch
  exec.store %x, %scratch[%c0] : f32 in scratch
  cf.br ^exit
^exit:
  return
}
}
