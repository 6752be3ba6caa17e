#include <tutti/pattern/pipeline.hpp>

#include <stdexcept>

namespace tutti::detail {

stage_shape shape_of(std::string_view name, bool positive, std::size_t workers,
                     stage_options options) {
  if (!positive || workers == 0) {
    throw std::invalid_argument("stage \"" + std::string(name) +
                                "\": at least 1 item at a time can be worked on");
  }
  return {workers, options.buffer != 0 ? options.buffer : 2 * workers, options.ordered};
}

}  // namespace tutti::detail
