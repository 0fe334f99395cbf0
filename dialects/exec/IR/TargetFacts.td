// What passes may ask of a target.
//
// The one list of facts. lfm2-tblgen makes of it the fields of
// exec::TargetFacts, what #exec.target is parsed and printed by, and the table
// docs/TargetFacts.md of the build folder. A new fact is a record here; a target
// sets the field, and a pass reads it.

#ifndef LFM2C_DIALECTS_EXEC_IR_TARGETFACTS_TD
#define LFM2C_DIALECTS_EXEC_IR_TARGETFACTS_TD

// `Name` as it stands in #exec.target; the field is the same in camel case.
// `Initial` is the field's value where a target does not set it, and the fact's
// where an attribute leaves it out. A required fact has to be in every
// attribute. `Description` is a sentence.
class Fact<string name, string type, string initial, string description> {
  string Name = name;
  string Type = type;
  string Initial = initial;
  string Description = description;
  bit Required = 0;
  int Least = 0; // of numbers
}
class NumberFact<string name, int initial, int least, string description>
    : Fact<name, "int64_t", !cast<string>(initial), description> {
  let Least = least;
}
class FlagFact<string name, bit initial, string description>
    : Fact<name, "bool", !if(initial, "true", "false"), description>;
class WordFact<string name, string description>
    : Fact<name, "std::string", "\"\"", description>;

def : WordFact<"arch", "The architecture, for messages and descriptions.">;
def : WordFact<"dot", "The form of the int8 dot product that code is made with, a word of the target's own.">;
def : NumberFact<"process_bytes", 0, 0, "The most memory of one program in bytes; 0 says that there is enough for any.">;
def : NumberFact<"address_bits", 64, 32, "Bits of a pointer, and of offsets in memory.">;
// Another number is another archive: no default would be right by luck.
let Required = 1 in
def : NumberFact<"lanes", 8, 1, "Rows that stand side by side in packed weights.">;
def : NumberFact<"slices", 0, 0, "Invocations that share the work of each lane, where a thread is a workgroup of lanes x slices invocations; 0 says that threads compute with vectors.">;
def : NumberFact<"most_threads", 1024, 1, "Threads that a kernel has at most, where threads are workgroups.">;
def : NumberFact<"vector_bits", 256, 1, "Width of the vectors that the target computes with.">;
def : NumberFact<"registers", 16, 1, "Vector registers, each of `lanes` 32-bit values.">;
def : NumberFact<"float_lanes", 0, 0, "f32 values of a vector register with float arithmetic, so that vectors of other lengths, and divisions, are taken lane by lane; 1 says that there are no vectors of floats, 0 that any length will do.">;
def : NumberFact<"prefetch_bytes", 0, 0, "Distance of software prefetch in bytes; 0 leaves it to the hardware.">;
def : NumberFact<"streams", 1, 1, "Places at once from which a thread reads memory fastest.">;
def : NumberFact<"tile_tokens", 4, 1, "Tokens of a tile, whose sums registers hold.">;
def : NumberFact<"tile_groups", 1, 1, "Row groups of a tile, whose sums registers hold.">;
def : NumberFact<"tile_ahead", 0, 0, "How many row groups ahead a tile asks for weights; 0 is none.">;
def : NumberFact<"dot_tile_tokens", 0, 0, "Tokens of one `tile_dot4`; 0 says that the hardware multiplies no matrices.">;
def : FlagFact<"dot_tile_mode", 0, "`tile_dot4` needs a mode of the CPU, see `tile_section`.">;
def : NumberFact<"near_bytes", 0, 0, "Bytes of memory next to the core which an engine fills while the core computes; 0 says that there is none.">;
def : NumberFact<"near_threads", 1, 1, "Threads that share the near memory.">;
def : FlagFact<"f16c", 0, "f16 becomes f32 in hardware.">;
def : FlagFact<"dot_unsigned8", 0, "`dot4` takes any unsigned byte exactly at full speed.">;
def : FlagFact<"dot_accumulates", 0, "`dot4` is one instruction that adds to its sum.">;
def : FlagFact<"dot_by_lane", 0, "`dot4` takes, for all lanes, the same four bytes out of a vector.">;
def : FlagFact<"byte_lookup", 0, "`lookup` is one instruction.">;
def : FlagFact<"byte_shifts", 0, "Bytes of vectors are shifted in hardware.">;
def : FlagFact<"fma", 1, "Multiply-add is fused in hardware.">;
def : FlagFact<"int_to_float", 1, "Vectors of i32 become f32 in one instruction.">;
def : FlagFact<"bf16dot", 0, "`dot2` multiplies pairs of bf16 in hardware.">;

#endif // LFM2C_DIALECTS_EXEC_IR_TARGETFACTS_TD
