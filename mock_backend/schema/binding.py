"""A usage tree, compiled: the words of a request become the arguments of a handler.

For each command a small Python function is written at import, and compiled when it is first called,
so that nothing is interpreted when a request comes in; ``GET key`` becomes
``return handler(ctx, w[1])``.  The arity has been checked before.  A second function, compiled from
the same tree, tells which words are keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NoReturn

from mock_backend import errors
from mock_backend.schema.late import Late
from mock_backend.schema.types import KEY_COUNTS, PARSERS
from mock_backend.schema.usage import (
    Choice,
    Counted,
    Node,
    Optional,
    Repeat,
    Token,
    Usage,
    UsageError,
    Word,
    identifier,
)

Words = Sequence[bytes]
Run = Callable[[Any, Words], Any]
KeysOf = Callable[[Words], list[bytes]]
Look = Callable[[Any, Words], object]


def parameters(usage: Usage) -> list[str]:
    """The names that the handler must have behind ``ctx``, in this order."""
    return [name for node in usage.nodes for name in _names(node)]


def compile_run(
    usage: Usage,
    command: str,
    handler: Callable[..., Any],
    malformed: Callable[[], Exception] = errors.syntax,
    look: Look | None = None,
    whole: Usage | None = None,
    most: int | None = None,
) -> Run:
    """``run(ctx, words)``: binds and calls ``handler``; raises ``ReplyError`` for words that do not
    fit.  ``look`` is called with the keys that a number announces, before the words behind them
    are read.  ``whole`` is the line that the handler was written for, if ``usage`` is but a part
    of it.  Of more than ``most`` words, for which the line has no place, it is said that their
    number is wrong; only when they are performed, MULTI queues such a call.
    """
    scope = {
        "handler": handler,
        "syntax": _raiser(malformed),
        "wrong_arity": _raiser(partial(errors.wrong_arity, command)),
        "look": look,
    }

    def call(arguments: Sequence[str]) -> str:
        given = arguments if whole is None else _all(whole, usage, arguments)
        return f"return handler({', '.join(['ctx', *given])})"

    writer = _Writer(command, scope, looks=look is not None, call=call)
    if most is not None:
        writer.line(f"if len(w) > {most}: wrong_arity()")
    writer.bind(usage)
    writer.line(call(writer.arguments))
    return writer.function("run", "ctx, w")


def compile_keys(usage: Usage, command: str) -> KeysOf:
    """``keys(words)``: the words that are keys, in their order; raises ``ReplyError`` as binding
    would.
    """
    writer = _Writer(command, {}, keys_only=True)
    writer.line("found = []")
    writer.bind(usage)
    writer.line("return found")
    return writer.function("keys", "w")


def minimum(nodes: Sequence[Node]) -> int:
    """The fewest words that ``nodes`` can take."""
    total = 0
    for node in nodes:
        match node:
            case Word() | Token():
                total += 1
            case Choice(alternatives=alternatives):
                total += min(minimum(alternative) for alternative in alternatives)
            case Repeat(nodes=words, least=least):
                total += len(words) * least
            case Counted(least=least):
                total += 1 + least
    return total


def is_fixed(nodes: Sequence[Node]) -> bool:
    """Whether ``nodes`` always take the same number of words."""
    for node in nodes:
        if isinstance(node, Choice):
            if len({minimum(alternative) for alternative in node.alternatives}) != 1:
                return False
        elif not isinstance(node, Word | Token):
            return False
    return True


def _is_flag(node: Node) -> bool:
    """Whether ``node`` is an option that is but a token."""
    return isinstance(node, Optional) and len(node.nodes) == 1 and isinstance(node.nodes[0], Token)


def is_option(node: Node) -> bool:
    """Whether ``node`` is optional and recognised by its token, wherever it stands."""
    if not isinstance(node, Optional):
        return False
    first = node.nodes[0]
    return isinstance(first, Token) or (isinstance(first, Choice) and len(node.nodes) == 1)


def _tokens(options: Sequence[Node]) -> Iterator[bytes]:
    """The first words of options."""
    for option in options:
        assert isinstance(option, Optional)
        first = option.nodes[0]
        starts = first.alternatives if isinstance(first, Choice) else [(first,)]
        for start in starts:
            assert isinstance(start[0], Token)
            yield start[0].text.encode()


def _all(whole: Usage, usage: Usage, arguments: Sequence[str]) -> list[str]:
    """The arguments for ``whole``: of options that ``usage`` has not, what says that they are not
    given.
    """
    bound = dict(zip(parameters(usage), arguments, strict=True))
    flags = {name for node in whole.nodes if _is_flag(node) for name in _names(node)}
    return [bound.get(name, str(False if name in flags else None)) for name in parameters(whole)]


def _names(node: Node) -> list[str]:
    match node:
        case Word(name=name) | Choice(name=name) | Repeat(name=name):
            return [name]
        case Counted(keys=keys):
            return [keys]
        case Optional(nodes=nodes) if is_option(node):
            first = nodes[0]
            return [identifier(first.text)] if isinstance(first, Token) else _names(first)
        case Optional(nodes=nodes):
            return [name for inner in nodes for name in _names(inner)]
        case Token():
            return []
    raise UsageError(f"cannot name {node!r}")


class _Writer:
    """Writes the source of one function, line by line."""

    def __init__(
        self,
        command: str,
        scope: dict[str, Any],
        *,
        keys_only: bool = False,
        looks: bool = False,
        call: Callable[[Sequence[str]], str] | None = None,
    ) -> None:
        self._command = command
        self._keys_only = keys_only
        self._looks = looks
        self._call = call
        """How the handler is called with these arguments."""
        self._scope: dict[str, Any] = {"syntax": _raise_syntax, "_command": command, **scope}
        self._lines: list[str] = []
        self._depth = 1
        self._at: int | None = None
        """Where we are, while that is known; afterwards the variable ``i`` says it."""
        self._ended = False
        """Whether what was taken goes on to the last word."""
        self._counted = ""
        self.arguments: list[str] = []

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    def function(self, name: str, signature: str) -> Late:
        """The function that was written, compiled when it is first called."""
        source = f"def {name}({signature}):\n" + "\n".join(self._lines)

        def compiled() -> Callable[..., Any]:
            code = compile(source, f"<usage of {self._command}>", "exec")
            exec(code, self._scope)  # noqa: S102 - nobody else has written this source
            function: Callable[..., Any] = self._scope[name]
            return function

        return Late(compiled)

    def bind(self, usage: Usage) -> None:
        self._at = len(usage.name)
        nodes = usage.nodes
        index = 0
        while index < len(nodes):
            if self._ended:
                raise UsageError(f"{self._command}: a repeat of all words has others behind it")
            if is_option(nodes[index]):
                end = index
                while end < len(nodes) and is_option(nodes[end]):
                    end += 1
                self._options(nodes[index:end], nodes[end:])
                index = end
            else:
                self._positional(nodes[index], nodes[index + 1 :])
                index += 1
        if self._at is None and not self._ended:
            self.line("if i != len(w): syntax()")

    def _positional(self, node: Node, rest: Sequence[Node]) -> None:
        match node:
            case Word():
                self._take(node)
            case Token(text=text):
                self.line(f"if {self._here()}.upper() != {text.encode()!r}: syntax()")
                self._advance(1)
            case Choice():
                self._required_choice(node)
            case Repeat():
                self._repeat(node, rest)
            case Counted():
                self._count(node)
            case Optional(nodes=nodes):
                self._optional_words(nodes, rest)

    def _required_choice(self, node: Choice) -> None:
        if any(len(alternative) != 1 for alternative in node.alternatives):
            raise UsageError(f"{self._command}: a required choice is between single words")
        self._choose(node.name, node, self._here())
        self._advance(1)
        self.arguments.append(node.name)

    def _choose(self, name: str, choice: Choice, place: str) -> None:
        """Takes the word at ``place``, which must be one of those of ``choice``."""
        tokens = {token.text for (token,) in choice.alternatives if isinstance(token, Token)}
        self._scope[f"_{name}_choices"] = {text.encode(): text for text in tokens}
        self.line(f"{name} = _{name}_choices.get({place}.upper())")
        self.line(f"if {name} is None: syntax()")

    def _repeat(self, node: Repeat, rest: Sequence[Node]) -> None:
        if not all(isinstance(after, Word | Token | Choice) for after in rest):
            raise UsageError(f"{self._command}: behind a repeat only required words can stand")
        after = minimum(rest)
        start = str(self._at) if self._at is not None else "i"
        end = ""
        if rest:
            self.line(f"n = len(w) - {after}")
            end = "n"
        if node.least or (rest and self._at is None):
            size = len(node.nodes) * node.least
            self.line(f"if {end or 'len(w)'} < {start} + {size}: syntax()")
        types = {word.type for word in node.nodes}
        if self._keys_only:
            for offset, word in enumerate(node.nodes):
                if word.type == "key":
                    self.line(f"found.extend(w[{start} + {offset}:{end}:{len(node.nodes)}])")
        elif types <= {"bytes", "key"}:
            self.line(f"{node.name} = w[{start}:{end}]")
        else:
            if len(node.nodes) != 1:
                raise UsageError(f"{self._command}: a repeat of several words has no types")
            self._parser(node.nodes[0].type)
            self.line(f"{node.name} = [as_{node.nodes[0].type}(x) for x in w[{start}:{end}]]")
        self.arguments.append(node.name)
        self._at = None
        if rest:
            self.line("i = n")
        else:
            self._ended = True

    def _count(self, node: Counted) -> None:
        kind = KEY_COUNTS.get(node.type)
        if kind is None:
            raise UsageError(f"{self._command}: numkeys is one of {', '.join(KEY_COUNTS)}")
        self._scope["count_keys"] = kind.parse
        self._scope["too_many"] = _raiser(kind.too_many)
        start = self._at if self._at is not None else "i"
        self.line(f"n = count_keys(w[{start}], _command)")
        self.line(f"i = {start} + 1 + n")
        self.line("if i > len(w): too_many()")
        self.line(f"{node.keys} = w[{start} + 1:i]")
        if self._keys_only:
            self.line(f"found.extend({node.keys})")
        if self._looks:
            self.line(f"look(ctx, {node.keys})")
        self._at = None
        self._counted = node.keys
        self.arguments.append(node.keys)

    def _optional_words(self, nodes: Sequence[Node], rest: Sequence[Node]) -> None:
        """``[a b]`` without a token: there if enough words are left."""
        self._float()
        names = [name for node in nodes for name in _names(node)]
        self.line(f"{' = '.join(names)} = None")
        self.line(f"if len(w) - i > {minimum(rest)}:")
        self._depth += 1
        outer, self.arguments = self.arguments, []
        self.line(f"if len(w) - i < {minimum(nodes)}: syntax()")
        for position, node in enumerate(nodes):
            if is_option(node):
                self._options([node], nodes[position + 1 :])
            else:
                self._positional(node, nodes[position + 1 :])
        self.arguments = [*outer, *names]
        self._depth -= 1

    def _options(self, options: Sequence[Node], rest: Sequence[Node]) -> None:
        defaults = {
            _names(option)[0]: str(False if _is_flag(option) else None) for option in options
        }
        if self._call is not None and self._at is not None and not rest:  # most calls have none
            call = self._call([*self.arguments, *defaults.values()])
            self.line(f"if len(w) == {self._at}: {call}")
        self._float()
        for name, default in defaults.items():
            self.line(f"{name} = {default}")
            self.arguments.append(name)
        self.line(f"n = len(w) - {minimum(rest)}")
        self.line("while i < n:")
        self._depth += 1
        self.line("t = w[i].upper()")
        if rest:  # most calls have no options, and are told by one look
            self.line(f"if t not in {{{', '.join(map(repr, _tokens(options)))}}}: break")
        word = "if"
        for option in options:
            assert isinstance(option, Optional)
            first = option.nodes[0]
            (name,) = _names(option)
            if isinstance(first, Choice):
                for alternative in first.alternatives:
                    self._alternative(word, name, alternative, first.plain)
                    word = "elif"
            else:
                assert isinstance(first, Token)
                self._option(word, name, first, option.nodes[1:])
                word = "elif"
        if not rest:
            self.line("else: syntax()")
        self._depth -= 1

    def _alternative(self, word: str, name: str, nodes: tuple[Node, ...], plain: bool) -> None:
        token = nodes[0]
        assert isinstance(token, Token)
        self.line(f"{word} t == {token.text.encode()!r}:")
        self._depth += 1
        chosen = name if plain else f"{name}[0]"
        once = token.once or any(isinstance(n, Word) and n.type == "once" for n in nodes)
        again = "" if once else f" and {chosen} != {token.text!r}"
        self.line(f"if {name} is not None{again}: syntax()")
        if plain:
            self.line(f"{name} = {token.text!r}")
            self.line("i += 1")
        else:
            values = self._option_words(nodes[1:])
            self.line(f"{name} = ({', '.join([repr(token.text), *values])},)")
            self.line(f"i += {len(nodes)}")
        self._depth -= 1

    def _option(self, word: str, name: str, token: Token, nodes: Sequence[Node]) -> None:
        self.line(f"{word} t == {token.text.encode()!r}:")
        self._depth += 1
        if not nodes:
            if token.once:
                self.line(f"if {name}: syntax()")
            self.line(f"{name} = True")
            self.line("i += 1")
        elif len(nodes) == 1 and isinstance(nodes[0], Repeat):
            (inner,) = nodes[0].nodes
            length = f"len({self._counted})" if self._counted else "n - i - 1"
            self.line(f"if n - i - 1 < {length}: syntax()")
            self._parser(inner.type)
            self.line(f"{name} = [as_{inner.type}(x) for x in w[i + 1:i + 1 + {length}]]")
            if self._keys_only and inner.type == "key":
                self.line(f"found.extend({name})")
            self.line(f"i += 1 + {length}")
        elif len(nodes) == 1 and isinstance(nodes[0], Choice):
            self.line("if n - i < 2: syntax()")
            self._choose(name, nodes[0], "w[i + 1]")
            self.line("i += 2")
        else:
            if any(isinstance(node, Word) and node.type == "once" for node in nodes):
                self.line(f"if {name} is not None: syntax()")
            values = self._option_words(nodes)
            self.line(
                f"{name} = {values[0] if len(values) == 1 else '(' + ', '.join(values) + ')'}"
            )
            self.line(f"i += {len(nodes) + 1}")
        self._depth -= 1

    def _option_words(self, nodes: Sequence[Node]) -> list[str]:
        values: list[str] = []
        if nodes:
            self.line(f"if n - i < {len(nodes) + 1}: syntax()")
        for offset, node in enumerate(nodes, 1):
            if not isinstance(node, Word):
                raise UsageError(f"{self._command}: behind an option's token only words can stand")
            place = f"w[i + {offset}]"
            if node.type == "key" and self._keys_only:
                self.line(f"found.append({place})")
            values.append(self._value(node, place))
        return values

    def _take(self, node: Word) -> None:
        here = self._here()
        if self._keys_only:
            if node.type == "key":
                self.line(f"found.append({here})")
        elif node.type in {"bytes", "key"} and self._at is not None:
            self.arguments.append(here)
            self._advance(1)
            return
        else:
            self.line(f"{node.name} = {self._value(node, here)}")
        self._advance(1)
        self.arguments.append(node.name)

    def _value(self, node: Word, place: str) -> str:
        if node.type in {"bytes", "key", "once"} or self._keys_only:
            return place
        self._parser(node.type)
        return f"as_{node.type}({place})"

    def _parser(self, kind: str) -> None:
        parser = PARSERS.get(kind)
        if parser is None:
            raise UsageError(f"{self._command}: no type {kind!r}; there are {', '.join(PARSERS)}")
        self._scope[f"as_{kind}"] = parser

    def _here(self) -> str:
        if self._at is not None:
            return f"w[{self._at}]"
        self.line("if i >= len(w): syntax()")
        return "w[i]"

    def _advance(self, words: int) -> None:
        if self._at is not None:
            self._at += words
        else:
            self.line(f"i += {words}")

    def _float(self) -> None:
        """From here on only ``i`` knows where we are."""
        if self._at is not None:
            self.line(f"i = {self._at}")
            self._at = None


def _raise_syntax() -> NoReturn:
    raise errors.syntax()


def _raiser(error: Callable[[], Exception]) -> Callable[[], NoReturn]:
    def throw() -> NoReturn:
        raise error()

    return throw
