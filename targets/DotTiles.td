// A unit that multiplies matrices of int8 in registers of two dimensions, as
// `tile_dot4` does: most tokens of one product, and the lanes of the packed
// weights whose vectors are rows of its registers. It serves steps of many tokens;
// a single one keeps the DotForm.
class DotTile<string needs, int tokens, int lanes> {
  string Needs = needs;
  bits<8> Tokens = tokens;
  bits<8> Lanes = lanes;
}
def DotTiles : GenericTable {
  let FilterClass = "DotTile";
  let CppTypeName = "DotTile";
  let Fields = ["Needs", "Tokens", "Lanes"];
}
