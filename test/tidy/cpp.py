"""Just enough of C++'s surface for rules: code without comments and strings, comments by line,
classes."""
import dataclasses
import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'  # comments
    r'|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'  # strings
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'",  # characters, not digit separators
    re.DOTALL,
)


def blank(text):
    """The same number of characters and lines, all blank."""
    return re.sub(r"[^\n]", " ", text)


def split(text):
    """(code, comments): each as long as text, the other part blanked; strings keep their quotes."""
    code, comments = [], []
    end = 0
    for match in TOKEN.finditer(text):
        token = match.group()
        before = text[end : match.start()]
        code.append(before)
        comments.append(blank(before))
        if token.startswith("/"):
            code.append(blank(token))
            comments.append(token)
        else:
            is_include = before.rsplit("\n", 1)[-1].strip() == "#include"
            code.append(token if is_include else token[0] + blank(token[1:-1]) + token[-1])
            comments.append(blank(token))
        end = match.end()
    code.append(text[end:])
    comments.append(blank(text[end:]))
    return "".join(code), "".join(comments)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def matching(code, start):
    """The position of the bracket that closes the one at start, or the end of the text."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    opening, closing = code[start], pairs[code[start]]
    depth = 0
    for i in range(start, len(code)):
        if code[i] == opening:
            depth += 1
        elif code[i] == closing:
            depth -= 1
            if depth == 0:
                return i
    return len(code)


@dataclasses.dataclass
class Class:
    """A class definition: its name, the line it starts on, and the code of its own members."""

    name: str
    line: int
    start: int
    body: str  # nested classes and function bodies blanked


CLASS = re.compile(
    r"\b(?:class|struct)\s+(?:alignas\s*\([^)]*\)\s*|\[\[[^\]]*\]\]\s*|TUTTI_\w+(?:\([^)]*\))?\s+)*"
    r"(?P<name>[A-Za-z_][\w:]*)\s*(?:<[^;{}()]*>\s*)?(?:final\s*)?"
    r"(?::[^;{}()]*(?:\([^)]*\)[^;{}()]*)?)?\{"
)


def blank_blocks(code):
    """Code with everything between braces blanked, initialisers of members aside (they hold no
    names)."""
    out = list(code)
    i = 0
    while i < len(code):
        if code[i] == "{":
            end = matching(code, i)
            for j in range(i + 1, min(end, len(code))):
                if out[j] != "\n":
                    out[j] = " "
            i = end
        i += 1
    return "".join(out)


def classes(code):
    """Every class definition of the text, nested ones too."""
    for match in CLASS.finditer(code):
        if re.search(r"\benum\s+$", code[: match.start()][-8:]):
            continue
        brace = match.end() - 1
        end = matching(code, brace)
        # `template <...>` before the class belongs to it: the doc comment stands above that.
        start = match.start()
        head = re.search(r"(?:template\s*<[^;{}]*>\s*(?:requires[^;{}]*)?)$", code[:start])
        yield Class(
            match.group("name"),
            line_of(code, start),
            head.start() if head else start,
            blank_blocks(code[brace + 1 : end]),
        )


def statements(code):
    """(position, text) of every piece between ; { }, parentheses and initialisers kept whole."""
    start, depth = 0, 0
    for i, c in enumerate(code):
        if c in "([":
            depth += 1
        elif c in ")]":
            depth = max(0, depth - 1)
        elif depth == 0 and c in ";{}":
            yield start, code[start:i]
            start = i + 1
    yield start, code[start:]


def doc_comment_above(text, position):
    """The block of comment lines that ends right above the line of position."""
    lines = text[:position].split("\n")[:-1]
    block = []
    for line in reversed(lines):
        stripped = line.strip()
        if stripped.startswith(("//", "/*", "*")) or stripped.endswith("*/"):
            block.append(stripped)
        else:
            break
    return "\n".join(reversed(block))
