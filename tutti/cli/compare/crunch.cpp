#include <tutti/cli/compare/crunch.hpp>

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

#include <tutti/cli/screen.hpp>

namespace tutti::cli::compare {

namespace {

constexpr std::size_t block_bytes = 128U
                                    << 10U;  // about 5 ms of work: how long a Ctrl-C may wait here

const Bytef* as_bytes(const char* text) { return reinterpret_cast<const Bytef*>(text); }

struct file_closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

struct cruncher::stream {
  z_stream z{};
  std::uint64_t bytes = 0;
  std::uint64_t packed = 0;
  uLong checksum = crc32(0, nullptr, 0);
  uLong packed_checksum = crc32(0, nullptr, 0);
  std::array<Bytef, 16U << 10U> room{};

  void run(int flush) {
    do {
      z.next_out = room.data();
      z.avail_out = static_cast<uInt>(room.size());
      deflate(&z, flush);
      const std::size_t made = room.size() - z.avail_out;
      packed += made;
      packed_checksum = crc32_z(packed_checksum, room.data(), made);
    } while (z.avail_out == 0);
  }
};

cruncher::cruncher() : stream_(std::make_unique<stream>()) {
  if (deflateInit(&stream_->z, 6) != Z_OK) throw std::bad_alloc();
}

cruncher::~cruncher() { deflateEnd(&stream_->z); }

void cruncher::feed(std::string_view bytes) {
  stream& s = *stream_;
  while (!bytes.empty()) {
    const auto now = bytes.substr(0, block_bytes);
    bytes.remove_prefix(now.size());
    s.bytes += now.size();
    s.checksum = crc32_z(s.checksum, as_bytes(now.data()), now.size());
    s.z.next_in = const_cast<Bytef*>(as_bytes(now.data()));
    s.z.avail_in = static_cast<uInt>(now.size());
    s.run(Z_NO_FLUSH);
  }
}

void cruncher::finish(item_result& into) {
  stream& s = *stream_;
  s.z.next_in = nullptr;
  s.z.avail_in = 0;
  s.run(Z_FINISH);
  into.bytes = s.bytes;
  into.checksum = s.checksum;
  into.packed_bytes = s.packed;
  into.packed_checksum = s.packed_checksum;
}

item_result crunch_file(const std::string& path, bool (*give_up)() noexcept) {
  item_result out;
  const std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    out.problem = "cannot open " + printable(path) + ": " + std::strerror(errno);
    return out;
  }
  cruncher work;
  std::vector<char> block(block_bytes);
  for (;;) {
    if (give_up != nullptr && give_up()) {
      out.problem = "given up on request";
      return out;
    }
    const std::size_t got = std::fread(block.data(), 1, block.size(), file.get());
    work.feed({block.data(), got});
    if (got < block.size()) break;
  }
  if (std::ferror(file.get()) != 0) {
    out.problem = "cannot read " + printable(path) + ": " + std::strerror(errno);
    return out;
  }
  work.finish(out);
  return out;
}

item_result crunch_bytes(std::string_view bytes) {
  item_result out;
  cruncher work;
  work.feed(bytes);
  work.finish(out);
  return out;
}

}  // namespace tutti::cli::compare
