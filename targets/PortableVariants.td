// The variants of a portable program, best first by rank. They read the same
// weights, so they share one packed layout.
class PortableVariant<int rank, string name, string features = ""> {
  bits<8> Rank = rank;
  string Cpu = name;
  string Features = features;
}
def PortableVariants : GenericTable {
  let FilterClass = "PortableVariant";
  let CppTypeName = "PortableVariant";
  let Fields = ["Rank", "Cpu", "Features"];
}
