// The program dialect; see dialects/exec/README.md for why it looks like this.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXECDIALECT_TD
#define LFM2C_DIALECTS_EXEC_IR_EXECDIALECT_TD

include "mlir/IR/OpBase.td"

def Exec_Dialect : Dialect {
  let name = "exec";
  let cppNamespace = "::lfm2c::exec";
  let summary = "The compiled program: entries, phases, layers, bytes and dot4";
  let description = [{
    Between the model (`lfm2`, tensors, what is computed) and a target's last
    dialect (how). It has two levels, one per pass:

    - after fusion: `exec.layer`, `exec.call`, `exec.phase` gather `lfm2` ops,
      still on tensors, into the work between two barriers;
    - after tiling: `exec.load`, `exec.store`, `exec.dot4`, `exec.barrier` on
      byte-addressed memory, in functions that every thread enters with the
      step's arguments and its own number.

    `exec.weight` and `exec.buffer` name what memory planning places.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

class Exec_Op<string mnemonic, list<Trait> traits = []>
    : Op<Exec_Dialect, mnemonic, traits>;

#endif // LFM2C_DIALECTS_EXEC_IR_EXECDIALECT_TD
