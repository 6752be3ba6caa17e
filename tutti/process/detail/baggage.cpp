#include <tutti/process/detail/baggage.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tutti/process/carried_context.hpp>
#include <tutti/process/detail/modules.hpp>
#include <tutti/process/detail/pool_call.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {
namespace {

constexpr std::size_t variables_max = 1000;
constexpr std::size_t alignment = 16;

/// Threads:  any.
/// Lifetime: the program's.
/// Wakes:    nobody.
/// Order:    by the mutex.
/// Cancel:   nothing to cancel.
class carriers {
 public:
  static carriers& all() {
    static carriers& own = *new carriers;  // never destroyed: work may be submitted at exit
    return own;
  }
  void add(const context_carrier& one) {
    const sys::lock guard{mutex_};
    if (find_locked(*one.type) == nullptr) known_.push_back(std::make_unique<context_carrier>(one));
  }
  const context_carrier* find(const std::type_info& type) {
    const sys::lock guard{mutex_};
    return find_locked(type);
  }

 private:
  carriers() {
    add_usual<bool, int, unsigned, long, unsigned long, long long, unsigned long long, double>();
    add_usual<std::string, std::vector<std::string>, std::chrono::nanoseconds,
              std::chrono::milliseconds, std::chrono::seconds>();
  }
  template <class... T>
  void add_usual() {
    (add(carrier_of<T>()), ...);
  }
  const context_carrier* find_locked(const std::type_info& type) TUTTI_REQUIRES(mutex_) {
    for (const auto& one : known_)
      if (*one->type == type) return one.get();
    return nullptr;
  }

  sys::mutex mutex_;
  std::vector<std::unique_ptr<const context_carrier>> known_ TUTTI_GUARDED_BY(mutex_);
};

/// A variable that goes along, and how.
struct packed {
  wire::function_id key;
  wire::function_id label;
  wire::function_id type;
  const context_carrier* carrier;
  const void* value;
};

std::vector<packed> variables_of(const context& here) {
  std::vector<packed> found;
  for (const context::entry& e : here.entries) {
    const context_carrier* const carrier = carriers::all().find(*e.type);
    const auto key = known_modules().identify(e.key);  // none: not a global variable
    const auto label = known_modules().identify(e.label);
    const auto type = known_modules().identify(e.type);
    if (carrier != nullptr && key && label && type && found.size() < variables_max)
      found.push_back({*key, *label, *type, carrier, e.held.get()});
  }
  return found;
}

/// The bytes of a value, so that they can be skipped where its type is not known.
std::vector<std::byte> bytes_of(const packed& one) {
  wire::byte_writer counter{std::span<std::byte>()};
  one.carrier->encode(counter, one.value);
  std::vector<std::byte> bytes(counter.total());
  wire::byte_writer out{bytes};
  one.carrier->encode(out, one.value);
  return bytes;
}

/// Everything is looked up again here: the numbers came from elsewhere.
void take_variable(wire::byte_reader& in, context_ref& into) {
  const auto key = in.take_value<wire::function_id>();
  const auto label = in.take_value<wire::function_id>();
  const auto type = in.take_value<wire::function_id>();
  const std::size_t length = in.take_length(1);
  wire::byte_reader value{{in.skip(length), length}, in.sender()};
  const void* const where = known_modules().locate(key);
  const void* const name = known_modules().locate(label);
  const void* const what = known_modules().locate(type);
  if (where == nullptr || name == nullptr || what == nullptr) return;
  const auto& info = *static_cast<const std::type_info*>(what);
  const context_carrier* const carrier = carriers::all().find(info);
  if (carrier == nullptr) return;
  into = into.with_value(where, static_cast<const char*>(name), *carrier->type,
                         carrier->decode(value));
}

}  // namespace

bool carry_context(const context_carrier& carrier) {
  carriers::all().add(carrier);
  return true;
}

bool has_baggage(const pool_call& call) noexcept {
  const task_cell& here = current_cell();
  return is_in_late_module(call.entry) || is_in_late_module(call.target) || here.context ||
         here.deadline_near != time_point::max();
}

void write_baggage(wire::byte_writer& out, const pool_call& call) {
  write_module(out, call.entry);
  write_module(out, call.target);
  task_cell& here = current_cell();
  here.pending_cancel();  // a deadline moved by somebody else is seen now
  out.put_value(here.deadline_near.time_since_epoch().count());
  const context* const with = here.context.get();
  out.put_text(with != nullptr ? with->name : std::string());
  const std::vector<packed> variables =
      with != nullptr ? variables_of(*with) : std::vector<packed>();
  out.put_count(variables.size());
  for (const packed& one : variables) {
    out.put_value(one.key);
    out.put_value(one.label);
    out.put_value(one.type);
    const std::vector<std::byte> bytes = bytes_of(one);
    out.put_count(bytes.size());
    out.put(bytes.data(), bytes.size());
  }
  out.align(alignment);
}

unpacked_baggage::unpacked_baggage(wire::byte_reader& in, bool named)
    : self_(current_cell()), former_(self_.context) {
  take_module(in);
  take_module(in);
  const time_point deadline{duration(in.take_value<std::int64_t>())};
  const std::string name = in.take_text();
  context_ref arrived = former_;
  if (named && !name.empty()) arrived = arrived.with_name(name);
  for (std::size_t left = in.take_length(1); left > 0; --left) take_variable(in, arrived);
  in.align(alignment);
  self_.context = std::move(arrived);
  if (deadline == time_point::max()) return;
  scope_.emplace(cancel_node::kind::scope, self_.scope);
  scope_->start_deadline(deadline);
  self_.enter_scope(*scope_, deadline);
}

unpacked_baggage::~unpacked_baggage() {
  if (scope_) self_.leave_scope(*scope_, time_point::max());
  self_.context = std::move(former_);
}

}  // namespace tutti::detail
