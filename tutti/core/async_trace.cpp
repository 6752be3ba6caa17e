#include <tutti/core/async_trace.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/core/detail/remote_trace.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti {
namespace detail {
namespace {

constexpr std::size_t frames_max = 32;
using destructor = void (*)(void*);

/// The trace of one exception object. Lives as long as the object: its destructor is replaced by
/// one that ends this, too.
struct record {
  const void* object = nullptr;
  destructor former = nullptr;
  record* next = nullptr;
  std::size_t count = 0;
  std::array<std::source_location, frames_max> frames;
  std::string remote;  // where it was thrown in another process
};

constexpr std::size_t buckets = 64;
sys::mutex table_lock;
record* table[buckets];  // guarded by table_lock

record** bucket_of(const void* object) noexcept {
  return &table[(reinterpret_cast<std::uintptr_t>(object) >> 5) % buckets];
}

record* find_locked(const void* object) noexcept {
  record* r = *bucket_of(object);
  while (r != nullptr && r->object != object) r = r->next;
  return r;
}

/// Stands in for the exception's own destructor.
void destroyed(void* object) noexcept {
  std::unique_ptr<record> gone;
  {
    sys::lock hold(table_lock);
    for (record** at = bucket_of(object); *at != nullptr; at = &(*at)->next) {
      if ((*at)->object != object) continue;
      gone.reset(*at);
      *at = gone->next;
      break;
    }
  }
  if (gone && gone->former != nullptr) gone->former(object);
}

void* object_of(const std::exception_ptr& error) noexcept {
  static_assert(sizeof(std::exception_ptr) == sizeof(void*));
  void* object = nullptr;
  std::memcpy(&object, static_cast<const void*>(&error), sizeof object);
  return object;
}

/// Where the runtime keeps the destructor of an exception object: in the header before it, whose
/// layout the C++ ABI fixes (type, destructor, …: Itanium C++ ABI, exception handling, 2.2.1). Null
/// when the header does not begin with the type that the pointer itself names.
destructor* destructor_of(const std::exception_ptr& error) noexcept {
  constexpr std::size_t header = 14 * sizeof(void*);
  char* const begin = static_cast<char*>(object_of(error)) - header;
  const std::type_info* type = nullptr;
  std::memcpy(static_cast<void*>(&type), begin, sizeof type);
  if (type != error.__cxa_exception_type()) return nullptr;
  return reinterpret_cast<destructor*>(begin + sizeof(void*));
}

void add_locked(record& r, const std::source_location& at) noexcept {
  if (r.count < frames_max) r.frames[r.count++] = at;
}

/// Calls `add` with the record of the exception object, which is made if there is none.
template <class Add>
void note(const std::exception_ptr& error, Add add) noexcept {
  void* const object = object_of(error);
  {
    sys::lock hold(table_lock);
    if (record* const r = find_locked(object); r != nullptr) return add(*r);
  }
  destructor* const slot = destructor_of(error);
  auto* made = slot != nullptr ? new (std::nothrow) record : nullptr;
  if (made == nullptr) return;
  sys::lock hold(table_lock);
  if (record* const r = find_locked(object); r != nullptr) {  // another thread was faster
    add(*r);
  } else {
    made->object = object;
    made->former = std::exchange(*slot, &destroyed);
    add(*made);
    made->next = std::exchange(*bucket_of(object), made);
    made = nullptr;
  }
  hold.unlock();
  delete made;
}

}  // namespace

void note_passage(const std::exception_ptr& error, const std::source_location& at) noexcept {
  const std::type_info& type = *error.__cxa_exception_type();
  // These are shared by all who throw them, and say nothing but "this ended".
  if (type == typeid(cancelled) || type == typeid(future_cancelled)) return;
  if (is_of_the_house(at)) return;
  note(error, [&](record& r) { add_locked(r, at); });
}

void note_remote_trace(const std::exception_ptr& error, std::string text) noexcept {
  const std::type_info& type = *error.__cxa_exception_type();
  if (type == typeid(cancelled) || type == typeid(future_cancelled)) return;
  note(error, [&](record& r) { r.remote.swap(text); });
}

std::string remote_trace(const std::exception_ptr& error) {
  if (error == nullptr) return {};
  sys::lock hold(table_lock);
  const record* const r = find_locked(object_of(error));
  return r != nullptr ? r->remote : std::string();
}

bool is_of_the_house(const std::source_location& at) noexcept {
  const std::string_view file = at.file_name();
  for (const std::string_view room : {"tutti/core/", "tutti/runtime/", "tutti/thread/",
                                      "tutti/async/", "tutti/sync/", "tutti/testing/"}) {
    const auto where = file.rfind(room);
    if (where != file.npos && file.find('/', where + room.size()) == file.npos &&
        file.ends_with(".hpp")) {
      return true;
    }
  }
  return false;
}

std::string function_of(const std::source_location& at) {
  const std::string_view text = at.function_name();
  std::size_t begin = 0;
  std::size_t nested = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<') ++nested;
    if (c == '>' && nested > 0) --nested;
    if (nested > 0) continue;
    if (c == ' ') begin = i + 1;
    if (c != '(') continue;
    if (text.substr(i).starts_with("(anonymous")) {  // (anonymous namespace), (anonymous class)
      i = text.find(')', i);
    } else if (text.substr(0, i).ends_with("operator") && text.substr(i).starts_with("()")) {
      ++i;
    } else {
      std::size_t depth = 0;
      std::size_t end = i;
      for (; end < text.size(); ++end) {
        if (text[end] == '(') ++depth;
        if (text[end] == ')' && --depth == 0) break;
      }
      if (!text.substr(end).starts_with(")::")) return std::string(text.substr(begin, i - begin));
      i = end;  // the parameters of a function around this one
    }
    if (i == text.npos) break;
  }
  return std::string(text.substr(begin));
}

}  // namespace detail

std::vector<trace_frame> async_trace(const std::exception_ptr& e) {
  std::array<std::source_location, detail::frames_max> frames;
  std::size_t count = 0;
  if (e) {
    sys::lock hold(detail::table_lock);
    if (const auto* r = detail::find_locked(detail::object_of(e)); r != nullptr) {
      frames = r->frames;
      count = r->count;
    }
  }
  std::vector<trace_frame> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({detail::function_of(frames[i]), frames[i].file_name(), frames[i].line()});
  }
  return out;
}

std::string error_text(const std::exception_ptr& e) {
  std::string out = detail::describe(e);
  const std::string remote = detail::remote_trace(e);
  for (std::string_view rest = remote; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    out += "\n    in " + std::string(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const trace_frame& f : async_trace(e)) {
    out += "\n    in " + f.function + " (" + f.file + ":" + std::to_string(f.line) + ")";
  }
  return out;
}

}  // namespace tutti
