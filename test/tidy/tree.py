"""The tree that the rules read: files, C++ sources, rooms and what each room declares."""
import dataclasses
import functools
import os
import pathlib
import re

import cpp

SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__", ".venv"}
CPP = {".hpp", ".cpp"}
SCRIPTS = {".py", ".sh"}


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class File:
    """One file of the tree; C++ is split into code and comments once, when first asked."""

    def __init__(self, root, path):
        self.path = path
        self.parts = pathlib.PurePosixPath(path).parts
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.stem = pathlib.PurePosixPath(path).stem
        self.text = (root / path).read_text(encoding="utf-8", errors="replace")

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def _split(self):
        return cpp.split(self.text)

    @property
    def code(self):
        return self._split[0]

    @property
    def comments(self):
        return self._split[1]

    @property
    def room(self):
        """The room a file lies in, or '' outside the house and for the doors."""
        return self.parts[1] if self.parts[0] == "tutti" and len(self.parts) > 2 else ""

    @property
    def is_private(self):
        return "detail" in self.parts or "backend" in self.parts

    def includes(self):
        """(line, spelled) of every include, e.g. (3, '<tutti/base/list.hpp>')."""
        for match in re.finditer(
            r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")', self.code, re.M
        ):
            yield cpp.line_of(self.code, match.start()), match.group(1)

    def find(self, pattern, text, where="code"):
        """A finding for each place where pattern matches; {0} in text is what matched."""
        body = {"code": self.code, "comments": self.comments, "text": self.text}[where]
        for match in re.finditer(pattern, body):
            yield Finding(
                self.path, cpp.line_of(body, match.start()), text.format(match.group().strip())
            )


@dataclasses.dataclass
class Room:
    """What tutti_room(NAME … PUBLIC … PRIVATE … SOURCES … DEPS …) says."""

    name: str
    path: str
    line: int
    public: list
    private: list
    sources: list
    deps: list


ROOM_CALL = re.compile(r"\btutti_room\s*\(([^)]*)\)", re.S)
ROOM_WORDS = {"NAME", "PUBLIC", "PRIVATE", "SOURCES", "DEPS"}


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = [File(self.root, path) for path in self._walk()]
        self.by_path = {file.path: file for file in self.files}

    def _walk(self):
        wanted = CPP | SCRIPTS | {".md", ".txt", ".cmake", ".in", ".json"}
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS)
            for name in sorted(files):
                path = pathlib.Path(folder) / name
                if path.suffix in wanted or (
                    path.parent.name in {"tool", ".ci"} and not path.suffix
                ):
                    yield path.relative_to(self.root).as_posix()

    def cpp(self, *tops):
        """C++ files below the given top folders (all without arguments)."""
        return [f for f in self.files if f.suffix in CPP and (not tops or f.parts[0] in tops)]

    def exists(self, path):
        return (self.root / path).exists()

    @functools.cached_property
    def rooms(self):
        rooms = {}
        for file in self.files:
            if file.parts[-1] != "CMakeLists.txt" or file.parts[0] != "tutti":
                continue
            text = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), file.text)
            for match in ROOM_CALL.finditer(text):
                room = self._room(file, text, match)
                rooms[room.name] = room
        return rooms

    @staticmethod
    def _room(file, text, match):
        lists = {word: [] for word in ROOM_WORDS}
        current = None
        for word in match.group(1).split():
            if word in ROOM_WORDS:
                current = word
            elif current:
                lists[current].append(word)
        folder = "/".join(file.parts[:-1])
        under = lambda names: [f"{folder}/{name}" for name in names]
        return Room(
            (lists["NAME"] or ["?"])[0],
            file.path,
            cpp.line_of(text, match.start()),
            under(lists["PUBLIC"]),
            under(lists["PRIVATE"]),
            under(lists["SOURCES"]),
            lists["DEPS"],
        )

    def public_headers(self):
        """Doors (tutti/*.hpp) and what the rooms declare public."""
        doors = [
            f.path
            for f in self.files
            if len(f.parts) == 2 and f.parts[0] == "tutti" and f.suffix == ".hpp"
        ]
        return doors + [path for room in self.rooms.values() for path in room.public]
