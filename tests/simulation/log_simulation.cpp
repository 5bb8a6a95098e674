#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/simulation/campaign.hpp"

/// Tries to break the admission fold and the shard with schedules of a hostile network, crashing
/// nodes and a damaged log (architecture 2.3 and 2.4). Prints how much was tried; exits 1 when a
/// schedule shows what must never happen, or when a rule that was switched off on purpose goes
/// unnoticed.
///
///   log_simulation [--schedules N] [--seed S] [--jobs J] [--only NUMBER] [--control NAME]
///
/// `--only` plays one schedule and tells what happens in it, step by step.
namespace pakashop::simulation {
namespace {

struct Options {
    std::uint64_t schedules = 20'000;
    std::uint64_t seed = 1;
    unsigned jobs = 1;
    std::int64_t only = -1;
    std::string control;
};

using Count = unsigned long long;

// How a person sees the first of them again.
void print_replay(std::uint64_t seed, std::uint64_t number) {
    std::printf(
        "  play it again: log_simulation --seed %llu --only %llu\n",
        static_cast<Count>(seed),
        static_cast<Count>(number)
    );
}

void print(const Tally& tally) {
    const std::pair<const char*, std::uint64_t> counts[] = {
        {"records landed", tally.landed},
        {"admitted", tally.admitted},
        {"successes", tally.successes},
        {"of them repeats", tally.repeats},
        {"of them grants of an effect", tally.grants},
        {"refusals", tally.refusals},
        {"ids used for another body", tally.reused},
        {"take-overs", tally.leads},
        {"unknown outcomes", tally.unsure},
        {"batches of deposed leaders", tally.zombies},
        {"crashes", tally.crashes},
        {"log faults", tally.faults},
        {"halts", tally.halts},
        {"moves to another log", tally.moves},
    };
    for (const auto& [name, count] : counts) {
        std::printf("  %s %llu\n", name, static_cast<Count>(count));
    }
}

// Every kind of trouble must have happened, or the absence of violations says nothing.
bool tried_everything(const Tally& tally) {
    return tally.admitted > 0 && tally.successes > 0 && tally.repeats > 0 && tally.grants > 0 &&
           tally.refusals > 0 && tally.reused > 0 && tally.leads > 0 && tally.unsure > 0 &&
           tally.zombies > 0 && tally.crashes > 0 && tally.faults > 0 && tally.halts > 0 &&
           tally.moves > 0;
}

template <class T>
bool read_number(const char* text, T& out) {
    const char* const end = text + std::strlen(text);
    const auto read = std::from_chars(text, end, out);
    return read.ec == std::errc{} && read.ptr == end;
}

bool read_options(int count, char** words, Options& out) {
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name{words[i]};
        const char* const value = words[i + 1];
        bool good = false;
        if (name == "--schedules") good = read_number(value, out.schedules);
        if (name == "--seed") good = read_number(value, out.seed);
        if (name == "--jobs") good = read_number(value, out.jobs) && out.jobs > 0;
        if (name == "--only") good = read_number(value, out.only);
        if (name == "--control") {
            out.control = value;
            good = true;
        }
        if (!good) return false;
    }
    return count % 2 == 1;
}

// The rarest shows in one of some thousands.
int run_controls(const Options& options) {
    const Extent extent{50'000, true, options.jobs};
    int missed = 0;
    for (const Control& control : controls) {
        if (!options.control.empty() && options.control != control.name) continue;
        Rules rules;
        control.switch_off(rules);
        const Campaign done = run_campaign(rules, options.seed, extent);
        const bool caught = done.violating > 0;
        missed += !caught;
        std::printf(
            "control %-26.*s %s after %llu schedules: %s\n",
            static_cast<int>(control.name.size()),
            control.name.data(),
            caught ? "caught" : "NOT NOTICED",
            static_cast<Count>(done.schedules),
            kinds_text(done).c_str()
        );
    }
    return missed;
}

// Plays it and tells what happens.
int tell_schedule(const Options& options, std::uint64_t number) {
    Rules rules;
    for (const Control& control : controls) {
        if (options.control == control.name) control.switch_off(rules);
    }
    int step = 0;
    const auto tell = [&](const std::string& line) {
        std::printf("%4d  %s\n", ++step, line.c_str());
    };
    const Played played = play_log_schedule(rules, options.seed, number, tell);
    for (std::size_t i = 0; i < enum_names(Violation{}).size(); ++i) {
        if ((played.violations >> i & 1U) == 0) continue;
        const std::string_view name = enum_names(Violation{})[i];
        std::printf("VIOLATION: %.*s\n", static_cast<int>(name.size()), name.data());
    }
    return played.violations == 0 ? 0 : 1;
}

bool run_all(const Options& options) {
    const auto begun = std::chrono::steady_clock::now();
    const Campaign done =
        run_campaign(Rules{}, options.seed, {options.schedules, false, options.jobs});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
    std::printf(
        "all rules: %llu schedules in %.1f s, %llu violating %s\n",
        static_cast<Count>(done.schedules),
        taken.count(),
        static_cast<Count>(done.violating),
        kinds_text(done).c_str()
    );
    print(done.tally);
    std::printf(
        "  played twice %llu, not the same %llu\n",
        static_cast<Count>(done.replays),
        static_cast<Count>(done.different)
    );
    if (done.first) {
        print_replay(options.seed, *done.first);
        tell_schedule(options, *done.first);
    }
    const bool tried = tried_everything(done.tally);
    if (!tried) std::printf("  some kind of trouble never happened\n");
    return done.violating == 0 && tried && done.replays > 0 && done.different == 0;
}

int run(const Options& options) {
    std::printf("seed %llu\n", static_cast<Count>(options.seed));
    if (options.only >= 0) return tell_schedule(options, static_cast<std::uint64_t>(options.only));
    if (!options.control.empty()) return run_controls(options) == 0 ? 0 : 1;
    const bool sound = run_all(options);
    const int missed = run_controls(options);
    return sound && missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace pakashop::simulation

int main(int count, char** words) {
    pakashop::simulation::Options options;
    if (!pakashop::simulation::read_options(count, words, options)) {
        std::fprintf(stderr, "--schedules N --seed S --jobs J --only NUMBER --control NAME\n");
        return 2;
    }
    return pakashop::simulation::run(options);
}
