#include <tutti/cli/advise/classify.hpp>

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>

#include <tutti/cli/advise/live.hpp>
#include <tutti/cli/advise/report.hpp>
#include <tutti/cli/command.hpp>

namespace tutti::cli::advise {
namespace {

// Figures of a program that ran ten seconds in `threads` threads; shares are of their lives.
struct shape {
  double threads = 1;
  double on_cpu = 0, wanted = 0;
  double socket = 0, accept = 0, event = 0, file = 0, pipe = 0, child = 0, futex = 0, timer = 0;
};

figures make(const shape& s) {
  figures f;
  f.wall_s = 10;
  f.looks = 1000;
  f.threads_counted = f.threads_seen = f.threads_at_once = s.threads;
  f.processes_seen = f.processes_at_once = 1;
  f.life_s = 10 * s.threads;
  f.on_cpu_s = s.on_cpu * f.life_s;
  f.wanted_s = s.wanted * f.life_s;
  f.blocked_s = f.life_s - f.on_cpu_s - f.wanted_s;
  const auto put = [&f](cause c, double share) { f.blocked_by[index_of(c)] = share * f.life_s; };
  put(cause::socket, s.socket);
  put(cause::accept, s.accept);
  put(cause::event, s.event);
  put(cause::file, s.file);
  put(cause::pipe, s.pipe);
  put(cause::child, s.child);
  put(cause::futex, s.futex);
  put(cause::timer, s.timer);
  f.blocked_by_all = f.blocked_by;
  f.used = f.on_cpu_s / f.wall_s;
  f.demand = (f.on_cpu_s + f.wanted_s) / f.wall_s;
  f.kernel_share = 0.1;
  f.top_process_share = 1;
  f.top_thread_share = 1 / s.threads;
  const auto at_once = [&f](cause c) { return f.blocked_by[index_of(c)] / f.wall_s; };
  f.sockets_at_once = at_once(cause::socket);
  f.files_at_once = at_once(cause::file);
  f.pipes_at_once = at_once(cause::pipe);
  f.children_at_once = at_once(cause::child);
  f.futexes_at_once = at_once(cause::futex);
  f.mean_wait_s = 0.02;
  f.looks_blocked_share = f.accounted_blocked_share = f.blocked_s / f.life_s;
  f.voluntary = 500;
  f.voluntary_per_s = 50;
  return f;
}

machine_facts two_cpus() {
  machine_facts m;
  m.cpus_seen = m.cpus_allowed = 2;
  m.effective_cores = 1.9;
  m.memory_available = 8e9;
  m.descriptors_limit = 1024;
  return m;
}

struct row {
  const char* what;
  shape s;
  kind expected;
};

// The prototype's measurements of the design, and the kinds it did not have.
const std::vector<row> rows{
    {"one busy thread", {.on_cpu = 0.82, .wanted = 0.18}, kind::cpu_serial},
    {"eight busy threads", {.threads = 8, .on_cpu = 0.116, .wanted = 0.86}, kind::saturated},
    {"two busy threads", {.threads = 2, .on_cpu = 0.95}, kind::saturated},
    {"one socket at a time", {.on_cpu = 0.003, .socket = 0.99}, kind::network_serial},
    {"32 threads on sockets",
     {.threads = 32, .on_cpu = 0.001, .wanted = 0.003, .socket = 0.96},
     kind::network_overlapped},
    {"half socket, half compute", {.on_cpu = 0.34, .wanted = 0.17, .socket = 0.49}, kind::mixed},
    {"32 threads whose work adds up", {.threads = 32, .on_cpu = 0.05, .socket = 0.94}, kind::mixed},
    {"direct file reads", {.on_cpu = 0.13, .wanted = 0.03, .file = 0.8}, kind::disk},
    {"sleeping loop", {.on_cpu = 0.002, .timer = 0.99}, kind::timer},
    {"server without clients", {.on_cpu = 0.001, .accept = 0.99}, kind::idle_server},
    {"game loop", {.on_cpu = 0.4, .timer = 0.6}, kind::timer},
};

TEST(classify, table_of_shapes) {
  for (const row& r : rows) {
    const verdict v = classify(make(r.s), two_cpus());
    EXPECT_STREQ(kind_name(v.what), kind_name(r.expected)) << r.what << ": " << v.fired_by;
    EXPECT_FALSE(v.fired_by.empty()) << r.what;
    EXPECT_NE(v.fired_by.find_first_of("0123456789"), std::string::npos)
        << "no number: " << v.fired_by;
  }
}

TEST(classify, too_little_is_no_verdict) {
  figures f = make({.on_cpu = 1});
  f.wall_s = 0.4;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::none);
  f = make({.on_cpu = 1});
  f.looks = 49;
  const verdict v = classify(f, two_cpus());
  EXPECT_EQ(v.what, kind::none);
  EXPECT_EQ(v.rule, 1);
  EXPECT_NE(recommend(v, f, two_cpus(), {}).next.find("--repeat"), std::string::npos);
}

TEST(classify, most_of_it_in_the_kernel_is_system_calls) {
  figures f = make({.on_cpu = 0.94, .wanted = 0.05});
  f.kernel_share = 0.95;
  f.file_calls_per_s = 2e6;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::syscall_bound);
}

