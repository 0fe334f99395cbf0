// RUN: lfm2-opt %s --split-input-file --verify-diagnostics

func.func @pool_channels(%x: tensor<?x32xf32>) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'output' to have the 32 channels of 'x', but it has 16}}
  %y = lfm2.pool %x kind(mean) : tensor<?x32xf32> -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

func.func @pool_dynamic(%x: tensor<?x?xf32>) -> tensor<?x16xf32> {
  // expected-error@+1 {{expects 'x' to have a fixed number of channels}}
  %y = lfm2.pool %x kind(cls) : tensor<?x?xf32> -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

func.func @embeddings(%ids: tensor<?xi32>, %rows: tensor<?x16xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'embeddings' to have the 32 channels of 'output', but it has 16}}
  %x = lfm2.embed %ids, @w embeddings(%rows) : tensor<?xi32>, tensor<?x16xf32> -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}
