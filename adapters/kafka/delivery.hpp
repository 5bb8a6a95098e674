#pragma once

#include <cstdint>
#include <span>

#include "handlers/ports/log.hpp"

/// What a batch of records comes to, by what the broker says of each (architecture 2.6).
namespace pakashop::kafka {

/// What became of one record.
struct Report {
    bool acknowledged = false;  ///< No error, and stored by as many brokers as must have it.
    std::int64_t offset = -1;   ///< Where it lies, if the broker said so.
};

/// Where a batch has to come to lie.
struct Berth {
    std::uint64_t offset = 0;
    /// Exactly there. An announcement may lie behind others' records: its own place says nothing,
    /// and whoever announced reads up to it.
    bool exact = true;
};

/// `durable` when all records are acknowledged and lie in a row, where they have to; `regressed`
/// when one lies below that, where the log was known to have something else; `unknown` otherwise.
AppendOutcome judge(std::span<const Report> reports, const Berth& berth);

}  // namespace pakashop::kafka
