"""What Jinja2 makes of a conversation, in the environment that transformers sets for chat templates.

Written after the documentation and the behaviour of transformers 5.24: trim_blocks and lstrip_blocks are on, the
sandbox is the immutable one, {% break %}, {% continue %} and {% generation %} exist, and so do tojson (json.dumps),
raise_exception and strftime_now.
"""

import datetime
import json

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    """{% generation %} marks what the assistant says; it prints its body."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


class Refused(Exception):
    """By raise_exception()."""


def make_environment(now=0, utc_offset=0):
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def refuse(message):
        raise Refused(message)

    def strftime_now(form):
        zone = datetime.timezone(datetime.timedelta(seconds=utc_offset))
        return datetime.datetime.fromtimestamp(now, zone).strftime(form)

    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = strftime_now
    return environment


REASONING = ("reasoning_content", "thinking", "reasoning")


def normalize(message):
    """A message as transformers gives it to a template; arguments of calls as a mapping."""
    message = {key: value for key, value in message.items() if value is not None}
    reasoning = next((message[name] for name in REASONING if name in message), None)
    if reasoning is not None:
        message = {"thinking": reasoning, **message, "reasoning_content": reasoning}
    for call in message.get("tool_calls") or ():
        function = call.get("function", call)
        if isinstance(function.get("arguments"), str):
            try:
                said = json.loads(function["arguments"])
            except ValueError:
                continue
            if isinstance(said, dict):
                function["arguments"] = said
    return message


def variables_of(request):
    """The variables of a request of ChatProbe, by name."""
    given = {"documents": None, **request.get("globals", {}), **json.loads(request.get("variables", "{}"))}
    messages = [normalize(message) for message in json.loads(request["messages"])]
    tools = json.loads(request["tools"]) if "tools" in request else None
    return {**given, "messages": messages, "tools": tools, "add_generation_prompt": bool(request.get("flags", 0) & 1)}


def render(request):
    """The text, or None where Jinja2 refuses the template or the conversation."""
    environment = make_environment(request.get("now", 0), request.get("utc_offset", 0))
    try:
        return environment.from_string(request["template"]).render(**variables_of(request))
    except (jinja2.TemplateError, Refused, TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
            RecursionError):
        return None
