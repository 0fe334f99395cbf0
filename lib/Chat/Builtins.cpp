#include "lib/Chat/Builtins.h"

#include "lfm2rt/chat_format.h"
#include "lib/Chat/Lexer.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

// In the order of Jinja's own parameters, so that they can be given by
// position.
static constexpr Builtin filters[] = {
    {"abs", LFM2_FILTER_ABS, ""},
    {"capitalize", LFM2_FILTER_CAPITALIZE, ""},
    {"count", LFM2_FILTER_LENGTH, ""},
    {"d", LFM2_FILTER_DEFAULT, "default_value='' boolean=False"},
    {"default", LFM2_FILTER_DEFAULT, "default_value='' boolean=False"},
    {"dictsort", LFM2_FILTER_DICTSORT,
     "case_sensitive=False by='key' reverse=False"},
    {"first", LFM2_FILTER_FIRST, ""},
    {"float", LFM2_FILTER_FLOAT, "default=0"},
    {"indent", LFM2_FILTER_INDENT, "width=4 first=False blank=False"},
    {"int", LFM2_FILTER_INT, "default=0 base=10"},
    {"items", LFM2_FILTER_ITEMS, ""},
    {"join", LFM2_FILTER_JOIN, "d='' attribute=None", Lowered::Joined},
    {"last", LFM2_FILTER_LAST, ""},
    {"length", LFM2_FILTER_LENGTH, ""},
    {"list", LFM2_FILTER_LIST, ""},
    {"lower", LFM2_FILTER_LOWER, ""},
    {"map", 0, "...", Lowered::Map},
    {"max", LFM2_FILTER_MOST, "case_sensitive=False attribute=None",
     Lowered::Keyed},
    {"min", LFM2_FILTER_LEAST, "case_sensitive=False attribute=None",
     Lowered::Keyed},
    {"reject", 0, "...", Lowered::Select},
    {"rejectattr", 0, "...", Lowered::Select},
    {"replace", LFM2_FILTER_REPLACE, "old new count=None"},
    {"reverse", LFM2_FILTER_REVERSE, ""},
    {"round", LFM2_FILTER_ROUND, "precision=0 method='common'"},
    {"safe", 0, "", Lowered::Identity},
    {"select", 0, "...", Lowered::Select},
    {"selectattr", 0, "...", Lowered::Select},
    {"sort", LFM2_FILTER_SORT,
     "reverse=False case_sensitive=False attribute=None", Lowered::Keyed},
    {"string", LFM2_FILTER_STRING, ""},
    {"sum", LFM2_FILTER_SUM, "attribute=None start=0", Lowered::Joined},
    {"title", LFM2_FILTER_TITLE, ""},
    {"tojson", LFM2_FILTER_TOJSON,
     "ensure_ascii=False indent=None separators=None sort_keys=False"},
    {"trim", LFM2_FILTER_TRIM, "chars=None"},
    {"unique", LFM2_FILTER_UNIQUE, "case_sensitive=False attribute=None",
     Lowered::Keyed},
    {"upper", LFM2_FILTER_UPPER, ""},
};

static constexpr Builtin tests[] = {
    {"!=", LFM2_COMPARE_UNEQUAL, "other", Lowered::Compare},
    {"<", LFM2_COMPARE_LESS, "other", Lowered::Compare},
    {"<=", LFM2_COMPARE_UP_TO, "other", Lowered::Compare},
    {"==", LFM2_COMPARE_EQUAL, "other", Lowered::Compare},
    {">", LFM2_COMPARE_GREATER, "other", Lowered::Compare},
    {">=", LFM2_COMPARE_FROM, "other", Lowered::Compare},
    {"boolean", LFM2_TEST_BOOLEAN, ""},
    {"callable", LFM2_TEST_CALLABLE, ""},
    {"defined", LFM2_TEST_DEFINED, ""},
    {"divisibleby", LFM2_TEST_DIVISIBLE, "num"},
    {"eq", LFM2_COMPARE_EQUAL, "other", Lowered::Compare},
    {"equalto", LFM2_COMPARE_EQUAL, "other", Lowered::Compare},
    {"even", LFM2_TEST_EVEN, ""},
    {"false", LFM2_TEST_FALSE, ""},
    {"float", LFM2_TEST_FLOAT, ""},
    {"ge", LFM2_COMPARE_FROM, "other", Lowered::Compare},
    {"greaterthan", LFM2_COMPARE_GREATER, "other", Lowered::Compare},
    {"gt", LFM2_COMPARE_GREATER, "other", Lowered::Compare},
    {"in", LFM2_COMPARE_IN, "seq", Lowered::Compare},
    {"integer", LFM2_TEST_INTEGER, ""},
    {"iterable", LFM2_TEST_ITERABLE, ""},
    {"le", LFM2_COMPARE_UP_TO, "other", Lowered::Compare},
    {"lessthan", LFM2_COMPARE_LESS, "other", Lowered::Compare},
    {"lower", LFM2_TEST_LOWER, ""},
    {"lt", LFM2_COMPARE_LESS, "other", Lowered::Compare},
    {"mapping", LFM2_TEST_MAPPING, ""},
    {"ne", LFM2_COMPARE_UNEQUAL, "other", Lowered::Compare},
    {"none", LFM2_TEST_NONE, ""},
    {"number", LFM2_TEST_NUMBER, ""},
    {"odd", LFM2_TEST_ODD, ""},
    {"sameas", LFM2_COMPARE_EQUAL, "other", Lowered::Same},
    {"sequence", LFM2_TEST_SEQUENCE, ""},
    {"string", LFM2_TEST_STRING, ""},
    {"true", LFM2_TEST_TRUE, ""},
    {"undefined", LFM2_TEST_DEFINED, "", Lowered::Negated},
    {"upper", LFM2_TEST_UPPER, ""},
};

