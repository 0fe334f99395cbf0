#include "lib/Chat/Builtins.h"

#include "lfm2rt/chat_format.h"
#include "lib/Chat/Lexer.h"
#include "lib/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

static constexpr int kinds(std::initializer_list<int> all) {
  int mask = 0;
  for (int kind : all)
    mask |= 1 << kind;
  return mask;
}
static constexpr int integers = kinds({LFM2_KIND_BOOL, LFM2_KIND_INTEGER});
static constexpr int sequences =
    kinds({LFM2_KIND_STRING, LFM2_KIND_LIST, LFM2_KIND_TUPLE, LFM2_KIND_MAPPING,
           LFM2_KIND_UNDEFINED});

// Parameters in the order of Jinja's own, so that they can be given by
// position.
static constexpr Builtin filters[] = {
    {"abs", ""},
    {"capitalize", ""},
    {"count", "", Lowered::Native, LFM2_NATIVE_LENGTH},
    {"d", "default_value='' boolean=False", Lowered::Help, 0, "default"},
    {"default", "default_value='' boolean=False"},
    {"dictsort", "case_sensitive=False by='key' reverse=False"},
    {"first", ""},
    {"float", "default=0.0"},
    {"indent", "width=4 first=False blank=False"},
    {"int", "default=0"},
    {"items", ""},
    {"join", "d='' attribute=None", Lowered::Joined, 1},
    {"last", ""},
    {"length", "", Lowered::Native, LFM2_NATIVE_LENGTH},
    {"list", "", Lowered::List},
    {"lower", ""},
    {"map", "...", Lowered::Map},
    {"max", "case_sensitive=False attribute=None", Lowered::Keyed},
    {"min", "case_sensitive=False attribute=None", Lowered::Keyed},
    {"reject", "...", Lowered::Select},
    {"rejectattr", "...", Lowered::Select},
    {"replace", "old new count=None", Lowered::Help, 0, "replace_filter"},
    {"reverse", ""},
    {"round", "precision=0 method='common'"},
    {"safe", "", Lowered::Safe},
    {"select", "...", Lowered::Select},
    {"selectattr", "...", Lowered::Select},
    {"sort", "reverse=False case_sensitive=False attribute=None",
     Lowered::Keyed},
    {"string", "", Lowered::Help, 0, "text"},
    {"sum", "attribute=None start=0", Lowered::Joined, 0},
    {"title", ""},
    {"tojson",
     "ensure_ascii=False indent=None separators=None sort_keys=False"},
    {"trim", "chars=None"},
    {"unique", "case_sensitive=False attribute=None", Lowered::Keyed},
    {"upper", ""},
};

static constexpr Builtin tests[] = {
    {"!=", "other", Lowered::Compare, LFM2_COMPARE_UNEQUAL},
    {"<", "other", Lowered::Compare, LFM2_COMPARE_LESS},
    {"<=", "other", Lowered::Compare, LFM2_COMPARE_UP_TO},
    {"==", "other", Lowered::Compare, LFM2_COMPARE_EQUAL},
    {">", "other", Lowered::Compare, LFM2_COMPARE_GREATER},
    {">=", "other", Lowered::Compare, LFM2_COMPARE_FROM},
    {"boolean", "", Lowered::Kinds, kinds({LFM2_KIND_BOOL})},
    {"callable", "", Lowered::Kinds,
     kinds({LFM2_KIND_MACRO, LFM2_KIND_FUNCTION, LFM2_KIND_UNDEFINED})},
    {"defined", "", Lowered::Not, kinds({LFM2_KIND_UNDEFINED})},
    {"divisibleby", "num", Lowered::Divide},
    {"eq", "other", Lowered::Compare, LFM2_COMPARE_EQUAL},
    {"equalto", "other", Lowered::Compare, LFM2_COMPARE_EQUAL},
    {"even", "", Lowered::Divide, 0},
    {"false", "", Lowered::Help, 0, "isfalse"},
    {"float", "", Lowered::Kinds, kinds({LFM2_KIND_NUMBER})},
    {"ge", "other", Lowered::Compare, LFM2_COMPARE_FROM},
    {"greaterthan", "other", Lowered::Compare, LFM2_COMPARE_GREATER},
    {"gt", "other", Lowered::Compare, LFM2_COMPARE_GREATER},
    {"in", "seq", Lowered::Compare, LFM2_COMPARE_IN},
    {"integer", "", Lowered::Kinds, kinds({LFM2_KIND_INTEGER})},
    {"iterable", "", Lowered::Kinds,
     sequences | kinds({LFM2_KIND_ONCE, LFM2_KIND_LOOP})},
    {"le", "other", Lowered::Compare, LFM2_COMPARE_UP_TO},
    {"lessthan", "other", Lowered::Compare, LFM2_COMPARE_LESS},
    {"lower", "", Lowered::Help, 0, "islower"},
    {"lt", "other", Lowered::Compare, LFM2_COMPARE_LESS},
    {"mapping", "", Lowered::Kinds, kinds({LFM2_KIND_MAPPING})},
    {"ne", "other", Lowered::Compare, LFM2_COMPARE_UNEQUAL},
    {"none", "", Lowered::Kinds, kinds({LFM2_KIND_NONE})},
    {"number", "", Lowered::Kinds, integers | kinds({LFM2_KIND_NUMBER})},
    {"odd", "", Lowered::Divide, 1},
    {"sameas", "other", Lowered::Same},
    {"sequence", "", Lowered::Kinds, sequences},
    {"string", "", Lowered::Kinds, kinds({LFM2_KIND_STRING})},
    {"true", "", Lowered::Help, 0, "istrue"},
    {"undefined", "", Lowered::Kinds, kinds({LFM2_KIND_UNDEFINED})},
    {"upper", "", Lowered::Help, 0, "isupper"},
};

static constexpr Builtin methods[] = {
    {"capitalize", "", Lowered::Help, 0, "capitalize_method"},
    {"copy", ""},
    {"count", "value"},
    {"cycle", "...", Lowered::Cycle},
    {"endswith", "suffix"},
    {"find", "sub"},
    {"get", "key default=None"},
    {"index", "value"},
    {"isdigit", ""},
    {"isspace", ""},
    {"items", "", Lowered::Help, 0, "items_of"},
    {"join", "iterable", Lowered::Help, 0, "join_method"},
    {"keys", ""},
    {"lower", "", Lowered::Help, 0, "lower_method"},
    {"lstrip", "chars=None"},
    {"removeprefix", "prefix"},
    {"removesuffix", "suffix"},
    {"replace", "old new count=-1"},
    {"rfind", "sub"},
    {"rsplit", "sep=None maxsplit=-1"},
    {"rstrip", "chars=None"},
    {"split", "sep=None maxsplit=-1"},
    {"splitlines", ""},
    {"startswith", "prefix"},
    {"strip", "chars=None"},
    {"title", "", Lowered::Help, 0, "title_method"},
    {"upper", "", Lowered::Help, 0, "upper_method"},
    {"values", ""},
};

static constexpr Builtin functions[] = {
    {"dict", "...", Lowered::Mapping},
    {"namespace", "...", Lowered::Namespace},
    {"raise_exception", "message", Lowered::Help, 0, "refuse"},
    {"range", "...", Lowered::Range},
    {"strftime_now", "format", Lowered::Time},
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
