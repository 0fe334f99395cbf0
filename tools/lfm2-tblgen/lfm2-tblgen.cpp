// The project's own TableGen backend: out of the records of a target's facts
// (dialects/exec/IR/TargetFacts.td) it makes what C++ needs of them and their
// reference page. Runs while the compiler is built, and is no part of it.
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/TableGen/Error.h"
#include "llvm/TableGen/Main.h"
#include "llvm/TableGen/Record.h"
#include "llvm/TableGen/TableGenBackend.h"

using llvm::Record;
using llvm::RecordKeeper;
using llvm::StringRef;

static llvm::cl::opt<bool> genDoc("gen-facts-doc",
                                  llvm::cl::desc("the table of all facts"));
static llvm::cl::opt<bool>
    genFacts("gen-facts",
             llvm::cl::desc("the fields of TargetFacts (GET_FACT_FIELDS), and "
                            "LFM2_FACT(field, name, least, required) of each"));

/// The facts in the order in which they are written.
static std::vector<const Record *> factsOf(const RecordKeeper &records) {
  std::vector<const Record *> facts(records.getAllDerivedDefinitions("Fact"));
  llvm::sort(facts, llvm::LessRecordByID());
  for (const Record *fact : facts)
    if (!fact->getValueAsString("Description").ends_with("."))
      llvm::PrintFatalError(fact->getLoc(),
                            "expected the description to be a sentence");
  return facts;
}

static void emitFacts(const RecordKeeper &records, llvm::raw_ostream &os) {
  llvm::emitSourceFileHeader("Facts of a target", os, records);
  const std::vector<const Record *> facts = factsOf(records);
  os << "#ifdef GET_FACT_FIELDS\n#undef GET_FACT_FIELDS\n";
  for (const Record *fact : facts)
    os << "/// " << fact->getValueAsString("Description") << '\n'
       << fact->getValueAsString("Type") << ' '
       << llvm::convertToCamelFromSnakeCase(fact->getValueAsString("Name"))
       << " = " << fact->getValueAsString("Initial") << ";\n";
  os << "#endif\n#ifdef LFM2_FACT\n";
  for (const Record *fact : facts) {
    const StringRef name = fact->getValueAsString("Name");
    os << "LFM2_FACT(" << llvm::convertToCamelFromSnakeCase(name) << ", \""
       << name << "\", " << fact->getValueAsInt("Least") << ", "
       << (fact->getValueAsBit("Required") ? "true" : "false") << ")\n";
  }
  os << "#undef LFM2_FACT\n#endif\n";
}

static void emitDoc(const RecordKeeper &records, llvm::raw_ostream &os) {
  os << "# Facts of a target\n\n"
        "What a module says of its target in `#exec.target`, and passes read "
        "as "
        "`exec::TargetFacts`.\n"
        "A fact that an attribute leaves out has the value in the third "
        "column.\n\n"
        "| fact | type | if left out | meaning |\n|---|---|---|---|\n";
  for (const Record *fact : factsOf(records)) {
    const StringRef type = fact->getValueAsString("Type");
    os << "| `" << fact->getValueAsString("Name") << "` | "
       << (type == "bool"      ? "true or false"
           : type == "int64_t" ? "number"
                               : "string")
       << " | ";
    if (fact->getValueAsBit("Required"))
      os << "an error";
    else
      os << '`' << fact->getValueAsString("Initial") << '`';
    os << " | " << fact->getValueAsString("Description") << " |\n";
  }
}

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv);
  return llvm::TableGenMain(
      argv[0], [](llvm::raw_ostream &os, const RecordKeeper &records) {
        if (genDoc)
          emitDoc(records, os);
        else
          emitFacts(records, os);
        return false;
      });
}
