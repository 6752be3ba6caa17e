// A pointer would point into the wrong memory.
// expect: a raw pointer cannot cross to another process
#include <tutti/process/process_pool.hpp>

#include <vector>

#ifdef CONTROL
int sum(std::vector<int> numbers);
int all(tutti::process_pool& pool, std::vector<int>& v) { return pool.submit(sum, v).get(); }
#else
int sum(const int* numbers);
int all(tutti::process_pool& pool, std::vector<int>& v) { return pool.submit(sum, v.data()).get(); }
#endif
