"""Public headers, and what they include of ours, include standard headers only, and not the
costly ones."""
from tree import Finding

WHY = "a consumer needs nothing but the compiler, and pays little for an include"

COSTLY = {"functional", "iostream", "regex"}
STANDARD = set(
    """algorithm any array atomic barrier bit bitset charconv chrono compare complex concepts
condition_variable coroutine deque exception execution filesystem format forward_list fstream
functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
locale map
memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept
stop_token streambuf
string string_view syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
unordered_set utility valarray variant vector version cassert cctype cerrno cfenv cfloat cinttypes
climits
clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar
cwctype""".split()
)
FOREIGN_ON_PURPOSE = {
    # libstdc++'s own parts of costly headers, with the whole header where they are missing
    "tutti/base/time.hpp": {"bits/chrono.h"},
    "tutti/base/ranges.hpp": {"bits/ranges_base.h"},
    "tutti/base/sort.hpp": {"bits/stl_algo.h"},
    # the components that exist to meet another library
    "tutti/asio.hpp": {f"asio/{name}.hpp" for name in (
        "async_result", "cancellation_signal", "dispatch", "error", "post"
    )},
    "tutti/testing/gtest.hpp": {"gtest/gtest.h", "gtest/gtest-spi.h"},
    "tutti/testing/catch2.hpp": {"catch2/catch.hpp"},
    "tutti/testing/doctest.hpp": {"doctest/doctest.h"},
}


def check(tree):
    seen = set()
    queue = [path for path in tree.public_headers() if not path.startswith("tutti/cli/")]
    while queue:
        path = queue.pop()
        if path in seen or path not in tree.by_path:
            continue
        seen.add(path)
        for line, spelled in tree.by_path[path].includes():
            name = spelled[1:-1]
            if name.startswith("tutti/"):
                queue.append(name)
            elif name in COSTLY:
                yield Finding(path, line, f"{spelled} costs every consumer too much")
            elif name not in STANDARD and name not in FOREIGN_ON_PURPOSE.get(path, ()):
                yield Finding(
                    path, line, f"{spelled} is no standard header; include it in a source file"
                )
