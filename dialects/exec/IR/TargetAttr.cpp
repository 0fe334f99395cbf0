// #exec.target: parser, printer, verifier.
//
// Each goes through the list that TargetFacts.td holds; none names a fact.

#include "dialects/exec/IR/Exec.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;

TargetFacts TargetFacts::get(ModuleOp module) {
  auto attribute = module->getAttrOfType<TargetAttr>("exec.target");
  return attribute ? attribute.getFacts() : TargetFacts();
}

bool TargetFacts::operator==(const TargetFacts &other) const {
  bool isEqual = true;
#define LFM2_FACT(field, name, least, required)                                \
  isEqual = isEqual && field == other.field;
#include "dialects/exec/IR/TargetFacts.inc"
  return isEqual;
}

llvm::hash_code lfm2c::exec::hash_value(const TargetFacts &facts) {
  llvm::hash_code code = 0;
#define LFM2_FACT(field, name, least, required)                                \
  code = llvm::hash_combine(code, facts.field);
#include "dialects/exec/IR/TargetFacts.inc"
  return code;
}

//===----------------------------------------------------------------------===//
// Values of the three types that facts have
//===----------------------------------------------------------------------===//

static void printValue(raw_ostream &os, bool value) {
  os << (value ? "true" : "false");
}
static void printValue(raw_ostream &os, int64_t value) { os << value; }
static void printValue(raw_ostream &os, const std::string &value) {
  os << '"';
  llvm::printEscapedString(value, os);
  os << '"';
}

static ParseResult parseValue(AsmParser &parser, bool &value) {
  value = succeeded(parser.parseOptionalKeyword("true"));
  return success(value || succeeded(parser.parseKeyword("false", " or true")));
}
static ParseResult parseValue(AsmParser &parser, int64_t &value) {
  return parser.parseInteger(value);
}
static ParseResult parseValue(AsmParser &parser, std::string &value) {
  return parser.parseString(&value);
}

template <typename T> static bool isAtLeast(const T &, int64_t) { return true; }
static bool isAtLeast(int64_t value, int64_t least) { return value >= least; }

std::string lfm2c::exec::describeDifference(const TargetFacts &found,
                                            const TargetFacts &expected) {
  std::string text;
  llvm::raw_string_ostream os(text);
#define LFM2_FACT(field, name, least, required)                                \
  if (found.field != expected.field) {                                         \
    os << (text.empty() ? "" : "; ") << name << ": ";                          \
    printValue(os, found.field);                                               \
    os << ", expected ";                                                       \
    printValue(os, expected.field);                                            \
  }
#include "dialects/exec/IR/TargetFacts.inc"
  return text;
}

//===----------------------------------------------------------------------===//
// #exec.target
//===----------------------------------------------------------------------===//

/// Parses the value of the fact `word`, which begins at `at`.
static ParseResult parseFact(AsmParser &parser, StringRef word, SMLoc at,
                             TargetFacts &facts) {
#define LFM2_FACT(field, name, least, required)                                \
  if (word == name)                                                            \
    return parseValue(parser, facts.field);
#include "dialects/exec/IR/TargetFacts.inc"
  std::vector<StringRef> names;
#define LFM2_FACT(field, name, least, required) names.push_back(name);
#include "dialects/exec/IR/TargetFacts.inc"
  return parser.emitError(at)
         << "unknown fact " << quoted(word) << nearestNames(word, names)
         << "; the facts of a target are those of "
            "docs/TargetFacts.md";
}

Attribute TargetAttr::parse(AsmParser &parser, Type) {
  TargetFacts facts;
  llvm::SmallSet<StringRef, 32> seen;
  auto parseOne = [&]() -> ParseResult {
    StringRef word;
    const SMLoc at = parser.getCurrentLocation();
    if (parser.parseKeyword(&word) || parser.parseEqual() ||
        parseFact(parser, word, at, facts))
      return failure();
    if (!seen.insert(word).second)
      return parser.emitError(at) << "the fact '" << word << "' stands twice";
    return success();
  };
  const SMLoc at = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseOne))
    return {};
#define LFM2_FACT(field, name, least, required)                                \
  if (required && !seen.contains(name)) {                                      \
    parser.emitError(at) << "the fact '" << name                               \
                         << "' is missing, which has no default";              \
    return {};                                                                 \
  }
#include "dialects/exec/IR/TargetFacts.inc"
  return parser.getChecked<TargetAttr>(at, parser.getContext(), facts);
}

void TargetAttr::print(AsmPrinter &printer) const {
  raw_ostream &os = printer.getStream();
  StringRef comma = "<";
#define LFM2_FACT(field, name, least, required)                                \
  os << comma << name << " = ";                                                \
  printValue(os, getFacts().field);                                            \
  comma = ", ";
#include "dialects/exec/IR/TargetFacts.inc"
  os << '>';
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 TargetFacts facts) {
#define LFM2_FACT(field, name, least, required)                                \
  if (!isAtLeast(facts.field, least)) {                                        \
    InFlightDiagnostic diag = emitError();                                     \
    diag << "expects the fact '" << name << "' to be at least " << least       \
         << ", but it is " << facts.field;                                     \
    return diag;                                                               \
  }
#include "dialects/exec/IR/TargetFacts.inc"
  return success();
}
