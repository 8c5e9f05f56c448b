"""A page's values as plain dicts: what its template looked up, worked out beforehand."""

from contextlib import contextmanager
from copy import copy
from datetime import date

from django.forms import BaseForm
from django.http import HttpRequest
from django.template.base import Template, Variable
from django.template.context import BaseContext

LEFT = (BaseForm, HttpRequest, BaseContext, dict, str, date)
MISSING = (TypeError, AttributeError, KeyError, ValueError, IndexError)


class Plain(dict):
    """What was looked up of an object, by name; of whatever else a tag may ask for, the object's own."""

    def __init__(self, original):
        super().__init__()
        self.original = original

    def __getattr__(self, name):
        return getattr(self.original, name)

    def __str__(self):
        return str(self.original)

    def __eq__(self, other):
        return self.original == (other.original if isinstance(other, Plain) else other)

    def __hash__(self):
        return hash(self.original)

    def __bool__(self):
        return bool(self.original)


class Lookups:
    """What a rendering looked up, by object; each is kept alive, so that no other takes its place."""

    def __init__(self):
        self.by_object = {}
        self._plain = {}

    def note(self, owner, name, value):
        self.by_object.setdefault(id(owner), (owner, {}))[1][name] = value

    def plain(self, value):
        """Give the value as dicts and lists, as far as the template looked into it."""
        if type(value) in {list, tuple}:
            return type(value)([self.plain(each) for each in value])
        if id(value) not in self.by_object or isinstance(value, LEFT):
            return value
        if id(value) not in self._plain:
            made = self._plain[id(value)] = Plain(value)
            made.update({name: self.plain(of) for name, of in self.by_object[id(value)][1].items()})
        return self._plain[id(value)]


@contextmanager
def noted():
    """Note meanwhile what templates look up."""
    lookups, original = Lookups(), Variable._resolve_lookup

    def resolve(self, context):
        current = context
        try:
            for name in self.lookups:
                owner, current = current, _one(current, name)
                if owner is not context and not hasattr(current, "__next__"):
                    lookups.note(owner, name, current)
        except MISSING:
            return original(self, context)
        return current

    Variable._resolve_lookup = resolve
    try:
        yield lookups
    finally:
        Variable._resolve_lookup = original


def _one(owner, name):
    try:
        found = owner[name]
    except MISSING:
        try:
            found = getattr(owner, name)
        except (TypeError, AttributeError):
            found = owner[int(name)]
    return found() if callable(found) and not getattr(found, "do_not_call_in_templates", False) else found


@contextmanager
def renderings():
    """Keep meanwhile each template that is rendered, with its context as it was then; the outermost first."""
    seen, original = [], Template._render

    def spy(self, context):
        seen.append((self, copy(context)))
        return original(self, context)

    Template._render = spy
    try:
        yield seen
    finally:
        Template._render = original


def context_of(call):
    """Give the context of the page that `call` makes."""
    with renderings() as seen:
        call()
    return seen[0][1]


def drawn_again(call):
    """Give what renders the page that `call` makes once more, from plain dicts instead of what the view gave."""
    with renderings() as seen, noted() as lookups:
        call()
    template, context = seen[0]
    whole = {name: lookups.plain(value) for name, value in context.flatten().items()}

    def draw():
        again = copy(context)
        again.dicts = [*again.dicts, whole]
        return template.render(again)

    return draw
