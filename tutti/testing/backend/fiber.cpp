#include <tutti/testing/backend/fiber.hpp>

#include <cxxabi.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <new>

#if defined(TUTTI_ASAN)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

// What a call keeps (the callee-saved registers) goes onto the old stack, then the stack changes
// and the same is taken from the new one. A fresh stack is laid out so that the return leads into
// tutti_fiber_begin with the fiber and its first function in two of those registers.
extern "C" {
void tutti_switch_stack(void** save, void* to) noexcept;
void tutti_fiber_begin() noexcept;
}

#if defined(__x86_64__)
asm(R"(
.text
.globl tutti_switch_stack
.hidden tutti_switch_stack
.type tutti_switch_stack, @function
tutti_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size tutti_switch_stack, .-tutti_switch_stack
.globl tutti_fiber_begin
.hidden tutti_fiber_begin
.type tutti_fiber_begin, @function
tutti_fiber_begin:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%r13
  ud2
  .cfi_endproc
.size tutti_fiber_begin, .-tutti_fiber_begin
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl tutti_switch_stack
.hidden tutti_switch_stack
.type tutti_switch_stack, %function
tutti_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size tutti_switch_stack, .-tutti_switch_stack
.globl tutti_fiber_begin
.hidden tutti_fiber_begin
.type tutti_fiber_begin, %function
tutti_fiber_begin:
  .cfi_startproc
  .cfi_undefined x30
  mov x0, x19
  blr x20
  brk #1
  .cfi_endproc
.size tutti_fiber_begin, .-tutti_fiber_begin
)");
#else
#error "tutti::testing has no stack switch for this processor yet"
#endif

#if defined(TUTTI_TSAN)
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}
#endif

namespace tutti::detail {
namespace {

/// The Itanium ABI's per-thread record: the stack of caught exceptions and the count of uncaught
/// ones.
void swap_exceptions(execution& from, const execution& to) noexcept {
  void* const globals = abi::__cxa_get_globals();
  std::memcpy(from.exceptions, globals, sizeof from.exceptions);
  std::memcpy(globals, to.exceptions, sizeof to.exceptions);
}

std::size_t page_bytes() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

void switch_execution(execution& from, execution& to) noexcept {
  swap_exceptions(from, to);
#if defined(TUTTI_TSAN)
  __tsan_switch_to_fiber(to.shadow, 0);
#endif
#if defined(TUTTI_ASAN)
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_size);
#endif
  tutti_switch_stack(&from.stack_pointer, to.stack_pointer);
#if defined(TUTTI_ASAN)
  __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}

void let_memory_leak(bool may_leak) noexcept {
  (void)may_leak;
#if defined(TUTTI_ASAN)
  may_leak ? __lsan_disable() : __lsan_enable();
#endif
}

void describe_own_stack(execution& here) {
  (void)here;
#if defined(TUTTI_ASAN)
  pthread_attr_t facts;
  if (::pthread_getattr_np(::pthread_self(), &facts) == 0) {
    void* bottom = nullptr;
    ::pthread_attr_getstack(&facts, &bottom, &here.stack_size);
    here.stack_bottom = bottom;
    ::pthread_attr_destroy(&facts);
  }
#endif
#if defined(TUTTI_TSAN)
  here.shadow = __tsan_get_current_fiber();
#endif
}

fiber::fiber() {
  base_ = ::mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (base_ == MAP_FAILED) throw std::bad_alloc();
  ::madvise(base_, stack_bytes, MADV_NOHUGEPAGE);  // most strands touch a few small pages
  ::mprotect(base_, page_bytes(), PROT_NONE);      // the guard: an overflow ends the program here
  lay_out();
#if defined(TUTTI_ASAN)
  stack_bottom = base_;
  stack_size = stack_bytes;
#endif
#if defined(TUTTI_TSAN)
  shadow = __tsan_create_fiber(0);
#endif
}

void fiber::restart() noexcept {
  lay_out();
#if defined(TUTTI_TSAN)
  __tsan_destroy_fiber(shadow);
  shadow = __tsan_create_fiber(0);
#endif
}

/// As if switch_execution had been called from before the first line of loop().
void fiber::lay_out() noexcept {
  auto* const top = reinterpret_cast<std::uintptr_t*>(static_cast<char*>(base_) + stack_bytes);
#if defined(__x86_64__)
  std::uintptr_t* const frame =
      top - 9;  // six registers, the return address, two words of alignment
  frame[2] = reinterpret_cast<std::uintptr_t>(&fiber::loop);  // r13
  frame[3] = reinterpret_cast<std::uintptr_t>(this);          // r12
  frame[6] = reinterpret_cast<std::uintptr_t>(&tutti_fiber_begin);
#elif defined(__aarch64__)
  std::uintptr_t* const frame = top - 20;
  frame[0] = reinterpret_cast<std::uintptr_t>(this);                 // x19
  frame[1] = reinterpret_cast<std::uintptr_t>(&fiber::loop);         // x20
  frame[11] = reinterpret_cast<std::uintptr_t>(&tutti_fiber_begin);  // x30
#endif
  stack_pointer = frame;
}

fiber::~fiber() {
#if defined(TUTTI_TSAN)
  __tsan_destroy_fiber(shadow);
#endif
  if (!abandoned_) ::munmap(base_, stack_bytes);
}

void fiber::abandon() noexcept {
  abandoned_ = true;
#if defined(TUTTI_ASAN)
  const std::size_t guard = page_bytes();
  __lsan_register_root_region(static_cast<char*>(base_) + guard, stack_bytes - guard);
#endif
}

void fiber::loop(fiber* self) noexcept {
#if defined(TUTTI_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  for (;;) self->entry_(self->argument_);
}

}  // namespace tutti::detail