TEST(classify, fsync_is_found_although_the_sampler_was_misled) {
  figures f = make({.on_cpu = 0.03, .wanted = 0.90, .file = 0.07});
  f.voluntary_per_s = 1668;
  f.written_bytes_per_s = 6e6;
  f.looks_blocked_share = 0.05;
  const verdict v = classify(f, two_cpus());
  EXPECT_EQ(v.what, kind::disk);
  EXPECT_EQ(v.sure, confidence::medium);
}

TEST(classify, eight_threads_and_one_lock) {
  figures f = make({.threads = 8, .on_cpu = 0.11, .wanted = 0.15, .futex = 0.74});
  f.crowd_waiters = 5.6;
  f.crowd_waiters_max = 7;
  f.crowd_share = 0.98;
  f.crowd_demand_share = 1;
  f.crowd_is_mutex = true;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::lock_bound);
}

TEST(classify, workers_that_wait_for_one_producer_are_no_lock) {
  figures f = make({.threads = 9, .on_cpu = 0.112, .futex = 0.88});
  f.crowd_waiters = 8;
  f.crowd_share = 1;
  f.crowd_demand_share = 0.02;  // the producer does all the work
  EXPECT_EQ(classify(f, two_cpus()).what, kind::cpu_serial);
}

TEST(classify, an_idle_pool) {
  figures f = make({.threads = 16, .on_cpu = 0.002, .futex = 0.99});
  f.crowd_waiters = 15;
  f.crowd_share = 1;
  f.crowd_demand_share = 1;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::idle_pool);
}

TEST(classify, the_interpreter_lock) {
  figures f = make({.threads = 4, .on_cpu = 0.25, .wanted = 0.02, .futex = 0.73});
  f.interpreter = "python";
  const verdict v = classify(f, two_cpus());
  EXPECT_EQ(v.what, kind::interpreter_lock);
  EXPECT_EQ(v.rule, 12);
  EXPECT_EQ(recommend(v, f, two_cpus(), {}).use, model::processes);
  EXPECT_EQ(interpreter_of("/usr/bin/python3.11"), "python");
  EXPECT_EQ(interpreter_of("/usr/bin/python3.13t"), "");
  EXPECT_EQ(interpreter_of("/opt/pythonista"), "");
  EXPECT_EQ(interpreter_of("ruby3.1"), "ruby");
}

