// The lfm2 dialect itself: name, purpose, and the attributes it owns on a module.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2DIALECT_TD
#define LFM2C_DIALECTS_LFM2_IR_LFM2DIALECT_TD

include "mlir/IR/DialectBase.td"

def LFM2_Dialect : Dialect {
  let name = "lfm2";
  let cppNamespace = "::lfm2c::lfm2";
  let summary = "An LFM2 model, one op per architectural idea";
  let description = [{
    A module of this dialect says what a model computes and nothing about how.
    It holds one `lfm2.weight` per tensor of the checkpoint and one function,
    `@forward`, that maps token ids, the position of the first of them and the
    state carried from before to logits, hidden states or vectors, and the state for
    the next call. `lfm2.role` on each argument and result says which it is.

    All values are tensors with value semantics. Activations are `f32`,
    `[tokens, channels]`, one sequence, with a dynamic token count, so that the
    same function is prefill, decode and verification. What is carried between
    calls (convolution columns, keys and values) goes in and comes out.

    In the shapes below T is the number of tokens of the call, h the hidden size,
    H the query heads, G the key and value heads, D the size of a head, L the
    taps of the short convolution, V the vocabulary, E the experts, F the rows of
    a feed-forward.

    Weights are symbols: their bytes stay in the checkpoint, and only shape and
    format are in the IR.

    Attributes of the module:

    - `lfm2.model`, a `#lfm2.model`: the shapes and constants of the model.
    - `lfm2.source`, a string: the checkpoint that the weights are read from.
    - `lfm2.adapters`, a list of strings: adapters that are merged into these weights,
      each a path, with its scale behind a colon.
    - `lfm2.checkpoint`, a dictionary: what the checkpoint said when the module was
      made of it, so that a later phase notices another one.
    - `lfm2.options`, a `#lfm2.options`: what the program is to be, as far as the user
      said it, for a compilation that goes on from the module.

    Attribute of the arguments and results of a function:

    - `lfm2.role`, a `#lfm2.role`: what it is.

    Attribute of the ops of a layer:

    - `lfm2.layer`, a `#lfm2.layer`: which layer it is.
  }];

  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  // The residual sum is arith.addf.
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2DIALECT_TD
