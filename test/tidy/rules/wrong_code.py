"""The coroutine forms that g++ 12 gets wrong, in our own sources and examples."""
import re

import cpp
from tree import Finding

WHY = "g++ 12.2 crashes or destroys twice on these forms (GCC PR 106188 and others)"

AWAIT = re.compile(r"\bco_await\b")
BY_VALUE = re.compile(
    r"\[(?!\s*(?:\]|&\s*[\],]|&\w+\s*(?:,\s*&\w+\s*)*\]|this\s*\]|&\s*,\s*this\s*\]))"
    r"([^\[\]]*)\]\s*[({m]"
)
OWNING = re.compile(
    r"\bstd::(?:string|vector|function|unique_ptr|shared_ptr|map|unordered_map|set|deque|list|any"
    r"|exception_ptr)\b(?!\s*[&*])|\btutti::(?:detail::)?function\s*<"
)


def check(tree):
    files = tree.cpp("tutti", "example", "bench") + [
        f for f in tree.cpp("test") if f.parts[1] == "acceptance"
    ]
    aggregates = owning_aggregates(files)
    for file in files:
        yield from conditions(file)
        yield from loops(file)
        for start, text in cpp.statements(file.code):
            yield from statement(file, start, text, aggregates)
        # Statements inside of parentheses (lambdas as arguments) are seen as part of the outer one.


def finding(file, position, form, instead):
    return Finding(file.path, cpp.line_of(file.code, position), f"{form}; write {instead}")


def conditions(file):
    for match in re.finditer(r"\b(if|switch)\s*(?:constexpr\s*)?\(", file.code):
        end = cpp.matching(file.code, match.end() - 1)
        inner = without_lambdas(file.code[match.end() : end])
        tested = top_level_split(inner, ";")[-1]
        if AWAIT.search(tested):
            yield finding(
                file,
                match.start(),
                f"co_await in the condition of {match.group(1)}",
                f"{match.group(1)} (auto r = co_await x; r)",
            )


DECLARES = re.compile(
    r"^\s*(?!co_return\b|co_await\b|co_yield\b|return\b|throw\b|using\b)"
    r"(?:const\s+)?[\w:<>,]+[&*\s]+\w+\s*(?:$|=[^=]|\{|\()"
)


def declares_before(code, position):
    """Is a variable declared in the same block before this position?"""
    depth, start = 0, position
    while start > 0 and depth >= 0:
        start -= 1
        depth += {"}": 1, "{": -1}.get(code[start], 0)
    before = top_level_split(code[start + 1 : position], ";")
    return any(DECLARES.match(statement) for statement in before[:-1])


def loops(file):
    """In a block that declares nothing before it, such a loop is never entered."""
    for match in re.finditer(r"\b(while|for)\s*\(", file.code):
        end = cpp.matching(file.code, match.end() - 1)
        parts = top_level_split(without_lambdas(file.code[match.end() : end]), ";")
        tested = parts[0] if match.group(1) == "while" else parts[1] if len(parts) == 3 else ""
        if (
            AWAIT.search(tested)
            and not DECLARES.match(tested)
            and not declares_before(file.code, match.start())
        ):
            yield finding(
                file,
                match.start(),
                f"co_await in the condition of {match.group(1)}, nothing declared before it",
                "a variable before it in the same block, or while (auto r = co_await x)",
            )


def statement(file, start, text, aggregates):
    text = without_lambdas(text)
    for match in AWAIT.finditer(text):
        position = start + match.start()
        before, operand = text[: match.start()], text[match.end() :]
        if has_open_conditional(before):
            yield finding(file, position, "co_await in a branch of ?:", "if/else")
        operand_start = operand.lstrip()
        if operand_start.startswith("(") and "?" in operand_start[: cpp.matching(operand_start, 0)]:
            yield finding(file, position, "co_await of a ?:", "if/else")
        for opening in re.finditer(r"\(", operand):
            arguments = operand[opening.end() : cpp.matching(operand, opening.start())]
            for argument in top_level_split(arguments, ","):
                yield from awaited_argument(file, position, argument.strip(), aggregates)
            break  # the awaited call itself; what it calls in turn is found inside of its arguments


def awaited_argument(file, position, argument, aggregates):
    capture = BY_VALUE.search(argument)
    if capture and argument.find("[") == argument.find(capture.group()):
        yield finding(
            file,
            position,
            f"awaiting a call with a closure that captures by value [{capture.group(1).strip()}]",
            "the arguments after the function, a named lambda moved in, or [&]",
        )
    if re.match(r"\{\s*[^.\s}]", argument) and "," in argument:
        yield finding(
            file, position, "a braced list in an awaiting expression", "a named container"
        )
    named = re.match(r"(?:\w+::)*(\w+)\s*\{", argument)
    if named and named.group(1) in aggregates:
        yield finding(
            file,
            position,
            f"awaiting a call with a temporary aggregate {named.group(1)}",
            "a named object, or give the type a constructor",
        )


def without_lambdas(text):
    """Bodies of lambdas blanked: they are statements of another function."""
    out = text
    for match in re.finditer(
        r"\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*"
        r"(?:mutable\s*|noexcept\s*|->\s*[\w:<>,&* ]+)*\{",
        text,
    ):
        end = cpp.matching(text, match.end() - 1)
        out = out[: match.end()] + cpp.blank(out[match.end() : end]) + out[end:]
    return out


def top_level_split(text, separator):
    parts, depth, last = [], 0, 0
    for i, c in enumerate(text):
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == separator and depth == 0:
            parts.append(text[last:i])
            last = i + 1
    return parts + [text[last:]]


def has_open_conditional(before):
    """A `?` earlier in the statement at a level that is still open where co_await stands."""
    depth = 0
    for c in reversed(before):
        if c in ")]}":
            depth += 1
        elif c in "([{":
            if depth == 0:
                return False  # an argument list or a group of its own
            depth -= 1
        elif c == "?" and depth == 0:
            return True
        elif c in ",=" and depth == 0:
            return False
    return False


def owning_aggregates(files):
    """Names of structs without a constructor of their own that hold something with a destructor."""
    names = set()
    for file in files:
        for found in cpp.classes(file.code):
            simple = found.name.rsplit("::", 1)[-1]
            if (
                OWNING.search(re.sub(r"\([^()]*\)", "()", found.body))
                and not re.search(rf"(?<![~\w]){simple}\s*\(", found.body)
                and not re.search(r"\b(?:private|protected)\s*:", found.body)
                and not file.code[found.start :].startswith("class")
            ):
                names.add(simple)
    return names
