#include <tutti/process/detail/pool_call.hpp>

#include <tutti/process/backend/os.hpp>
#include <tutti/process/detail/write_call.hpp>

namespace tutti::detail {

std::string pool_call::name() const {
  return code != nullptr ? os::function_name(code) : std::string(type_name);
}

void write_arguments(pool_call& call, argument_memory memory,
                     function_ref<void(wire::byte_writer&)> write) {
  wire::byte_writer small{call.inside};
  write(small);
  call.length = small.total();
  if (small.fits()) {
    call.kept = small.take_kept();
    return;
  }
  wire::byte_writer large{memory(call, call.length).first(call.length)};
  write(large);
  call.kept = large.take_kept();
}

}  // namespace tutti::detail
