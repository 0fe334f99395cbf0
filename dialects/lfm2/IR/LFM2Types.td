// Types of the lfm2 dialect: the element type of a quantised weight.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2TYPES_TD
#define LFM2C_DIALECTS_LFM2_IR_LFM2TYPES_TD

include "dialects/lfm2/IR/LFM2Dialect.td"
include "mlir/IR/AttrTypeBase.td"

/// The name of a weight format, printed as a bare word.
def LFM2_FormatName : StringRefParameter<"name of the weight format"> {
  let parser = "::lfm2c::lfm2::parseFormatName($_parser)";
  let printer = "$_printer << $_self";
}

def LFM2_QuantType : TypeDef<LFM2_Dialect, "Quant"> {
  let mnemonic = "quant";
  let summary = "A weight element stored in a block format";
  let description = [{
    The element type of a weight whose values are stored in blocks of integers
    with shared scales. The parameter names one of the formats that
    `lib/Weights/Format.h` describes; the values are those of the checkpoint,
    bit for bit. Blocks run along the innermost dimension.

    ```mlir
    lfm2.weight @blk.0.ffn_up.weight : tensor<4608x1024x!lfm2.quant<q4_0>>
    ```
  }];
  let parameters = (ins LFM2_FormatName:$name);
  let assemblyFormat = "`<` $name `>`";
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "::lfm2c::Format":$format)>
  ];
  let extraClassDeclaration = [{
    /// The format that the name stands for.
    ::lfm2c::Format getFormat() const;
  }];
}

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2TYPES_TD
