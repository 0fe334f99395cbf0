// Instructions that multiply matrices of int8, as `tile_dot4` does: tokens of one
// product, and the lanes of the packed weights and the width of vectors that it
// goes with. It serves steps of many tokens; a single one keeps the DotForm.
class DotTile<string needs, int tokens, int lanes, int vectorBits> {
  string Needs = needs;
  bits<8> Tokens = tokens;
  bits<8> Lanes = lanes;
  bits<16> VectorBits = vectorBits;
}
def DotTiles : GenericTable {
  let FilterClass = "DotTile";
  let CppTypeName = "DotTile";
  let Fields = ["Needs", "Tokens", "Lanes", "VectorBits"];
}
