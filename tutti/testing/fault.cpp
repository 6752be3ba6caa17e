#include <tutti/testing/fault.hpp>

#include <string>
#include <vector>

#include <tutti/base/list.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

/// Part of fault.
struct planned_fault : list_node {
  std::string site;
  std::vector<int> numbers;
  std::size_t next = 0;
};

namespace {

sys::mutex plans_lock;
list<planned_fault>& plans() TUTTI_REQUIRES(plans_lock) {
  static list<planned_fault>& all = *new list<planned_fault>;
  return all;
}
sys::fault_source before = nullptr;  // guarded by plans_lock

int deliver(std::string_view site) noexcept {
  sys::fault_source other = nullptr;
  {
    sys::lock hold(plans_lock);
    for (planned_fault* p = plans().front(); p != nullptr; p = plans().after(p)) {
      if (p->site == site && p->next < p->numbers.size()) return p->numbers[p->next++];
    }
    other = before;
  }
  return other != nullptr ? other(site) : 0;
}

}  // namespace
}  // namespace tutti::detail

namespace tutti::testing {

fault::fault(std::string_view site, std::initializer_list<int> numbers)
    : plan_(std::make_unique<detail::planned_fault>()) {
  plan_->site = site;
  plan_->numbers = numbers;
  sys::lock hold(detail::plans_lock);
  if (detail::plans().empty()) detail::before = sys::set_fault_source(&detail::deliver);
  detail::plans().push_back(*plan_);
}

fault::~fault() {
  sys::lock hold(detail::plans_lock);
  detail::list<detail::planned_fault>::unlink(*plan_);
  if (detail::plans().empty()) sys::set_fault_source(detail::before);
}

std::size_t fault::left() const noexcept {
  sys::lock hold(detail::plans_lock);
  return plan_->numbers.size() - plan_->next;
}

}  // namespace tutti::testing
