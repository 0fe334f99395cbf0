// RUN: lfm2-opt %s -o /dev/null
// RUN: %python %S/../lfm2/Inputs/check_examples.py %s %root/dialects/exec/IR

// The examples of the ops' and attributes' descriptions, word for word: the second
// command fails for one that is not here.

lfm2.weight @"blk.0.ffn_norm.weight" : tensor<64xf32>
lfm2.weight @q_norm : tensor<64xf32>
lfm2.weight @ffn_down : tensor<1024x4608x!lfm2.quant<q4_0>>
lfm2.weight @gate : tensor<4x32x64xf32>
lfm2.weight @up : tensor<4x32x64xbf16>
lfm2.weight @down : tensor<4x64x32x!lfm2.quant<q8_0>>

// A schedule alone.
module attributes {test.example = #exec.schedule<streams = 2, prefetch = 0, tokens = 4, groups = 2, ahead = 1>} {}

// A target alone.
func.func private @target() attributes {test.example =
    #exec.target<arch = "x86_64", dot = "avx2", lanes = 8, registers = 16, fma = true>
}

// An entry alone.
func.func private @entry() attributes {test.example =
    #exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = 448,
                stretches = [#exec.stretch<layer = "", phase = "embed">], order = [0], layers = [-1]>
}

// A pointer.
func.func private @pointer(
    !exec.ptr<weights>
)

// Phases and layers.

func.func @phase(%x: tensor<?x1024xf32>, %a: tensor<?x4608xf32>) -> tensor<?x1024xf32> {
  %y = exec.phase "down" -> tensor<?x1024xf32> {
    %d = lfm2.linear %a, @ffn_down : tensor<?x4608xf32> -> tensor<?x1024xf32>
    %s = arith.addf %x, %d : tensor<?x1024xf32>
    exec.yield %s : tensor<?x1024xf32>
  }
  return %y : tensor<?x1024xf32>
}

exec.layer @conv_ffn {
^bb0(%x: tensor<?x64xf32>, %position: index, %s: tensor<2x64xf32>):
  lfm2.weight @ffn_norm : tensor<64xf32>
  %y = exec.phase "norm" -> tensor<?x64xf32> {
    %n = lfm2.rms_norm %x, @ffn_norm eps(1.000000e-05) : tensor<?x64xf32>
    exec.yield %n : tensor<?x64xf32>
  }
  exec.yield %y, %s : tensor<?x64xf32>, tensor<2x64xf32>
}

func.func @call(%x: tensor<?x64xf32>, %position: index, %s: tensor<2x64xf32>)
    -> (tensor<?x64xf32>, tensor<2x64xf32>) {
  %y, %n = exec.call @conv_ffn(%x, %position, %s) weights [@"blk.0.ffn_norm.weight"]
      : (tensor<?x64xf32>, index, tensor<2x64xf32>) -> (tensor<?x64xf32>, tensor<2x64xf32>)
  return %y, %n : tensor<?x64xf32>, tensor<2x64xf32>
}

func.func @heads(%x: tensor<?x1024xf32>, %q: tensor<?x1024xf32>, %p: index) -> tensor<?x1024xf32> {
  %t = exec.rope_table %x position(%p) head_size(64) theta(1.000000e+06)
      : tensor<?x1024xf32> -> tensor<?x64xf32>
  %qr = exec.head_norm_rope %q, @q_norm table(%t) heads(16 of 64) eps(1.000000e-05)
      : tensor<?x1024xf32>, tensor<?x64xf32>
  return %qr : tensor<?x1024xf32>
}

func.func @attention(%q: tensor<?x1024xf32>, %k: tensor<?x512xf32>, %v: tensor<?x512xf32>,
                     %k0: tensor<?x8x64xf16>, %v0: tensor<?x8x64xf16>, %p: index)
    -> (tensor<?x?x16x66xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16>) {
  %kc, %vc = exec.cache_append %k, %v at %p into %k0, %v0
      : tensor<?x512xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16>
  %o = exec.attend %q at %p over %kc, %vc {causal = true, head_size = 64 : i64, heads = 16 : i64, kv_heads = 8 : i64}
      : tensor<?x1024xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16> -> tensor<?x?x16x66xf32>
  return %o, %kc, %vc : tensor<?x?x16x66xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16>
}

func.func @merge(%partials: tensor<?x?x16x66xf32>) -> tensor<?x1024xf32> {
  %o = exec.attend_merge %partials : tensor<?x?x16x66xf32> -> tensor<?x1024xf32>
  return %o : tensor<?x1024xf32>
}

func.func @prepare(%n: tensor<?x1024xf32>, %ids: tensor<?x2xi32>) -> (tensor<9xi32>, tensor<?x2x1024xf32>) {
  %p = exec.prepare %n for ["q4_0", "q6_k"] : tensor<?x1024xf32>
  %places, %starts = exec.sort_choices %ids : tensor<?x2xi32> -> tensor<9xi32>
  %s = exec.gather %p to %places : tensor<?x1024xf32>, tensor<?x2xi32> -> tensor<?x2x1024xf32>
  return %starts, %s : tensor<9xi32>, tensor<?x2x1024xf32>
}

func.func @experts(%u: tensor<?x64xf32>, %weights: tensor<?x2xf32>, %ids: tensor<?x2xi32>,
                   %s: tensor<?x2x64xf32>, %places: tensor<?x2xi32>, %starts: tensor<5xi32>)
    -> tensor<?x64xf32> {
  %a = exec.expert_gate_up %u, %ids, @gate, @up
      : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32>
  %b = exec.expert_gate_up %s, %ids, @gate, @up sorted %places, %starts
      : tensor<?x2x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32> by tensor<?x2xi32>, tensor<5xi32>
  %o = exec.expert_down %a, %weights, %ids, @down
      : tensor<?x2x32xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return %o : tensor<?x64xf32>
}

// Bytes.

exec.weight @w3 [#exec.segment<tensor = "blk.0.ffn_gate.weight", format = "q4_0", first = 0, rows = 64, unit = 64>,
                 #exec.segment<tensor = "blk.0.ffn_up.weight", format = "q4_0", first = 0, rows = 64, unit = 64>]
    {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 2304 : i64}

exec.weight @one [
    #exec.segment<tensor = "blk.0.ffn_up.weight", format = "q4_0", first = 0, rows = 4608, unit = 4608>]
    {cols = 1024 : i64, lanes = 16 : i64, count = 1 : i64, bytes = 2654208 : i64}

exec.buffer @ffn {entry = "decode", bytes = 18432 : i64, first = 2 : i64, last = 3 : i64}
exec.buffer @staged {entry = "decode", bytes = 73728 : i64, first = 2 : i64, last = 2 : i64, near}

func.func @address() -> index {
  %o = exec.address @ffn
  return %o : index
}

func.func @bytes(%step: !exec.ptr<step>, %logits: !exec.ptr<logits>, %state: !exec.ptr<state>, %scratch: !exec.ptr<scratch>, %weights: !exec.ptr<weights>, %thread: i32) -> (index, i1) {
  %count = exec.field %step "count" : index
  %wanted = exec.given %logits in logits
  %offset = exec.address @ffn
  %v = exec.load %state[%offset] {align = 16 : i64} : vector<8xf32> in state
  exec.store %v, %scratch[%offset] : vector<8xf32> in scratch
  exec.prefetch %weights[%offset] in weights
  %cancelled = exec.barrier %step, %thread
  return %count, %cancelled : index, i1
}

func.func @dot2(%acc: vector<8xf32>, %w: vector<16xbf16>, %x: vector<16xbf16>) -> vector<8xf32> {
  %r = exec.dot2 %acc, %w, %x : vector<8xf32>, vector<16xbf16>
  return %r : vector<8xf32>
}

func.func @dot(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  %r = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
  return %r : vector<8xi32>
}

func.func @lookup(%q: vector<32xi8>) -> vector<32xi8> {
  %w = exec.lookup %q [0, 1, 2, 3, 4, 6, 8, 12] : vector<32xi8>
  return %w : vector<32xi8>
}

func.func @slots() {
  %slots = exec.local 256
  return
}

func.func @tiles(%scratch: !exec.ptr<scratch>, %weights: !exec.ptr<weights>, %c: index, %x: index, %w: index) {
  exec.tile_dot4 %scratch[%c] = %scratch[%x] * %weights[%w] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 1152 : i64} from weights
  return
}

func.func @section(%scratch: !exec.ptr<scratch>, %weights: !exec.ptr<weights>, %c: index, %x: index, %w: index, %o: index) {
  exec.tile_section {
    exec.tile_dot4 %scratch[%c] = %scratch[%x] * %weights[%w] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 1152 : i64} from weights
    %v = exec.load %scratch[%c] : vector<16xi32> in scratch
    exec.store %v, %scratch[%o] : vector<16xi32> in scratch
  }
  return
}

func.func @stages(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %slot: index, %group: index) {
  exec.stage_start %near[%slot] = %weights[%group] {bytes = 36864 : i64}
  exec.stage_wait
  return
}

func.func @invocations(%scratch: !exec.ptr<scratch>, %o: index) {
  %i = exec.invocation
  exec.by_invocation {
    %v = exec.load %scratch[%o] : vector<32xf32> in scratch
    exec.store %v, %scratch[%o] : vector<32xf32> in scratch
  }
  exec.join
  return
}

func.func @sums(%a: vector<8xf32>, %b: vector<8xf32>, %part: vector<8xf32>) {
  %s = exec.sum_slices %a, %b : vector<8xf32>
  return
}

func.func @sum_of_all(%part: vector<8xf32>) {
  %s = exec.sum_thread %part : vector<8xf32>
  return
}

func.func @neighbours(%x: i32, %y: f32) {
  %s = exec.reduce_neighbours %x {width = 8 : i64} : i32
  %m = exec.reduce_neighbours %y {max, width = 8 : i64} : f32
  return
}

func.func @share(%n: index, %thread: i32) {
  %lo, %hi = exec.share %n of %thread most 128
  return
}

func.func @threads() {
  %n = exec.threads
  return
}

func.func @packed_dot4(%acc: i32, %w: i32, %x: i32) {
  %r = exec.packed_dot4 %acc, %w, %x {signed_w}
  return
}

func.func private @gate_up(!exec.ptr<step>, i32, index, index)

func.func @list(%step: !exec.ptr<step>, %thread: i32, %weights: index, %norm: index) {
  exec.dispatch @gate_up(%weights, %norm) threads 576
  return
}

func.func private @stretch() attributes {test.example =
    #exec.stretch<layer = "attn_moe", phase = "experts_up", weights = 8448, expert_bytes = 2304, experts = 8, used = 2, macs = 8192>}

// Calibration.

func.func @keep(%u: tensor<?x1000xf32>, %s0: tensor<128x1024xf32>) -> tensor<128x1024xf32> {
  %s1 = exec.keep %u into %s0 : tensor<?x1000xf32>, tensor<128x1024xf32>
  return %s1 : tensor<128x1024xf32>
}

#kept = #exec.kept<weights = ["blk.0.ffn_gate.weight", "blk.0.ffn_up.weight"], columns = 1000,
                   stride = 1024, rows = 128, per_token = 1, choices = -1>
module attributes {exec.kept = [#kept]} {}
