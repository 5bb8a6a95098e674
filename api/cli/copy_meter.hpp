#pragma once

#include <chrono>
#include <cstdint>

namespace pakashop::cli {

/// Says on stderr, once a second, how far a copy is, and keeps it to its rate.
class CopyMeter {
public:
    /// `total` records are to be carried, at most `rate` of them a second; 0: as fast as it goes.
    CopyMeter(std::uint64_t total, std::uint64_t rate) : total_{total}, rate_{rate} {}

    /// So many more were written; waits where that was too soon.
    void count(std::uint64_t records);
    std::uint64_t records() const { return records_; }

private:
    using Clock = std::chrono::steady_clock;

    void say() const;

    std::uint64_t total_;
    std::uint64_t rate_;
    std::uint64_t records_ = 0;
    Clock::time_point began_ = Clock::now();
    Clock::time_point said_ = began_;
};

}  // namespace pakashop::cli
