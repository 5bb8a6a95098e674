#include "tests/simulation/campaign.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace pakashop::simulation {
namespace {

constexpr std::uint64_t replayed_one_in = 50;
constexpr std::uint64_t taken_at_once = 16;

void play(Campaign& out, const Rules& rules, std::uint64_t seed, std::uint64_t number) {
    const Played played = play_log_schedule(rules, seed, number);
    ++out.schedules;
    out.tally += played.tally;
    if (number % replayed_one_in == 0) {
        ++out.replays;
        out.different += play_log_schedule(rules, seed, number).print != played.print;
    }
    if (played.violations == 0) return;
    ++out.violating;
    out.first = std::min(out.first.value_or(number), number);
    for (std::size_t i = 0; i < out.kinds.size(); ++i) {
        out.kinds[i] += played.violations >> i & 1U;
    }
}

}  // namespace

Campaign& Campaign::operator+=(const Campaign& more) {
    schedules += more.schedules;
    violating += more.violating;
    if (more.first) first = std::min(first.value_or(*more.first), *more.first);
    for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] += more.kinds[i];
    replays += more.replays;
    different += more.different;
    tally += more.tally;
    return *this;
}

Campaign run_campaign(const Rules& rules, std::uint64_t seed, const Extent& extent) {
    const std::uint64_t end = extent.count;
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> found{false};
    std::vector<Campaign> parts(extent.jobs);
    const auto work = [&](Campaign& part) {
        while (!found) {
            const std::uint64_t begin = next.fetch_add(taken_at_once);
            for (std::uint64_t i = begin; i < std::min(end, begin + taken_at_once); ++i) {
                play(part, rules, seed, i);
                if (part.violating > 0 && extent.until_first) return void(found = true);
            }
            if (begin >= end) return;
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < parts.size(); ++i) threads.emplace_back(work, std::ref(parts[i]));
    work(parts[0]);
    for (std::thread& thread : threads) thread.join();
    Campaign all;
    for (const Campaign& part : parts) all += part;
    return all;
}

std::string kinds_text(const Campaign& done) {
    std::string text;
    for (std::size_t i = 0; i < done.kinds.size(); ++i) {
        if (done.kinds[i] == 0) continue;
        text += text.empty() ? "" : ", ";
        text += std::to_string(done.kinds[i]) + " x ";
        text += enum_names(Violation{})[i];
    }
    return text;
}

}  // namespace pakashop::simulation
