// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --split-input-file --verify-diagnostics

// A layer that is cut in two by another.

#first = #lfm2.layer<index = 0, kind = "short">
#second = #lfm2.layer<index = 1, kind = "short">
lfm2.weight @w : tensor<32x32xf32>

func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %a = lfm2.linear %x, @w {lfm2.layer = #first} : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = lfm2.linear %a, @w {lfm2.layer = #second} : tensor<?x32xf32> -> tensor<?x32xf32>
  // expected-error@+1 {{phase 'linear' is of layer 0, which ended before; expected the phases of a layer behind each other, with one kind}}
  %c = lfm2.linear %b, @w {lfm2.layer = #first} : tensor<?x32xf32> -> tensor<?x32xf32>
  return %c : tensor<?x32xf32>
}
