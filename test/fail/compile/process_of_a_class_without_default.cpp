// What is made again on the other side must be possible to make there.
// expect: the archive does not know how to send this type
// expect: give it a serialize member
#include <tutti/process/process_pool.hpp>

#include <string>
#include <utility>

class account {
 public:
#ifdef CONTROL
  account() = default;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(owner_);
  }
#endif
  explicit account(std::string owner) : owner_(std::move(owner)) {}

 private:
  std::string owner_;
};
int work(account a);
int ask(tutti::process_pool& pool) { return pool.submit(work, account("me")).get(); }
