// A module that a test opens while the program runs. VERSION makes two different ones.
extern "C" int plugin_times(int x) { return x * VERSION; }
