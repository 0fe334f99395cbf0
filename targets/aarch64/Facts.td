// Facts of AArch64 CPUs that LLVM does not tell, as data; ../CpuFacts.td says what
// the columns are.
include "../CpuFacts.td"
include "../PortableVariants.td"
include "../CpuAliases.td"
include "../DotTiles.td"

// Eight lanes are two registers: of the 32, that leaves room for four tokens or
// four streams, and unpacked weights serve them all. SVE is used where its vectors
// are longer than NEON's, at the length that is named; at 128 bits it would only
// be other names for the same registers.
def : DotForm<4, "sve", "sve,sve512", 512, 32, 16, 0, 1>;
def : DotForm<3, "sve", "sve,sve256", 256, 32, 8, 0, 1>;
def : DotForm<2, "i8mm", "dotprod,i8mm", 128, 32, 8, 0, 1>;
def : DotForm<1, "dotprod", "dotprod", 128, 32, 8, 0, 1>;
def : DotForm<0, "neon", "", 128, 32, 8>;

// Where there is no unit for matrices a product of tiles is sdot of four tokens, with
// weights that are unpacked once for all tokens of a step.
def : DotTile<"dotprod", 4, 8, 128>;
// SME's outer products of 16 by 16 rows, in streaming mode, whose vectors are of 512
// bits on the CPUs that have it. A token of its own keeps NEON.
def : DotTile<"sme,sme512", 16, 16, 128, /*mode=*/1>;

// Levels of the architecture: what each promises of the instructions that
// programs are made of. Vectors of SVE may be as short as 128 bits.
def : CpuAlias<"armv8-a", "generic">;
def : CpuAlias<"armv8.2-a", "generic", "+fullfp16">;
def : CpuAlias<"armv8.4-a", "generic", "+fullfp16,+dotprod">;
def : CpuAlias<"armv8.6-a", "generic", "+fullfp16,+dotprod,+i8mm,+bf16">;
def : CpuAlias<"armv9-a", "generic", "+fullfp16,+dotprod,+sve,+sve2">;
def : CpuAlias<"apple-m4", "apple-m4", "+sme512">;
// Names that people use.
def : CpuAlias<"oryon", "oryon-1">;

// Guesses from CPUs of x86-64: four streams for cores that look far ahead by
// themselves, fewer and software prefetch for those in order. `lfm2-tune` measures
// them.
def : CpuMemory<"">;
foreach cpu = ["cortex-a35", "cortex-a53", "cortex-a55", "cortex-a510", "cortex-a520"] in
  def : CpuMemory<cpu, 2, 512>;

def : PortableVariant<2, "armv8.6-a">;
def : PortableVariant<1, "armv8.4-a">;
def : PortableVariant<0, "armv8-a">;
