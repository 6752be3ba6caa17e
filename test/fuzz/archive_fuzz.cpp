/// Bytes from anywhere into the archive: it reads them or throws, and what it read it writes again
/// as it was. For libFuzzer (clang); the asan build runs it for a moment as `fuzz.archive`.
#include <tutti/wire/archive.hpp>

#include <bitset>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/wire/failure.hpp>
#include <tutti/wire/frame.hpp>

namespace {

struct point {
  double x;
  std::string label;
};
enum class colour : unsigned char { red, green };
struct everything {
  bool flag;
  colour c;
  point p;
  std::vector<double> numbers;
  std::vector<bool> bits;
  std::map<std::string, std::vector<int>> table;
  std::optional<std::unique_ptr<int>> maybe;
  std::variant<int, std::string, point> one_of;
  std::array<short, 3> three;
  std::chrono::milliseconds delay;
  std::tuple<std::set<int>, std::deque<std::string>> both;
  std::bitset<70> more_bits;
};

/// What can be read can be written, and read again, to the same bytes.
template <class T>
void feed(std::span<const std::byte> bytes) {
  std::vector<std::byte> again;
  try {
    tutti::wire::byte_reader in{bytes};
    const T value = tutti::wire::decode<T>(in);
    again = tutti::wire::to_bytes(value);
  } catch (const tutti::error&) {
    return;
  } catch (const std::system_error&) {
    return;
  }
  const T second = tutti::wire::from_bytes<T>(again);
  if (tutti::wire::to_bytes(second) == again) return;
  std::fputs("what was written twice differs\n", stderr);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  // NOLINT
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto all = std::as_bytes(std::span(data, size));
  const auto rest = all.subspan(1);
  switch (data[0] % 8) {
    case 0:
      feed<everything>(rest);
      break;
    case 1:
      feed<std::vector<std::vector<std::string>>>(rest);
      break;
    case 2:
      feed<std::map<int, std::variant<std::string, std::vector<double>>>>(rest);
      break;
    case 3: {
      tutti::wire::byte_reader in{rest};
      if (tutti::wire::decode_failure(in) == nullptr) std::abort();  // always an exception
      break;
    }
    case 4:
      try {
        static_cast<void>(tutti::wire::read_head(rest));
      } catch (const tutti::error&) {
      }
      break;
    case 5:
      feed<std::error_code>(rest);
      break;
    case 6:
      feed<std::tuple<std::string, std::unique_ptr<std::vector<int>>, char>>(rest);
      break;
    default:
      feed<std::multimap<short, std::optional<std::string>>>(rest);
      break;
  }
  return 0;
}
