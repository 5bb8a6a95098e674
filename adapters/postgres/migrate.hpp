#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"

namespace pakashop::postgres {

/// One step of the schema: `0001_read_models` and its SQL. Steps only ever go forward, and one that
/// was applied anywhere is never edited.
struct Migration {
    std::string_view name;
    std::string_view sql;
};

/// The steps of migrations/, in order, as they were when the program was built.
std::span<const Migration> migrations();

struct MigrateFailure {
    enum class Kind {
        unavailable,  ///< PostgreSQL does not answer; nothing was changed by the failed step.
        drift,        ///< The database has a step that differs from ours, or misses one before it.
        refused       ///< PostgreSQL would not run a step; it left nothing behind.
    };
    Kind kind = Kind::unavailable;
    std::string detail;
};

/// Applies the steps that are missing, each in a transaction of its own that also records its
/// checksum, and names them. Several callers wait for each other. Steps that only a newer program
/// knows are left alone.
Result<std::vector<std::string>, MigrateFailure>
migrate(const std::string& url, std::span<const Migration> steps);

/// Whether `migrate` would have nothing to do; drift is a failure.
Result<bool, MigrateFailure> migrated(const std::string& url, std::span<const Migration> steps);

}  // namespace pakashop::postgres
