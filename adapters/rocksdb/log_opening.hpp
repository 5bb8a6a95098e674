#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/rocksdb/log_tables.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "adapters/rocksdb/witness.hpp"

/// How a log comes to be opened: what may refuse it, and in which order that is asked.
namespace pakashop {

/// A log that may be written: nobody else writes it, and it holds all that its witness has seen.
struct OpenedLog {
    std::unique_ptr<LogTables> tables;
    Witness witness;
};

/// A log to be read only, and what its witness said just before.
struct ViewedLog {
    std::unique_ptr<LogTables> tables;
    Result<WitnessSlot, WitnessFailure> seen;
};

/// Opens an existing log or makes a new one. One that is refused was not touched.
Result<OpenedLog, LogOpenFailure> open_log(const RocksDbLogOptions& options);
/// Neither the witness nor the tails are checked.
Result<ViewedLog, LogOpenFailure> view_log(const RocksDbLogOptions& options);

/// Makes a new database for what it will hold.
std::optional<LogOpenFailure> make_database(
    const std::filesystem::path& directory,
    const DatabaseLimits& limits,
    const LogIdentity& identity
);
/// Nothing when a database is what it is wanted for.
std::optional<LogOpenFailure> refuse_foreign(const LogTables& tables, const LogIdentity& wanted);
LogOpenFailure open_failure(const DatabaseError& error);

/// What lies beside a directory is named after it, so a slash at its end must not count.
std::filesystem::path without_end_slash(const std::filesystem::path& directory);

/// An empty text when the log holds everything that the witness has seen.
std::string contradiction(const LogTables& tables, const WitnessSlot& seen);
/// What it means for the log in that directory that its witness cannot be had.
LogOpenFailure witness_failure(WitnessFailure failure, const std::filesystem::path& directory);

}  // namespace pakashop