TEST(classify, event_loops_idle_and_full) {
  figures f = make({.on_cpu = 0.05, .event = 0.95});
  f.loops = 1;
  f.loop_busy = 0.05;
  f.loop_demand_share = 1;
  verdict v = classify(f, two_cpus());
  EXPECT_EQ(v.what, kind::event_loop);
  EXPECT_EQ(recommend(v, f, two_cpus(), {}).use, model::keep);
  f = make({.on_cpu = 0.95, .event = 0.05});
  f.loops = 1;
  f.loop_busy = 0.95;
  f.loop_demand_share = 1;
  v = classify(f, two_cpus());
  EXPECT_EQ(v.what, kind::event_loop);
  EXPECT_EQ(recommend(v, f, two_cpus(), {}).use, model::hybrid);
}

TEST(classify, children_and_pipelines) {
  figures f = make({.threads = 2, .on_cpu = 0.45, .child = 0.5});
  f.processes_seen = 40;
  f.processes_at_once = 2;
  f.top_process_share = 0.05;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::children);
  f = make({.threads = 3, .on_cpu = 0.45, .pipe = 0.5});
  f.processes_seen = f.processes_at_once = 3;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::children);
  // Full: only stages that sleep in pipes themselves make it a pipeline; a build's waiting parents
  // do not.
  f = make({.threads = 4, .on_cpu = 0.5, .wanted = 0.2, .pipe = 0.3});
  f.processes_seen = f.processes_at_once = 5;
  f.kernel_share = 0.74;
  f.pipe_demand_share = 0.9;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::children);
  f.kernel_share = 0.1;
  f.pipe_demand_share = 0.01;
  EXPECT_EQ(classify(f, two_cpus()).what, kind::saturated);
}

TEST(classify, a_busy_machine_is_said_and_lowers_confidence) {
  machine_facts m = two_cpus();
  m.neighbour_cpus = 1.8;
  const verdict v = classify(make({.on_cpu = 0.5, .wanted = 0.5}), m);
  EXPECT_EQ(v.what, kind::cpu_serial);
  EXPECT_TRUE(v.is_machine_busy);
  EXPECT_EQ(v.sure, confidence::low);
  EXPECT_TRUE(recommend(v, make({.on_cpu = 0.5, .wanted = 0.5}), m, {}).is_provisional);
}

TEST(classify, samples_that_contradict_accounting_are_not_believed) {
  figures f = make({.on_cpu = 0.01, .socket = 0.99});
  f.looks_blocked_share = 0.5;
  const verdict v = classify(f, two_cpus());
  EXPECT_EQ(v.sure, confidence::low);
  EXPECT_NE(v.reasons.at(0).find("50 %"), std::string::npos);
}

advice advise_shape(const shape& s, const wishes& w, const machine_facts& m = two_cpus()) {
  const figures f = make(s);
  return recommend(classify(f, m), f, m, w);
}

TEST(recommend, littles_law_and_its_arithmetic) {
  wishes w;
  w.load_per_s = 200;
  w.latency_s = 0.058;
  const advice a = advise_shape({.on_cpu = 0.05, .socket = 0.95}, w);
  EXPECT_EQ(a.use, model::coroutines);
  EXPECT_DOUBLE_EQ(a.size, 16);  // 11.6 and a third more
  EXPECT_NE(a.expected_load.find("12 in flight"), std::string::npos);
  EXPECT_NE(a.arithmetic.at(0).find("200/s x 58.0 ms = 12"), std::string::npos)
      << a.arithmetic.at(0);
}

TEST(recommend, blocking_code_stays_on_threads_below_a_few_hundred) {
  wishes w;
  w.load_per_s = 200;
  w.latency_s = 0.058;
  w.code = code_shape::blocking;
  EXPECT_EQ(advise_shape({.on_cpu = 0.05, .socket = 0.95}, w).use, model::threads);
  w.load_per_s = 20000;
  const advice many = advise_shape({.on_cpu = 0.05, .socket = 0.95}, w);
  EXPECT_EQ(many.use, model::coroutines);
  EXPECT_NE(many.sentence.find("capacity limit"), std::string::npos);
  EXPECT_FALSE(many.caveats.empty());
}

