#include <tutti/pattern/detail/pipeline_body.hpp>

#include <exception>

#include <tutti/core/gather.hpp>

namespace tutti {

stage_error::stage_error(std::string_view stage, const std::string& why)
    : error("stage \"" + std::string(stage) + "\": " + why),
      stage_(std::make_shared<const std::string>(stage)) {}

namespace detail {

stage_progress pipeline_part::look() const noexcept {
  return {name_, taken_.load(sys::relaxed), done_.load(sys::relaxed), waiting()};
}

void pipeline_part::fail() const {
  std::string why;
  try {
    throw;
  } catch (const std::exception& e) {
    why = e.what();
  } catch (...) {
    why = describe(std::current_exception());
  }
  std::throw_with_nested(stage_error(name_, why));
}

void pipeline_body::report(bool finished) {
  if (!observer) return;
  last_.clear();
  for (const auto& part : parts_) last_.push_back(part->look());
  observer({last_, finished});
}

task<> pipeline_body::run(std::unique_ptr<pipeline_body> self) {
  std::vector<task<>> workers;
  for (const auto& part : self->parts_) part->add_workers(workers);
  co_await gather(std::move(workers));
  self->report(true);
}

}  // namespace detail
}  // namespace tutti
