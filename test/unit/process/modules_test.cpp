/// Functions of modules that were opened after the program started.
#include <tutti/process/detail/modules.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <stdlib.h>

#include <tutti/base/error.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/process/subprocess.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using tutti::process_pool;
using times = int (*)(int);

times open_plugin(const std::string& path) {
  void* const module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) throw std::runtime_error(::dlerror());
  return reinterpret_cast<times>(::dlsym(module, "plugin_times"));
}

TEST(modules, workers_open_what_the_program_opened_meanwhile) {
  process_pool pool{{.workers = 1}};
  EXPECT_EQ(pool.submit([](int x) { return x; }, 1).get(), 1);
  const times three = open_plugin(PLUGIN_3);
  const times five = open_plugin(PLUGIN_5);
  EXPECT_EQ(pool.submit(three, 2).get(), 6);
  EXPECT_EQ(pool.submit(five, 2).get(), 10);
  EXPECT_EQ(pool.map(three, std::vector{1, 2}).get(), (std::vector{3, 6}));
  EXPECT_THROW(pool.submit([] { std::raise(SIGKILL); }).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.submit(five, 3).get(), 15);  // the new worker opens it again
}

TEST(modules, a_module_whose_file_was_replaced_is_refused_with_a_sentence) {
  // Beside the module: what lies in /tmp may not be run everywhere.
  std::string name = std::filesystem::path(PLUGIN_3).parent_path() / "tutti-plugin-XXXXXX";
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const std::filesystem::path folder = name;
  const std::filesystem::path file = folder / "plugin.so";
  std::filesystem::copy_file(PLUGIN_3, file);
  const times three = open_plugin(file);
  std::filesystem::remove(file);
  std::filesystem::copy_file(PLUGIN_5, file);
  process_pool pool{{.workers = 1}};
  try {
    pool.submit(three, 2).get();
    ADD_FAILURE();
  } catch (const tutti::error& e) {
    EXPECT_NE(std::string(e.what()).find("it was replaced meanwhile"), std::string::npos)
        << e.what();
  }
  std::filesystem::remove(file);
  try {
    process_pool fresh{{.workers = 1}};
    fresh.submit(three, 2).get();
    ADD_FAILURE();
  } catch (const tutti::error& e) {
    EXPECT_NE(std::string(e.what()).find("cannot open the module"), std::string::npos) << e.what();
  }
  std::filesystem::remove_all(folder);
}

TEST(modules, one_that_brings_the_library_along_has_pools_of_its_own) {
#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
  GTEST_SKIP() << "a sanitizer's runtime must come with the program";
#endif
  const std::vector<std::string> argv{LATE_PROGRAM, LATE_MODULE};
  const tutti::completed all = tutti::run(tutti::run_command(argv));
  EXPECT_TRUE(all.status.ok()) << all.err;
}

TEST(modules, what_is_no_code_of_the_program_is_refused) {
  const std::vector<int> heap(1000);
  EXPECT_THROW(tutti::detail::function_id_of(heap.data()), tutti::error);
}

}  // namespace
