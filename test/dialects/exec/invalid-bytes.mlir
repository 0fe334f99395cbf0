// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// exec.weight

// expected-error@+1 {{has no segments; name the rows that it packs}}
exec.weight @w [] {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{expects 'lanes' to be positive, but it is 0}}
exec.weight @w [#exec.segment<tensor = "t", format = "f32", first = 0, rows = 8, unit = 8>]
    {cols = 32 : i64, lanes = 0 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{expects 'bytes' to be positive, but it is -64}}
exec.weight @w [#exec.segment<tensor = "t", format = "f32", first = 0, rows = 8, unit = 8>]
    {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = -64 : i64}

// -----

// expected-error@+1 {{segment of 't' is in the unknown format 'q8_1'}}
exec.weight @w [#exec.segment<tensor = "t", format = "q8_1", first = 0, rows = 8, unit = 8>]
    {cols = 256 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{segment of 't' has 96 columns, which are not whole blocks of 256 of q6_k}}
exec.weight @w [#exec.segment<tensor = "t", format = "q6_k", first = 0, rows = 8, unit = 8>]
    {cols = 96 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{segment of 't' begins at row -8}}
exec.weight @w [#exec.segment<tensor = "t", format = "f32", first = -8, rows = 8, unit = 8>]
    {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{segment of 't' has 20 rows, which are not whole units of 8}}
exec.weight @w [#exec.segment<tensor = "t", format = "f32", first = 0, rows = 20, unit = 8>]
    {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{expects as many rows in every segment, to interleave them, but 'g' has 16 in units of 8 and 'u' 16 in units of 16}}
exec.weight @w [#exec.segment<tensor = "g", format = "f32", first = 0, rows = 16, unit = 8>,
                #exec.segment<tensor = "u", format = "f32", first = 0, rows = 16, unit = 16>]
    {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64}

// -----

// expected-error@+1 {{expects 'offset' to be a multiple of 64, but it is 100}}
exec.weight @w [#exec.segment<tensor = "t", format = "f32", first = 0, rows = 8, unit = 8>]
    {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 64 : i64, offset = 100 : i64}

// -----

// exec.buffer

// expected-error@+1 {{expects 'bytes' to be positive, but it is 0}}
exec.buffer @b {entry = "decode", bytes = 0 : i64, first = 0 : i64, last = 0 : i64}

// -----

// expected-error@+1 {{lives from phase 3 to phase 2; expected phases from 0 on, the first not after the last}}
exec.buffer @b {entry = "decode", bytes = 64 : i64, first = 3 : i64, last = 2 : i64}

// -----

// expected-error@+1 {{lives from phase -1 to phase 2}}
exec.buffer @b {entry = "decode", bytes = 64 : i64, first = -1 : i64, last = 2 : i64}

// -----

// expected-error@+1 {{expects 'offset' to be a multiple of 64, but it is -64}}
exec.buffer @b {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 2 : i64, offset = -64 : i64}

// -----

// exec.address

func.func @nothing() -> index {
  // expected-error@+1 {{refers to '@b', which is no exec.weight or exec.buffer}}
  %o = exec.address @b
  return %o : index
}

// -----

lfm2.weight @model : tensor<8xf32>
func.func @model_weight() -> index {
  // expected-error@+1 {{refers to '@model', which is no exec.weight or exec.buffer}}
  %o = exec.address @model
  return %o : index
}

// -----

// exec.field

func.func @unknown(%step: !exec.ptr<step>) {
  // expected-error@+1 {{asks for 'batch', which is no field of the step; see lfm2rt/abi.h}}
  %f = exec.field %step "batch" : index
  return
}

// -----

// Where it is, the lowering of exec.barrier knows; nobody asks for it by name.
func.func @runtimes_own(%step: !exec.ptr<step>) {
  // expected-error@+1 {{asks for 'barrier', which is no field of the step}}
  %f = exec.field %step "barrier" : !exec.ptr<state>
  return
}

// -----

func.func @pointer(%step: !exec.ptr<step>) {
  // expected-error@+1 {{field 'weights' is a pointer}}
  %f = exec.field %step "weights" : index
  return
}

// -----

func.func @index(%step: !exec.ptr<step>) {
  // expected-error@+1 {{field 'count' is an index}}
  %f = exec.field %step "count" : !exec.ptr<state>
  return
}

// -----

// exec.load, exec.store

func.func @load(%base: !exec.ptr<scratch>, %i: index) {
  // expected-error@+1 {{expects 'align' to be a power of two, but it is 12}}
  %v = exec.load %base[%i] {align = 12 : i64} : f32 in scratch
  return
}

// -----

func.func @store(%base: !exec.ptr<scratch>, %i: index, %v: f32) {
  // expected-error@+1 {{expects 'align' to be a power of two, but it is 0}}
  exec.store %v, %base[%i] {align = 0 : i64} : f32 in scratch
  return
}

// -----

func.func @constant(%step: !exec.ptr<step>, %i: index) {
  %near = exec.field %step "near" : !exec.ptr<near>
  // expected-error@+1 {{is 'constant', but reads '!exec.ptr<near>', which changes during a step}}
  %v = exec.load %near[%i] {constant} : f32 in near
  return
}

// -----

// exec.stage_start

func.func @stage(%to: !exec.ptr<near>, %from: !exec.ptr<weights>, %i: index) {
  // expected-error@+1 {{expects 'bytes' to be positive, but it is 0}}
  exec.stage_start %to[%i] = %from[%i] {bytes = 0 : i64}
  return
}

// -----

func.func @stage_scratch(%step: !exec.ptr<step>, %to: !exec.ptr<near>, %i: index) {
  // expected-note@+1 {{prior use here}}
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  // expected-error@+1 {{use of value '%scratch' expects different type than prior uses: '!exec.ptr<weights>' vs '!exec.ptr<scratch>'}}
  exec.stage_start %to[%i] = %scratch[%i] {bytes = 64 : i64}
  return
}

// -----

func.func @stage_generic(%scratch: !exec.ptr<scratch>, %to: !exec.ptr<near>, %i: index) {
  // expected-error@+1 {{operand #2 must be a pointer to Weights, but got '!exec.ptr<scratch>'}}
  "exec.stage_start"(%to, %i, %scratch, %i) {bytes = 64 : i64} : (!exec.ptr<near>, index, !exec.ptr<scratch>, index) -> ()
  return
}

// -----

func.func @store_weights(%weights: !exec.ptr<weights>, %i: index, %v: f32) {
  // expected-error@+1 {{writes to '!exec.ptr<weights>', which no thread writes during a step}}
  exec.store %v, %weights[%i] : f32 in weights
  return
}

// -----

func.func @other_field(%step: !exec.ptr<step>) {
  // expected-error@+1 {{field 'state' points to what is called so, but its type is '!exec.ptr<weights>'}}
  %f = exec.field %step "state" : !exec.ptr<weights>
  return
}

// -----

// expected-error@+2 {{expected ::lfm2c::exec::Memory to be one of: step, weights, state}}
// expected-error@+1 {{failed to parse Exec_PtrType parameter 'memory'}}
func.func private @no_memory(!exec.ptr<nowhere>)

// -----

func.func @matrix(%base: !exec.ptr<scratch>, %i: index) {
  // expected-error@+1 {{'exec.load' op result #0 must be}}
  %v = exec.load %base[%i] : vector<4x4xf32> in scratch
  return
}

// -----

// exec.dot4

func.func @bytes(%acc: vector<8xi32>, %w: vector<16xi8>) {
  // expected-error@+1 {{expects 32 bytes for 8 lanes, but has 16}}
  %r = exec.dot4 %acc, %w, %w {bits = 4 : i64} : vector<8xi32>, vector<16xi8>
  return
}

// -----

func.func @bits(%acc: vector<4xi32>, %w: vector<16xi8>) {
  // expected-error@+1 {{expects 'bits' from 1 to 8, but it is 9}}
  %r = exec.dot4 %acc, %w, %w {bits = 9 : i64} : vector<4xi32>, vector<16xi8>
  return
}

// -----

func.func @no_bits(%acc: vector<4xi32>, %w: vector<16xi8>) {
  // expected-error@+1 {{expects 'bits' from 1 to 8, but it is -1}}
  %r = exec.dot4 %acc, %w, %w {bits = -1 : i64} : vector<4xi32>, vector<16xi8>
  return
}

// -----

// exec.tile_dot4

func.func @tile(%p: !exec.ptr<scratch>, %i: index) {
  // expected-error@+1 {{expects 'tokens' to be positive, but it is 0}}
  exec.tile_dot4 %p[%i] = %p[%i] * %p[%i] {count = 1 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 0 : i64, x_stride = 64 : i64} from scratch
  return
}

// -----

func.func @stride(%p: !exec.ptr<scratch>, %i: index) {
  // expected-error@+1 {{expects 'x_stride' of at least 64 bytes, which it reads of each token, but it is 32}}
  exec.tile_dot4 %p[%i] = %p[%i] * %p[%i] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 32 : i64} from scratch
  return
}

// -----

func.func @elements(%acc: vector<8xf32>, %w: vector<8xbf16>) {
  // expected-error@+1 {{expects 16 elements for 8 lanes, but has 8}}
  %r = exec.dot2 %acc, %w, %w : vector<8xf32>, vector<8xbf16>
  return
}

// -----

func.func @no_local() {
  // expected-error@+1 {{expects 1 to 16384 bytes, but found 0}}
  %at = exec.local 0
  return
}

// -----

func.func @large_local() {
  // expected-error@+1 {{expects 1 to 16384 bytes, but found 16385}}
  %at = exec.local 16385
  return
}

// -----

// exec.sum_slices, exec.sum_thread

func.func @no_parts() {
  // expected-error@+1 {{expected 1 or more operands, but found 0}}
  %s = exec.sum_slices : vector<8xf32>
  return
}

// -----

func.func @other_part(%a: vector<8xf32>, %b: vector<4xf32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %s = "exec.sum_slices"(%a, %b) : (vector<8xf32>, vector<4xf32>) -> vector<8xf32>
  return
}

// -----

func.func @sum_of_words(%a: vector<8xi32>) {
  // expected-error@+1 {{operand #0 must be vector of 32-bit float values of ranks 1}}
  %s = exec.sum_thread %a : vector<8xi32>
  return
}

// -----

// exec.reduce_neighbours

func.func @three_neighbours(%a: f32) {
  // expected-error@+1 {{expects 'width' to be a power of two above 1, but it is 3}}
  %s = exec.reduce_neighbours %a {width = 3 : i64} : f32
  return
}

// -----

func.func @no_neighbour(%a: f32) {
  // expected-error@+1 {{expects 'width' to be a power of two above 1, but it is 1}}
  %s = exec.reduce_neighbours %a {width = 1 : i64} : f32
  return
}

// -----

func.func @largest_word(%a: i32) {
  // expected-error@+1 {{takes the largest of f32, but has 'i32'}}
  %s = exec.reduce_neighbours %a {max, width = 8 : i64} : i32
  return
}

// -----

// exec.by_invocation

func.func @two_blocks() {
  // expected-error@+1 {{expects region #0 to have 0 or 1 blocks}}
  exec.by_invocation {
    cf.br ^next
  ^next:
    cf.br ^next
  }
  return
}

// -----

// exec.dispatch

func.func @no_kernel() {
  // expected-error@+1 {{runs '@missing', which is no function}}
  exec.dispatch @missing() threads 4
  return
}

// -----

exec.buffer @buffer {entry = "decode", bytes = 64 : i64, first = 0 : i64, last = 0 : i64}
func.func @buffer_for_kernel() {
  // expected-error@+1 {{runs '@buffer', which is no function}}
  exec.dispatch @buffer() threads 4
  return
}

// -----

func.func private @kernel(%step: !exec.ptr<step>, %thread: i32, %at: index)
func.func @too_few() {
  // expected-error@+1 {{gives 0 arguments to '@kernel', which has 3 with the step and the thread}}
  exec.dispatch @kernel() threads 4
  return
}

// -----

func.func private @kernel(%step: !exec.ptr<step>)
func.func @no_thread() {
  // expected-error@+1 {{gives 0 arguments to '@kernel', which has 1 with the step and the thread}}
  exec.dispatch @kernel() threads 4
  return
}
