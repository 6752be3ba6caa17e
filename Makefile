# The front door for people in a hurry; CMakePresets.json is the real build.
.PHONY: help demo test bench asan tsan gcc soak contract format clean

help:
	@echo "make demo            install what is missing, build, and compare the models on this machine"
	@echo "make test            everything: both compilers, sanitizers, contract, consumers"
	@echo "make bench           the benchmarks and their peers; writes bench/RESULTS.md"
	@echo "make asan|tsan|gcc   one configuration: build it and run its tests"
	@echo "make soak            a million races of sleepers and wakers, 10,000 killed workers, 1,000 killed"
	@echo "                     hosts, then the explorer suites at ten million schedules each; takes hours"
	@echo "make contract DIR=d  compile, link and run every program of folder d against the library"
	@echo "make format          clang-format over all sources"

demo:
	@tool/bootstrap
	@tool/demo

test:
	@tool/bootstrap
	@tool/check

bench:
	@tool/bootstrap bench
	@tool/bench

dev asan tsan gcc:
	@tool/bootstrap
	@tool/check $@

# The programs whose suites take their number of schedules from test/model/explorer/budget.hpp.
models := explorer core sync thread

soak:
	@tool/bootstrap
	@cmake --preset release > /dev/null
	@cmake --build --preset release --target test_stress_process test_stress_thread $(models:%=test_model_%) > /dev/null
	@TUTTI_SOAK=1000000 build/release/test/test_stress_thread
	@TUTTI_SOAK=10000 build/release/test/test_stress_process --gtest_filter='storm.every*'
	@TUTTI_SOAK=1000 build/release/test/test_stress_process --gtest_filter='-storm.every*'
	@for room in $(models); do \
	  TUTTI_SCHEDULES=$${TUTTI_SCHEDULES:-10000000} build/release/test/test_model_$$room || exit; done

contract:
	@test -n "$(DIR)" || { echo "make contract needs a folder: make contract DIR=path" >&2; exit 2; }
	@tool/bootstrap
	@tool/contract "$(DIR)"

format:
	@git ls-files '*.hpp' '*.cpp' | xargs -r clang-format-19 -i

clean:
	rm -rf build
