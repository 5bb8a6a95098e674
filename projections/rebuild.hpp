#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/sealed.hpp"
#include "handlers/ports/log.hpp"
#include "projections/ports/rebuild_store.hpp"

/// Builds a read model again from the first event, beside the live one (architecture 4).
namespace pakashop::model {

enum class RebuildMode {
    check,  ///< Compare with the live tables at the same place, and leave them as they are.
    swap    ///< Take their place.
};

struct RebuildReport {
    std::uint64_t records = 0;
    std::uint64_t events = 0;  ///< Read from the log, whether the projection looks at them or not.
    std::uint64_t rows = 0;
    std::chrono::milliseconds took{0};    ///< Reading and writing, without the comparison.
    std::vector<TableComparison> tables;  ///< Of a check.

    /// True when every table came out the same; a check that compared nothing is not equal.
    bool equal() const;
};

struct RebuildOptions {
    std::string group = "core";
    RebuildMode mode = RebuildMode::check;
    std::uint64_t events_max = 200'000;  ///< Of one batch.
    std::size_t read_bytes_max = 1024uz * 1024;
    /// Told after each batch, with what has been read so far.
    std::function<void(const RebuildReport&)> progress;
};

/// Works beside a running server: the live group is held still only for the last few records.
/// On failure the twins are taken away again.
Result<RebuildReport, RebuildFailure> rebuild(
    Log& log,
    Vault& vault,
    RebuildStore& store,
    const Projection& projection,
    const RebuildOptions& options
);

}  // namespace pakashop::model