TEST(recommend, isolation_asks_for_processes) {
  wishes w;
  w.needs_isolation = true;
  EXPECT_EQ(advise_shape({.on_cpu = 1}, w).use, model::processes);
  EXPECT_EQ(advise_shape({.on_cpu = 1}, {}).use, model::threads);
}

TEST(recommend, one_cpu_changes_the_advice) {
  machine_facts one = two_cpus();
  one.cpus_allowed = 1;
  one.quota_cpus = 1;
  one.effective_cores = 1;
  const advice a = advise_shape({.on_cpu = 1}, {}, one);
  EXPECT_EQ(a.use, model::keep);
  EXPECT_DOUBLE_EQ(a.size, 1);
  EXPECT_NE(a.resources.find("quota"), std::string::npos);
}

TEST(recommend, what_the_program_got_counts_as_cores) {
  machine_facts measured_late = two_cpus();
  measured_late.effective_cores = 0.6;  // what it left behind was still running
  const advice a = advise_shape({.threads = 4, .on_cpu = 0.45, .wanted = 0.45}, {}, measured_late);
  EXPECT_DOUBLE_EQ(a.size, 2);
  EXPECT_NE(a.resources.find("0.6 effective (measured afterwards; it got 1.8)"), std::string::npos)
      << a.resources;
}

TEST(recommend, mixed_work_gets_the_hybrid_and_its_pool_size) {
  const advice a = advise_shape({.on_cpu = 0.5, .socket = 0.5}, {});
  EXPECT_EQ(a.use, model::hybrid);
  EXPECT_DOUBLE_EQ(a.size, 4);  // 1.9 x (1 + 1)
}

TEST(recommend, every_kind_has_advice_a_next_step_and_four_answers) {
  for (std::size_t k = 0; k < kind_count; ++k) {
    verdict v;
    v.what = static_cast<kind>(k);
    const advice a = recommend(v, make({.on_cpu = 0.5, .socket = 0.5}), two_cpus(), {});
    for (const std::string* text :
         {&a.sentence, &a.next, &a.type_of_task, &a.resources, &a.expected_load, &a.code}) {
      EXPECT_FALSE(text->empty()) << kind_name(v.what);
    }
  }
}

// A report must not send its reader to a command that does not exist. With a place for the report
// that cannot be written, compare reads all of its words and then does nothing.
void expect_compare_takes(const std::string& line) {
  std::istringstream in(line.substr(0, line.find(" #")));
  arguments words{std::istream_iterator<std::string>(in), {}};
  words.erase(words.begin());
  words.insert(words.end(), {"--html", "/no/such/folder/x.html"});
  ::testing::internal::CaptureStderr();
  const int code = run_program(words);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 125) << line << said;
  EXPECT_NE(said.find("cannot write"), std::string::npos) << line << said;
}

TEST(recommend, every_next_step_is_a_command_that_exists) {
  int comparisons = 0;
  for (std::size_t k = 0; k < kind_count; ++k) {
    for (const double busy : {0.1, 0.95}) {
      verdict v;
      v.what = static_cast<kind>(k);
      figures f = make({.on_cpu = 0.5, .socket = 0.5});
      f.loop_busy = busy;
      const std::string next = recommend(v, f, two_cpus(), {}).next;
      if (!next.starts_with("tutti compare")) continue;
      ++comparisons;
      expect_compare_takes(next);
    }
  }
  EXPECT_GE(comparisons, 10);
  wishes huge;
  huge.load_per_s = 1e6;
  huge.latency_s = 60;
  verdict v;
  v.what = kind::network_serial;
  expect_compare_takes(recommend(v, make({.socket = 1}), two_cpus(), huge).next);
}

