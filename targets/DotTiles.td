// Instructions that multiply matrices of int8, as `tile_dot4` does: tokens of one
// product, and the lanes of the packed weights and the width of vectors that it
// goes with. Of those that a CPU has it takes the largest. It serves steps of many
// tokens; a single one keeps the DotForm. `Mode` says that the CPU has to enter a
// mode for them, in which the vectors around them are computed too.
class DotTile<string needs, int tokens, int lanes, int vectorBits, bit mode = 0> {
  string Needs = needs;
  bits<8> Tokens = tokens;
  bits<8> Lanes = lanes;
  bits<16> VectorBits = vectorBits;
  bit Mode = mode;
}
def DotTiles : GenericTable {
  let FilterClass = "DotTile";
  let CppTypeName = "DotTile";
  let Fields = ["Needs", "Tokens", "Lanes", "VectorBits", "Mode"];
}
