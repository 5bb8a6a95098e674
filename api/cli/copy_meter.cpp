#include "api/cli/copy_meter.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace pakashop::cli {

void CopyMeter::count(std::uint64_t records) {
    records_ += records;
    if (rate_ > 0) {
        const auto due = std::chrono::duration<double>(
            static_cast<double>(records_) / static_cast<double>(rate_)
        );
        std::this_thread::sleep_until(began_ + std::chrono::duration_cast<Clock::duration>(due));
    }
    if (Clock::now() - said_ < std::chrono::seconds{1}) return;
    said_ = Clock::now();
    say();
}

void CopyMeter::say() const {
    const std::chrono::duration<double> took = Clock::now() - began_;
    fmt::print(
        stderr,
        "written {} of {} records, {:.0f} a second\n",
        records_,
        total_,
        static_cast<double>(records_) / std::max(took.count(), 1e-3)
    );
}

}  // namespace pakashop::cli
