// Facts of x86-64 CPUs that LLVM does not tell, as data.
//
// Which instructions a CPU has comes from LLVM's own tables; a feature here is
// LLVM's word for it.
include "llvm/TableGen/SearchableTable.td"

// A way to multiply and add bytes, the primitive `dot4`. A CPU uses the highest
// rank whose features it has. `Registers` are those that the encoding reaches;
// `Lanes` rows stand side by side in the packed weights; `Unsigned8` says that
// the form adds products of any unsigned byte exactly, at full speed.
class DotForm<int rank, string name, string needs, int vectorBits, int registers,
              int lanes, bit unsigned8 = 0> {
  bits<8> Rank = rank;
  string Form = name;
  string Needs = needs;
  bits<16> VectorBits = vectorBits;
  bits<8> Registers = registers;
  bits<8> Lanes = lanes;
  bit Unsigned8 = unsigned8;
}
def DotForms : GenericTable {
  let FilterClass = "DotForm";
  let CppTypeName = "DotForm";
  let Fields = ["Rank", "Form", "Needs", "VectorBits", "Registers", "Lanes", "Unsigned8"];
}

def : DotForm<5, "avx512vnni",
              "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c", 512, 32, 16, 1>;
def : DotForm<4, "avxvnni", "avx2,fma,f16c,avxvnni", 256, 16, 8, 1>;
// AVX-512 without VNNI: its multipliers are those of AVX2, and 512-bit vectors
// slow these CPUs down; what it adds is registers.
def : DotForm<3, "avx2", "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c", 256, 32, 8>;
def : DotForm<2, "avx2", "avx2,fma,f16c", 256, 16, 8>;
def : DotForm<1, "ssse3", "ssse3", 128, 16, 8>;
def : DotForm<0, "sse2", "", 128, 16, 8>;

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

// A tile register of AMX is 16 rows of 64 bytes.
def : DotTile<"amx-tile,amx-int8", 16, 16>;

// Caches of one core in KiB (second level: the share of a core where several
// use it), from how many places at once a core reads memory fastest, and how far
// ahead it asks for weights, in bytes.
//
// The defaults are those measured on Zen 3, where four streams read 27 GB/s a core
// and one stream 21; asking 2 KiB ahead adds up to 10 % where memory is fast, since
// the hardware stops at the end of a page. Zen 5 was measured with one stream and a
// distance of 8 KiB (47-50 GB/s a core against 31 without). `lfm2-tune` measures
// others.
class CpuCaches<string name, int l1, int l2, int streams = 4, int prefetch = 2048> {
  string Cpu = name;
  bits<16> L1KiB = l1;
  bits<16> L2KiB = l2;
  bits<16> PrefetchBytes = prefetch;
  bits<8> Streams = streams;
}
def CpuCacheTable : GenericTable {
  let FilterClass = "CpuCaches";
  let CppTypeName = "CpuCaches";
  let Fields = ["Cpu", "L1KiB", "L2KiB", "PrefetchBytes", "Streams"];
}

// The first entry with this name serves every CPU that has none of its own.
def : CpuCaches<"", 32, 256>;
foreach cpu = ["skylake-avx512", "cascadelake", "cooperlake", "cannonlake",
               "x86-64-v4"] in
  def : CpuCaches<cpu, 32, 1024>;
foreach cpu = ["icelake-client", "rocketlake"] in
  def : CpuCaches<cpu, 48, 512>;
foreach cpu = ["icelake-server", "tigerlake", "alderlake"] in
  def : CpuCaches<cpu, 48, 1280>;
foreach cpu = ["sapphirerapids", "emeraldrapids", "graniterapids",
               "graniterapids-d", "diamondrapids", "raptorlake", "meteorlake"] in
  def : CpuCaches<cpu, 48, 2048>;
foreach cpu = ["arrowlake", "arrowlake-s", "pantherlake"] in
  def : CpuCaches<cpu, 48, 3072>;
def : CpuCaches<"lunarlake", 48, 2560>;
foreach cpu = ["gracemont", "sierraforest", "grandridge", "clearwaterforest"] in
  def : CpuCaches<cpu, 32, 1024>;
foreach cpu = ["silvermont", "slm", "goldmont", "goldmont-plus", "tremont"] in
  def : CpuCaches<cpu, 24, 512>;
foreach cpu = ["znver1", "znver2", "znver3"] in
  def : CpuCaches<cpu, 32, 512>;
def : CpuCaches<"znver4", 32, 1024, 1, 8192>;
foreach cpu = ["znver5", "znver6"] in
  def : CpuCaches<cpu, 48, 1024, 1, 8192>;
foreach cpu = ["bdver1", "bdver2", "bdver3", "bdver4"] in
  def : CpuCaches<cpu, 16, 1024>;
foreach cpu = ["btver1", "btver2"] in
  def : CpuCaches<cpu, 32, 512>;

// The variants of a portable program, best first by rank. They read the same
// weights, so they share one packed layout (the lanes stand in Cpu.cpp).
class PortableVariant<int rank, string name, string features> {
  bits<8> Rank = rank;
  string Cpu = name;
  string Features = features;
}
def PortableVariants : GenericTable {
  let FilterClass = "PortableVariant";
  let CppTypeName = "PortableVariant";
  let Fields = ["Rank", "Cpu", "Features"];
}
def : PortableVariant<2, "x86-64-v4", "+avx512vnni">;
def : PortableVariant<1, "x86-64-v3", "">;
def : PortableVariant<0, "x86-64-v2", "">;
