// Facts of x86-64 CPUs that LLVM does not tell, as data; ../CpuFacts.td says what
// the columns are.
include "../CpuFacts.td"
include "../PortableVariants.td"
include "../DotTiles.td"

// Two row groups and four tokens: activations are loaded once for both groups.
// Eight tokens of one group load them for each product, and loads are the limit.
def : DotForm<5, "avx512vnni",
              "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c", 512, 32, 16, 1, 1,
              /*tileGroups=*/2>;
def : DotForm<4, "avxvnni", "avx2,fma,f16c,avxvnni", 256, 16, 8, 1>;
// AVX-512 without VNNI: its multipliers are those of AVX2, and 512-bit vectors
// slow these CPUs down; what it adds is registers.
def : DotForm<3, "avx2", "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c", 256, 32, 8>;
def : DotForm<2, "avx2", "avx2,fma,f16c", 256, 16, 8>;
def : DotForm<1, "ssse3", "ssse3", 128, 16, 8>;
def : DotForm<0, "sse2", "", 128, 16, 8>;

// A tile register of AMX is 16 rows of 64 bytes.
def : DotTile<"amx-tile,amx-int8", 16, 16, 512>;

// Streams and prefetch: the defaults are those measured on Zen 3, where a core
// in a program reads 28 GB/s in four streams, and asking ahead costs up to a
// tenth; in one stream 17, and 21 with lines asked for 8 KiB ahead. A Zen 5, with
// memory that gives 88 GB/s to two cores, reads 79 in two streams, 75 in one with
// lines asked for 8 KiB ahead, 74 in four and 69 in one; asking ahead in two or
// four costs a tenth and more. Tiles of tokens that ask for their next groups are
// up to 1.2 times as fast there. `lfm2-tune` measures others.
def : CpuMemory<"">;
// In portable programs, whose layout of eight lanes a Zen 5 does not look ahead in
// by itself where several weights take turns (gate and up of Q4_0): 314 tokens/s
// with this instead of 207 in four streams without.
def : CpuMemory<"x86-64-v4", 1, 8192, tileAhead=1>;
foreach cpu = ["znver4", "znver5", "znver6"] in
  def : CpuMemory<cpu, 2, 0, tileAhead=1>;

// AVX-512 reads the weights in the layout of AVX2 (portableLanes in Cpu.cpp).
def : PortableVariant<2, "x86-64-v4", "+avx512vnni">;
def : PortableVariant<1, "x86-64-v3">;
def : PortableVariant<0, "x86-64-v2">;
