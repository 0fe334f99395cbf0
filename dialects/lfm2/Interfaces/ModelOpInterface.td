// What passes ask of an op of the model, so that none of them knows its name.

#ifndef LFM2C_DIALECTS_LFM2_INTERFACES_MODELOPINTERFACE_TD
#define LFM2C_DIALECTS_LFM2_INTERFACES_MODELOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def LFM2_ModelOpInterface : OpInterface<"ModelOpInterface"> {
  let cppNamespace = "::lfm2c::lfm2";
  let description = [{
    An op that computes a part of a step. Each method has a default, so that an
    op says only what is not usual of it: that it waits for all threads, reads
    every weight as it is and gives its phase no name.

    | method | who asks |
    |---|---|
    | `getNeed` | fusion: may the op follow in the running phase |
    | `isMadeByEveryThread` | fusion: what an op that follows may read of it |
    | `getWeightUses` | quantisation, scheduling, the profile |
    | `getMultiplied` | the cut of phases: where products' inputs are prepared |
    | `getProduct` | tiling: which rows others may go on with |
    | `getExpertsUsed` | the profile |
    | `getPhaseName` | fusion: what the phase is called |
  }];
  let methods = [
    InterfaceMethod<[{
        What a thread must have of operand `index` before it begins. An operand
        that no op of the running phase makes lies in memory and is there.
      }],
      "::lfm2c::lfm2::Need", "getNeed", (ins "unsigned":$index), "",
      [{ return ::lfm2c::lfm2::Need::Finished; }]>,
    InterfaceMethod<[{
        Whether each thread computes the whole of the results for itself, since
        that costs less than to wait for the others. Otherwise a thread has the
        rows that it finished.
      }],
      "bool", "isMadeByEveryThread", (ins), "", [{ return false; }]>,
    InterfaceMethod<[{
        The weights that the op reads and how, in the order of its attributes.
      }],
      "::llvm::SmallVector<::lfm2c::lfm2::WeightUse>", "getWeightUses", (ins), "",
      [{ return ::lfm2c::lfm2::detail::readAsTheyAre($_op); }]>,
    InterfaceMethod<[{
        The operand that each matrix among the op's weights multiplies; null of
        an op without one.
      }],
      "::mlir::OpOperand *", "getMultiplied", (ins), "", [{ return nullptr; }]>,
    InterfaceMethod<[{
        The result that is nothing but the product of `getMultiplied` with the
        one weight of the op, `[T, N]` of a matrix `[N, K]`. A thread that
        finished some of its rows may go on with what follows on them. Null of
        an op that makes something else.
      }],
      "::mlir::Value", "getProduct", (ins), "", [{ return {}; }]>,
    InterfaceMethod<[{
        How many of the experts in its weights one token goes through; 0 where
        the weights hold none.
      }],
      "int64_t", "getExpertsUsed", (ins), "", [{ return 0; }]>,
    InterfaceMethod<[{
        What a phase is called that the op is a part of; empty where others say.
        Of several ops with a name the last in the phase counts.
      }],
      "::llvm::StringRef", "getPhaseName", (ins), "", [{ return ""; }]>,
  ];
}

#endif // LFM2C_DIALECTS_LFM2_INTERFACES_MODELOPINTERFACE_TD
