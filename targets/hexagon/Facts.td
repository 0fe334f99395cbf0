// Facts of Hexagon CPUs that LLVM does not tell, as data; ../CpuFacts.td says what
// the columns are.
include "../CpuFacts.td"
include "../CpuAliases.td"

// One vector of HVX is 1024 bits: 32 rows side by side. vrmpy multiplies bytes in
// fours by those of a scalar register, any unsigned byte exactly, and adds to its
// accumulator.
def : DotForm<0, "vrmpy", "hvx-length128b", 1024, 32, 32, 1, 1>;

// LLVM's CPUs have no vectors of their own: the names mean them, 128 bytes long.
foreach version = ["66", "67", "68", "69", "71", "73", "75", "79"] in
  def : CpuAlias<"hexagonv"#version, "hexagonv"#version,
                 "+hvxv"#version#",+hvx-length128b">;

// Vectors do not pass the first cache. A thread reads one stream: prefetch is by
// whole regions (l2fetch) and tightly coupled memory is filled by its own engine,
// neither of which has been measured.
def : CpuCaches<"", 32, 1024, 1, 0>;
