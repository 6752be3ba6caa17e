"""Every file of a room stands in its build call, every public header has a test that includes it
first."""
from tree import Finding

WHY = "a header nobody declares is not installed; a header nobody tests breaks alone"


def check(tree):
    for room in tree.rooms.values():
        yield from undeclared(tree, room)
        for path in room.public + room.private + room.sources:
            if not tree.exists(path):
                yield Finding(room.path, room.line, f"{path} is declared but does not exist")
        for path in room.public:
            yield from untested(tree, room, path)


def undeclared(tree, room):
    declared = set(room.public + room.private + room.sources)
    folder = room.path.rsplit("/", 1)[0] + "/"
    for file in tree.cpp("tutti"):
        if file.path.startswith(folder) and file.path not in declared:
            build_call = tree.by_path[room.path].text
            if file.path.removeprefix(folder) not in build_call:
                yield Finding(file.path, 1, f"not named by tutti_room in {room.path}")


def untested(tree, room, path):
    stem = path.rsplit("/", 1)[1].removesuffix(".hpp")
    inner = path.split("/", 2)[2].rsplit("/", 1)[0] + "/" if path.count("/") > 2 else ""
    wanted = [
        f"test/unit/{room.name}/{inner}{stem}_test.cpp",
        f"test/unit/{room.name}/{stem}_test.cpp",
        f"test/adaptor/{stem}_test.cpp",  # one program for each test framework
    ]
    test = next((tree.by_path[name] for name in wanted if name in tree.by_path), None)
    if test is None:
        yield Finding(path, 1, f"a public header without a test: {wanted[1]}")
        return
    first = next((spelled for _, spelled in test.includes()), "no include")
    if first != f"<{path}>":
        yield Finding(
            test.path, 1, f"the first include is {first}; it must be the header under test <{path}>"
        )
