// Facts of Hexagon CPUs that LLVM does not tell, as data; ../CpuFacts.td says what
// the columns are.
include "../CpuFacts.td"
include "../CpuAliases.td"

// One vector of HVX is 1024 bits: 32 rows side by side. vrmpy multiplies bytes in
// fours by those of a scalar register, any unsigned byte exactly, and adds to its
// accumulator.
def : DotForm<0, "vrmpy", "hvx-length128b", 1024, 32, 32, 1, 1>;

// LLVM's CPUs have no vectors of their own: the names mean them, 128 bytes long.
// The short names are those that the devices' makers use.
foreach name = ["hexagonv", "v"] in
  foreach version = ["66", "67", "68", "69", "71", "73", "75", "79"] in
    def : CpuAlias<name#version, "hexagonv"#version,
                   "+hvxv"#version#",+hvx-length128b">;

// A thread reads one stream. Memory near the
// core is VTCM, tightly coupled memory for vectors; a device has less of it, or
// more, than the first one with its version, and a process is lent a part. So these
// are defaults, to be overridden by --tuning: 256 KiB up to v67 (Snapdragon 855),
// 4 MiB with v68 (888; 8 in SA8295), 8 MiB from v69 on (8 Gen 1, Gen 2, Gen 3, 8
// Elite; 2 in some parts for glasses), as Qualcomm's tables of chips for its own
// tools have them. Four threads share it: DSPs have about four contexts of
// vectors.
def : CpuMemory<"", 1, 0, 8192, 4>;
foreach version = ["66", "67"] in
  def : CpuMemory<"hexagonv"#version, 1, 0, 256, 4>;
def : CpuMemory<"hexagonv68", 1, 0, 4096, 4>;
