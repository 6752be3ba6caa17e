#include <tutti/observe/hook.hpp>

#include <tutti/core/hook.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti::observe {

/// From the core's untyped hook to the user's: a task at its beginning or end is not running
/// elsewhere, so it can be read where it stands.
class attachment::bridge final : public detail::hook {
 public:
  explicit bridge(observe::hook& target) : target_(target) { detail::add_hook(*this); }
  ~bridge() override { detail::remove_hook(*this); }

 private:
  static task_info describe(detail::task_cell& cell) {
    task_info info;
    info.id = cell.id();
    info.name = cell.name_text();
    if (cell.created_at.line() != 0) {
      info.created_at =
          std::string(cell.created_at.file_name()) + ":" + std::to_string(cell.created_at.line());
    }
    return info;
  }
  void task_created(detail::task_cell& cell) noexcept override {
    target_.task_created(describe(cell));
  }
  void task_finished(detail::task_cell& cell, std::exception_ptr error) noexcept override {
    target_.task_finished(describe(cell), std::move(error));
  }
  observe::hook& target_;
};

attachment::attachment(hook& h) : bridge_(std::make_unique<bridge>(h)) {}
attachment::~attachment() = default;
attachment::attachment(attachment&&) noexcept = default;

}  // namespace tutti::observe
