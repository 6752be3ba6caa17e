// A view owns nothing; the parameter is to be a string.
// expect: a view (string_view, span, ...) cannot cross to another process
#include <tutti/process/process_pool.hpp>

#include <string>
#include <string_view>

#ifdef CONTROL
int length(const std::string& text);
#else
int length(std::string_view text);
#endif
int ask(tutti::process_pool& pool) { return pool.submit(length, "text").get(); }
