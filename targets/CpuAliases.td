// A word of --cpu that LLVM has no CPU for: a level of the architecture, or
// another name. It stands for a CPU of LLVM's with features on top.
class CpuAlias<string name, string cpu, string features = ""> {
  string Name = name;
  string Cpu = cpu;
  string Features = features;
}
def CpuAliases : GenericTable {
  let FilterClass = "CpuAlias";
  let CppTypeName = "CpuAlias";
  let Fields = ["Name", "Cpu", "Features"];
}
