// A serialize member fills in a value that is there already.
// expect: a type with a serialize member must be default constructible to be received
#include <tutti/process/process_pool.hpp>

#include <string>
#include <utility>

class account {
 public:
#ifdef CONTROL
  account() = default;
#endif
  explicit account(std::string owner) : owner_(std::move(owner)) {}
  template <class Archive>
  void serialize(Archive& ar) {
    ar(owner_);
  }

 private:
  std::string owner_;
};
int work(account a);
int ask(tutti::process_pool& pool) { return pool.submit(work, account("me")).get(); }
