FIRES = [
    (
        {"tutti/core/a.cpp": "int x;\n// TODO: think\n"},
        "tutti/core/a.cpp:2: without an issue number",
    ),
    ({"tool/check": "# FIXME later\n"}, "FIXME"),
]
SILENT = [{"tutti/core/a.cpp": "// TODO(#12): think\n// TODO #13 too\n"}]
