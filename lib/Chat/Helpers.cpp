#include "lib/Chat/Helpers.h"

#include "lib/Chat/Parser.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringMap.h"

using namespace lfm2c;
using llvm::StringRef;

static constexpr const char *source = R"helpers(
{% macro abs(x) %}{% return x + 0 if _number(x) >= 0 else -x %}{% endmacro %}
{% macro before(x, round) %}{% return x[round - 2] if round > 1 else [][0] %}{% endmacro %}
{% macro capitalize(t) %}
  {% set t = t ~ '' %}{% return _case(t[:1], 2) + _case(t[1:], 1) %}
{% endmacro %}
{% macro capitalize_method(t) %}{% return capitalize(_string(t)) %}{% endmacro %}
{% macro copy(x) %}{% return x %}{% endmacro %}
{% macro count(x, what) %}
  {% if x is string %}
    {% return _split(x, what, -1)|length - 1 if _string(what) else x|length + 1 %}
  {% endif %}
  {% return [v for v in x if v == what]|length %}
{% endmacro %}
{% macro default(x, other, boolean) %}
  {% return other if x is undefined or (boolean and not x) else x %}
{% endmacro %}
{% macro dictsort(m, sensitive, by, reverse) %}
  {% set items = items_of(m) %}
  {% set at = 1 if by == 'value' else 0 %}
  {% return sort(items, [i[at] for i in items], reverse, sensitive) %}
{% endmacro %}
{% macro endswith(t, ends) %}
  {% for end in ([ends] if ends is string else ends) %}
    {% if _string(t)[t|length - _string(end)|length:] == end %}{% return true %}{% endif %}
  {% endfor %}
  {% return false %}
{% endmacro %}
{% macro find(t, what) %}
  {% if not _string(what) %}{% return _string(t)|length * 0 %}{% endif %}
  {% set parts = _split(t, what, 1) %}
  {% return parts[0]|length if parts|length > 1 else -1 %}
{% endmacro %}
{% macro first(x) %}
  {% for v in x %}{% return v %}{% endfor %}
  {% return [][0] %}
{% endmacro %}
{% macro float(x, other) %}
  {% if x is undefined %}{% return _number(x) %}{% endif %}
  {% if x is string %}
    {% set x = _read(x) %}
    {% if x is boolean %}{% return other %}{% endif %}
  {% endif %}
  {% return x * 1.0 if x is number else other %}
{% endmacro %}
{% macro fold(keys, sensitive) %}
  {% return keys if sensitive else [_case(k, 1) if k is string else k for k in keys] %}
{% endmacro %}
{% macro get(m, key, other) %}{% return m[key] if key in _mapping(m) else other %}{% endmacro %}
{% macro indent(t, width, first, blank) %}
  {% set margin = ' ' * width if width is integer else _string(width) %}
  {% set lines = splitlines(_string(t) + '\n') %}
  {{- margin if first }}{{ lines[0] }}
  {%- for line in lines[1:] %}{{ '\n' }}{{ margin if line or blank }}{{ line }}{% endfor %}
{%- endmacro %}
{% macro index(x, what) %}
  {% if x is string %}
    {% set at = find(x, what) %}
    {% if at >= 0 %}{% return at %}{% endif %}
  {% else %}
    {% for v in x %}{% if v == what %}{% return loop.index0 %}{% endif %}{% endfor %}
  {% endif %}
  {% return _raise('expected what is looked for by .index(), found none of it') %}
{% endmacro %}
{% macro int(x, other) %}
  {% if x is undefined %}{% return _number(x) %}{% endif %}
  {% if x is string %}
    {% set t = _strip(x, none, 3) %}
    {% set x = _read(t) %}
    {% if x is none and _strip(t, '0123456789', 3) in ['', '+'] and t not in ['', '+'] %}
      {% set x = _read(_strip(t, '+0', 1) or '0') %}
    {% endif %}
    {% if x is boolean %}{% return other %}{% endif %}
  {% endif %}
  {% return x if x is integer else _truncate(x) if x is number else other %}
{% endmacro %}
{% macro isdigit(t) %}{% return _strip(t, '0123456789', 3) == '' and t != '' %}{% endmacro %}
{% macro islower(x) %}{% set t = x ~ '' %}{% return _case(t, 1) == t and _case(t, 0) != t %}{% endmacro %}
{% macro isspace(t) %}{% return _strip(t, none, 3) == '' and t != '' %}{% endmacro %}
{% macro istrue(x) %}{% return x is boolean and x %}{% endmacro %}
{% macro isfalse(x) %}{% return x is boolean and not x %}{% endmacro %}
{% macro isupper(x) %}{% set t = x ~ '' %}{% return _case(t, 0) == t and _case(t, 1) != t %}{% endmacro %}
{% macro items(x) %}{% return _once([] if x is undefined else items_of(x)) %}{% endmacro %}
{% macro items_of(m) %}{% return [(key, m[key]) for key in _mapping(m)] %}{% endmacro %}
{% macro join(x, separator) %}{% return _join(x, separator ~ '') %}{% endmacro %}
{% macro join_method(separator, x) %}{% return _join(x, _string(separator)) %}{% endmacro %}
{% macro keys(m) %}{% return [key for key in _mapping(m)] %}{% endmacro %}
{% macro last(x) %}{% return [v for v in x][-1] %}{% endmacro %}
{% macro lower(x) %}{% return _case(x ~ '', 1) %}{% endmacro %}
{% macro lower_method(t) %}{% return _case(t, 1) %}{% endmacro %}
{% macro lstrip(t, characters) %}{% return _strip(t, characters, 1) %}{% endmacro %}
{% macro max(x, keys, sensitive) %}{% return sort(x, keys, true, sensitive)[0] %}{% endmacro %}
{% macro min(x, keys, sensitive) %}{% return sort(x, keys, false, sensitive)[0] %}{% endmacro %}
{% macro pow(x, by) %}
  {% if _integer(by) < 0 %}{{ _raise('expected an exponent of 0 or more, found less') }}{% endif %}
  {% set all = namespace(x=1) %}
  {% for i in range(0, by, 1) %}{% set all.x = all.x * _number(x) %}{% endfor %}
  {% return all.x %}
{% endmacro %}
{% macro removeprefix(t, part) %}{% return t[part|length:] if startswith(t, part) else t %}{% endmacro %}
{% macro removesuffix(t, part) %}
  {% return t[:t|length - part|length] if endswith(t, part) else t %}
{% endmacro %}
{% macro replace(t, old, new, most) %}
  {% if _string(old) %}{% return _join(_split(t, old, _integer(most)), _string(new)) %}{% endif %}
  {% set left = namespace(n=most) %}
  {%- for c in _string(t) %}
    {%- if left.n != 0 %}{{ new }}{% set left.n = left.n - 1 %}{% endif %}{{ c }}
  {%- endfor %}{{ new if left.n != 0 }}
{%- endmacro %}
{% macro replace_filter(t, old, new, most) %}
  {% return replace(t ~ '', old ~ '', new ~ '', -1 if most is none else most) %}
{% endmacro %}
{% macro range(start, stop, step) %}
  {% if step == 0 %}{{ _raise('expected a step of a range, found 0') }}{% endif %}
  {% set count = (stop - start + step - (1 if step > 0 else -1)) // step %}
  {% if count > 100000 %}{{ _raise('expected a range of at most 100000 numbers, found more') }}{% endif %}
  {% return [start + loop.index0 * step for c in ' ' * count] %}
{% endmacro %}
{% macro reverse(x) %}
  {% return x[::-1] if x is string else _once([v for v in x][::-1]) %}
{% endmacro %}
{% macro rfind(t, what) %}
  {% set at = find(_string(t)[::-1], _string(what)[::-1]) %}
  {% return at if at < 0 else t|length - at - what|length %}
{% endmacro %}
{% macro round(x, precision, method) %}
  {% if precision != 0 %}{{ _raise('rounding to digits behind the point is not supported') }}{% endif %}
  {% set whole = _truncate(x) %}
  {% set down = whole - 1 if x < whole else whole %}
  {% set part = x - down %}
  {% if method == 'common' %}
    {% set up = part > 0.5 or (part == 0.5 and down % 2 == 1) %}
  {% else %}
    {% set up = method == 'ceil' and part > 0 %}
  {% endif %}
  {% set all = down + (1 if up else 0) %}
  {% return all * 1.0 if x is float or method != 'common' else all %}
{% endmacro %}
{% macro rsplit(t, separator, most) %}
  {% set backwards = separator if separator is none else separator[::-1] %}
  {% return [part[::-1] for part in _split(_string(t)[::-1], backwards, _integer(most))][::-1] %}
{% endmacro %}
{% macro rstrip(t, characters) %}{% return _strip(t, characters, 2) %}{% endmacro %}
{#- Each goes behind those that are not above it, so equal ones stay in order. -#}
{% macro sort(x, keys, reverse, sensitive) %}
  {% set keys = fold(keys, sensitive) %}
  {% set all = namespace(x=[], keys=[]) %}
  {% for key in keys %}
    {% if reverse %}
      {% set at = [k for k in all.keys if k >= key]|length %}
    {% else %}
      {% set at = [k for k in all.keys if k <= key]|length %}
    {% endif %}
    {% set all.x = all.x[:at] + [x[loop.index0]] + all.x[at:] %}
    {% set all.keys = all.keys[:at] + [key] + all.keys[at:] %}
  {% endfor %}
  {% return all.x %}
{% endmacro %}
{% macro slice(x, start, stop, step) %}
  {% if step is none %}{% return x[start:stop] %}{% endif %}
  {% if _integer(step) == 0 %}{{ _raise('expected a step of a slice, found 0') }}{% endif %}
  {% if x is not string and x[:0] != [] %}{{ _raise('a slice of a tuple with a step is not supported') }}{% endif %}
  {% set all = x if x is not string else [c for c in x] %}
  {% set size = x[:]|length %}
  {% set least = 0 if step > 0 else -1 %}
  {% set most = size if step > 0 else size - 1 %}
  {% set from = bound(start, least if step > 0 else most, size, least, most) %}
  {% set to = bound(stop, most if step > 0 else least, size, least, most) %}
  {% set count = (to - from + step - (1 if step > 0 else -1)) // step %}
  {% set part = [all[from + loop.index0 * step] for c in ' ' * count] %}
  {% return _join(part, '') if x is string else part %}
{% endmacro %}
{% macro bound(at, other, size, least, most) %}
  {% if at is none %}{% return other %}{% endif %}
  {% set at = _integer(at) + size if at < 0 else at %}
  {% return least if at < least else most if at > most else at %}
{% endmacro %}
{% macro split(t, separator, most) %}{% return _split(t, separator, _integer(most)) %}{% endmacro %}
{% macro splitlines(t) %}
  {% set all = namespace(t=t) %}
  {% for end in ['\r\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'] %}
    {% if end in all.t %}{% set all.t = _join(_split(all.t, end, -1), '\n') %}{% endif %}
  {% endfor %}
  {% set lines = _split(all.t, '\n', -1) %}
  {% return lines if lines[-1] else lines[:-1] %}
{% endmacro %}
{% macro startswith(t, starts) %}
  {% for start in ([starts] if starts is string else starts) %}
    {% if _string(t)[:_string(start)|length] == start %}{% return true %}{% endif %}
  {% endfor %}
  {% return false %}
{% endmacro %}
{% macro strip(t, characters) %}{% return _strip(t, characters, 3) %}{% endmacro %}
{% macro sum(x, start) %}
  {% set all = namespace(x=_number(start)) %}
  {% for v in x %}{% set all.x = all.x + v %}{% endfor %}
  {% return all.x %}
{% endmacro %}
{% macro text(x) %}{% return x ~ '' %}{% endmacro %}
{% macro title(x) %}
  {% set word = namespace(starts=true) %}
  {%- for c in x ~ '' %}
    {{- _case(c, 0 if word.starts else 1) }}
    {%- set word.starts = c in '-({[<' or not _strip(c, none, 1) %}
  {%- endfor %}
{%- endmacro %}
{% macro title_method(t) %}
  {% set word = namespace(starts=true) %}
  {%- for c in _string(t) %}
    {{- _case(c, 2 if word.starts else 1) }}
    {%- set word.starts = c == _case(c, 0) and c == _case(c, 1) %}
  {%- endfor %}
{%- endmacro %}
{% macro tojson(x, ascii, indent, separators, sorted) %}
  {% set between = ', ' if indent is none else ',' %}
  {% set behind = ': ' %}
  {% if separators is not none %}{% set between, behind = separators %}{% endif %}
  {% return _tojson(x, ascii, indent, _string(between) + '\0', _string(behind) + '\0', sorted) %}
{% endmacro %}
{% macro trim(x, characters) %}{% return _strip(x ~ '', characters, 3) %}{% endmacro %}
{% macro unique(x, keys, sensitive) %}
  {% set keys = fold(keys, sensitive) %}
  {% return _once([v for v in x if keys[loop.index0] not in keys[:loop.index0]]) %}
{% endmacro %}
{% macro upper(x) %}{% return _case(x ~ '', 0) %}{% endmacro %}
{% macro upper_method(t) %}{% return _case(t, 0) %}{% endmacro %}
{% macro values(m) %}{% return [m[key] for key in _mapping(m)] %}{% endmacro %}

{#- Dates. The days of a year begin in March, so that the day of a leap year stands at the end of one, four, a
    hundred or four hundred years. -#}
{% macro clock() %}
  {% set seconds = _input(3) %}
  {% set days = seconds // 86400 + 719468 %}
  {% set era = days // 146097 %}
  {% set day = days % 146097 %}
  {% set year = (day - day // 1460 + day // 36524 - day // 146096) // 365 %}
  {% set day = day - (365 * year + year // 4 - year // 100) %}
  {% set march = (5 * day + 2) // 153 %}
  {% set month = march + 3 if march < 10 else march - 9 %}
  {% set year = year + era * 400 + (1 if month < 3 else 0) %}
  {% set leap = 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0 %}
  {% return [year, month, day - (153 * march + 2) // 5 + 1, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60,
             (days + 3) % 7, day + 60 + leap if march < 10 else day - 305] %}
{% endmacro %}
{% macro pad(number, width, fill) %}{% return (fill * width ~ number)[-width:] %}{% endmacro %}
{% macro weekday(day) %}
  {% return ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'][day] %}
{% endmacro %}
{% macro month(number) %}
  {% return ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
             'November', 'December'][number - 1] %}
{% endmacro %}

{#- Messages, in the form that transformers gives them. -#}
{% macro answers() %}{% return _input(2) % 2 == 1 %}{% endmacro %}
{% macro continues() %}{% return _input(2) // 2 % 2 == 1 %}{% endmacro %}
{% macro messages() %}
  {% if answers() and continues() %}
    {{ _raise('expected LFM2RT_CHAT_ANSWER or LFM2RT_CHAT_CONTINUE, found both') }}
  {% endif %}
  {% set all = [message(m, loop.index0) for m in _input(0)] %}
  {% if continues() %}{% return all[:-1] + [marked(all[-1])] %}{% endif %}
  {% return all %}
{% endmacro %}
{% macro message(m, number) %}
  {% if m is not mapping or m.role is not string %}
    {{ _raise('messages: expected at /' ~ number ~ ' an object with a role, found none') }}
  {% endif %}
  {% set reasoning = given(m, ['reasoning_content', 'thinking', 'reasoning']) %}
  {% set members = [(i[0], arguments(i[1]) if i[0] == 'tool_calls' else i[1])
                    for i in items_of(m) if i[1] is not none] %}
  {% if reasoning is not none %}
    {% set members = [('thinking', reasoning)] + members + [('reasoning_content', reasoning)] %}
  {% endif %}
  {% set whole = {i[0]: i[1] for i in members} %}
  {% if m.role == 'assistant' %}{% return whole %}{% endif %}
  {#- Roles are often a part of a control token's spelling, as in '<|' + role + '|>'. -#}
  {% set isPlain = not _strip(m.role, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-', 3) %}
  {% set whole = _foreign(whole) %}
  {% return with(whole, 'role', m.role) if isPlain else whole %}
{% endmacro %}
{% macro given(m, names) %}
  {% for name in names %}{% if name in m and m[name] is not none %}{% return m[name] %}{% endif %}{% endfor %}
  {% return none %}
{% endmacro %}
{#- OpenAI gives arguments as a string of JSON; templates want what it says. -#}
{% macro arguments(calls) %}
  {% if calls is string or calls is mapping or calls is not iterable %}{% return calls %}{% endif %}
  {% return [tool_call(c) for c in calls] %}
{% endmacro %}
{% macro tool_call(c) %}
  {% if c is not mapping %}{% return c %}{% endif %}
  {% set function = c.function if c.function is mapping else c %}
  {% if function.arguments is not string %}{% return c %}{% endif %}
  {% set said = _read(function.arguments) %}
  {% if said is not mapping %}{% return c %}{% endif %}
  {% set function = with(function, 'arguments', said) %}
  {% return with(c, 'function', function) if c.function is mapping else function %}
{% endmacro %}
{% macro with(m, name, value) %}
  {% return {key: value if key == name else m[key] for key in m} %}
{% endmacro %}
{% macro marked(m) %}
  {% if m is mapping and m.content is string %}
    {% return with(m, 'content', m.content ~ _end() ~ ' ') %}
  {% endif %}
  {% set places = [loop.index0 for part in m.content if part is mapping and part.text is string] if
                  m is mapping and m.content is iterable else [] %}
  {% if not places %}
    {{ _raise('messages: expected text in the last one to be continued, found none') }}
  {% endif %}
  {% set at = places[-1] %}
  {% set part = m.content[at] %}
  {% return with(m, 'content', m.content[:at] + [with(part, 'text', part.text ~ _end() ~ ' ')] +
                                m.content[at + 1:]) %}
{% endmacro %}
{% macro printed(t) %}{% return cut(t) if continues() else t %}{% endmacro %}
{#- What is printed, up to the end of the content that is to be continued. -#}
{% macro cut(t) %}
  {% set parts = _split(t, _end(), -1) %}
  {% if parts|length < 2 %}
    {{ _raise('expected the template to print the last message, found that it does not; ' ~
              'it cannot be continued') }}
  {% endif %}
  {% set before = _join(parts[:-1], _end()) %}
  {% return before if parts[-1][:1] == ' ' else _strip(before, none, 2) %}
{% endmacro %}
{% macro refuse(text) %}{% return _raise('the template refuses: ' ~ text) %}{% endmacro %}
)helpers";

const Node *lfm2c::findHelper(StringRef name) {
  static const llvm::StringMap<NodePtr> helpers = [] {
    llvm::StringMap<NodePtr> found;
    for (NodePtr &node : llvm::cantFail(parseTemplate(source, true)))
      if (node->kind == NodeKind::Macro)
        found[node->text] = std::move(node);
    return found;
  }();
  const auto it = helpers.find(name);
  return it == helpers.end() ? nullptr : it->second.get();
}

NodePtr lfm2c::parseHelper(StringRef text) {
  return std::move(llvm::cantFail(parseTemplate(text, true)).front());
}

// Of a letter, what it prints of c, the parts of a date; with '-' in front of
// the letter numbers are not padded.
static std::string timePart(char letter, bool plain) {
  const auto number = [&](const char *value, int width,
                          const char *fill = "0") {
    return plain ? std::string(value)
                 : llvm::formatv("pad({0}, {1}, '{2}')", value, width, fill)
                       .str();
  };
  switch (letter) {
  case 'Y':
    return "c[0]";
  case 'y':
    return number("c[0] % 100", 2);
  case 'm':
    return number("c[1]", 2);
  case 'd':
    return number("c[2]", 2);
  case 'e':
    return number("c[2]", 2, " ");
  case 'H':
    return number("c[3]", 2);
  case 'k':
    return number("c[3]", 2, " ");
  case 'I':
    return number("(c[3] + 11) % 12 + 1", 2);
  case 'l':
    return number("(c[3] + 11) % 12 + 1", 2, " ");
  case 'M':
    return number("c[4]", 2);
  case 'S':
    return number("c[5]", 2);
  case 'w':
    return "c[6]";
  case 'u':
    return "(c[6] + 6) % 7 + 1";
  case 'j':
    return number("c[7]", 3);
  case 'p':
    return "('AM' if c[3] < 12 else 'PM')";
  case 'B':
    return "month(c[1])";
  case 'b':
  case 'h':
    return "month(c[1])[:3]";
  case 'A':
    return "weekday(c[6])";
  case 'a':
    return "weekday(c[6])[:3]";
  case '%':
    return "'%'";
  case 'n':
    return "'\\n'";
  case 't':
    return "'\\t'";
  default:
    return "";
  }
}

// Letters that are short for others.
static StringRef longFormat(char letter) {
  switch (letter) {
  case 'F':
    return "%Y-%m-%d";
  case 'D':
  case 'x':
    return "%m/%d/%y";
  case 'T':
  case 'X':
    return "%H:%M:%S";
  case 'R':
    return "%H:%M";
  case 'r':
    return "%I:%M:%S %p";
  case 'c':
    return "%a %b %e %H:%M:%S %Y";
  default:
    return "";
  }
}

llvm::Expected<std::string> lfm2c::makeTimeHelper(StringRef name,
                                                  StringRef format) {
  std::string text =
      ("{% macro " + name + "() %}{% set c = clock() %}{% return ''").str();
  std::string rest = format.str();
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != '%') {
      // Any byte, also of a character of several.
      const size_t end = std::min(rest.find('%', i), rest.size());
      text += " ~ '";
      for (; i < end; ++i)
        text += rest[i] == '\'' || rest[i] == '\\' ? std::string("\\") + rest[i]
                                                   : std::string(1, rest[i]);
      text += "'";
      --i;
      continue;
    }
    const bool plain = i + 1 < rest.size() && rest[i + 1] == '-';
    const size_t at = i + 1 + plain;
    const char letter = at < rest.size() ? rest[at] : ' ';
    if (const StringRef longer = longFormat(letter);
        !longer.empty() && !plain) {
      rest = rest.substr(0, i) + longer.str() + rest.substr(at + 1);
      --i;
      continue;
    }
    const std::string part = timePart(letter, plain);
    if (part.empty())
      return makeError("the format of time '%{0}{1}' is not supported",
                       plain ? "-" : "", std::string(1, letter));
    text += " ~ (" + part + ")";
    i = at;
  }
  return text + " %}{% endmacro %}";
}
