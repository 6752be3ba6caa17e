def body(code):
    return {"example/a.cpp": "tutti::task<> f() {\n" + code + "\n}\n"}


FIRES = [
    (body("  if (co_await ready()) go();"), "example/a.cpp:2: co_await in the condition of if"),
    (body("  while (co_await t.tick()) go();"), "example/a.cpp:2: co_await in the condition of while"),
    (body("  for (; co_await t.tick();) go();"), "condition of for"),
    (body("  switch (co_await ready()) { default: go(); }"), "condition of switch"),
    (body("  auto s = c ? co_await a() : std::string();"), "in a branch of ?:"),
    (body("  co_await (c ? f() : g());"), "co_await of a ?:"),
    (body("  co_await spawn([name] { use(name); });"), "captures by value [name]"),
    (body("  co_await spawn([p = std::move(p)]() mutable { use(p); }, 1);"), "captures by value"),
    (body("  co_await take({a, b});"), "a braced list"),
    (
        {
            "tutti/core/a.hpp": "struct big {\n  std::string name;\n  int n = 0;\n};\n",
            "tutti/core/a.cpp": "task<> f() {\n  co_await take(big{x, 1});\n}\n",
        },
        "tutti/core/a.cpp:2: awaiting a call with a temporary",
    ),
]
SILENT = [
    body(
        "  if (auto r = co_await ready(); r) go();\n  while (auto line = co_await s.read_line()) use(*line);"
        "\n  while (go()) co_await a();\n  for (auto x : co_await a()) go();"
        "\n  int n = 0;\n  while (co_await t.tick()) ++n;"
    ),
    body(
        "  int n = c ? 1 : 2;\n  auto x = co_await a();\n  const char* t = x ? \"a\" : \"b\";\n  co_return (co_await b()) ? 1 : 0;"
    ),
    body(
        "  co_await spawn([] { go(); });\n  co_await spawn([&] { go(); }, 1);\n  co_await spawn(fn, std::move(p));"
    ),
    body(
        "  co_await connect(host, port, {.timeout = 5s});\n  auto q = make([n] { return n; });\n  co_await use(a ? 1 : 2);"
    ),
    body("  // if (co_await ready())\n  if (done) { co_await a(); }\n  if (x) co_await b();"),
    {
        "tutti/core/a.hpp": "struct big {\n  big(std::string n) : name(n) {}\n  std::string name;\n};\n",
        "tutti/core/a.cpp": "task<> f() {\n  co_await take(big{x});\n  co_await take(table[i], limits{.n = 1});\n}\n",
    },
]
