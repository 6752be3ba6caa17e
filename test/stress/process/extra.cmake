# The program that is killed while it has workers; unit/process builds it.
add_dependencies(test_stress_process test_process_host)
target_compile_definitions(test_stress_process PRIVATE HOST_PROGRAM="$<TARGET_FILE:test_process_host>")
