// What a target with an LLVM back end says of its CPUs, as data: the classes of
// the tables in each target's Facts.td, which LLVMCpu.h has the C++ rows of.
//
// Which instructions a CPU has comes from LLVM's own tables; a feature here is
// LLVM's word for it, or one of the target's own.
include "llvm/TableGen/SearchableTable.td"

// A way to multiply and add bytes, the primitive `dot4`. A CPU uses the highest
// rank whose features it has. `Registers` are those that the encoding reaches;
// `Lanes` rows stand side by side in the packed weights; `Unsigned8` says that
// the form adds products of any unsigned byte exactly, at full speed;
// `Accumulates` that it is one instruction that adds to its accumulator.
// `TileGroups` are the row groups of a tile; its tokens are as many as have their
// sums in half of the registers.
class DotForm<int rank, string name, string needs, int vectorBits, int registers,
              int lanes, bit unsigned8 = 0, bit accumulates = unsigned8,
              int tileGroups = 1> {
  bits<8> Rank = rank;
  string Form = name;
  string Needs = needs;
  bits<16> VectorBits = vectorBits;
  bits<8> Registers = registers;
  bits<8> Lanes = lanes;
  bit Unsigned8 = unsigned8;
  bit Accumulates = accumulates;
  bits<8> TileGroups = tileGroups;
}
def DotForms : GenericTable {
  let FilterClass = "DotForm";
  let CppTypeName = "DotForm";
  let Fields = ["Rank", "Form", "Needs", "VectorBits", "Registers", "Lanes",
                "Unsigned8", "Accumulates", "TileGroups"];
}

// How a CPU reads memory: from how many places at once a core reads fastest, how
// far ahead it asks for weights, in bytes, and whether tiles ask for the groups
// that come `tileAhead` after theirs. `near` is memory next to the core that an
// engine fills while the core computes, in KiB, which `nearThreads` threads
// share. The first entry, with an empty name, serves every CPU that has none of
// its own.
class CpuMemory<string name, int streams = 4, int prefetch = 0, int near = 0,
                int nearThreads = 1, int tileAhead = 0> {
  string Cpu = name;
  bits<16> PrefetchBytes = prefetch;
  bits<8> Streams = streams;
  bits<16> NearKiB = near;
  bits<8> NearThreads = nearThreads;
  bits<8> TileAhead = tileAhead;
}
def CpuMemoryTable : GenericTable {
  let FilterClass = "CpuMemory";
  let CppTypeName = "CpuMemory";
  let Fields = ["Cpu", "PrefetchBytes", "Streams", "NearKiB", "NearThreads",
                "TileAhead"];
}
