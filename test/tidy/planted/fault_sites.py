LIST = 'known_fault{"net.socket", EMFILE},\n'
CALL = 'auto fd = call_at("net.socket", [&] { return ::socket(1, 2, 3); });\n'

FIRES = [
    (
        {"tutti/testing/fault.cpp": LIST, "tutti/async/a.cpp": CALL + "\n" * 15 + "::eventfd(0, 0);\n"},
        "tutti/async/a.cpp:17: eventfd has no fault site before it",
    ),
    (
        {"tutti/testing/fault.cpp": "", "tutti/async/a.cpp": CALL},
        "tutti/async/a.cpp:1: the site net.socket is not in known_faults()",
    ),
    (
        {"tutti/testing/fault.cpp": LIST, "tutti/async/a.cpp": "int x;\n"},
        "tutti/testing/fault.cpp:1: nothing has the site net.socket",
    ),
]
SILENT = [{"tutti/testing/fault.cpp": LIST, "tutti/async/a.cpp": CALL}]
