"""A room includes only the rooms its build call names, and names only those the architecture
allows."""
import re

from tree import Finding

WHY = "arrows only point down (ARCHITECTURE.md); siblings are blind to each other"

DOORS_OF_PRODUCT = {"tutti.hpp", "observe.hpp", "lowlevel.hpp"}


def check(tree):
    allowed = allowed_rooms(tree)
    for room in tree.rooms.values():
        for dep in room.deps:
            if allowed is not None and dep not in allowed.get(room.name, set()):
                yield Finding(
                    room.path,
                    room.line,
                    f"room {room.name} may not depend on {dep} (table in ARCHITECTURE.md)",
                )
    for file in tree.cpp("tutti"):
        for line, spelled in file.includes():
            yield from check_include(tree, file, line, spelled)


def allowed_rooms(tree):
    """The table `| room | may include | …` of ARCHITECTURE.md; None where there is no such
    table."""
    page = tree.by_path.get("ARCHITECTURE.md")
    if page is None:
        return None
    rows = {}
    for line in page.lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) >= 2 and re.fullmatch(r"`?[a-z]+`?", cells[0]):
            rows[cells[0].strip("`")] = cells[1]
    names = set(rows)
    result = {}
    for name, words in rows.items():
        if words.startswith("all"):
            result[name] = names - set(re.findall(r"[a-z]+", words.partition("but")[2]))
        else:
            result[name] = set(re.findall(r"[a-z]+", words)) & names
    return result or None


def check_include(tree, file, line, spelled):
    name = spelled[1:-1]
    if spelled[0] == '"':
        yield Finding(
            file.path, line, f"write <{name}> in its full form <tutti/ROOM/…>, not quotes"
        )
        return
    if not name.startswith("tutti/"):
        return
    parts = name.split("/")
    if len(parts) == 2:
        if file.room not in ("", "cli"):
            yield Finding(file.path, line, f"a room includes headers, never the door <{name}>")
        elif file.room == "" and file.parts[-1] in DOORS_OF_PRODUCT and parts[1] == "testing.hpp":
            yield Finding(file.path, line, "no product includes the laboratory")
        return
    target = parts[1]
    if file.room == "":
        if target == "cli" or (target == "testing" and file.parts[-1] in DOORS_OF_PRODUCT):
            yield Finding(file.path, line, f"the door {file.path} may not include room {target}")
        return
    if target == file.room or file.room == "cli":
        return
    room = tree.rooms.get(file.room)
    if room is None:
        yield Finding(
            file.path, line, f"room {file.room} has no tutti_room call that names its DEPS"
        )
    elif target not in room.deps:
        yield Finding(
            file.path,
            line,
            f"room {file.room} includes {target}, which its DEPS do not name ({room.path})",
        )