static constexpr Builtin methods[] = {
    {"capitalize", LFM2_METHOD_CAPITALIZE, ""},
    {"copy", LFM2_METHOD_COPY, ""},
    {"count", LFM2_METHOD_COUNT, "value"},
    {"cycle", LFM2_METHOD_CYCLE, "..."},
    {"endswith", LFM2_METHOD_ENDSWITH, "suffix"},
    {"find", LFM2_METHOD_FIND, "sub"},
    {"get", LFM2_METHOD_GET, "key default=None"},
    {"index", LFM2_METHOD_INDEX, "value"},
    {"isdigit", LFM2_METHOD_ISDIGIT, ""},
    {"isspace", LFM2_METHOD_ISSPACE, ""},
    {"items", LFM2_METHOD_ITEMS, ""},
    {"join", LFM2_METHOD_JOIN, "iterable"},
    {"keys", LFM2_METHOD_KEYS, ""},
    {"lower", LFM2_METHOD_LOWER, ""},
    {"lstrip", LFM2_METHOD_LSTRIP, "chars=None"},
    {"removeprefix", LFM2_METHOD_REMOVEPREFIX, "prefix"},
    {"removesuffix", LFM2_METHOD_REMOVESUFFIX, "suffix"},
    {"replace", LFM2_METHOD_REPLACE, "old new count=-1"},
    {"rfind", LFM2_METHOD_RFIND, "sub"},
    {"rsplit", LFM2_METHOD_RSPLIT, "sep=None maxsplit=-1"},
    {"rstrip", LFM2_METHOD_RSTRIP, "chars=None"},
    {"split", LFM2_METHOD_SPLIT, "sep=None maxsplit=-1"},
    {"splitlines", LFM2_METHOD_SPLITLINES, "keepends=False"},
    {"startswith", LFM2_METHOD_STARTSWITH, "prefix"},
    {"strip", LFM2_METHOD_STRIP, "chars=None"},
    {"title", LFM2_METHOD_TITLE, ""},
    {"upper", LFM2_METHOD_UPPER, ""},
    {"values", LFM2_METHOD_VALUES, ""},
};

static constexpr Builtin functions[] = {
    {"dict", 0, "...", Lowered::Mapping},
    {"namespace", 0, "...", Lowered::Namespace},
    {"raise_exception", LFM2_FUNCTION_RAISE_EXCEPTION, "message"},
    {"range", LFM2_FUNCTION_RANGE, "..."},
    {"strftime_now", LFM2_FUNCTION_STRFTIME_NOW, "format"},
};

llvm::ArrayRef<Builtin> lfm2c::getFilters() { return filters; }
llvm::ArrayRef<Builtin> lfm2c::getTests() { return tests; }
llvm::ArrayRef<Builtin> lfm2c::getMethods() { return methods; }
llvm::ArrayRef<Builtin> lfm2c::getFunctions() { return functions; }

CallSite::CallSite(const char *kind, StringRef name, const Node &node,
                   size_t firstArgument)
    : kind(kind), name(name.str()), line(node.line), names(node.names) {
  for (size_t i = firstArgument; i < node.parts.size(); ++i)
    arguments.push_back(node.parts[i].get());
}

llvm::Error CallSite::fail(const std::string &what) const {
  return templateError(
      line, llvm::formatv("the {0} {1} {2}", kind, quoted(name), what).str());
}

llvm::Expected<const Builtin *> lfm2c::findBuiltin(llvm::ArrayRef<Builtin> all,
                                                   const CallSite &call) {
  std::vector<StringRef> names;
  for (const Builtin &builtin : all) {
    if (call.name == builtin.name)
      return &builtin;
    names.push_back(builtin.name);
  }
  return call.fail("is not supported" + nearestNames(call.name, names));
}

llvm::Expected<std::vector<Argument>>
lfm2c::bindArguments(const Builtin &builtin, const CallSite &call) {
  llvm::SmallVector<StringRef> parameters;
  StringRef(builtin.parameters).split(parameters, ' ', -1, /*KeepEmpty=*/false);
  const size_t positional = call.numPositional();
  std::vector<Argument> bound;
  if (llvm::is_contained(parameters, "...")) {
    if (!call.names.empty())
      return call.fail("takes no argument with a name, found " +
                       quoted(call.names[0]));
    for (const Node *given : call.arguments)
      bound.push_back({given, ""});
    return bound;
  }
  if (positional > parameters.size())
    return call.fail(llvm::formatv("takes at most {0} arguments, found {1}",
                                   parameters.size(), positional)
                         .str());
  size_t used = positional;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto [name, other] = parameters[i].split('=');
    const auto named = llvm::find(call.names, name);
    const bool isNamed = named != call.names.end();
    if (i < positional && isNamed)
      return call.fail("has two arguments for " + quoted(name));
    const Node *given = nullptr;
    if (i < positional)
      given = call.arguments[i];
    else if (isNamed)
      given = call.arguments[positional + size_t(named - call.names.begin())];
    used += isNamed;
    if (!given && other.empty())
      return call.fail("needs the argument " + quoted(name));
    bound.push_back({given, other});
  }
  if (used < call.arguments.size())
    return call.fail("has an argument of a name that it does not know, or "
                     "twice: " +
                     llvm::join(call.names, ", "));
  return bound;
}
