// Asio's own functions return what use_task gives, and carry no marks of ours.
#if __has_include(<asio.hpp>)
#include "../../consumer/app_with_asio.cpp"
#endif
