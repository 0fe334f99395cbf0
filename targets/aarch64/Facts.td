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

// Caches as their makers state them. Streams and prefetch are guesses from CPUs
// of x86-64: four streams for cores that look far ahead by themselves, fewer and
// software prefetch for those in order. `lfm2-tune` measures them.
def : CpuCaches<"", 32, 256>;
foreach cpu = ["cortex-a53", "cortex-a55", "cortex-a35"] in
  def : CpuCaches<cpu, 32, 256, 2, 512>;
foreach cpu = ["cortex-a510", "cortex-a520"] in
  def : CpuCaches<cpu, 32, 256, 2, 512>;
foreach cpu = ["cortex-a57", "cortex-a72", "cortex-a73"] in
  def : CpuCaches<cpu, 32, 512>;
foreach cpu = ["cortex-a75", "cortex-a76", "cortex-a77", "cortex-a78", "cortex-a710",
               "cortex-a715", "cortex-a720", "cortex-a725"] in
  def : CpuCaches<cpu, 64, 512>;
foreach cpu = ["cortex-x1", "cortex-x2", "cortex-x3"] in
  def : CpuCaches<cpu, 64, 1024>;
foreach cpu = ["cortex-x4", "cortex-x925", "neoverse-v2", "neoverse-v3"] in
  def : CpuCaches<cpu, 64, 2048>;
foreach cpu = ["neoverse-n1", "neoverse-n2", "neoverse-v1", "neoverse-512tvb"] in
  def : CpuCaches<cpu, 64, 1024>;
// One performance core of the four that share a cache of 12 to 16 MiB.
foreach cpu = ["apple-m1", "apple-a14"] in
  def : CpuCaches<cpu, 128, 3072>;
foreach cpu = ["apple-m2", "apple-m3", "apple-m4", "apple-a15", "apple-a16", "apple-a17"] in
  def : CpuCaches<cpu, 128, 4096>;
def : CpuCaches<"oryon-1", 96, 3072>;

def : PortableVariant<2, "armv8.6-a">;
def : PortableVariant<1, "armv8.4-a">;
def : PortableVariant<0, "armv8-a">;