TEST(recommend, described_work) {
  wishes many;
  many.at_once = 5000;
  wishes blocking;
  blocking.code = code_shape::blocking;
  blocking.at_once = 20;
  wishes isolated;
  isolated.needs_isolation = true;
  using task = described_work::task;
  EXPECT_EQ(recommend_described({task::io}, two_cpus(), many).use, model::coroutines);
  EXPECT_EQ(recommend_described({task::io}, two_cpus(), blocking).use, model::threads);
  EXPECT_EQ(recommend_described({task::cpu}, two_cpus(), {}).use, model::threads);
  EXPECT_EQ(recommend_described({task::cpu}, two_cpus(), isolated).use, model::processes);
  EXPECT_EQ(recommend_described({task::mixed, 3}, two_cpus(), {}).use, model::hybrid);
  EXPECT_NE(recommend_described({task::cpu}, two_cpus(), {}).type_of_task.find("(told)"),
            std::string::npos);
}

report sample_report(const std::string& name) {
  report r;
  r.seen.command = name;
  r.seen.wall_s = 10;
  r.seen.bucket_s = 1;
  thread_record t;
  t.pid = t.tid = 7;
  t.name = name;
  t.end_s = 10;
  t.on_cpu_s = 4;
  t.blocked_looks_s[index_of(cause::socket)] = 6;
  t.looks = 900;
  t.timeline.resize(10, {0.4F, 0.0F, 0.6F, {}});
  r.seen.threads.push_back(t);
  r.seen.looks = 900;
  r.seen.threads_seen = r.seen.processes_seen = 1;
  r.m = two_cpus();
  r.f = figures_of(r.seen);
  r.v = classify(r.f, r.m);
  r.a = recommend(r.v, r.f, r.m, {});
  return r;
}

TEST(report, text_has_every_part) {
  screen plain;
  plain.columns = 100;
  const std::string text = text_report(sample_report("fetch"), plain);
  for (const char* part : {"fetch ran 10.0 s", "observer cost", "where the time went", "verdict",
                           "confidence", "rule 6", "type of task", "resources", "expected load",
                           "code", "use", "not", "try", "switches", "cannot be known"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(report, hostile_names_stay_harmless_in_all_three_faces) {
  const report r = sample_report("<script>\x1b[2J\xff\"&");
  screen plain;
  EXPECT_EQ(text_report(r, plain).find('\x1b'), std::string::npos);
  const std::string html = html_report(r);
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_EQ(html.find('\xff'), std::string::npos);
  const auto json = nlohmann::json::parse(json_report(r));
  EXPECT_EQ(json["format"], "tutti-advise/1");
  EXPECT_EQ(json["command"], "<script>\\x1b[2J\\xff\"&");
  EXPECT_EQ(json["verdict"]["kind"], "mixed");
}

TEST(report, nothing_seen_is_a_report_as_well) {
  report r;
  r.seen.command = "true";
  r.v = classify(r.f, r.m);
  r.a = recommend(r.v, r.f, r.m, {});
  EXPECT_NE(text_report(r, screen{}).find("no verdict"), std::string::npos);
  EXPECT_NE(html_report(r).find("no verdict"), std::string::npos);
  EXPECT_FALSE(nlohmann::json::parse(json_report(r)).empty());
}

TEST(live, a_line_for_every_thread_and_a_plain_one) {
  const std::vector<live_thread> shown{{7, 7, "main\x1b", 0.5, 0.2, cause::socket, false},
                                       {7, 8, "worker", 1.0, 0, cause::unknown, true}};
  const auto lines = live_lines("cmd", 2, 5, 1, shown, screen{});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_NE(lines[1].find("waiting for sockets"), std::string::npos);
  EXPECT_EQ(lines[1].find('\x1b'), std::string::npos);
  EXPECT_NE(lines[3].find("3 more"), std::string::npos);
  EXPECT_EQ(
      plain_line(20, 2, 1, shown),
      "tutti advise: 20.0 s, 1 process, 2 threads: 1 on CPU or ready, 1 waiting for sockets\n");
}

}  // namespace
}  // namespace tutti::cli::advise
