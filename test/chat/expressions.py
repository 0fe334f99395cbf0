"""Small templates by the thousand, made by chance from the words of the language."""

import random

# What the templates see besides messages.
VARIABLES = {
    "s": "hello <b>World</b> it's \"fine\"\n", "t": "  trim me \t", "u": "größe ÄÖ ñ 你好 😀", "e": "", "n": 7, "m": -3,
    "z": 0, "f": 2.5, "g": 1e20, "yes": True, "no": False, "nil": None, "l": [3, 1, 2], "w": ["b", "A", "c", "a"],
    "x": [], "d": {"b": 1, "a": {"k": "v", "items": [1]}, "C": None}, "o": {},
    "r": [{"name": "q", "age": 3, "tags": ["x"]}, {"name": "P", "age": 1}, {"name": "q", "age": 2, "ok": True}],
    "csv": "a,b,,c", "lines": "one\n two\r\n\nthree", "num": " 42 ", "real": "3.25",
}
NAMES = list(VARIABLES) + ["missing"]
STRINGS = ["'a'", "'hello'", "\" x \"", "''", "'o'", "','", "'\\n'", "'it\\'s'", "'ö'", "'%'", "'a b c'", "'<think>'"]
NUMBERS = ["0", "1", "2", "-1", "3", "10", "1.5", "2.0", "100", "0.1"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *options):
        return self.random.choice(options)

    def atom(self):
        kind = self.random.random()
        if kind < 0.55:
            return self.pick(*NAMES)
        if kind < 0.75:
            return self.pick(*STRINGS)
        if kind < 0.9:
            return self.pick(*NUMBERS)
        return self.pick("true", "false", "none", "True", "[]", "[1, 'a', none]", "{'k': 1, 'j': [2.5]}", "(1, 2)",
                         "('a',)", "messages", "messages[0]")

    def text(self, depth):
        """Mostly a string."""
        kind = self.random.random()
        if depth <= 0 or kind < 0.4:
            return self.pick("s", "t", "u", "e", "csv", "lines", "num", *STRINGS)
        if kind < 0.6:
            return self.call_text(depth - 1)
        if kind < 0.75:
            return f"({self.text(depth - 1)} {self.pick('+', '~')} {self.text(depth - 1)})"
        return f"{self.text(depth - 1)}|{self.pick('upper', 'lower', 'trim', 'title', 'capitalize', 'string', 'reverse')}"

    def call_text(self, depth):
        receiver = self.text(depth)
        if " " in receiver and not receiver.startswith(("'", '"', "(")) or "|" in receiver:
            receiver = f"({receiver})"
        a, b = self.text(0), self.text(0)
        return receiver + self.pick(
            ".upper()", ".lower()", ".strip()", ".lstrip()", ".rstrip()", f".strip({a})", f".lstrip({a})",
            f".rstrip({a})", f".replace({a}, {b})", f".replace({a}, {b}, 1)", ".title()", ".capitalize()",
            f".split({a})[0]", ".split()[0]", ".split()[-1]", f".split({a})[-1]", f".split({a}, 1)[-1]",
            f".rsplit({a}, 1)[0]", f".removeprefix({a})", f".removesuffix({a})", f".join(w)", "[1:]", "[:-1]", "[::-1]",
            "[::2]", "[1:4]", "[-3:]", "[0]", "[5:2:-1]", f".splitlines()[0]", f".split({a})|join({b})")

    def expression(self, depth):
        if depth <= 0:
            return self.atom()
        inner = self.expression(depth - 1)
        kind = self.random.randrange(14)
        if kind == 0:
            return f"({inner} {self.pick('+', '-', '*', '/', '//', '%', '~')} {self.expression(depth - 1)})"
        if kind == 1:
            return f"({inner} {self.pick('==', '!=', '<', '<=', '>', '>=', 'in', 'not in')} {self.atom()})"
        if kind == 2:
            return f"({inner} {self.pick('and', 'or')} {self.expression(depth - 1)})"
        if kind == 3:
            return f"(not {inner})"
        if kind == 4:
            return f"({inner} if {self.expression(depth - 1)} else {self.atom()})"
        if kind == 5:
            return f"({inner} is {self.pick('', 'not ')}{self.test()})"
        if kind == 6:
            return f"({inner})|{self.filter()}"
        if kind == 7:
            return self.text(depth)
        if kind == 8:
            return f"({inner})[{self.pick('0', '-1', '1', '5', repr('a'), repr('k'), ':2', '1:', '::-1', 'n', '-2:')}]"
        if kind == 9:
            return f"({inner}).{self.pick('a', 'k', 'name', 'items', 'role', 'content', 'b')}"
        if kind == 10:
            return f"[{inner}, {self.atom()}]"
        if kind == 11:
            return f"{{'p': {inner}, {self.pick(*STRINGS)}: {self.atom()}}}"
        if kind == 12:
            return self.method()
        return f"(-{self.atom()})"

    def test(self):
        return self.pick("defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer",
                         "float", "boolean", "true", "false", "odd", "even", "divisibleby(2)", "divisibleby 3", "eq 1",
                         "equalto('a')", "ne 2", "gt 1", "lt(3)", "ge 1", "le 2", "in [1, 'a']", "upper", "lower",
                         "sameas true", "callable")

    def filter(self):
        a = self.pick(*STRINGS)
        return self.pick(
            "length", "count", "first", "last", "list", "string", "int", "float", "int(5)", "float(1.5)", "abs", "sum",
            "min", "max", "sort", "sort(reverse=true)", "sort(case_sensitive=true)", "unique|list", "reverse|list",
            "join", f"join({a})", f"default({a})", f"d({a}, true)", "default(value)", "tojson", "tojson(indent=2)",
            "tojson(ensure_ascii=true)", "tojson(sort_keys=true)", "tojson(separators=(',', ':'))", "trim",
            f"trim({a})", "upper", "lower", "title", "capitalize", f"replace({a}, '*')", f"replace('a', {a}, 1)",
            "indent", "indent(2, true)", "indent(width=3, blank=true)", "indent('>')", "items|list", "dictsort",
            "dictsort(by='value')", "dictsort(reverse=true)", "map('upper')|list", "map(attribute='name')|list",
            "map(attribute='name', default='-')|join(',')", "map('length')|sum", "map('replace', 'a', 'b')|list",
            "select|list", "select('string')|list", "reject('none')|list", "select('gt', 1)|list", "round", "round|int",
            "selectattr('name')|list", "selectattr('age', 'gt', 1)|map(attribute='name')|list",
            "rejectattr('ok', 'defined')|list|length", "selectattr('name', 'equalto', 'q')|first", "sum(attribute='age')",
            "sort(attribute='age')|map(attribute='name')|join", "join(',', attribute='name')", "map('trim')|join('|')",
            "unique(attribute='name')|map(attribute='age')|list", "max(attribute='age')", "min(attribute='name')",
            "tojson|length", "list|length", "first|default('none')", "select('in', [1, 2])|list", "length > 2",
            "map('tojson')|join", "map('int')|list", "rejectattr('name', 'in', ['P'])|list|length", "safe")

    def method(self):
        return self.pick("d.get('a')", "d.get('zz')", "d.get('zz', 5)", "d.items()|list", "d.keys()|list", "d.values()|list",
                         "o.items()|list", "w.index('c')", "l.count(1)", "s.find('World')", "s.rfind('l')", "s.count('l')",
                         "s.index('o')", "u.find('你')", "csv.split(',')", "csv.split(',', 2)", "csv.rsplit(',', 1)",
                         "lines.splitlines()", "lines.splitlines(true)", "t.split()", "lines.split('\\n')", "t.split(' ')",
                         "s.startswith('hello')", "s.endswith('\\n')", "s.startswith(('a', 'h'))", "num.strip().isdigit()",
                         "num.isdigit()", "t.isspace()", "d.a.k", "d['a']['k']", "d.a.items", "d.items", "r[0].name",
                         "r[-1]['tags']", "r[0].tags[0]", "range(4)|list", "range(1, 6, 2)|list", "range(5, 0, -2)|list",
                         "dict(a=1, b='x')", "namespace(a=1).a", "d.copy()", "csv.replace(',', '')", "'-'.join(w)",
                         "w|join('-')", "missing.foo", "missing.foo.bar", "missing['x']", "nil.foo", "n.foo", "s.foo",
                         "2 ** 3", "-2 ** 2", "7 // 2", "-7 // 2", "-7 % 3", "7.5 // 2", "1 < 2 < 3", "3 > 2 > 2",
                         "1 if no", "'a' 'b'", "l + [4]", "w * 2", "'ab' * 3", "n / 2", "1.0 * 3", "10 / 4", "1e3", "0x1f",
                         "1_000", "'a' in s", "1 in l", "'a' in d", "nil in l", "l == [3, 1, 2]", "(1, 2) == [1, 2]",
                         "d == d.copy()", "'a' < 'b'", "l < [4]", "yes + 1", "yes == 1", "'1' == 1", "f|round", "3.5|round|int",
                         "(f * 2)|int", "'x'|int", "real|float", "real|int", "num|int", "'1e3'|float", "g", "0.1 + 0.2", "1/3",
                         "1e-7", "123456789012345680.0", "5|string + 'a'", "w[1:]", "w[::2]", "w[-2:]", "u[2]", "u[-1]", "u[1:4]",
                         "u|length", "u|upper", "u|title", "loop", "loop is defined", "messages|length", "messages[-1].role")

    def template(self):
        kind = self.random.random()
        depth = self.random.randrange(4)
        if kind < 0.7:
            return "{{ " + self.expression(depth) + " }}"
        if kind < 0.8:
            return "{{ " + self.text(3) + " }}"
        return self.statement(2)

    def body(self, depth):
        return "".join(self.pick(" ", "\n", "x", "  \n  ") + (self.statement(depth - 1) if depth > 0 and
                       self.random.random() < 0.7 else "{{ " + self.expression(1) + " }}")
                       for _ in range(self.random.randrange(1, 4)))

    def statement(self, depth):
        a, b = self.pick("", "", "-", "+"), self.pick("", "", "-", "+")

        def tag(text):
            return "{%" + a + " " + text + " " + b + "%}"

        name = self.pick("v", "n", "s", "loop_var", "ns")
        kind = self.random.randrange(18)
        if kind == 12:
            return tag("raw") + self.pick("{{ x }}", "{% if %}", " \n ", "a") + tag("endraw")
        if kind == 13:
            return tag(f"with v = {self.atom()}, q = {self.expression(1)}") + "{{ v }}{{ q }}" + self.body(depth) + tag("endwith")
        if kind == 14:
            return tag("macro box(t, u='=')") + "[{{ t }}" + self.pick("", "{{ caller(t) }}", "{{ caller(2) * 2 }}") + \
                "{{ caller(u) }}]" + tag("endmacro") + tag(f"call(y) box({self.atom()})") + "{{ y }}" + self.body(depth) + \
                tag("endcall")
        if kind == 15:
            return tag("for a in w") + tag("for b in l") + tag("set n = loop.index") + "{{ n }}{{ loop.cycle('x', 'y', 1) }}" + \
                tag("endfor") + "{{ n }}{{ loop.index }}" + self.body(depth - 1) + tag("endfor") + "{{ n }}"
        if kind == 16:
            return tag(f"set a, b = {self.pick('l[:2]', '(1, n)', 'd', 'csv.split(' + repr(',') + ', 1)')}") + "{{ b }}{{ a }}"
        if kind == 17:
            return tag(f"set {name} | {self.pick('upper', 'trim', 'replace(' + repr('x') + ', ' + repr('y') + ')', 'length')}") + \
                self.body(depth) + tag("endset") + "{{ " + name + " }}"
        if kind == 0:
            return tag(f"if {self.expression(2)}") + self.body(depth) + tag("endif")
        if kind == 1:
            return (tag(f"if {self.expression(1)}") + self.body(depth) + tag(f"elif {self.atom()}") + self.body(depth) +
                    tag("else") + self.body(depth) + tag("endif"))
        if kind == 2:
            return tag(f"for {name} in {self.pick('l', 'w', 'd', 's[:3]', 'x', 'missing', 'range(3)', 'messages')}") + \
                self.body(depth) + "{{ loop.index }}{{ '|' if not loop.last }}" + tag("endfor")
        if kind == 3:
            return tag("for k, v in d.items()") + "{{ k }}" + self.body(depth) + tag("else") + "none" + tag("endfor")
        if kind == 4:
            return tag(f"for v in {self.pick('l', 'w', 'r', 'x')} if {self.pick('v', 'loop is defined', 'v is string', 'v != 1')}") + \
                "{{ v }}{{ loop.length }}{{ loop.first }}{{ loop.revindex0 }}" + self.body(depth - 1) + tag("else") + \
                self.body(0) + tag("endfor")
        if kind == 5:
            return tag(f"set {name} = {self.expression(2)}") + "{{ " + name + " }}"
        if kind == 6:
            return tag(f"set {name}") + self.body(depth) + tag("endset") + "{{ " + name + "|length }}{{ " + name + " }}"
        if kind == 7:
            return tag("set ns = namespace(c=0, t='')") + tag(f"for v in {self.pick('l', 'w')}") + \
                tag("set ns.c = ns.c + loop.index") + tag("set ns.t = ns.t ~ v") + tag("endfor") + "{{ ns.c }}{{ ns.t }}"
        if kind == 8:
            return tag(f"macro f(a, b={self.atom()})") + "{{ a }}:{{ b }}" + self.body(depth - 1) + tag("endmacro") + \
                "{{ f(" + self.pick("1", "s, 2", "b=3", "a=1, b=2", "", "n, b=missing") + ") }}"
        if kind == 9:
            return tag(f"filter {self.pick('upper', 'trim', 'replace(' + repr('x') + ', 1)', 'indent(2)', 'title')}") + \
                self.body(depth) + tag("endfilter")
        if kind == 10:
            return tag(f"for v in {self.pick('l', 'w', 'range(5)')}") + tag(f"if {self.pick('v == 2', 'loop.index > 1', 'v')}") + \
                tag(self.pick("break", "continue")) + tag("endif") + "{{ v }}{{ loop.previtem }}{{ loop.nextitem }}" + \
                tag("else") + "E" + tag("endfor")
        return "{#" + a + " note " + self.pick("", "-") + "#}" + self.pick("\n", " ", "") + tag("generation") + \
            self.body(depth) + tag("endgeneration") + self.pick("\n", "  ", "\n\n")


def make(count, seed):
    maker = Maker(seed)
    return [maker.template() for _ in range(count)]
