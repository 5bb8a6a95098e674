#include "adapters/rocksdb/log_opening.hpp"

namespace pakashop {
namespace {

using Path = std::filesystem::path;

Path witness_of(const Path& directory) {
    return Path{without_end_slash(directory).native() + ".witness"};
}

unexpected<LogOpenFailure> refuse(LogOpenError error, std::string detail) {
    return unexpected{LogOpenFailure{error, std::move(detail)}};
}

unexpected<LogOpenFailure> refuse(const DatabaseError& error) {
    return unexpected{open_failure(error)};
}

DatabaseLimits limits_of(const RocksDbLogOptions& options) {
    return {options.memtable_bytes, options.cache_bytes};
}

LogIdentity identity_of(const RocksDbLogOptions& options) {
    return {LogKind::log, options.generation, options.partitions};
}

std::vector<Place> genesis_places(const RocksDbLogOptions& options) {
    std::vector<Place> out;
    for (std::uint32_t i = 0; i < options.partitions; ++i) {
        out.push_back({0, genesis_head(options.generation, static_cast<PartitionId>(i))});
    }
    return out;
}

bool is_empty(const WitnessSlot& seen) {
    for (const Place& place : seen.places) {
        if (place.seq > 0) return false;
    }
    return true;
}

Result<Witness, LogOpenFailure> hold_witness(const RocksDbLogOptions& options) {
    auto witness = Witness::open(witness_of(options.directory));
    if (!witness) return unexpected{witness_failure(witness.error(), options.directory)};
    return *std::move(witness);
}

Result<Witness, WitnessFailure> open_or_create_witness(const RocksDbLogOptions& options) {
    const Path file = witness_of(options.directory);
    auto existing = Witness::open(file);
    if (existing || existing.error() != WitnessFailure::missing) return existing;
    return Witness::create(file, options.generation, genesis_places(options));
}

Result<Witness, LogOpenFailure> make_log(const RocksDbLogOptions& options) {
    std::error_code ignored;
    const Path parent = std::filesystem::absolute(options.directory).parent_path();
    std::filesystem::create_directories(parent, ignored);
    auto witness = open_or_create_witness(options);
    if (!witness) return unexpected{witness_failure(witness.error(), options.directory)};
    if (!is_empty(witness->newest())) {
        return refuse(LogOpenError::lost_history, "there is a witness, but no log");
    }
    auto failure = make_database(options.directory, limits_of(options), identity_of(options));
    if (failure) return unexpected{*std::move(failure)};
    return *std::move(witness);
}

// Everything that can refuse is asked of a view, so that a refused log is left as it was found.
std::optional<LogOpenFailure> inspect(const RocksDbLogOptions& options, const WitnessSlot& seen) {
    auto view = Database::view(options.directory, limits_of(options));
    if (!view) return refuse(view.error()).error();
    const auto tables = LogTables::load(*std::move(view));
    if (!tables) return LogOpenFailure{LogOpenError::damaged, tables.error()};
    if (auto foreign = refuse_foreign(**tables, identity_of(options))) return foreign;
    if (std::string problem = contradiction(**tables, seen); !problem.empty()) {
        return LogOpenFailure{LogOpenError::lost_history, std::move(problem)};
    }
    if (std::string problem = (*tables)->check_tails(); !problem.empty()) {
        return LogOpenFailure{LogOpenError::damaged, std::move(problem)};
    }
    return std::nullopt;
}

}  // namespace

// It is made whole under another name: a directory of the right name is a log.
std::optional<LogOpenFailure>
make_database(const Path& directory, const DatabaseLimits& limits, const LogIdentity& identity) {
    const Path draft{directory.native() + ".creating"};
    std::error_code failed;
    std::filesystem::remove_all(draft, failed);
    std::filesystem::create_directories(draft, failed);
    {
        auto made = Database::create(draft, limits);
        if (!made) return open_failure(made.error());
        if (!LogTables::initialise(*made, identity)) {
            return LogOpenFailure{LogOpenError::unavailable, "a new log cannot be written"};
        }
    }
    std::filesystem::rename(draft, directory, failed);
    if (!failed && sync_parent_of(directory)) return std::nullopt;
    return LogOpenFailure{LogOpenError::unavailable, "a new log cannot be put in place"};
}

std::optional<LogOpenFailure> refuse_foreign(const LogTables& tables, const LogIdentity& wanted) {
    if (tables.identity() == wanted) return std::nullopt;
    return LogOpenFailure{
        LogOpenError::foreign,
        "the directory holds " + text_of(tables.identity()) + ", not " + text_of(wanted)
    };
}

LogOpenFailure open_failure(const DatabaseError& error) {
    switch (error.failure) {
        case DatabaseFailure::locked:
            return {LogOpenError::locked, error.detail};
        case DatabaseFailure::unavailable:
            return {LogOpenError::unavailable, error.detail};
        case DatabaseFailure::damaged:
            break;
    }
    return {LogOpenError::damaged, error.detail};
}

Path without_end_slash(const Path& directory) {
    return directory.has_filename() ? directory : directory.parent_path();
}

LogOpenFailure witness_failure(WitnessFailure failure, const Path& directory) {
    const std::string name = witness_of(directory).native();
    switch (failure) {
        case WitnessFailure::locked:
            return {LogOpenError::locked, "another process writes this log: " + name};
        case WitnessFailure::unavailable:
            return {LogOpenError::unavailable, "the witness cannot be opened: " + name};
        case WitnessFailure::damaged:
            return {LogOpenError::lost_history, "neither slot is whole in " + name};
        case WitnessFailure::missing:
            break;
    }
    return {LogOpenError::lost_history, "there is a log, but no witness: " + name};
}

std::string contradiction(const LogTables& tables, const WitnessSlot& seen) {
    if (seen.generation != tables.generation()) return "the witness is of another generation";
    if (seen.places.size() != tables.partitions()) return "the witness has other partitions";
    for (std::size_t i = 0; i < seen.places.size(); ++i) {
        const auto head = tables.head_at(static_cast<PartitionId>(i), seen.places[i].seq);
        if (head == seen.places[i].head) continue;
        const std::string where = "partition " + std::to_string(i) + ": the witness has seen ";
        const std::string count = std::to_string(seen.places[i].seq) + " records, the log has ";
        return where + count + (head ? "others" : std::to_string(tables.places()[i].seq));
    }
    return {};
}

Result<OpenedLog, LogOpenFailure> open_log(const RocksDbLogOptions& options) {
    const bool fresh = !Database::exists(options.directory);
    auto witness = fresh ? make_log(options) : hold_witness(options);
    if (!witness) return unexpected{witness.error()};
    if (!fresh) {
        if (auto problem = inspect(options, witness->newest())) return unexpected{*problem};
    }
    auto database = Database::open(options.directory, limits_of(options));
    if (!database) return refuse(database.error());
    auto tables = LogTables::load(*std::move(database));
    if (!tables) return refuse(LogOpenError::damaged, tables.error());
    return OpenedLog{*std::move(tables), *std::move(witness)};
}

Result<ViewedLog, LogOpenFailure> view_log(const RocksDbLogOptions& options) {
    auto seen = Witness::peek(witness_of(options.directory));
    auto database = Database::view(options.directory, limits_of(options));
    if (!database) return refuse(database.error());
    auto tables = LogTables::load(*std::move(database));
    if (!tables) return refuse(LogOpenError::damaged, tables.error());
    if ((*tables)->kind() != LogKind::log) {
        return refuse(LogOpenError::foreign, "it is " + text_of((*tables)->identity()));
    }
    return ViewedLog{*std::move(tables), std::move(seen)};
}

}  // namespace pakashop
