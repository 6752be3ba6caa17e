find_package(nlohmann_json REQUIRED)  # the tests read back the JSON that commands print
target_link_libraries(test_unit_cli PRIVATE tutti_cli_parts nlohmann_json::nlohmann_json)
