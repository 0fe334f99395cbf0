// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

// exec.phase, exec.layer, exec.call

func.func @yield(%x: tensor<?x8xf32>) -> tensor<?x16xf32> {
  // expected-error@+1 {{'down' yields 1 values whose types are not those of its 1 results}}
  %y = exec.phase "down" -> tensor<?x16xf32> {
    exec.yield %x : tensor<?x8xf32>
  }
  return %y : tensor<?x16xf32>
}

// -----

func.func @no_yield(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{'down' yields 0 values whose types are not those of its 1 results}}
  %y = exec.phase "down" -> tensor<?x8xf32> {
  }
  return %y : tensor<?x8xf32>
}

// -----

func.func @astray(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expects parent op to be one of 'exec.phase, exec.layer'}}
  exec.yield %x : tensor<?x8xf32>
}

// -----

func.func @layer() {
  // expected-error@+1 {{calls '@conv', which is no exec.layer of this module}}
  exec.call @conv() weights [] : () -> ()
  return
}

// -----

func.func private @conv()
func.func @function() {
  // expected-error@+1 {{calls '@conv', which is no exec.layer of this module}}
  exec.call @conv() weights [] : () -> ()
  return
}

// -----

exec.layer @l {
^bb0(%x: tensor<?x8xf32>, %p: index):
  exec.yield
}
func.func @operands(%x: tensor<?x8xf32>, %p: index) {
  // expected-error@+1 {{passes 2 operands to '@l', which takes 2 of other types or in another order}}
  exec.call @l(%p, %x) weights [] : (index, tensor<?x8xf32>) -> ()
  return
}

// -----

exec.layer @l {
^bb0(%x: tensor<?x8xf32>):
  exec.yield %x : tensor<?x8xf32>
}
func.func @results(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expects 0 results of '@l', which yields 1 of other types or in another order}}
  exec.call @l(%x) weights [] : (tensor<?x8xf32>) -> ()
  return
}

// -----

lfm2.weight @a : tensor<8xf32>
lfm2.weight @b : tensor<8xf32>
exec.layer @l {
  lfm2.weight @norm : tensor<8xf32>
}
func.func @too_many() {
  // expected-error@+1 {{names 2 weights, more than '@l' has parameters}}
  exec.call @l() weights [@a, @b] : () -> ()
  return
}

// -----

exec.layer @l {
  lfm2.weight @norm : tensor<8xf32>
}
func.func @too_few() {
  // expected-error@+1 {{names 0 weights, fewer than '@l' has parameters}}
  exec.call @l() weights [] : () -> ()
  return
}

// -----

exec.layer @l {
  lfm2.weight @norm : tensor<8xf32>
}
func.func @unknown() {
  // expected-error@+1 {{names the weight @blk.0.norm, which the module does not have}}
  exec.call @l() weights [@blk.0.norm] : () -> ()
  return
}

// -----

lfm2.weight @a : tensor<8xbf16>
exec.layer @l {
  lfm2.weight @norm : tensor<8xf32>
}
func.func @type() {
  // expected-error@+1 {{passes @a of type 'tensor<8xbf16>' for '@norm' of type 'tensor<8xf32>'}}
  exec.call @l() weights [@a] : () -> ()
  return
}

// -----

// expected-error@+1 {{expects 1 to 8 'streams', but found 9}}
module attributes {test.example = #exec.schedule<streams = 9, prefetch = 0, tokens = 4>} {}

// -----

// expected-error@+1 {{expects a 'prefetch' of 0 to 65536 bytes, but found -1}}
module attributes {test.example = #exec.schedule<streams = 1, prefetch = -1, tokens = 4>} {}

// -----

// expected-error@+1 {{expects tiles of 1 to 16 'tokens', but found 0}}
module attributes {test.example = #exec.schedule<streams = 1, prefetch = 0, tokens = 0>} {}

// -----

// expected-error@+1 {{expects tiles of 1 to 4 'groups', but found 5}}
module attributes {test.example = #exec.schedule<streams = 1, prefetch = 0, tokens = 4, groups = 5>} {}

// -----

// expected-error@+1 {{expects tiles to look 0 to 4 groups 'ahead', but found -1}}
module attributes {test.example = #exec.schedule<streams = 1, prefetch = 0, tokens = 4, ahead = -1>} {}

// -----

func.func @keep_rank(%x: tensor<?xf32>, %s: tensor<8x32xf32>) {
  // expected-error@+1 {{expects 'x' to be tokens x channels, or tokens x choices x channels, but it is ?}}
  %0 = exec.keep %x into %s : tensor<?xf32>, tensor<8x32xf32>
  return
}

// -----

func.func @keep_width(%x: tensor<?x33xf32>, %s: tensor<8x32xf32>) {
  // expected-error@+1 {{expects 'state' to be rows x 33 channels or more, all sizes fixed, but it is 8 x 32}}
  %0 = exec.keep %x into %s : tensor<?x33xf32>, tensor<8x32xf32>
  return
}

// -----

// expected-error@+1 {{expects 'exec.kept' to be an array of #exec.kept, but it is 1}}
module attributes {exec.kept = 1} {}
