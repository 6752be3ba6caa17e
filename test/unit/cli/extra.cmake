find_package(nlohmann_json REQUIRED)  # the tests read back the JSON that commands print
target_link_libraries(test_unit_cli PRIVATE tutti_cli_parts nlohmann_json::nlohmann_json)
# Tests about signals and processes start the real program.
target_compile_definitions(test_unit_cli PRIVATE TUTTI_PROGRAM="$<TARGET_FILE:tutti_cli>")
add_dependencies(test_unit_cli tutti_cli)
