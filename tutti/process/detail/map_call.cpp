#include <tutti/process/detail/map_call.hpp>

#include <tutti/base/error.hpp>

namespace tutti::detail {

map_body::~map_body() {
  for (const auto& one : chunks_) core_->release(*one);  // those that never began
}

map_body::chunk& map_body::add_chunk() {
  chunks_.push_back(std::make_unique<chunk>(*this, chunks_.size()));
  return *chunks_.back();
}

void map_body::start() {
  if (chunks_.empty()) return finish_map(nullptr);
  left_.store(chunks_.size(), sys::relaxed);
  std::size_t next = 0;
  try {
    for (; next < chunks_.size(); ++next) core_->submit(*chunks_[next]);
  } catch (...) {
    // Shut down meanwhile: the rest will never run.
    for (; next < chunks_.size(); ++next) {
      core_->release(*chunks_[next]);
      chunk_failed(std::current_exception());
      chunk_gone();
    }
  }
}

bool map_body::cancel_all(bool running) noexcept {
  bool any = false;
  for (const auto& one : chunks_)
    if (core_->cancel(*one, running)) any = true;
  return any;
}

void map_body::chunk_failed(std::exception_ptr error) noexcept {
  {
    const sys::lock guard{mutex_};
    if (error_ != nullptr) return;
    error_ = std::move(error);
  }
  cancel_all(false);
}

void map_body::chunk_cancelled() noexcept {
  const sys::lock guard{mutex_};
  if (error_ == nullptr) error_ = std::make_exception_ptr(cancelled{});
}

void map_body::chunk_gone() noexcept {
  if (left_.fetch_sub(1, sys::acq_rel) != 1) return;  // pairs: map_body.left
  std::exception_ptr error;
  {
    const sys::lock guard{mutex_};
    error = std::move(error_);
  }
  finish_map(std::move(error));
}

}  // namespace tutti::detail
